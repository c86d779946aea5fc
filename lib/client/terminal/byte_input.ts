/**
 * Bytes of stdin, or of a file, taken as lines or as they are: a password may come on its
 * first line and a file, or the lines of a script, behind it.
 * @module
 */
import { ClientError } from "../error.ts";
import { type Said, texts } from "../texts/mod.ts";

const CHUNK_BYTES = 64 * 1024;
const LINE_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

export class ByteInput {
  readonly #read: (into: Uint8Array) => Promise<number | null>;
  /** Read and not yet taken. */
  #held: Uint8Array = new Uint8Array(0);

  /**
   * @param read Gives the bytes read, or null at the end.
   * @param name What it is, for errors.
   */
  constructor(
    read: (into: Uint8Array) => Promise<number | null>,
    readonly name = "stdin",
  ) {
    this.#read = read;
  }

  /** Fill the start of `into`; 0 at the end. */
  async read(into: Uint8Array): Promise<number> {
    if (this.#held.length === 0) return await this.#read(into) ?? 0;
    return this.#take(Math.min(into.length, this.#held.length), into);
  }

  /**
   * The keys that are there, at least one byte, up to the first Enter: what was
   * typed ahead is for whoever reads next. Null at the end.
   */
  async keys(): Promise<Uint8Array | null> {
    if (!await this.#fill()) return null;
    const enter = this.#held.findIndex((byte) =>
      byte === CARRIAGE_RETURN || byte === LINE_FEED
    );
    const keys = this.#held.slice(0, enter < 0 ? undefined : enter + 1);
    this.#held = this.#held.subarray(keys.length);
    return keys;
  }

  /**
   * The next line without its end (LF or CRLF); the last one needs none. Null
   * at the end.
   * @throws {ClientError} `usage`: longer than a line may be, or no UTF-8.
   */
  async line(): Promise<string | null> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (await this.#fill()) {
      const end = this.#held.indexOf(LINE_FEED);
      const part = this.#held.subarray(0, end < 0 ? undefined : end);
      this.#held = this.#held.subarray(part.length + (end < 0 ? 0 : 1));
      parts.push(part);
      length += part.length;
      if (length > LINE_BYTES_MAX) {
        throw notALine(texts.terminal.lineTooLong(this.name, LINE_BYTES_MAX));
      }
      if (end >= 0) return textOf(parts, length, this.name);
    }
    return length === 0 ? null : textOf(parts, length, this.name);
  }

  /**
   * All that is still to come, as text.
   * @throws {ClientError} `usage`: over `bytesMax`, or no UTF-8.
   */
  async rest(bytesMax: number): Promise<string> {
    const parts: Uint8Array[] = [];
    let length = 0;
    while (await this.#fill()) {
      parts.push(this.#held);
      length += this.#held.length;
      this.#held = new Uint8Array(0);
      if (length > bytesMax) {
        throw notALine(texts.terminal.lineTooLong(this.name, bytesMax));
      }
    }
    return textOf(parts, length, this.name);
  }

  /** @returns False at the end. */
  async #fill(): Promise<boolean> {
    if (this.#held.length > 0) return true;
    const room = new Uint8Array(CHUNK_BYTES); // handed out: never used again
    const bytes = await this.#read(room) ?? 0;
    this.#held = room.subarray(0, bytes);
    return bytes > 0;
  }

  #take(bytes: number, into: Uint8Array): number {
    into.set(this.#held.subarray(0, bytes));
    this.#held = this.#held.subarray(bytes);
    return bytes;
  }
}

function textOf(
  parts: readonly Uint8Array[],
  length: number,
  name: string,
): string {
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  const end = bytes.at(-1) === CARRIAGE_RETURN ? length - 1 : length;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(
      bytes.subarray(0, end),
    );
  } catch (cause) {
    throw notALine(texts.terminal.lineNotUtf8(name), cause);
  }
}

function notALine(text: Said, cause?: unknown): ClientError {
  return new ClientError("usage", ...text, { cause });
}
