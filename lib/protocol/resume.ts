/**
 * What `resume` answers (PROTOCOL.md, "resume"): lines of an object each, both
 * ways.
 * @module
 */
import * as v from "valibot";
import { check } from "./check.ts";
import { ProtocolError } from "./error.ts";
import { anyText, bytesCount, checksum, randomId, token } from "./fields.ts";
import { decodeObject } from "./json.ts";

/** As of a listing. */
const LINE_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;

const none = v.object({
  state: v.literal("none"),
  reason: v.optional(anyText),
});
const partState = v.variant("state", [
  v.object({ state: v.literal("part"), offset: bytesCount, checksum }),
  v.object({
    state: v.literal("complete"),
    size: bytesCount,
    checksum,
    version: token,
  }),
  none,
]);
const versionState = v.variant("state", [
  v.object({ state: v.literal("same") }),
  v.object({ state: v.literal("other") }),
  none,
]);
const heldPart = v.object({
  filename: anyText,
  transfer: randomId,
  identity: token,
  offset: bytesCount,
  size: v.optional(bytesCount),
  updated: v.pipe(
    anyText,
    v.regex(/^-?\d{1,21}$/, "has to be nanoseconds since 1970"),
    v.transform((text) => BigInt(text)),
  ),
  in_use: v.boolean("has to be true or false"),
});

/** How far a put has come: the line of an item with `transfer`. */
export type PartStateLine = v.InferOutput<typeof partState>;
/** Whether a file is at a version: the line of an item with `version`. */
export type VersionStateLine = v.InferOutput<typeof versionState>;
/** A part that the account has: the lines where no items are asked for. */
export type HeldPartLine = v.InferOutput<typeof heldPart>;

/** @throws {ProtocolError} `bad_message`. */
export const readPartState = reader(partState);
export const readVersionState = reader(versionState);
export const readHeldPart = reader(heldPart);

function reader<Line>(schema: v.GenericSchema<unknown, Line>) {
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
