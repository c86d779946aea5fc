/**
 * The sending of a small file: read first, then its request, its bytes and
 * their end are gathered in one go, between those of others. What the source
 * fails by is known before anything was sent, and there is nothing to abort.
 * @module
 */
import { encodeObject, type JsonObject } from "../../protocol/mod.ts";
import type { Checksum } from "../../transfer/mod.ts";
import { fromServer } from "../failures.ts";
import type { PutOptions, Source } from "../library.ts";
import type { Channel } from "./channel.ts";
import type { Exchange } from "./exchange.ts";

/** Above it a body is sent as it is read. */
const SMALL_BYTES_MAX = 64 * 1024;

export function isSmall(
  { size }: Source,
  { transfer, offset, onMark }: PutOptions,
): boolean {
  const resumed = transfer !== undefined || offset || onMark !== undefined;
  return size !== null && size <= SMALL_BYTES_MAX && !resumed;
}

/**
 * For who has the turn to write.
 * @throws What the source throws, or the signal's reason: with nothing sent;
 * {ClientError} the connection's failures.
 */
export async function sendSmall(
  channel: Channel,
  request: JsonObject,
  source: Source,
  checksum: Checksum,
  signal: AbortSignal | undefined,
): Promise<{ exchange: Exchange; bytes: number; checksum: string }> {
  const bytes = await readSmall(source, signal);
  checksum.update(bytes);
  const exchange = await channel.write(request, null, signal);
  const sum = checksum.digest();
  const { id } = exchange;
  const end = { action: "end", id, size: bytes.length, checksum: sum };
  try {
    const { writer } = channel;
    const full = writer.data(bytes);
    if (full !== undefined) await full;
    const fullAgain = writer.message(encodeObject(end));
    if (fullAgain !== undefined) await fullAgain;
  } catch (error) {
    throw channel.failure ?? fromServer(error);
  }
  const turn = channel.runtime.turns.turn();
  if (turn !== undefined) await turn;
  return { exchange, bytes: bytes.length, checksum: sum };
}

/**
 * All of it, to the end that the source itself tells; of one that has more
 * than it said, a byte too many, which the server does not take.
 */
async function readSmall(
  source: Source,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const room = new Uint8Array((source.size ?? 0) + 1);
  let bytes = 0;
  while (bytes < room.length) {
    signal?.throwIfAborted();
    const some = await source.read(room.subarray(bytes), signal);
    if (some === 0) break;
    bytes += some;
  }
  return room.subarray(0, bytes);
}
