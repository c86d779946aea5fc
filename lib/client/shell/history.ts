/**
 * The lines typed in the shell: those of this one for the arrow keys, and those
 * that are kept for the next one in a file. None with a password in it is kept.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import type { Desk } from "../commands/desk.ts";
import { asClientError } from "../error.ts";

export const HISTORY_LINES_MAX = 1000;
/** Longer ones are data that somebody pasted. */
const LINE_UNITS_MAX = 4096;

/** Where lines are kept; see StateFile. */
export interface HistoryFile {
  read(): Uint8Array | null;
  /** @returns Its size then. */
  append(bytes: Uint8Array): number;
  /** @returns False where its size was not `sizeBefore` any more. */
  replace(bytes: Uint8Array, sizeBefore: number): boolean;
}

const FILE_NAME = "history";

/** The lines that earlier shells have kept. */
export async function openHistory(
  desk: Pick<Desk, "ownFiles" | "complain">,
  isCommand: (word: string) => boolean,
): Promise<History> {
  return new History(
    await desk.ownFiles.state(FILE_NAME),
    isCommand,
    (error) => desk.complain(asClientError(error)),
  );
}

export class History {
  /** Oldest first. */
  #lines: string[] = [];
  #file: HistoryFile | null;
  readonly #isCommand: (word: string) => boolean;
  readonly #complain: (error: unknown) => void;

  /**
   * @param file Null where there is none, or may be none.
   * @param isCommand Whether a word begins a line that may be kept: what is
   * none may be a password that was typed at the wrong prompt.
   * @param complain Told once why the file is not used; it goes on without.
   */
  constructor(
    file: HistoryFile | null,
    isCommand: (word: string) => boolean,
    complain: (error: unknown) => void,
  ) {
    this.#file = file;
    this.#isCommand = isCommand;
    this.#complain = complain;
    this.#lines = this.#use((kept) => {
      const bytes = kept.read();
      return bytes === null ? [] : linesOf(bytes);
    }) ?? [];
  }

  /** Oldest first; at most HISTORY_LINES_MAX. */
  get lines(): readonly string[] {
    return this.#lines;
  }

  /** Remember a line that was typed. */
  add(line: string): void {
    const text = line.trim();
    if (text === "" || this.#lines.at(-1) === text) return;
    this.#lines.push(text);
    this.#lines.splice(0, this.#lines.length - HISTORY_LINES_MAX);
    if (!mayBeKept(line, this.#isCommand)) return;
    this.#use((file) => {
      const size = file.append(new TextEncoder().encode(`${text}\n`));
      this.#trim(file, size);
    });
  }

  /** Numbered, those typed with a password left out: the last `count`, or all. */
  shown(count: number | null = null): { number: number; line: string }[] {
    const all = this.#lines.filter((line) => mayBeKept(line, this.#isCommand))
      .map((line, at) => ({ number: at + 1, line }));
    return count === null ? all : all.slice(Math.max(0, all.length - count));
  }

  /** The same, as `history` prints it. */
  list(count: number | null = null): string {
    const shown = this.shown(count);
    const width = String(shown.at(-1)?.number ?? "").length;
    return shown.map(({ number, line }) =>
      `${String(number).padStart(width)}  ${printable(line)}\n`
    ).join("");
  }

  /** Other shells add to the same file; what they add meanwhile stays. */
  #trim(file: HistoryFile, size: number): void {
    const bytes = file.read();
    // A line more in between: whoever added it trims.
    if (bytes === null || bytes.length !== size) return;
    const lines = linesOf(bytes);
    if (countOf(bytes) <= HISTORY_LINES_MAX) return;
    const text = lines.map((line) => `${line}\n`).join("");
    file.replace(new TextEncoder().encode(text), size);
  }

  #use<T>(work: (file: HistoryFile) => T): T | null {
    if (this.#file === null) return null;
    try {
      return work(this.#file);
    } catch (error) {
      this.#file = null;
      this.#complain(error);
      return null;
    }
  }
}

/** What stands in a password's place: `-p x`, `--password=x`, `PASS=x`, URLs. */
const PASSWORDS: readonly RegExp[] = [
  /(?:pass|passwd|password|passphrase|secret|token)\w*["']?(?:\s*[=:]|\s+\S)/i,
  /:\/\/[^\s/@]*:[^\s/@]+@/,
];
/** Of other programs, ftpc's own command line among them. */
const FLAG_P = /(?:^|\s)-p/;

/**
 * Whether a line may stand in a file: it begins by a command, holds no control
 * character, no blank in front (as in other shells, who types one wants it so)
 * and nothing that looks like a password.
 */
export function mayBeKept(
  line: string,
  isCommand: (word: string) => boolean,
): boolean {
  if (line.length > LINE_UNITS_MAX || /^\s|\p{Cc}/u.test(line)) return false;
  if (PASSWORDS.some((password) => password.test(line))) return false;
  // Our own commands have a -p of their own, which takes no value.
  if (line.startsWith("!")) return !FLAG_P.test(line);
  return isCommand(/^\S*/.exec(line)?.[0] ?? "");
}

function linesOf(bytes: Uint8Array): string[] {
  // Whatever stands in it: a line that would steer the terminal is left out.
  return new TextDecoder().decode(bytes).split("\n")
    .filter((line) =>
      line !== "" && line.length <= LINE_UNITS_MAX && !/\p{Cc}/u.test(line)
    )
    .slice(-HISTORY_LINES_MAX);
}

function countOf(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => byte === 0x0a ? count + 1 : count, 0);
}
