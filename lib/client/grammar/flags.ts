/**
 * Words to flags and operands: POSIX's conventions (XBD 12.2) with GNU's long
 * flags. `-la`, `-n5`, `-n 5`, `--to=DIR`, `--to DIR`; `--` ends them; flags and
 * operands may stand in any order; `-` alone is an operand. No package does all
 * of what is needed here: flags that stand before a command only, beside flags
 * on either side, find's words with one dash, two flags in one list in their
 * order, and a table that Tab completion and the help read, too.
 * @module
 */
import { nearest, shown } from "../../ini/mod.ts";
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";

/** What a word stands for; Tab completes it by that. */
export type WordKind =
  | "remote" // a file or folder on the server
  | "remote_folder"
  | "local"
  | "local_folder"
  | "place" // user@host:path, or a bookmark
  | "bookmark"
  | "command"
  | "transfer" // an id of `parts`
  | "word"; // something that cannot be guessed

/** One flag, and what it does to the command that is being read. */
export interface Flag<Draft> {
  /** One letter or digit. */
  readonly short?: string;
  readonly long?: string;
  /** What its value is called; absent: it takes none. */
  readonly value?: string;
  /** What its value may be: a kind of word, or one of these. */
  readonly completes?: WordKind | readonly string[];
  readonly summary: string;
  /** @param flag As it was typed, for errors. */
  set(draft: Draft, text: string, flag: string, now: () => Date): void;
}

/** A flag that knows what it changes. */
export interface BoundFlag {
  readonly short?: string;
  readonly long?: string;
  readonly takesValue: boolean;
  set(text: string, flag: string): void;
}

export interface HowToRead {
  /** Whose words they are, for errors. */
  readonly verb: string;
  /** What to do about a flag that is unknown, where none is near. */
  readonly hint: string;
  /** The first operand ends it: what follows is another's. */
  readonly upToOperand?: boolean;
  /** Long flags with one dash: find's. */
  readonly singleDash?: boolean;
  /** `-5`: head's and tail's. */
  readonly onNumber?: (digits: string, flag: string) => void;
  /** An error of its own for some unknown flags, by the word. */
  readonly misplaced?: (flag: string) => ClientError | null;
}

export function bindFlags<Draft>(
  flags: readonly Flag<Draft>[],
  draft: Draft,
  now: () => Date,
): BoundFlag[] {
  return flags.map((flag) => ({
    ...(flag.short === undefined ? {} : { short: flag.short }),
    ...(flag.long === undefined ? {} : { long: flag.long }),
    takesValue: flag.value !== undefined,
    set: (text, typed) => flag.set(draft, text, typed, now),
  }));
}

/**
 * Set the flags among `words`.
 * @returns The operands; with `upToOperand` all words from the first one on.
 * @throws {ClientError} `usage`.
 */
export function readFlags(
  words: readonly string[],
  flags: readonly BoundFlag[],
  how: HowToRead,
): string[] {
  const reader = new Reader(words, flags, how);
  return reader.read();
}

class Reader {
  readonly #words: readonly string[];
  readonly #long: ReadonlyMap<string, BoundFlag>;
  readonly #short: ReadonlyMap<string, BoundFlag>;
  readonly #how: HowToRead;
  #at = 0;

  constructor(
    words: readonly string[],
    flags: readonly BoundFlag[],
    how: HowToRead,
  ) {
    this.#words = words;
    this.#how = how;
    this.#long = byName(flags, ({ long }) => long);
    this.#short = byName(flags, ({ short }) => short);
  }

  read(): string[] {
    const operands: string[] = [];
    while (this.#at < this.#words.length) {
      const word = this.#words[this.#at++] ?? "";
      if (word === "--") {
        return [...operands, ...this.#words.slice(this.#at)];
      }
      if (word === "-" || !word.startsWith("-")) {
        if (this.#how.upToOperand) return this.#words.slice(this.#at - 1);
        operands.push(word);
      } else if (word.startsWith("--") || this.#isFinds(word)) {
        this.#takeLong(word);
      } else {
        this.#takeShort(word);
      }
    }
    return operands;
  }

  #isFinds(word: string): boolean {
    return this.#how.singleDash === true &&
      this.#long.has(word.replace(/^-/, "").replace(/=.*$/s, ""));
  }

  #takeLong(word: string): void {
    const equals = word.indexOf("=");
    const typed = equals < 0 ? word : word.slice(0, equals);
    const flag = this.#long.get(typed.replace(/^--?/, ""));
    if (flag === undefined) throw this.#unknown(typed);
    if (equals < 0) {
      flag.set(flag.takesValue ? this.#nextWord(typed) : "", typed);
    } else if (flag.takesValue) {
      flag.set(word.slice(equals + 1), typed);
    } else {
      throw usage(texts.grammar.noValue(this.#how.verb, shown(typed)));
    }
  }

  /** One letter after the other; the first that takes a value has the rest. */
  #takeShort(word: string): void {
    const { onNumber } = this.#how;
    if (onNumber !== undefined && /^-\d+$/.test(word)) {
      return onNumber(word.slice(1), word);
    }
    let rest = word.slice(1);
    while (rest !== "") {
      const letter = String.fromCodePoint(rest.codePointAt(0) ?? 0);
      const typed = `-${letter}`;
      const flag = this.#short.get(letter);
      if (flag === undefined) {
        const alone = this.#how.singleDash || word.length === typed.length;
        throw this.#unknown(alone ? word : typed, word);
      }
      rest = rest.slice(letter.length);
      if (flag.takesValue) {
        return flag.set(rest === "" ? this.#nextWord(typed) : rest, typed);
      }
      flag.set("", typed);
    }
  }

  #nextWord(flag: string): string {
    const word = this.#words[this.#at++];
    if (word !== undefined) return word;
    throw usage(texts.grammar.valueMissing(this.#how.verb, flag));
  }

  /** @param word The whole of it: `-name` may be meant as `--name`. */
  #unknown(flag: string, word = flag): ClientError {
    const { verb, hint, misplaced, singleDash } = this.#how;
    const elsewhere = misplaced?.(flag);
    if (elsewhere) return elsewhere;
    const long = word.replace(/^--?/, "").replace(/=.*$/s, "");
    const near = long.length > 1 ? nearest(long, this.#long.keys()) : undefined;
    const dashes = singleDash && flag.length > 2 ? "-" : "--";
    return usage(
      near === undefined
        ? texts.grammar.unknownFlag(verb, shown(flag), hint)
        : texts.grammar.unknownFlagNear(verb, shown(flag), dashes + near),
    );
  }
}

function byName(
  flags: readonly BoundFlag[],
  nameOf: (flag: BoundFlag) => string | undefined,
): Map<string, BoundFlag> {
  return new Map(flags.flatMap((flag) => {
    const name = nameOf(flag);
    return name === undefined ? [] : [[name, flag] as const];
  }));
}

function usage(text: readonly [string, string]): ClientError {
  return new ClientError("usage", ...text);
}
