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
  /** Of the bytes so far, in the form of `digest`; more may follow. */
  soFar(): string;
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

/** The checksum of what is all here. */
export function checksumOf(type: ChecksumType, bytes: Uint8Array): string {
  if (type === "crc32") return crc32Text(crc32(bytes));
  const checksum = new Sha256();
  checksum.update(bytes);
  return checksum.digest();
}

/**
 * The CRC-32 of bytes that are not here, to go on from: its value is all of its
 * state. What SHA-256 has left behind, nothing can go on from.
 * @param sum `crc32:…`, of all bytes before.
 */
export function resumedCrc32(sum: string): Checksum {
  return new Crc32(Number.parseInt(sum.slice("crc32:".length), 16));
}

class Crc32 implements Checksum {
  readonly type = "crc32";
  #value: number;

  constructor(value = 0) {
    this.#value = value;
  }

  update(bytes: Uint8Array): void {
    this.#value = crc32(bytes, this.#value);
  }

  soFar(): string {
    return this.digest();
  }

  digest(): string {
    return crc32Text(this.#value);
  }
}

function crc32Text(value: number): string {
  return `crc32:${value.toString(16).padStart(8, "0")}`;
}

class Sha256 implements Checksum {
  readonly type = "sha256";
  readonly #hash: Hash = createHash("sha256");

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  soFar(): string {
    return `sha256:${this.#hash.copy().digest("hex")}`;
  }

  digest(): string {
    return `sha256:${this.#hash.digest("hex")}`;
  }
}
