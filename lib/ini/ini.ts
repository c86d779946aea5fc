/**
 * The dialect of accounts.ini, ftpd.ini and bookmarks.ini: what Python's
 * `ConfigParser(interpolation=None)` reads, less whatever invites mistakes.
 * Every file accepted here, Python reads to the same sections, keys and values
 * (utf-8-sig). Pure: text in; all that is in it, and all that is wrong, out.
 * @module
 */

export interface Ini {
  /** In their order; a repeated one stands here, too, and in `problems`. */
  readonly sections: readonly IniSection[];
  readonly problems: readonly IniProblem[];
}

export interface IniSection {
  readonly name: string;
  /** From 1. */
  readonly line: number;
  /** In their order; a repeated one stands here, too, and in `problems`. */
  readonly entries: readonly IniEntry[];
  /** From its header up to the next header or the end of the text. */
  readonly span: Span;
}

export interface IniEntry {
  /** In lower case. */
  readonly key: string;
  readonly value: string;
  readonly line: number;
  /** The value alone: replacing it leaves every other byte as it is. */
  readonly valueSpan: Span;
}

/** UTF-16 offsets in the text that was read: `text.slice(start, end)`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export type IniCode =
  | "bad_line" // neither section, nor key, nor comment
  | "bad_character" // NUL, or a carriage return that ends no line
  | "bad_section" // no name, text after `]`, [DEFAULT]
  | "bad_key"
  | "indented" // Python would add the line to the value above
  | "no_section" // a key before the first section
  | "duplicate_section"
  | "duplicate_key";

export interface IniProblem {
  readonly code: IniCode;
  readonly line: number;
  /** Of the section it is in; absent before the first. */
  readonly section?: string;
  readonly key?: string;
  readonly message: string;
}

/** What Python's str.strip() takes off: not what trim() does. */
const BLANK =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
const LEADING = new RegExp(`^[${BLANK}]+`);
const NOT_BLANK = new RegExp(`[^${BLANK}]`);
/** ASCII alone: there, lower case is the same in every language. */
const KEY = /^[A-Za-z0-9_.-]+$/;

/** Read `text`; a BOM in front and CRLF are fine. Never throws. */
export function parseIni(text: string): Ini {
  const reader = new Reader(text);
  const bomUnits = text.startsWith("\ufeff") ? 1 : 0;
  for (let start = bomUnits, line = 1; start < text.length; line++) {
    const feed = text.indexOf("\n", start);
    const next = feed < 0 ? text.length : feed + 1;
    let end = feed < 0 ? text.length : feed;
    if (feed > start && text[feed - 1] === "\r") end--;
    reader.line(line, { start, end });
    start = next;
  }
  return reader.end();
}

class Reader {
  readonly #text: string;
  readonly #sections: (IniSection & { entries: IniEntry[] })[] = [];
  readonly #problems: IniProblem[] = [];
  readonly #firstLines = new Map<string, number>(); // of sections
  #keyLines = new Map<string, number>(); // of the current section's keys

  constructor(text: string) {
    this.#text = text;
  }

  line(line: number, whole: Span): void {
    const raw = this.#slice(whole);
    if (/[\0\r]/.test(raw)) {
      const what = raw.includes("\0") ? "a NUL" : "a lone carriage return";
      this.#problem("bad_character", line, `${what} is in this line`);
      return;
    }
    const span = stripped(this.#text, whole);
    const content = this.#slice(span);
    if (content === "" || content[0] === "#" || content[0] === ";") return;
    if (LEADING.test(raw)) {
      this.#problem("indented", line, "starts with a blank: remove it");
    } else if (content[0] === "[") {
      this.#header(line, content, span);
    } else {
      this.#entry(line, content, span);
    }
  }

  #header(line: number, content: string, span: Span): void {
    const close = content.indexOf("]");
    const name = close < 0 ? "" : content.slice(1, close);
    // Taken as a section even so: what stands below belongs to it.
    const section = { name, line, entries: [], span };
    this.#closeSection(span.start);
    this.#sections.push(section);
    this.#keyLines = new Map();
    if (name === "") {
      const message = "not a section: write [name]";
      this.#problem("bad_section", line, message);
    } else if (close < content.length - 1) {
      const message = "text after `]`: put comments on lines of their own";
      this.#problem("bad_section", line, message);
    } else if (name === "DEFAULT") {
      const message = "[DEFAULT] is not supported: write each key where it is";
      this.#problem("bad_section", line, message);
    } else {
      const first = this.#firstLines.get(name);
      if (first === undefined) this.#firstLines.set(name, line);
      else {
        const message = `this section is there already, in line ${first}`;
        this.#problem("duplicate_section", line, message);
      }
    }
  }

  #entry(line: number, content: string, span: Span): void {
    const delimiter = content.search(/[=:]/);
    if (delimiter < 0) {
      const message = "neither `key = value`, nor [section], nor # comment";
      this.#problem("bad_line", line, message);
      return;
    }
    const at = span.start + delimiter;
    const written = this.#slice(
      stripped(this.#text, { start: span.start, end: at }),
    );
    if (!KEY.test(written)) {
      const message = written === ""
        ? "a key is missing before the delimiter"
        : "a key is made of letters from a to z, digits, `_`, `-` and `.`";
      this.#problem("bad_key", line, message);
      return;
    }
    const key = written.toLowerCase();
    const section = this.#sections.at(-1);
    if (section === undefined) {
      const message = "stands before the first [section]";
      this.#problem("no_section", line, message, key);
      return;
    }
    const first = this.#keyLines.get(key);
    if (first === undefined) this.#keyLines.set(key, line);
    else {
      const message = `is there already, in line ${first}`;
      this.#problem("duplicate_key", line, message, key);
    }
    const valueSpan = stripped(this.#text, { start: at + 1, end: span.end });
    const value = this.#slice(valueSpan);
    section.entries.push({ key, value, line, valueSpan });
  }

  end(): Ini {
    this.#closeSection(this.#text.length);
    return { sections: this.#sections, problems: this.#problems };
  }

  #closeSection(end: number): void {
    const last = this.#sections.pop();
    if (last === undefined) return;
    const span = { start: last.span.start, end };
    this.#sections.push({ ...last, span });
  }

  #problem(code: IniCode, line: number, message: string, key?: string): void {
    const section = this.#sections.at(-1)?.name;
    this.#problems.push({
      code,
      line,
      message,
      ...(section === undefined ? {} : { section }),
      ...(key === undefined ? {} : { key }),
    });
  }

  #slice({ start, end }: Span): string {
    return this.#text.slice(start, end);
  }
}

/** The span without the blanks at both its ends. */
function stripped(text: string, { start, end }: Span): Span {
  let last = end;
  while (last > start && !NOT_BLANK.test(text.charAt(last - 1))) last--;
  let first = start;
  while (first < last && !NOT_BLANK.test(text.charAt(first))) first++;
  return { start: first, end: last };
}
