/**
 * Many small gets in one go: asked for one behind the other, and handed over
 * as they come, each whole and verified.
 * @module
 */
import type { Answer } from "../../protocol/mod.ts";
import { checksumOf } from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import {
  type ManyOptions,
  type ManyOutcome,
  type RemoteFile,
  SMALL_BYTES_MAX,
  type SmallSink,
} from "../library.ts";
import type { Channel } from "./channel.ts";
import { infoOf } from "./get.ts";
import { type Asked, Many } from "./many.ts";
import type { Requests } from "./requests.ts";
import { SmallBody, type SmallEnd } from "./small_body.ts";

/** The bodies of a connection come one after the other: one is enough. */
const rooms = new WeakMap<Channel, Uint8Array<ArrayBuffer>>();

export async function getMany(
  requests: Requests,
  files: readonly SmallSink[],
  { checksum = "crc32", signal }: ManyOptions,
): Promise<readonly ManyOutcome[]> {
  const { channel } = requests;
  using many = new Many(requests, "get", files, signal);
  let room = rooms.get(channel);
  if (room === undefined) {
    room = new Uint8Array(SMALL_BYTES_MAX);
    rooms.set(channel, room);
  }
  let at = 0;
  try {
    const done = await channel.takeTurn(signal);
    try {
      for (; at < files.length; at++) {
        const file = files[at];
        if (file === undefined) break;
        signal?.throwIfAborted();
        const got = new SmallGet(requests, many, file, checksum);
        const body = new SmallBody(room, (end) => got.ended(end));
        const request = {
          action: "get",
          filename: file.name,
          checksum_type: checksum,
        };
        const exchange = channel.writeNow(request, body, 0) ??
          await channel.write(request, body, signal);
        got.asked = many.asked(at, exchange);
        exchange.whenAnswered((said) => got.answered(said, body));
      }
    } finally {
      done();
    }
  } catch (error) {
    many.brokeOff(at, error);
  }
  return await many.outcomes();
}

class SmallGet {
  readonly #requests: Requests;
  readonly #many: Many;
  readonly #file: SmallSink;
  readonly #checksum: "crc32" | "sha256";
  #info: RemoteFile | null = null;
  asked: Asked | null = null;

  constructor(
    requests: Requests,
    many: Many,
    file: SmallSink,
    checksum: "crc32" | "sha256",
  ) {
    this.#requests = requests;
    this.#many = many;
    this.#file = file;
    this.#checksum = checksum;
  }

  answered(said: Answer | ClientError, body: SmallBody): void {
    const { asked } = this;
    if (asked === null) return;
    try {
      if (said instanceof ClientError) throw said;
      const answer = this.#requests.good(said, this.#many.told(asked.at));
      this.#info = infoOf(this.#requests, answer);
      if (this.#info.size <= SMALL_BYTES_MAX) return;
      body.drop(); // it has grown: the rest of it need not come
      this.#requests.channel.cancel(asked.exchange);
    } catch (error) {
      this.#many.failed(asked, error);
    }
  }

  ended(end: SmallEnd): void {
    const { asked } = this;
    if (asked === null) return;
    if ("failure" in end) {
      const { failure } = this.#requests.channel;
      return this.#many.failed(asked, failure ?? end.failure);
    }
    const info = this.#info;
    const { bytes, ending } = end;
    const checksum = bytes === null ? "" : checksumOf(this.#checksum, bytes);
    const isRight = bytes?.length === info?.size && ending.action === "end" &&
      ending.size === info?.size && ending.checksum === checksum;
    // What is odd about it is told by the get that is made of it alone.
    if (info === null || bytes === null || !isRight) {
      return this.#many.alone(asked);
    }
    const { name } = this.#file;
    const { mtimeNs, version } = info;
    try {
      this.#file.take(bytes, info);
      const receipt = { name, bytes: bytes.length, checksum };
      this.#many.done(asked, { ...receipt, mtimeNs, version });
    } catch (error) {
      this.#many.failed(asked, error);
    }
  }
}
