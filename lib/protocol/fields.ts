/**
 * The fields that several messages share, and their forms on the wire.
 * @module
 */
import * as v from "valibot";

export const number = v.number("has to be a number");

/** Requests count from 1. */
export const requestId = v.pipe(
  number,
  v.safeInteger("has to be a whole number"),
  v.minValue(1, "has to be 1 or more"),
);

export const bytesCount = v.pipe(
  number,
  v.safeInteger("has to be a whole number"),
  v.minValue(0, "has to be 0 or more"),
);

export const entriesMax = v.pipe(
  bytesCount,
  v.minValue(1, "has to be 1 or more"),
);

/** Text as long as a message can be. */
export const anyText = v.string("has to be a text");

/** Text of at most `max` UTF-16 units. */
export function text(max: number) {
  return v.pipe(
    anyText,
    v.maxLength(max, `has to be at most ${max} characters long`),
  );
}

export function listOf<Item extends v.GenericSchema>(item: Item) {
  return v.array(item, "has to be a list");
}

/** Names of features, as in `requires`. */
export const features = v.pipe(
  listOf(text(64)),
  v.maxLength(32, "has to be at most 32 features long"),
);

export const flag = v.boolean("has to be true or false");

/** POSIX permission bits: 0 to 0o777. */
export const mode = v.pipe(
  bytesCount,
  v.maxValue(0o777, "has to be at most 511"),
);

/** What one side made up and the other only compares: the version of a file. */
export const token = text(256);

/** 128 random bits: what makes a transfer, or a deed, the same one. */
export const randomId = v.pipe(
  anyText,
  v.regex(/^[0-9a-f]{32}$/, "has to be 32 hexadecimal digits, in lower case"),
);

export const CHECKSUM_TYPES = ["crc32", "sha256"] as const;
export type ChecksumType = typeof CHECKSUM_TYPES[number];
export const checksumType = v.picklist(
  CHECKSUM_TYPES,
  "has to be crc32 or sha256",
);

/** `crc32:` and 8, or `sha256:` and 64, lower-case hexadecimal digits. */
export const checksum = v.pipe(
  anyText,
  v.regex(
    /^(?:crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64})$/,
    "has to be a checksum",
  ),
);

const MTIME = /^(-?)(\d{1,12})(?:\.(\d{1,9}))?$/;

/**
 * Seconds since 1970 UTC in decimal text, with at most nine digits behind the
 * point (the form of `mtime` in POSIX pax headers: no double holds it).
 */
export const mtime = v.pipe(
  anyText,
  v.regex(MTIME, "has to be seconds since 1970, as decimal text"),
  v.transform(parseMtime),
);

/** @returns Nanoseconds since 1970. `text` has the form of `mtime`. */
function parseMtime(text: string): bigint {
  const [, sign, seconds = "0", fraction = ""] = MTIME.exec(text) ?? [];
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
