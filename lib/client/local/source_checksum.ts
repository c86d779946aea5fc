/**
 * The checksum of a file of this machine. A module of its own: what only sends
 * files does not load it.
 * @module
 */
import { createChecksum } from "../../transfer/mod.ts";
import { openSource } from "./source.ts";

const CHECKSUM_PIECE_BYTES = 1024 * 1024;

/**
 * The checksum of a file, as a put computes it.
 * @throws {ClientError} As `openSource`; or the signal's reason.
 */
export async function sourceChecksum(
  path: string,
  type: "crc32" | "sha256",
  signal: AbortSignal,
): Promise<string> {
  using source = openSource(path);
  const checksum = createChecksum(type);
  const piece = new Uint8Array(
    Math.min(source.size ?? CHECKSUM_PIECE_BYTES, CHECKSUM_PIECE_BYTES) || 1,
  );
  for (
    let bytes = await source.read(piece);
    bytes > 0;
    bytes = await source.read(piece)
  ) {
    signal.throwIfAborted();
    checksum.update(piece.subarray(0, bytes));
  }
  return checksum.digest();
}
