/**
 * Where the characters of a line come to stand on a screen of so many columns:
 * wide ones are never cut by its edge. Pure.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { charactersOf } from "./line_state.ts";

export type WidthOf = (text: string) => number;

export interface Spot {
  readonly row: number;
  readonly column: number;
}

export interface Layout {
  /** To be written from the first column of row 0. */
  readonly text: string;
  readonly cursor: Spot;
  readonly end: Spot;
}

/** Stands for a line end: one line is shown as one, whatever was pasted. */
const LINE_END = "\u23ce";

/** @param cursor UTF-16 units of `text` before it. */
export function layOut(
  prompt: string,
  text: string,
  cursor: number,
  columns: number,
  widthOf: WidthOf,
): Layout {
  let row = 0;
  let column = 0;
  let shown = "";
  const put = (character: string) => {
    const width = widthOf(character);
    // One that is wider than the screen cannot be helped.
    if (column + width > columns && column > 0) {
      row++;
      column = 0;
    }
    column += width;
    shown += character;
  };
  for (const character of charactersOf(prompt)) put(character);
  const before = shownAs(text.slice(0, cursor));
  for (const character of charactersOf(before)) put(character);
  const at = { row, column };
  for (const character of charactersOf(shownAs(text.slice(cursor)))) {
    put(character);
  }
  // A terminal wraps only with the next character: this makes it do so now.
  const atEdge = column >= columns;
  return {
    text: atEdge ? `${shown}\r\n` : shown,
    cursor: wrapped(at, columns),
    end: wrapped({ row, column }, columns),
  };
}

/** Control and bidi characters escaped, as everywhere. */
function shownAs(text: string): string {
  return printable(text.replaceAll("\n", LINE_END));
}

function wrapped({ row, column }: Spot, columns: number): Spot {
  return column >= columns ? { row: row + 1, column: 0 } : { row, column };
}

/**
 * Words in columns, downwards, two blanks apart; each with its line end.
 * @param wordsMax No more of them; the last line then says how many are left.
 */
export function inColumns(
  words: readonly string[],
  columns: number,
  widthOf: WidthOf,
): string[] {
  const widest = Math.max(0, ...words.map(widthOf)) + GAP.length;
  const across = Math.max(1, Math.floor((columns - 1 + GAP.length) / widest));
  const rows = Math.ceil(words.length / across);
  return Array.from({ length: rows }, (_, row) => {
    const line = words.filter((_, at) => at % rows === row);
    return line.map((word, at) =>
      at === line.length - 1
        ? word
        : word + " ".repeat(Math.max(0, widest - widthOf(word)))
    ).join("");
  });
}

const GAP = "  ";
