/**
 * The journal of a part (pure): what is known to be on disk of it, and whose it
 * is. Lines of text, each a JSON object behind its own check, so that a journal
 * that a power cut has torn says the last thing that it surely said.
 *
 * A line's check is the CRC-32 of its JSON, gone on with from that of the line
 * before: a line stands only behind the lines that it was written behind. What
 * follows a line that fails is not read, whatever it is.
 * @module
 */
import { crc32 } from "node:zlib";

/** What a part is: the first line. */
export interface JournalHeader {
  /** Whose it is: the account. */
  readonly owner: string;
  /** The client's own name for this transfer: 32 lower-case hex digits. */
  readonly transfer: string;
  /** What the source was: opaque. */
  readonly identity: string;
  /** The segments of the target's path. */
  readonly target: readonly string[];
  /** Of the whole, where it was said. */
  readonly size: number | null;
  /** When it was begun: ms since 1970. */
  readonly atMs: number;
}

/** That so many bytes are on disk. */
export interface JournalMark {
  readonly offset: number;
  /** Of all bytes before `offset`: `crc32:…` or `sha256:…`. */
  readonly checksum: string;
  readonly atMs: number;
}

/** That it was published. No mark follows. */
export interface JournalEnd {
  /** Of the file that it became. */
  readonly version: string;
  readonly size: number;
  readonly checksum: string;
  readonly atMs: number;
}

export interface Journal {
  readonly header: JournalHeader;
  /** The last one; null where nothing was marked yet. */
  readonly mark: JournalMark | null;
  readonly end: JournalEnd | null;
  /** The length of the good lines, where the next one belongs. */
  readonly bytes: number;
  /** The check of the last of them. */
  readonly check: number;
}

/** A journal over this is none of ours: a mark takes less than 200 bytes. */
export const JOURNAL_BYTES_MAX = 4 * 1024 * 1024;
const LINE = /^([0-9a-f]{8}) (\{.*\})$/;
const HEX_DIGITS = 8;
const NEWLINE = 0x0a;
const IDENTITY_LENGTH_MAX = 256;
const TRANSFER = /^[0-9a-f]{32}$/;
const CHECKSUM = /^(?:crc32:[0-9a-f]{8}|sha256:[0-9a-f]{64})$/;

/** @returns The line, and its check. */
export function encodeHeader(header: JournalHeader): EncodedLine {
  return encode("part", header, 0);
}

/** @param check That of the line before. */
export function encodeMark(mark: JournalMark, check: number): EncodedLine {
  return encode("mark", mark, check);
}

export function encodeEnd(end: JournalEnd, check: number): EncodedLine {
  return encode("end", end, check);
}

export interface EncodedLine {
  readonly bytes: Uint8Array;
  readonly check: number;
}

/** @returns Null where not even the first line is good. */
export function decodeJournal(bytes: Uint8Array): Journal | null {
  let journal: Journal | null = null;
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end < 0) break;
    const line = decodeLine(bytes.subarray(from, end), journal?.check ?? 0);
    from = end + 1;
    if (line === null) break;
    const next: Journal | null = added(journal, line, from);
    if (next === null) break;
    journal = next;
  }
  return journal;
}

function encode(kind: Kind, fields: object, check: number): EncodedLine {
  const json = JSON.stringify({ kind, ...fields });
  const own = crc32(json, check);
  const line = `${own.toString(16).padStart(HEX_DIGITS, "0")} ${json}\n`;
  return { bytes: new TextEncoder().encode(line), check: own };
}

type Kind = "part" | "mark" | "end";

interface Line {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly check: number;
}

function decodeLine(bytes: Uint8Array, before: number): Line | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const [, digits, json] = LINE.exec(text) ?? [];
    if (digits === undefined || json === undefined) return null;
    const check = crc32(json, before);
    if (check !== Number.parseInt(digits, 16)) return null;
    const fields: unknown = JSON.parse(json);
    return isObject(fields) ? { fields, check } : null;
  } catch {
    return null; // not UTF-8, or no JSON
  }
}

/** The journal with one more line; null where the line does not belong. */
function added(
  before: Journal | null,
  { fields, check }: Line,
  bytes: number,
): Journal | null {
  if (before === null) {
    const header = headerOf(fields);
    return header && { header, mark: null, end: null, bytes, check };
  }
  if (before.end !== null) return null;
  switch (fields["kind"]) {
    case "mark": {
      const mark = markOf(fields);
      if (mark === null || mark.offset < (before.mark?.offset ?? 0)) {
        return null;
      }
      return { ...before, mark, bytes, check };
    }
    case "end": {
      const end = endOf(fields);
      return end && { ...before, end, bytes, check };
    }
    default:
      return null;
  }
}

type Fields = Readonly<Record<string, unknown>>;

function headerOf(fields: Fields): JournalHeader | null {
  const { kind, owner, transfer, identity, target, size, atMs } = fields;
  const good = kind === "part" && typeof owner === "string" &&
    typeof transfer === "string" && TRANSFER.test(transfer) &&
    typeof identity === "string" && identity.length <= IDENTITY_LENGTH_MAX &&
    Array.isArray(target) && target.every((one) => typeof one === "string") &&
    (size === null || isCount(size)) && isCount(atMs);
  return good ? { owner, transfer, identity, target, size, atMs } : null;
}

function markOf({ offset, checksum, atMs }: Fields): JournalMark | null {
  return isCount(offset) && isChecksum(checksum) && isCount(atMs)
    ? { offset, checksum, atMs }
    : null;
}

function endOf({ version, size, checksum, atMs }: Fields): JournalEnd | null {
  return typeof version === "string" && isCount(size) &&
      isChecksum(checksum) && isCount(atMs)
    ? { version, size, checksum, atMs }
    : null;
}

function isChecksum(value: unknown): value is string {
  return typeof value === "string" && CHECKSUM.test(value);
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
