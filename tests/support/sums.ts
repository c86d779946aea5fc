/** @module Checksums as they stand on the wire. */
import { createChecksum } from "../../lib/transfer/mod.ts";

export function sumOf(
  bytes: Uint8Array,
  type: "crc32" | "sha256" = "crc32",
): string {
  const checksum = createChecksum(type);
  checksum.update(bytes);
  return checksum.digest();
}
