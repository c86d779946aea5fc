/**
 * Many small puts in one go: each is read, summed and gathered between those of
 * others, with nothing waited for but room. Their answers come while the next
 * ones go out.
 * @module
 */
import { type Answer, formatMtime } from "../../protocol/mod.ts";
import { HEADER_BYTES } from "../../framing/mod.ts";
import { checksumOf } from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import type { ManyOptions, ManyOutcome, SmallSource } from "../library.ts";
import { type Asked, Many } from "./many.ts";
import { assertSame } from "./put.ts";
import { roomOf, sendBehind } from "./put_small.ts";
import type { Requests } from "./requests.ts";

/** Of the end of a body, with any checksum. */
const END_BYTES = 256;

export async function putMany(
  requests: Requests,
  files: readonly SmallSource[],
  { checksum = "crc32", signal }: ManyOptions,
): Promise<readonly ManyOutcome[]> {
  const { channel } = requests;
  const { turns } = channel.runtime;
  using many = new Many(requests, "put", files, signal);
  let at = 0;
  try {
    const done = await channel.takeTurn(signal);
    try {
      // A put may not follow a get whose body is still to come.
      const before = channel.getsOver(signal);
      if (before !== undefined) await before;
      const room = roomOf(channel);
      for (; at < files.length; at++) {
        const file = files[at];
        if (file === undefined) break;
        signal?.throwIfAborted();
        const bytes = readWhole(many, at, file, room);
        if (bytes === null) continue;
        const body = room.subarray(0, bytes);
        const sum = checksumOf(checksum, body);
        const { name, mtimeNs, mode } = file;
        const request = {
          ...{ action: "put", filename: name, checksum_type: checksum },
          size: bytes,
          ...(mtimeNs === undefined ? {} : { mtime: formatMtime(mtimeNs) }),
          ...(mode === undefined ? {} : { mode }),
        };
        const behind = bytes + END_BYTES + 2 * HEADER_BYTES;
        const exchange = channel.writeNow(request, null, behind) ??
          await channel.write(request, null, signal);
        expect(requests, many, many.asked(at, exchange), file, {
          bytes,
          checksum: sum,
        });
        const sending = sendBehind(channel, exchange, body, sum);
        if (sending !== undefined) await sending;
        const turn = turns.turn();
        if (turn !== undefined) await turn;
      }
    } finally {
      done();
    }
  } catch (error) {
    many.brokeOff(at, error);
  }
  return await many.outcomes();
}

/** @returns Its bytes; null: nothing of it is sent. */
function readWhole(
  many: Many,
  at: number,
  file: SmallSource,
  room: Uint8Array,
): number | null {
  try {
    return file.whole(room);
  } catch (error) {
    many.unasked(at, error);
    return null;
  }
}

function expect(
  requests: Requests,
  many: Many,
  asked: Asked,
  { name, mtimeNs }: SmallSource,
  sent: { readonly bytes: number; readonly checksum: string },
): void {
  const taken = (answer: Answer) => {
    const about = many.told(asked.at);
    assertSame(requests.good(answer, about), sent, about);
    many.done(asked, {
      ...{ name, ...sent, version: answer.file_version ?? null },
      ...(mtimeNs === undefined ? {} : { mtimeNs }),
    });
  };
  asked.exchange.whenAnswered((said) => {
    try {
      if (said instanceof ClientError) throw said;
      taken(said);
    } catch (error) {
      many.failed(asked, error);
    }
  });
}
