/**
 * The fields that several messages share, and their forms on the wire.
 * @module
 */
import { choice, list, parsed, pattern, text, whole } from "./schema.ts";

/** Requests count from 1. */
export const requestId = whole(1);

export const bytesCount = whole(0);

export const entriesMax = whole(1);

/** Names of features, as in `requires`. */
export const features = list(text(64), {
  most: 32,
  said: "has to be at most 32 features long",
});

/** POSIX permission bits: 0 to 0o777. */
export const mode = whole(0, 0o777);

/** What one side made up and the other only compares: the version of a file. */
export const token = text(256);

/** 128 random bits: what makes a transfer, or a deed, the same one. */
export const randomId = pattern(
  /^[0-9a-f]{32}$/,
  "has to be 32 hexadecimal digits, in lower case",
);

export const CHECKSUM_TYPES = ["crc32", "sha256"] as const;
export type ChecksumType = typeof CHECKSUM_TYPES[number];
export const checksumType = choice(
  CHECKSUM_TYPES,
  "has to be crc32 or sha256",
);

/** `crc32:` and 8, or `sha256:` and 64, lower-case hexadecimal digits. */
export const checksum = pattern(
  /^(?:crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64})$/,
  "has to be a checksum",
);

const MTIME = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Seconds since 1970 UTC in decimal text, with at most nine digits behind the
 * point (the form of `mtime` in POSIX pax headers: no double holds it).
 */
export const mtime = parsed(
  parseMtime,
  "has to be seconds since 1970, as decimal text",
);

/** @returns Nanoseconds since 1970; undefined where `text` is no `mtime`. */
function parseMtime(text: string): bigint | undefined {
  const parts = MTIME.exec(text);
  if (parts === null) return undefined;
  const [, sign, seconds = "0", fraction = ""] = parts;
  const ns = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
  return sign ? -ns : ns;
}

/** Nanoseconds since 1970 in the form of `mtime` on the wire. */
export function formatMtime(ns: bigint): string {
  const size = ns < 0n ? -ns : ns;
  const seconds = size / 1_000_000_000n;
  const rest = (size % 1_000_000_000n).toString().padStart(9, "0");
  const fraction = rest.replace(/0+$/, "");
  const sign = ns < 0n ? "-" : "";
  return `${sign}${seconds}${fraction ? `.${fraction}` : ""}`;
}
