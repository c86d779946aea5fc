/**
 * What is wrong in a file that a person wrote, and how it is told: one line,
 * with file, line and key, that steers no terminal.
 * @module
 */

import { printable } from "../protocol/printable.ts";

const SHOWN_UNITS_MAX = 80; // a name that is longer is a mistake anyway

export interface FileProblem<Code extends string = string> {
  readonly code: Code;
  readonly file: string;
  /** From 1; absent where it is the whole file. */
  readonly line?: number;
  readonly key?: string;
  readonly message: string;
}

/** `accounts.ini:7: home: is empty`. */
export function formatProblem(problem: FileProblem): string {
  const { file, line, key, message } = problem;
  const where = line === undefined ? file : `${file}:${line}`;
  const about = key === undefined ? "" : `${key}: `;
  return printable(`${where}: ${about}${message}`);
}

/** Why a file could not be read, to follow its name. */
export function whyUnreadable(error: unknown): string {
  switch (codeOf(error)) {
    case "EISDIR":
      return "is a folder, not a file";
    case "ENOTDIR":
      return "cannot be there: what its path leads through is no folder";
    case "EACCES":
    case "EPERM":
      return "cannot be read: this user has no right to (see ls -l)";
    default: {
      const why = error instanceof Error ? error.message : String(error);
      return `cannot be read: ${why}`;
    }
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

/** A name from outside as a message may hold it: escaped, and cut if long. */
export function shown(text: string): string {
  const long = text.length > SHOWN_UNITS_MAX;
  return printable(long ? `${text.slice(0, SHOWN_UNITS_MAX)}…` : text);
}

/**
 * What the writer of `word` may have meant, or undefined where nothing is near:
 * at most one edit in three letters (letters swapped count as one).
 */
export function nearest(
  word: string,
  known: Iterable<string>,
): string | undefined {
  let best: string | undefined;
  let fewest = Infinity;
  for (const candidate of known) {
    // Told by the lengths alone: no word of a megabyte is compared.
    const longer = Math.max(word.length, candidate.length);
    const editsMax = Math.max(1, Math.floor(longer / 3));
    if (Math.abs(word.length - candidate.length) > editsMax) continue;
    const count = edits(word.toLowerCase(), candidate.toLowerCase());
    if (count <= editsMax && count < fewest) {
      [best, fewest] = [candidate, count];
    }
  }
  return best;
}

/** Letters put in, left out, replaced or swapped with their neighbour. */
function edits(a: string, b: string): number {
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const cheapest = Math.min(
        at(above, j) + 1,
        at(row, j - 1) + 1,
        at(above, j - 1) + same,
      );
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] &&
        a[i - 2] === b[j - 1];
      row.push(swapped ? Math.min(cheapest, at(before, j - 2) + 1) : cheapest);
    }
    [before, above] = [above, row];
  }
  return at(above, b.length);
}

function at(row: readonly number[], i: number): number {
  return row[i] ?? Infinity;
}
