/**
 * Listings (PROTOCOL.md, "Listings"): the lines of an entry each that are the
 * body of `list` and `walk`, both ways. Pure, and by hand where a schema would
 * cost: a folder may have 100,000 entries.
 * @module
 */
import { ProtocolError } from "./error.ts";
import { printable, shortened } from "./printable.ts";

/** Of one line, without its line feed. */
export const LISTING_LINE_BYTES_MAX = 64 * 1024;
/** An escaped name is for people: what is beyond this, nobody reads. */
const ESCAPED_LENGTH_MAX = 8192;
/** Nanoseconds since 1970 of 12-digit seconds, as `mtime` elsewhere. */
const NANOSECONDS = /^-?\d{1,21}$/;
const VERSION_LENGTH_MAX = 256;
const STATUS_MSG_LENGTH_MAX = 8192;
const MODE_MAX = 0o7777;

/** What no segment that can be asked for holds (PROTOCOL.md, 4). */
const UNASKABLE = /[/\\\p{Cc}\p{Cs}]/u;

/** `list` has names, `walk` has paths below the folder that was asked for. */
export type ListingKind = "list" | "walk";

export type ListedType = "file" | "dir" | "link" | "other";

export interface ListedEntry {
  /**
   * The name; in a walk the path, its segments joined by `/`. Where `reachable`
   * is false, escaped for a person, and no request can name it.
   */
  readonly name: string;
  readonly reachable: boolean;
  readonly type: ListedType;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
  /** POSIX permission bits, or null where the server has none. */
  readonly mode: number | null;
  /** Opaque; empty where there is none. */
  readonly version: string;
  /** The text of a link, or null. */
  readonly target: string | null;
  /** In a walk: why what is in this folder is not there, or null. */
  readonly failure: {
    readonly status_code: number;
    readonly status_msg: string;
  } | null;
}

/** The line of an entry, with its line feed. */
export function encodeEntry(kind: ListingKind, entry: ListedEntry): string {
  const key = kind === "list" ? "name" : "path";
  if (!entry.reachable) {
    const name = shortened(printable(entry.name), ESCAPED_LENGTH_MAX);
    return `{"${key}_escaped":${JSON.stringify(name)},"unreachable":true,` +
      `"type":"${entry.type}"}\n`;
  }
  const { mode, target, failure } = entry;
  let line = `{"${key}":${quoted(entry.name)},"type":"${entry.type}",` +
    `"size":${entry.size},"mtime":"${entry.mtimeNs}"`;
  if (mode !== null) line += `,"mode":${mode}`;
  line += `,"version":${quoted(entry.version)}`;
  if (target !== null) line += `,"target":${JSON.stringify(target)}`;
  if (failure !== null) {
    line += `,"status_code":${failure.status_code},` +
      `"status_msg":${JSON.stringify(failure.status_msg)}`;
  }
  return `${line}}\n`;
}

/** Nearly every text needs no escapes, and this is several times quicker. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

/**
 * Reads the bytes of a listing as they come, in whatever pieces. What it gives
 * back can be trusted to be a name, or a path of names: no segment is empty,
 * `.` or `..`, or holds a slash, a backslash or a control character.
 */
export class ListingReader {
  readonly #kind: ListingKind;
  readonly #decoder = new TextDecoder("utf-8", {
    fatal: true,
    ignoreBOM: true,
  });
  /** A line that has begun; a rope, which is not looked at before it ends. */
  #begun = "";
  #entries = 0;

  constructor(kind: ListingKind) {
    this.#kind = kind;
  }

  /** Entries so far. */
  get entries(): number {
    return this.#entries;
  }

  /**
   * @returns The entries whose lines end in `bytes`.
   * @throws {ProtocolError} `bad_message`: the server breaks the protocol.
   */
  take(bytes: Uint8Array): ListedEntry[] {
    const text = this.#decode(bytes, true);
    const entries: ListedEntry[] = [];
    let from = 0;
    for (let to; (to = text.indexOf("\n", from)) >= 0; from = to + 1) {
      this.#add(text.slice(from, to));
      entries.push(this.#entry(this.#begun));
      this.#begun = "";
    }
    this.#add(text.slice(from));
    return entries;
  }

  /**
   * The body has ended.
   * @param said How many entries the server says there were, if it does.
   * @throws {ProtocolError} `bad_message`: it ends within a line, or they were
   * not as many.
   */
  end(said?: number): void {
    this.#decode(new Uint8Array(0), false);
    if (this.#begun !== "") this.#bad("ends within a line");
    if (said !== undefined && said !== this.#entries) {
      this.#bad(`has ${this.#entries} entries, and not ${said}`);
    }
  }

  #decode(bytes: Uint8Array, stream: boolean): string {
    try {
      return this.#decoder.decode(bytes, { stream });
    } catch (cause) {
      return this.#bad("is not UTF-8", cause);
    }
  }

  #add(text: string): void {
    if (this.#begun.length + text.length > LISTING_LINE_BYTES_MAX) {
      this.#bad(`has a line of over ${LISTING_LINE_BYTES_MAX} bytes`);
    }
    this.#begun = this.#begun === "" ? text : this.#begun + text;
  }

  #entry(line: string): ListedEntry {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch (cause) {
      return this.#bad("has a line that is not JSON", cause);
    }
    this.#entries++;
    if (!isObject(value)) return this.#bad("has a line that is no object");
    const unreachable = value["unreachable"] === true;
    const type = this.#type(value["type"]);
    return unreachable
      ? { ...NOTHING, name: this.#escaped(value), reachable: false, type }
      : {
        name: this.#name(value),
        reachable: true,
        type,
        size: this.#count(value["size"], "size"),
        mtimeNs: this.#mtime(value["mtime"]),
        mode: this.#mode(value["mode"]),
        version: this.#text(value["version"], "version", VERSION_LENGTH_MAX),
        target: this.#target(value["target"]),
        failure: this.#failure(value),
      };
  }

  /** A type of later times is none that we know: `other`. */
  #type(value: unknown): ListedType {
    if (typeof value !== "string") this.#bad("type: has to be a text");
    return value === "file" || value === "dir" || value === "link"
      ? value
      : "other";
  }

  #name(value: Fields): string {
    if (this.#kind === "list") {
      const { name } = value;
      if (typeof name !== "string" || !isName(name)) {
        return this.#bad("name: has to be a name");
      }
      return name;
    }
    const { path } = value;
    if (typeof path !== "string" || !isPath(path)) {
      return this.#bad("path: has to be a path of names");
    }
    return path;
  }

  #escaped(value: Fields): string {
    const key = this.#kind === "list" ? "name_escaped" : "path_escaped";
    return this.#text(value[key], key, ESCAPED_LENGTH_MAX + 1);
  }

  #count(value: unknown, field: string): number {
    if (!Number.isSafeInteger(value) || Number(value) < 0) {
      this.#bad(`${field}: has to be a whole number, 0 or more`);
    }
    return Number(value);
  }

  #mtime(value: unknown): bigint {
    return typeof value === "string" && NANOSECONDS.test(value)
      ? BigInt(value)
      : this.#bad("mtime: has to be nanoseconds since 1970, as decimal text");
  }

  #mode(value: unknown): number | null {
    if (value === undefined) return null;
    const mode = this.#count(value, "mode");
    return mode <= MODE_MAX ? mode : this.#bad("mode: has to be a mode");
  }

  #target(value: unknown): string | null {
    return value === undefined
      ? null
      : this.#text(value, "target", LISTING_LINE_BYTES_MAX);
  }

  #failure(value: Fields): ListedEntry["failure"] {
    if (value["status_code"] === undefined) return null;
    const status_code = this.#count(value["status_code"], "status_code");
    const status_msg = this.#text(
      value["status_msg"] ?? "",
      "status_msg",
      STATUS_MSG_LENGTH_MAX,
    );
    return { status_code, status_msg };
  }

  #text(value: unknown, field: string, lengthMax: number): string {
    return typeof value === "string" && value.length <= lengthMax
      ? value
      : this.#bad(`${field}: has to be a text of up to ${lengthMax} units`);
  }

  /** Says nothing of what the server sent: this goes to a terminal. */
  #bad(what: string, cause?: unknown): never {
    throw new ProtocolError(
      "bad_message",
      `the listing, entry ${this.#entries}: ${what}`,
      cause === undefined ? undefined : { cause },
    );
  }
}

type Fields = { readonly [key: string]: unknown };

const NOTHING = {
  size: 0,
  mtimeNs: 0n,
  mode: null,
  version: "",
  target: null,
  failure: null,
} as const;

function isName(name: string): boolean {
  if (PLAIN_NAME.test(name)) return true;
  return name !== "" && name !== "." && name !== ".." && !UNASKABLE.test(name);
}

/** Nearly every one, and none that may not be. */
const PLAIN_NAME = /^[\w-][\w .-]*$/;
const PLAIN_PATH = /^(?:[\w-][\w .-]*\/)*[\w-][\w .-]*$/;

function isPath(path: string): boolean {
  return PLAIN_PATH.test(path) || path.split("/").every(isName);
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
