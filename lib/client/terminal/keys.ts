/**
 * Bytes of a terminal in raw mode to keys: UTF-8, the sequences of arrows and
 * their like (ECMA-48, xterm's), and pastes that the terminal marks. Pure; what
 * is cut between two reads is put together.
 * @module
 */

export type KeyName =
  | "enter"
  | "tab"
  | "interrupt" // Ctrl-C
  | "end_of_input" // Ctrl-D
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "word_left"
  | "word_right"
  | "home"
  | "end"
  | "up"
  | "down"
  | "kill_to_end" // Ctrl-K
  | "kill_to_start" // Ctrl-U
  | "kill_word" // Ctrl-W
  | "kill_word_right" // Alt-D
  | "yank" // Ctrl-Y
  | "clear" // Ctrl-L
  | "search" // Ctrl-R
  | "give_up" // Ctrl-G
  | "other";

export type Key =
  | { readonly kind: "key"; readonly name: KeyName }
  | { readonly kind: "text"; readonly text: string }
  /** Line ends are LF; control characters are taken out. */
  | { readonly kind: "paste"; readonly text: string };

const CONTROLS: ReadonlyMap<number, KeyName> = new Map([
  [0x01, "home"],
  [0x02, "left"],
  [0x03, "interrupt"],
  [0x04, "end_of_input"],
  [0x05, "end"],
  [0x06, "right"],
  [0x07, "give_up"],
  [0x08, "backspace"],
  [0x09, "tab"],
  [0x0a, "enter"],
  [0x0b, "kill_to_end"],
  [0x0c, "clear"],
  [0x0d, "enter"],
  [0x0e, "down"],
  [0x10, "up"],
  [0x12, "search"],
  [0x15, "kill_to_start"],
  [0x17, "kill_word"],
  [0x19, "yank"],
  [0x7f, "backspace"],
]);
const SEQUENCES: ReadonlyMap<string, KeyName> = new Map([
  ["A", "up"],
  ["B", "down"],
  ["C", "right"],
  ["D", "left"],
  ["F", "end"],
  ["H", "home"],
  ["1~", "home"],
  ["3~", "delete"],
  ["4~", "end"],
  ["7~", "home"],
  ["8~", "end"],
  ["1;3C", "word_right"],
  ["1;3D", "word_left"],
  ["1;5C", "word_right"],
  ["1;5D", "word_left"],
]);
const ALTS: ReadonlyMap<string, KeyName> = new Map([
  ["b", "word_left"],
  ["d", "kill_word_right"],
  ["f", "word_right"],
  ["\x7f", "kill_word"],
]);
const ESCAPE = "\x1b";
const PASTE_START = "200~";
const PASTE_END = "\x1b[201~";
/** Longer than any that a terminal sends. */
const SEQUENCE_UNITS_MAX = 32;
/** As much as a line may have; what is beyond it is dropped. */
const PASTE_UNITS_MAX = 64 * 1024;

export class KeyReader {
  readonly #decoder = new TextDecoder();
  /** An escape sequence, from its ESC on; null outside of one. */
  #sequence: string | null = null;
  /** Of a paste that has not ended; null outside of one. */
  #paste: string | null = null;

  read(bytes: Uint8Array): Key[] {
    const keys: Key[] = [];
    for (const letter of this.#decoder.decode(bytes, { stream: true })) {
      const key = this.#take(letter);
      if (key === null) continue;
      const last = keys.at(-1);
      if (key.kind === "text" && last?.kind === "text") {
        keys[keys.length - 1] = { kind: "text", text: last.text + key.text };
      } else keys.push(key);
    }
    return keys;
  }

  #take(letter: string): Key | null {
    if (this.#paste !== null) return this.#takePasted(letter);
    if (this.#sequence !== null) return this.#takeSequence(letter);
    if (letter === ESCAPE) {
      this.#sequence = ESCAPE;
      return null;
    }
    const name = CONTROLS.get(letter.codePointAt(0) ?? 0);
    if (name !== undefined) return { kind: "key", name };
    if (/\p{Cc}/u.test(letter)) return { kind: "key", name: "other" };
    return { kind: "text", text: letter };
  }

  #takeSequence(letter: string): Key | null {
    const sequence = this.#sequence ?? ESCAPE;
    const body = sequence.slice(1);
    // Enter or Ctrl-C right behind the key Esc is not lost.
    if (letter < " ") {
      this.#sequence = null;
      return this.#take(letter);
    }
    if (body === "") {
      if (letter === "[" || letter === "O") {
        this.#sequence = sequence + letter;
        return null;
      }
      this.#sequence = null;
      return { kind: "key", name: ALTS.get(letter) ?? "other" };
    }
    const isLast = letter >= "@" && letter <= "~";
    if (!isLast && sequence.length < SEQUENCE_UNITS_MAX) {
      this.#sequence = sequence + letter;
      return null;
    }
    this.#sequence = null;
    const whole = body.slice(1) + letter;
    if (whole === PASTE_START) {
      this.#paste = "";
      return null;
    }
    return { kind: "key", name: SEQUENCES.get(whole) ?? "other" };
  }

  #takePasted(letter: string): Key | null {
    const paste = (this.#paste ?? "") + letter;
    if (!paste.endsWith(PASTE_END)) {
      // What is dropped must not be the start of its end.
      const kept = paste.length > PASTE_UNITS_MAX + PASTE_END.length
        ? paste.slice(0, PASTE_UNITS_MAX) + paste.slice(-PASTE_END.length)
        : paste;
      this.#paste = kept;
      return null;
    }
    this.#paste = null;
    const text = paste.slice(0, -PASTE_END.length)
      .slice(0, PASTE_UNITS_MAX)
      .replaceAll(/\r\n?/g, "\n").replaceAll("\t", " ")
      .replaceAll(/(?!\n)\p{Cc}/gu, "");
    return { kind: "paste", text };
  }
}
