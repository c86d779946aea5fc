/**
 * Words of a line, quoted as in a POSIX shell (Shell Command Language, 2.2),
 * and nothing else of one: no variables, no wildcards, no comments.
 * @module
 */
import { ClientError } from "../error.ts";
import { type Said, texts } from "../texts/mod.ts";

/** What a backslash escapes between double quotes; it stays before others. */
const ESCAPED_IN_DOUBLE = new Set(["$", "`", '"', "\\"]);
/** Needs no quotes in any shell. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/**
 * `put 'a b' c\ d` gives `put`, `a b`, `c d`.
 * @throws {ClientError} `usage`: a quote that is not closed, or a backslash
 * with nothing behind it.
 */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  const characters = [...line];
  let word: string | null = null; // null between words: '' is a word, too
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === " " || character === "\t") {
      if (word !== null) words.push(word);
      word = null;
    } else if (character === "'" || character === '"') {
      const quoted = takeQuoted(characters, at);
      word = (word ?? "") + quoted.text;
      at = quoted.end;
    } else if (character === "\\") {
      const escaped = characters[++at];
      if (escaped === undefined) {
        throw unfinished(texts.grammar.nothingEscaped);
      }
      word = (word ?? "") + escaped;
    } else {
      word = (word ?? "") + character;
    }
  }
  if (word !== null) words.push(word);
  return words;
}

/**
 * The commands of a text: with a `;` or a line end between them, unless it is
 * quoted, of a `!command`, too. A `#` at the start of one takes the rest of its
 * line. A quote that is not closed takes all that follows, for splitWords to
 * complain of.
 */
export function splitCommands(text: string): string[] {
  const commands: string[] = [];
  const characters = [...text];
  let command = "";
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "#" && command.trim() === "") {
      const end = characters.indexOf("\n", at);
      const rest = characters.slice(at, end < 0 ? undefined : end);
      command += rest.join("");
      at += rest.length - 1;
    } else if (character === ";" || character === "\n") {
      commands.push(command);
      command = "";
    } else if (character === "\\") {
      command += character + (characters[++at] ?? "");
    } else if (character === "'" || character === '"') {
      const end = endOfQuoted(characters, at);
      command += characters.slice(at, end + 1).join("");
      at = end;
    } else {
      command += character;
    }
  }
  commands.push(command);
  return commands.filter((one) => one.trim() !== "");
}

/** Where the quote closes; behind the last character where it does not. */
function endOfQuoted(characters: readonly string[], start: number): number {
  const quote = characters[start];
  let at = start + 1;
  while (at < characters.length && characters[at] !== quote) {
    at += quote === '"' && characters[at] === "\\" ? 2 : 1;
  }
  return at;
}

/** `word` as a shell reads it back. */
export function quoteWord(word: string): string {
  return PLAIN.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** @returns The text between the quotes, and where the closing one stands. */
function takeQuoted(
  characters: readonly string[],
  start: number,
): { text: string; end: number } {
  const quote = characters[start] ?? "";
  let text = "";
  for (let at = start + 1; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === quote) return { text, end: at };
    const next = characters[at + 1];
    if (
      quote === '"' && character === "\\" && next !== undefined &&
      ESCAPED_IN_DOUBLE.has(next)
    ) {
      text += next;
      at++;
    } else {
      text += character;
    }
  }
  throw unfinished(texts.grammar.quoteOpen(quote));
}

function unfinished(text: Said): ClientError {
  return new ClientError("usage", ...text);
}
