/**
 * The bytes before an offset, where a transfer goes on: their checksum is where
 * its own begins.
 * @module
 */
import type { ChecksumType } from "../../protocol/mod.ts";
import type { Turns } from "../../runtime/mod.ts";
import {
  type ByteSource,
  type Checksum,
  createChecksum,
  resumedCrc32,
} from "../../transfer/mod.ts";

/** What is hashed at a time. */
const PIECE_BYTES = 256 * 1024;

/** What a request says of the bytes before its own. */
export interface SaidBefore {
  readonly checksum_type: ChecksumType;
  readonly offset: number;
  readonly offset_checksum: string;
  readonly verify: boolean;
}

/** The checksum to go on from, where nothing has to be read for it; or null. */
export function checksumAlone(said: SaidBefore): Checksum | null {
  const { checksum_type, offset_checksum, verify } = said;
  // The value of a CRC-32 is all of its state. What SHA-256 has left behind,
  // nothing can go on from.
  const goesOn = !verify && checksum_type === "crc32" &&
    typeOf(offset_checksum) === "crc32";
  return goesOn ? resumedCrc32(offset_checksum) : null;
}

export interface Rereading {
  readonly source: ByteSource;
  readonly turns: Turns;
  readonly signal: AbortSignal;
}

/**
 * Read the first `offset` bytes of a source, and leave it behind them.
 * @returns The checksum to go on from; null where they are others, or fewer.
 */
export async function rereadBefore(
  said: SaidBefore,
  { source, turns, signal }: Rereading,
): Promise<Checksum | null> {
  const { checksum_type, offset, offset_checksum } = said;
  const checksum = createChecksum(checksum_type);
  const type = typeOf(offset_checksum);
  const proof = type === checksum_type ? null : createChecksum(type);
  const piece = new Uint8Array(Math.min(offset, PIECE_BYTES));
  for (let left = offset; left > 0;) {
    signal.throwIfAborted();
    const into = piece.subarray(0, left);
    const bytes = await source.read(into, signal);
    if (bytes === 0) return null;
    const read = into.subarray(0, bytes);
    checksum.update(read);
    proof?.update(read);
    left -= bytes;
    const turn = turns.turn();
    if (turn !== undefined) await turn;
  }
  return (proof ?? checksum).soFar() === offset_checksum ? checksum : null;
}

function typeOf(checksum: string): ChecksumType {
  return checksum.startsWith("crc32:") ? "crc32" : "sha256";
}
