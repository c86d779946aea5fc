/**
 * Tab: what may stand at the cursor, by the table of commands, and what to put
 * there, quoted as the line has it. Pure: names come from who asks.
 * @module
 */
import type { Completion } from "../terminal/terminal.ts";

/** What a word stands for; see grammar/flags.ts. */
export type Wanted =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "local" | "remote"; readonly foldersOnly: boolean };

/** A command, as far as completion looks at it. */
export interface Completed {
  readonly names: readonly string[];
  readonly operands: readonly {
    readonly kind: string | readonly string[];
    readonly count: "one" | "optional" | "some" | "any";
  }[];
  readonly flags: readonly {
    readonly short?: string;
    readonly long?: string;
    readonly value?: string;
    readonly completes?: string | readonly string[];
  }[];
  /** Flags that are not accepted. */
  readonly lacks: readonly string[];
}

/** The word at the cursor. */
export interface Place {
  /** Where it begins, with its quote and all. */
  readonly start: number;
  /** What is typed of it, unquoted. */
  readonly typed: string;
  /** What of it stays: `--to=` of `--to=in`. */
  readonly fixed: string;
  readonly quote: Quote;
  readonly wanted: readonly Wanted[];
}

export interface Candidate {
  /** The whole word, unquoted. */
  readonly word: string;
  /** As it is listed. */
  readonly shown: string;
  /** More is to follow in the same word: a folder. */
  readonly open: boolean;
}

type Quote = "" | "'" | "\x22";

/** What a backslash escapes between double quotes; it stays before others. */
const ESCAPED_IN_DOUBLE = /[$\x60\x22\\]/g;
/** All that a word may hold without quotes; letters of all languages may. */
const TO_ESCAPE = /[^\p{L}\p{N}\p{M}\p{So}@%+=:,./_-]/gu;

/**
 * What is wanted at the cursor, or null where nothing can be said.
 * @param line Up to the cursor.
 */
export function placeAt(
  line: string,
  commands: readonly Completed[],
): Place | null {
  if (/^\s*[!#]/.test(line)) return null;
  const { words, start, typed, quote } = scan(line);
  const place = { start, typed, fixed: "", quote };
  const [verb, ...before] = words;
  if (verb === undefined) {
    const names = commands.flatMap((command) => command.names);
    return { ...place, wanted: [{ kind: "words", words: names }] };
  }
  const command = commands.find(({ names }) => names.includes(verb));
  if (command === undefined) return null;
  const flagsEnd = before.includes("--");
  if (!flagsEnd && typed.startsWith("-")) {
    return flagPlace(place, command);
  }
  const { valueOf, operands } = readBefore(before, command);
  const kinds = valueOf === null
    ? kindsAt(command, operands)
    : [valueOf.completes ?? "word"];
  return { ...place, wanted: wantedBy(kinds, commands) };
}

/** The folder that names are looked up in, as typed, and what they begin by. */
export function splitName(typed: string): { folder: string; base: string } {
  const end = typed.lastIndexOf("/") + 1;
  return { folder: typed.slice(0, end), base: typed.slice(end) };
}

/** A name as far as it matters here. */
export interface NameFound {
  readonly name: string;
  readonly isFolder: boolean;
}

/** Those of a folder's names that fit what is typed. */
export function namesFitting(
  found: Iterable<NameFound>,
  typed: string,
  foldersOnly: boolean,
): Candidate[] {
  const { folder, base } = splitName(typed);
  const candidates: Candidate[] = [];
  for (const { name, isFolder } of found) {
    if (!name.startsWith(base) || (foldersOnly && !isFolder)) continue;
    if (name.startsWith(".") && !base.startsWith(".")) continue;
    // Such a name would be taken for a flag; and what cannot be typed at all.
    if (folder === "" && base === "" && name.startsWith("-")) continue;
    if (/\p{Cc}/u.test(name)) continue;
    const end = isFolder ? "/" : "";
    candidates.push({
      word: `${folder}${name}${end}`,
      shown: `${name}${end}`,
      open: isFolder,
    });
  }
  return candidates;
}

export function wordsFitting(
  words: readonly string[],
  typed: string,
): Candidate[] {
  return words.filter((word) => word.startsWith(typed)).map((word) => ({
    word,
    shown: word,
    open: word.endsWith("="),
  }));
}

/** All that the candidates have in common, in the place's quotes. */
export function completionOf(
  { start, typed, fixed, quote }: Place,
  candidates: readonly Candidate[],
  line: string,
): Completion {
  const known = new Map(candidates.map((one) => [one.word, one]));
  const found = [...known.values()].sort((a, b) => a.word < b.word ? -1 : 1);
  const [first] = found;
  const shown = found.map((one) => one.shown);
  const asItIs = { start, insert: line.slice(start), candidates: shown };
  if (first === undefined) return asItIs;
  const common = found.reduce(
    (rest, { word }) => commonStart(rest, word),
    first.word,
  );
  const isWhole = found.length === 1;
  if (!isWhole && common === typed) return asItIs;
  const closed = isWhole && !first.open;
  return {
    start,
    insert: quoted(fixed + common, quote, closed) + (closed ? " " : ""),
    candidates: shown,
  };
}

/** @param closed Whether nothing is to follow in the word. */
function quoted(word: string, quote: Quote, closed: boolean): string {
  const end = closed ? quote : "";
  if (quote === "'") return `'${word.replaceAll("'", "'\\''")}${end}`;
  if (quote === "\x22") {
    return `"${word.replaceAll(ESCAPED_IN_DOUBLE, "\\$&")}${end}`;
  }
  return word.replaceAll(TO_ESCAPE, "\\$&");
}

function commonStart(a: string, b: string): string {
  let at = 0;
  // By whole characters: no surrogate is left alone.
  for (const character of a) {
    if (!b.startsWith(character, at)) break;
    at += character.length;
  }
  return a.slice(0, at);
}

function flagPlace(
  place: Omit<Place, "wanted">,
  { flags, lacks }: Completed,
): Place {
  const { typed } = place;
  const equals = typed.indexOf("=");
  const known = flags.filter(({ long, short }) =>
    !lacks.includes(`--${long}`) && !lacks.includes(`-${short}`)
  );
  if (equals >= 0) {
    const flag = known.find(({ long }) =>
      `--${long}` === typed.slice(0, equals)
    );
    const wanted = flag?.completes === undefined
      ? []
      : wantedBy([flag.completes], []);
    return {
      ...place,
      fixed: typed.slice(0, equals + 1),
      typed: typed.slice(equals + 1),
      wanted,
    };
  }
  const words = known.flatMap(({ short, long }) => [
    ...(long === undefined ? [] : [`--${long}`]),
    ...(short === undefined ? [] : [`-${short}`]),
  ]);
  return { ...place, wanted: [{ kind: "words", words: [...words, "--help"] }] };
}

/** How many operands stand before, and whether a flag's value is due. */
function readBefore(words: readonly string[], { flags }: Completed) {
  let operands = 0;
  let valueOf: Completed["flags"][number] | null = null;
  let flagsEnd = false;
  for (const word of words) {
    if (valueOf !== null) valueOf = null;
    else if (flagsEnd || word === "-" || !word.startsWith("-")) operands++;
    else if (word === "--") flagsEnd = true;
    else {
      valueOf = flags.find(({ short, long, value }) =>
        value !== undefined && (word === `--${long}` ||
          (!word.startsWith("--") && short !== undefined &&
            word.endsWith(short)))
      ) ?? null;
    }
  }
  return { operands, valueOf };
}

/** The kinds of all operands that may stand behind so many others. */
function kindsAt(
  { operands }: Completed,
  before: number,
): (string | readonly string[])[] {
  const kinds: (string | readonly string[])[] = [];
  let least = 0; // operands that have to stand before this one
  let repeats = false; // one before it may be any number of them
  for (const { kind, count } of operands) {
    const many = count === "some" || count === "any";
    if (before >= least && (many || repeats || before === least)) {
      kinds.push(kind);
    }
    if (count === "one" || count === "some") least++;
    else if (count === "optional") least++; // its place is taken in turn
    repeats ||= many;
  }
  return kinds;
}

function wantedBy(
  kinds: readonly (string | readonly string[])[],
  commands: readonly Completed[],
): Wanted[] {
  return kinds.flatMap((kind): Wanted[] => {
    if (typeof kind !== "string") return [{ kind: "words", words: kind }];
    switch (kind) {
      case "local":
      case "remote":
        return [{ kind, foldersOnly: false }];
      case "local_folder":
        return [{ kind: "local", foldersOnly: true }];
      case "remote_folder":
        return [{ kind: "remote", foldersOnly: true }];
      case "command":
        return [{
          kind: "words",
          words: commands.flatMap(({ names }) => names),
        }];
      default:
        return [];
    }
  });
}

/** Words up to the one at the end; an open quote is no mistake here. */
function scan(line: string) {
  const words: string[] = [];
  let start = line.length;
  let typed = "";
  let inWord = false;
  let quote: Quote = "";
  for (let at = 0; at < line.length; at++) {
    const letter = line.charAt(at);
    if (!inWord && quote === "" && (letter === " " || letter === "\t")) {
      continue;
    }
    if (!inWord) {
      inWord = true;
      start = at;
      typed = "";
    }
    if (quote !== "") {
      const next = line.charAt(at + 1);
      if (letter === quote) quote = "";
      else if (
        letter === "\\" && quote === "\x22" && /[$\x60\x22\\]/.test(next)
      ) {
        typed += next;
        at++;
      } else typed += letter;
    } else if (letter === " " || letter === "\t") {
      words.push(typed);
      inWord = false;
    } else if (letter === "'" || letter === "\x22") quote = letter;
    else if (letter === "\\") typed += line.charAt(++at);
    else typed += letter;
  }
  return inWord
    ? { words, start, typed, quote }
    : { words, start: line.length, typed: "", quote };
}
