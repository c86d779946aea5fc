/**
 * A line typed without echo: bytes of a terminal in raw mode to the text that
 * was meant. Pure.
 * @module
 */

const ENTER = new Set([0x0d, 0x0a]);
const ERASE_ONE = new Set([0x7f, 0x08]); // Backspace
const ERASE_ALL = new Set([0x15, 0x17]); // Ctrl-U, Ctrl-W
const INTERRUPT = 0x03; // Ctrl-C
const END = 0x04; // Ctrl-D
const ESCAPE = 0x1b;
const SECRET_BYTES_MAX = 4096;

export type SecretOutcome = "more" | "line" | "interrupted" | "end";

export class SecretLine {
  readonly #bytes: number[] = [];
  /** Inside what an arrow or another key without a letter sends. */
  #escape: "no" | "first" | "rest" = "no";

  /** @returns `more` until the line is over. */
  take(chunk: Uint8Array): SecretOutcome {
    for (const byte of chunk) {
      const outcome = this.#takeByte(byte);
      if (outcome !== "more") return outcome;
    }
    return "more";
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.#bytes));
  }

  #takeByte(byte: number): SecretOutcome {
    if (this.#escape !== "no" && this.#inEscape(byte)) return "more";
    if (ENTER.has(byte)) return "line";
    if (byte === INTERRUPT) return "interrupted";
    if (byte === END) return this.#bytes.length === 0 ? "end" : "more";
    if (byte === ESCAPE) this.#escape = "first";
    else if (ERASE_ONE.has(byte)) this.#eraseOne();
    else if (ERASE_ALL.has(byte)) this.#bytes.length = 0;
    else if (byte >= 0x20 && this.#bytes.length < SECRET_BYTES_MAX) {
      this.#bytes.push(byte);
    }
    return "more";
  }

  /** CSI and SS3 sequences end at their first letter or `~`. */
  #inEscape(byte: number): boolean {
    if (byte < 0x20) {
      this.#escape = "no";
      return false; // Enter or Ctrl-C right behind the key Esc
    }
    const introduces = byte === 0x5b || byte === 0x4f; // [ and O
    if (this.#escape === "first") this.#escape = introduces ? "rest" : "no";
    else if (byte >= 0x40 && byte <= 0x7e) this.#escape = "no";
    return true;
  }

  /** All bytes of the last character. */
  #eraseOne(): void {
    let byte = this.#bytes.pop();
    while (byte !== undefined && (byte & 0xc0) === 0x80) {
      byte = this.#bytes.pop();
    }
  }
}
