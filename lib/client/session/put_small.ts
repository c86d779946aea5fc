/**
 * The sending of a small file: read first, then its request, its bytes and
 * their end are gathered in one go, between those of others. What the source
 * fails by is known before anything was sent, and there is nothing to abort.
 * @module
 */
import { HEADER_BYTES } from "../../framing/mod.ts";
import { encodeObject, type JsonObject } from "../../protocol/mod.ts";
import type { Checksum } from "../../transfer/mod.ts";
import { fromServer } from "../failures.ts";
import { type PutOptions, SMALL_BYTES_MAX, type Source } from "../library.ts";
import type { Channel } from "./channel.ts";
import type { Exchange } from "./exchange.ts";

/**
 * With so much gathered it goes out, unless a write is under way: the server
 * works on it while more is read here.
 */
const GATHERED_BYTES = 32 * 1024;

/** Who has the turn to write on a channel has this, too. */
const rooms = new WeakMap<Channel, Uint8Array<ArrayBuffer>>();

export function roomOf(channel: Channel): Uint8Array<ArrayBuffer> {
  let room = rooms.get(channel);
  if (room === undefined) {
    room = new Uint8Array(SMALL_BYTES_MAX + 1);
    rooms.set(channel, room);
  }
  return room;
}

/**
 * For who has the turn to write: the bytes of a small source, which stay good
 * until the turn is over; null: it is to be sent as it is read.
 * @throws What the source throws, or the signal's reason.
 */
export function readSmall(
  channel: Channel,
  source: Source,
  options: PutOptions,
): Uint8Array | null | Promise<Uint8Array | null> {
  const { transfer, offset, onMark, signal } = options;
  if (transfer !== undefined || offset || onMark !== undefined) return null;
  signal?.throwIfAborted();
  if (source.whole === undefined) return readAll(source, signal);
  const room = roomOf(channel);
  const bytes = source.whole(room);
  return bytes === null ? null : room.subarray(0, bytes);
}

/** A small body, and what is sent before it and behind it. */
export interface SmallPut {
  readonly request: JsonObject;
  readonly body: Uint8Array;
  /** Of nothing yet. */
  readonly checksum: Checksum;
  readonly signal: AbortSignal | undefined;
}

/**
 * For who has the turn to write.
 * @throws The signal's reason: with nothing sent; {ClientError} the
 * connection's failures.
 */
export async function sendSmall(
  channel: Channel,
  { request, body, checksum, signal }: SmallPut,
): Promise<{ exchange: Exchange; bytes: number; checksum: string }> {
  checksum.update(body);
  const exchange = await channel.write(request, null, signal);
  const sum = checksum.digest();
  const sending = sendBehind(channel, exchange, body, sum);
  if (sending !== undefined) await sending;
  const turn = channel.runtime.turns.turn();
  if (turn !== undefined) await turn;
  return { exchange, bytes: body.length, checksum: sum };
}

/**
 * Gather a body and its end behind their request.
 * @returns A promise where the buffer is full.
 * @throws {ClientError} The connection's failures.
 */
export function sendBehind(
  channel: Channel,
  { id }: Exchange,
  body: Uint8Array,
  sum: string,
): Promise<void> | undefined {
  const { writer } = channel;
  const end = encodeObject({
    action: "end",
    id,
    size: body.length,
    checksum: sum,
  });
  const bytes = body.length + end.length + 2 * HEADER_BYTES;
  if (writer.room < bytes) return sendInPieces(channel, body, end);
  writer.data(body);
  writer.message(end);
  if (writer.gathered >= GATHERED_BYTES && !writer.writing) channel.flushSoon();
  return undefined;
}

async function sendInPieces(
  channel: Channel,
  body: Uint8Array,
  end: Uint8Array,
): Promise<void> {
  try {
    await channel.writer.data(body);
    await channel.writer.message(end);
  } catch (error) {
    throw channel.failure ?? fromServer(error);
  }
}

/**
 * All of it, to the end that the source itself tells; of one that has more
 * than it said, a byte too many, which the server does not take.
 */
async function readAll(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | null> {
  const { size } = source;
  if (size === null || size > SMALL_BYTES_MAX) return null;
  const room = new Uint8Array(size + 1);
  let bytes = 0;
  while (bytes < room.length) {
    signal?.throwIfAborted();
    const some = await source.read(room.subarray(bytes), signal);
    if (some === 0) break;
    bytes += some;
  }
  return room.subarray(0, bytes);
}
