/**
 * The bytes before an offset, where a transfer goes on: their checksum is where
 * its own begins.
 * @module
 */
import type { Turns } from "../../runtime/mod.ts";
import {
  type Checksum,
  createChecksum,
  resumedCrc32,
} from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import type { Source, TransferOptions } from "../library.ts";
import { texts } from "../texts/mod.ts";
import type { Told } from "./requests.ts";

/** What is hashed at a time. */
const PIECE_BYTES = 256 * 1024;

export interface Start {
  readonly checksum: Checksum;
  /** Bytes that it has seen. */
  readonly from: number;
}

/** Where a transfer begins that goes on behind nothing. */
export function fromNothing({ checksum }: TransferOptions): Start {
  return { checksum: createChecksum(checksum ?? "crc32"), from: 0 };
}

/** Go on from a checksum alone: from any CRC-32, and from no SHA-256. */
export function fromChecksum(offset: number, sum: string): Start | null {
  if (!sum.startsWith("crc32:")) return null;
  return { checksum: resumedCrc32(sum), from: offset };
}

/**
 * Read the first `offset` bytes, and leave the source behind them.
 * @param sum What they have to be.
 * @throws {ClientError} `cannot_resume`: they are others, or fewer.
 */
export async function fromSource(
  source: Source,
  offset: number,
  sum: string,
  turns: Turns,
  about: Told,
): Promise<Start> {
  const type = sum.startsWith("crc32:") ? "crc32" : "sha256";
  const checksum = createChecksum(type);
  const piece = new Uint8Array(Math.min(offset, PIECE_BYTES));
  for (let left = offset; left > 0;) {
    about.signal?.throwIfAborted();
    const into = piece.subarray(0, left);
    const bytes = await source.read(into, about.signal);
    if (bytes === 0) throw changed(about);
    checksum.update(into.subarray(0, bytes));
    left -= bytes;
    const turn = turns.turn();
    if (turn !== undefined) await turn;
  }
  if (checksum.soFar() !== sum) throw changed(about);
  return { checksum, from: offset };
}

function changed({ verb, name }: Told): ClientError {
  const what = `${verb} ${name}`;
  return new ClientError("cannot_resume", ...texts.session.othersBefore(what));
}
