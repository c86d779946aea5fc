/**
 * A line while it is edited, as what is before the cursor and what is behind
 * it, with the lines before and the search in them. Pure.
 * @module
 */
import type { KeyName } from "./keys.ts";

/** What one may type, in UTF-16 units. */
const LINE_UNITS_MAX = 64 * 1024;

interface Search {
  readonly query: string;
  /** Of the line that fits; -1: none does. */
  readonly at: number;
  /** What stood in the line before. */
  readonly before: string;
}

export class LineState {
  #before = "";
  #behind = "";
  #killed = "";
  readonly #lines: readonly string[];
  /** Which of them is shown; one past the last: the line that is typed. */
  #at: number;
  #typed = "";
  #search: Search | null = null;

  /** @param lines The lines before, oldest first. */
  constructor(lines: readonly string[]) {
    this.#lines = lines;
    this.#at = lines.length;
  }

  get text(): string {
    return this.#before + this.#behind;
  }

  /** UTF-16 units before the cursor. */
  get cursor(): number {
    return this.#before.length;
  }

  /** What is searched for and whether it is there; null: nothing is. */
  get search(): { readonly query: string; readonly found: boolean } | null {
    if (this.#search === null) return null;
    const { query, at } = this.#search;
    return { query, found: at >= 0 };
  }

  insert(text: string): void {
    if (this.#search !== null) {
      for (const letter of text) this.#find(this.#search.query + letter, 0);
      return;
    }
    if (this.text.length + text.length > LINE_UNITS_MAX) return;
    this.#before += text;
  }

  /** Put `text` in the place of all between `start` and the cursor. */
  replace(start: number, text: string): void {
    this.#before = this.#before.slice(0, start) + text;
  }

  /** @returns Whether the key means something here. */
  press(name: KeyName): boolean {
    if (this.#search !== null && this.#pressInSearch(name)) return true;
    switch (name) {
      case "left":
        return this.#moveTo(this.#left());
      case "right":
        return this.#moveTo(this.#right());
      case "word_left":
        return this.#moveTo(this.#wordLeft());
      case "word_right":
        return this.#moveTo(this.#wordRight());
      case "home":
        return this.#moveTo(0);
      case "end":
        return this.#moveTo(this.text.length);
      case "backspace":
        return this.#cut(this.#left(), this.cursor);
      case "delete":
        return this.#cut(this.cursor, this.#right());
      case "kill_to_end":
        return this.#kill(this.cursor, this.text.length);
      case "kill_to_start":
        return this.#kill(0, this.cursor);
      case "kill_word":
        return this.#kill(this.#blankLeft(), this.cursor);
      case "kill_word_right":
        return this.#kill(this.cursor, this.#wordRight());
      case "yank":
        this.insert(this.#killed);
        return true;
      case "up":
        return this.#show(this.#at - 1);
      case "down":
        return this.#show(this.#at + 1);
      case "search":
        this.#search = { query: "", at: this.#lines.length, before: this.text };
        return true;
      default:
        return false;
    }
  }

  #pressInSearch(name: KeyName): boolean {
    const search = this.#search;
    if (search === null) return false;
    switch (name) {
      case "search":
        this.#find(search.query, 1);
        return true;
      case "backspace":
        this.#find([...search.query].slice(0, -1).join(""), 0);
        return true;
      case "give_up":
        this.#search = null;
        this.#set(search.before);
        return true;
      default:
        this.#search = null; // what was found stays, and is edited
        return false;
    }
  }

  /** The last line with `query` in it; `further`: beyond the one that is shown. */
  #find(query: string, further: 0 | 1): void {
    const search = this.#search;
    if (search === null) return;
    const from = further === 1 && search.at >= 0
      ? search.at - 1
      : further === 1
      ? -1
      : this.#lines.length - 1;
    let at = query === "" ? -1 : from;
    while (at >= 0 && !this.#lines[at]?.includes(query)) at--;
    if (at < 0 && further === 1) return; // the one that is shown is the last
    this.#search = { ...search, query, at: query === "" ? search.at : at };
    const line = this.#lines[at];
    if (line !== undefined) {
      this.#at = at;
      this.#set(line);
    }
  }

  #show(at: number): boolean {
    if (at < 0 || at > this.#lines.length || at === this.#at) return true;
    if (this.#at === this.#lines.length) this.#typed = this.text;
    this.#at = at;
    this.#set(this.#lines[at] ?? this.#typed);
    return true;
  }

  #set(text: string): void {
    this.#before = text;
    this.#behind = "";
  }

  #moveTo(at: number): boolean {
    const { text } = this;
    this.#before = text.slice(0, at);
    this.#behind = text.slice(at);
    return true;
  }

  #cut(from: number, to: number): boolean {
    const { text } = this;
    this.#before = text.slice(0, from);
    this.#behind = text.slice(to);
    return true;
  }

  #kill(from: number, to: number): boolean {
    if (from < to) this.#killed = this.text.slice(from, to);
    return this.#cut(from, to);
  }

  #left(): number {
    return this.cursor - (charactersOf(this.#before).at(-1)?.length ?? 0);
  }

  #right(): number {
    return this.cursor + (charactersOf(this.#behind)[0]?.length ?? 0);
  }

  #wordLeft(): number {
    return /[\p{L}\p{N}\p{M}_]*[^\p{L}\p{N}\p{M}_]*$/u.exec(this.#before)
      ?.index ?? 0;
  }

  #wordRight(): number {
    const [skipped = ""] = /^[^\p{L}\p{N}\p{M}_]*[\p{L}\p{N}\p{M}_]*/u
      .exec(this.#behind) ?? [];
    return this.cursor + skipped.length;
  }

  /** As Ctrl-W has it: a word is all between blanks. */
  #blankLeft(): number {
    return this.#before.trimEnd().search(/\S*$/);
  }
}

const segmenter = new Intl.Segmenter();

/** What a person takes for characters: accents and joined emojis with them. */
export function charactersOf(text: string): string[] {
  return [...segmenter.segment(text)].map(({ segment }) => segment);
}
