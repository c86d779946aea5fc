/**
 * The journal of a get's part, as lines: what it is of, and how far its bytes
 * are known to be good. A pure codec; kept_part.ts has the files.
 *
 * Each line is its CRC-32, a blank and JSON. A line that fails its check, and
 * all that stands behind it, counts for nothing.
 * @module
 */
import {
  anyText,
  attempt,
  literal,
  object,
  pattern,
  whole,
} from "../../protocol/schema.ts";
import { createChecksum } from "../../transfer/mod.ts";

/** What a part is of. */
export interface PartOrigin {
  readonly server: string;
  readonly username: string;
  /** Its whole name on the server. */
  readonly remote: string;
  /** The name beside it that it is to get. */
  readonly target: string;
  /** The version on the server that its bytes are of. */
  readonly identity: string;
}

/** So many bytes are on the disk, and their checksum is right. */
export interface PartMark {
  readonly offset: number;
  readonly checksum: string;
}

export interface PartState {
  readonly origin: PartOrigin;
  /** The last one. */
  readonly mark: PartMark;
  /** Of the journal: what stands behind it is of no use. */
  readonly goodBytes: number;
}

const header = object({
  v: literal(1),
  server: anyText,
  username: anyText,
  remote: anyText,
  target: anyText,
  identity: anyText,
});
const record = object({
  offset: whole(1),
  checksum: pattern(/^(?:crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64})$/),
});

const encoder = new TextEncoder();
const LINE_FEED = 0x0a;
/** `crc32:` and its digits: those alone are written. */
const CRC_DIGITS = 8;

export function originLine(origin: PartOrigin): Uint8Array<ArrayBuffer> {
  return line({ v: 1, ...origin });
}

export function markLine(mark: PartMark): Uint8Array<ArrayBuffer> {
  const { offset, checksum } = mark;
  return line({ offset, checksum });
}

function line(object: object): Uint8Array<ArrayBuffer> {
  const json = JSON.stringify(object);
  return encoder.encode(`${crcOf(encoder.encode(json))} ${json}\n`);
}

function crcOf(bytes: Uint8Array): string {
  const crc = createChecksum("crc32");
  crc.update(bytes);
  return crc.digest().slice(-CRC_DIGITS);
}

/** @returns null where there is nothing to go on with. */
export function readPartJournal(bytes: Uint8Array): PartState | null {
  let origin: PartOrigin | null = null;
  let mark: PartMark | null = null;
  let goodBytes = 0;
  for (let at = 0;;) {
    const end = bytes.indexOf(LINE_FEED, at);
    if (end < 0) break; // the last one was cut
    const object = objectOf(bytes.subarray(at, end));
    if (origin === null) {
      const read = attempt(header, object);
      if (read === undefined) return null;
      const { v: _version, ...rest } = read;
      origin = rest;
    } else {
      const read = attempt(record, object);
      if (read === undefined || read.offset <= (mark?.offset ?? 0)) break;
      mark = read;
    }
    at = end + 1;
    goodBytes = at;
  }
  return origin === null || mark === null ? null : { origin, mark, goodBytes };
}

function objectOf(line: Uint8Array): unknown {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(line);
    const json = text.slice(CRC_DIGITS + 1);
    const whole = text[CRC_DIGITS] === " " &&
      text.slice(0, CRC_DIGITS) === crcOf(encoder.encode(json));
    return whole ? JSON.parse(json) : null;
  } catch {
    return null; // no schema takes it
  }
}

/** Whether a part is of the same file; of which version is another question. */
export function isSameFile(one: PartOrigin, other: PartOrigin): boolean {
  return one.server === other.server && one.username === other.username &&
    one.remote === other.remote && one.target === other.target;
}
