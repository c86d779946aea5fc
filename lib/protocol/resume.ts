/**
 * What `resume` answers (PROTOCOL.md, "resume"): lines of an object each, both
 * ways.
 * @module
 */
import { check } from "./check.ts";
import { ProtocolError } from "./error.ts";
import { bytesCount, checksum, randomId, token } from "./fields.ts";
import { decodeObject } from "./json.ts";
import {
  anyText,
  flag,
  type Infer,
  type InferAny,
  literal,
  object,
  optional,
  parsed,
  type Schema,
  variant,
} from "./schema.ts";

/** As of a listing. */
const LINE_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;

const none = object({
  state: literal("none"),
  reason: optional(anyText),
});
const PART_STATES = {
  part: object({ state: literal("part"), offset: bytesCount, checksum }),
  complete: object({
    state: literal("complete"),
    size: bytesCount,
    checksum,
    version: token,
  }),
  none,
} as const;
const VERSION_STATES = {
  same: object({ state: literal("same") }),
  other: object({ state: literal("other") }),
  none,
} as const;
const heldPart = object({
  filename: anyText,
  transfer: randomId,
  identity: token,
  offset: bytesCount,
  checksum,
  size: optional(bytesCount),
  updated: parsed(
    (text) => /^-?\d{1,21}$/.test(text) ? BigInt(text) : undefined,
    "has to be nanoseconds since 1970",
  ),
  in_use: flag,
});

/** How far a put has come: the line of an item with `transfer`. */
export type PartStateLine = InferAny<typeof PART_STATES>;
/** Whether a file is at a version: the line of an item with `version`. */
export type VersionStateLine = InferAny<typeof VERSION_STATES>;
/** A part that the account has: the lines where no items are asked for. */
export type HeldPartLine = Infer<typeof heldPart>;

/** @throws {ProtocolError} `bad_message`. */
export const readPartState = reader(
  variant<PartStateLine>("state", PART_STATES),
);
export const readVersionState = reader(
  variant<VersionStateLine>("state", VERSION_STATES),
);
export const readHeldPart = reader(heldPart);

function reader<Line>(schema: Schema<Line>) {
  return (line: Uint8Array): Line => check(schema, decodeObject(line));
}

/** Bytes as they come, in whatever pieces, to lines. */
export class LineReader {
  #begun = new Uint8Array(0);

  /**
   * @returns The lines that end in `bytes`, without their line feeds.
   * @throws {ProtocolError} `bad_message`: a line that is too long.
   */
  take(bytes: Uint8Array): Uint8Array[] {
    const lines: Uint8Array[] = [];
    let from = 0;
    for (let to; (to = bytes.indexOf(LINE_FEED, from)) >= 0; from = to + 1) {
      lines.push(this.#with(bytes.subarray(from, to)));
      this.#begun = new Uint8Array(0);
    }
    this.#begun = this.#with(bytes.subarray(from));
    return lines;
  }

  /** @throws {ProtocolError} `bad_message`: the body ends within a line. */
  end(): void {
    if (this.#begun.length > 0) throw bad("ends within a line");
  }

  #with(more: Uint8Array): Uint8Array<ArrayBuffer> {
    const begun = this.#begun;
    if (begun.length + more.length > LINE_BYTES_MAX) {
      throw bad(`has a line of over ${LINE_BYTES_MAX} bytes`);
    }
    const line = new Uint8Array(begun.length + more.length);
    line.set(begun);
    line.set(more, begun.length);
    return line;
  }
}

function bad(what: string): ProtocolError {
  return new ProtocolError("bad_message", `the answer to resume ${what}`);
}
