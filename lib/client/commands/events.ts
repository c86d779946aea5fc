/**
 * What `--json` prints: one object a line, for programs. Fields may be added
 * later; none that is here changes. Pure.
 * @module
 */

/** Of the form of all events. */
const VERSION = 1;
const NS_IN_MS = 1_000_000n;
/** Of RFC 3339, whose years have four digits: 0000 up to the end of 9999. */
const MS_MIN = -62_167_219_200_000n;
const MS_MAX = 253_402_300_799_999n;
const FRACTION_DIGITS = [0, 3, 6, 9] as const;

/** One thing that a command did, or did not do. */
export interface Item {
  readonly command: string;
  /** The server's, or null where it was not asked. */
  readonly statusCode: number | null;
  readonly result: "done" | "skipped" | "failed";
  readonly source: string | null;
  readonly target: string | null;
  /** Bytes of the file. */
  readonly size: number | null;
  /** Bytes of it that went over the wire. */
  readonly sentBytes: number | null;
  /** The byte it went on at; null: it began at the first. */
  readonly resumedFrom: number | null;
  readonly checksum: string | null;
  readonly seconds: number | null;
  /** A word for programs: a code of an error, or why it was skipped. */
  readonly reason: string | null;
  /** The same for a person. */
  readonly message: string | null;
  /** It would be so: nothing was done. */
  readonly dryRun?: boolean;
}

/** One name of a listing. */
export interface EntryShown {
  readonly name: string;
  /** The name with its folder, as it can be asked for. */
  readonly path?: string;
  readonly type: "file" | "dir" | "link" | "other";
  readonly size: number | null;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint | null;
  /** Permission bits. */
  readonly mode: number | null;
  /** Of a link. */
  readonly target?: string;
  /** Its name is escaped, and none that can be asked for. */
  readonly unreachable?: boolean;
}

/** What a server has room for. */
export interface SpaceShown {
  readonly freeBytes: number | null;
  readonly totalBytes: number | null;
  readonly uploadBytes: number | null;
}

export interface StatusShown {
  readonly server: string;
  readonly username: string;
  readonly folder: string;
  readonly localFolder: string;
  readonly features: readonly string[];
}

/** A put that broke off, as the server keeps it. */
export interface PartShown {
  readonly transfer: string;
  readonly name: string;
  /** Bytes that are there. */
  readonly offset: number;
  readonly size: number | null;
  /** Nanoseconds since 1970, UTC. */
  readonly updatedNs: bigint;
  readonly inUse: boolean;
}

/** One that was typed in the shell. */
export interface LineShown {
  readonly number: number;
  readonly line: string;
}

export interface BookmarkShown {
  readonly name: string;
  readonly server: string;
  readonly port?: number;
  readonly user?: string;
  readonly path?: string;
  readonly passwordCommand?: string;
}

export interface JobProgress {
  readonly filesDone: number;
  readonly files: number | null;
  readonly bytesDone: number;
  readonly bytes: number | null;
  readonly bytesPerSecond: number | null;
  readonly secondsLeft: number | null;
  /** Since the last byte moved. */
  readonly silentSeconds: number;
}

/** All that was done, in the end. */
export interface Totals {
  readonly done: number;
  readonly skipped: number;
  readonly failed: number;
  readonly bytes: number;
  readonly sentBytes: number;
  readonly seconds: number;
  readonly exitCode: number;
  /** Of what would be done: nothing was. */
  readonly dryRun?: boolean;
}

export function itemEvent(item: Item) {
  return {
    v: VERSION,
    event: "item",
    command: item.command,
    status_code: item.statusCode,
    result: item.result,
    source: item.source,
    target: item.target,
    size: item.size,
    sent_bytes: item.sentBytes,
    resumed_from: item.resumedFrom,
    checksum: item.checksum,
    seconds: rounded(item.seconds),
    reason: item.reason,
    message: item.message,
    ...(item.dryRun ? { dry_run: true } : {}),
  } as const;
}

export function entryEvent({ mtimeNs, mode, target, ...shown }: EntryShown) {
  const { name, path, type, size, unreachable } = shown;
  return {
    v: VERSION,
    event: "entry",
    name,
    type,
    size,
    mtime: mtimeNs === null ? null : formatTime(mtimeNs),
    mode: mode === null ? null : formatMode(mode),
    ...(target === undefined ? {} : { target }),
    ...(unreachable ? { unreachable } : {}),
    ...(path === undefined ? {} : { path }),
  } as const;
}

/** @param command Of which; null: of ftpc, or its shell. */
export function helpEvent(command: string | null, text: string) {
  return { v: VERSION, event: "help", command, text } as const;
}

export function versionEvent(version: string) {
  return { v: VERSION, event: "version", version } as const;
}

export function historyEvent({ number, line }: LineShown) {
  return { v: VERSION, event: "history", number, line } as const;
}

export function bookmarkEvent(bookmark: BookmarkShown) {
  return {
    v: VERSION,
    event: "bookmark",
    name: bookmark.name,
    server: bookmark.server,
    port: bookmark.port ?? null,
    user: bookmark.user ?? null,
    path: bookmark.path ?? null,
    password_command: bookmark.passwordCommand ?? null,
  } as const;
}

export function spaceEvent(space: SpaceShown) {
  return {
    v: VERSION,
    event: "space",
    free_bytes: space.freeBytes,
    total_bytes: space.totalBytes,
    upload_bytes: space.uploadBytes,
  } as const;
}

export function statusEvent(status: StatusShown) {
  return {
    v: VERSION,
    event: "status",
    server: status.server,
    user: status.username,
    folder: status.folder,
    local_folder: status.localFolder,
    features: status.features,
  } as const;
}

export function partEvent(part: PartShown) {
  return {
    v: VERSION,
    event: "part",
    transfer: part.transfer,
    name: part.name,
    offset: part.offset,
    size: part.size,
    updated: formatTime(part.updatedNs),
    in_use: part.inUse,
  } as const;
}

export function progressEvent(progress: JobProgress) {
  return {
    v: VERSION,
    event: "progress",
    files_done: progress.filesDone,
    files: progress.files,
    bytes_done: progress.bytesDone,
    bytes: progress.bytes,
    bytes_per_second: rounded(progress.bytesPerSecond),
    seconds_left: rounded(progress.secondsLeft),
    silent_seconds: rounded(progress.silentSeconds),
  } as const;
}

export function endEvent(totals: Totals) {
  return {
    v: VERSION,
    event: "end",
    done: totals.done,
    skipped: totals.skipped,
    failed: totals.failed,
    bytes: totals.bytes,
    sent_bytes: totals.sentBytes,
    seconds: rounded(totals.seconds),
    exit_code: totals.exitCode,
    ...(totals.dryRun ? { dry_run: true } : {}),
  } as const;
}

export type Event =
  | ReturnType<typeof itemEvent>
  | ReturnType<typeof entryEvent>
  | ReturnType<typeof spaceEvent>
  | ReturnType<typeof statusEvent>
  | ReturnType<typeof partEvent>
  | ReturnType<typeof helpEvent>
  | ReturnType<typeof versionEvent>
  | ReturnType<typeof historyEvent>
  | ReturnType<typeof bookmarkEvent>
  | ReturnType<typeof progressEvent>
  | ReturnType<typeof endEvent>;

/**
 * A line of JSON with its line feed. What could steer a terminal, and halves
 * of surrogate pairs, are escaped: it is one line of UTF-8 whatever a name
 * holds.
 */
export function formatEvent(event: Event): string {
  const escaped = JSON.stringify(event).replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${escaped}\n`;
}

/**
 * RFC 3339, in UTC, with as many threes of digits as it needs.
 * @returns Null for a time of no year that it knows.
 */
export function formatTime(ns: bigint): string | null {
  const rest = ((ns % NS_IN_MS) + NS_IN_MS) % NS_IN_MS;
  const ms = (ns - rest) / NS_IN_MS;
  if (ms < MS_MIN || ms > MS_MAX) return null;
  const [seconds = "", millis = ""] = new Date(Number(ms)).toISOString()
    .replace("Z", "").split(".");
  const fraction = millis + String(rest).padStart(6, "0");
  const digits = FRACTION_DIGITS.find((digits) =>
    /^0*$/.test(fraction.slice(digits))
  );
  const shown = fraction.slice(0, digits);
  return `${seconds}${shown === "" ? "" : `.${shown}`}Z`;
}

/** `0644`, as chmod takes it. */
function formatMode(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}

/** To the microsecond: what is finer says nothing. */
function rounded(value: number | null): number | null {
  return value === null ? null : Math.round(value * 1e6) / 1e6;
}
