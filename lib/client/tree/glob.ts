/**
 * Globs: `*` (any text), `?` (one character), `[a-z]` `[!a-z]` (one of, one not
 * of), `**` (any folders), `\` before what is meant literally. No wildcard
 * matches a `/`. Patterns and names come from strangers: the time that a match
 * takes grows with the length of both, never faster than their product.
 * @module
 */

export interface GlobOptions {
  /** Whether wildcards match the leading dot of a name: not where it is left out. */
  readonly dots?: boolean;
}

/** What one part of a pattern, between two `/`, says of one name. */
export type GlobSegment =
  | { readonly kind: "folders" } // `**`
  | {
    readonly kind: "name";
    /** The name, where there is no wildcard in it. */
    readonly literal: string | null;
    matches(name: string): boolean;
  };

export interface Glob {
  readonly segments: readonly GlobSegment[];
  /** It begins with `/`. */
  readonly absolute: boolean;
  /** It ends in `/`. */
  readonly foldersOnly: boolean;
  /** Whether the whole of `path`, name by name, is what the pattern says. */
  matches(path: readonly string[]): boolean;
}

/** Whether a word has a wildcard: else it is a name, and nothing but. */
export function hasWildcard(word: string): boolean {
  return word.split("/").some((part) =>
    tokensOf(part).some((token) => token.kind !== "character")
  );
}

export function compileGlob(pattern: string, options: GlobOptions = {}): Glob {
  const dots = options.dots ?? false;
  const segments = pattern.split("/").filter((part) => part !== "")
    .map((part) => compileSegment(part, dots));
  return {
    segments,
    absolute: pattern.startsWith("/"),
    foldersOnly: pattern.endsWith("/"),
    matches: (path) => matchesPath(segments, path, dots),
  };
}

type Token =
  | { readonly kind: "star" }
  | { readonly kind: "any" }
  | { readonly kind: "character"; readonly character: string }
  | {
    readonly kind: "set";
    readonly negated: boolean;
    readonly ranges: readonly Range[];
  };

/** First and last code point. */
type Range = readonly [number, number];

function compileSegment(part: string, dots: boolean): GlobSegment {
  if (part === "**") return { kind: "folders" };
  const tokens = tokensOf(part);
  const literal = literalOf(tokens);
  if (literal !== null) {
    return { kind: "name", literal, matches: (name) => name === literal };
  }
  const dotFirst = tokens[0]?.kind === "character" &&
    tokens[0].character === ".";
  return {
    kind: "name",
    literal,
    matches: (name) =>
      (dots || dotFirst || !name.startsWith(".")) && matchesName(tokens, name),
  };
}

function tokensOf(part: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...part];
  for (let at = 0; at < characters.length; at++) {
    const character = characters[at] ?? "";
    if (character === "*") {
      // Two in a row say no more than one.
      if (tokens.at(-1)?.kind !== "star") tokens.push({ kind: "star" });
    } else if (character === "?") {
      tokens.push({ kind: "any" });
    } else if (character === "[") {
      const set = takeSet(characters, at);
      tokens.push(set?.token ?? { kind: "character", character });
      at = set?.end ?? at;
    } else if (character === "\\" && at + 1 < characters.length) {
      tokens.push({ kind: "character", character: characters[++at] ?? "" });
    } else {
      tokens.push({ kind: "character", character });
    }
  }
  return tokens;
}

/** @returns Null where no `]` closes it: then `[` means itself. */
function takeSet(
  characters: readonly string[],
  start: number,
): { token: Token; end: number } | null {
  let at = start + 1;
  const negated = characters[at] === "!" || characters[at] === "^";
  if (negated) at++;
  const ranges: Range[] = [];
  // A `]` that stands first is one of the set.
  for (let first = true; at < characters.length; first = false, at++) {
    if (characters[at] === "]" && !first) {
      return { token: { kind: "set", negated, ranges }, end: at };
    }
    const low = codeOf(characters[at]);
    const high = characters[at + 2];
    if (characters[at + 1] === "-" && high !== undefined && high !== "]") {
      ranges.push([low, codeOf(high)]);
      at += 2;
    } else {
      ranges.push([low, low]);
    }
  }
  return null;
}

function codeOf(character: string | undefined): number {
  return character?.codePointAt(0) ?? 0;
}

function literalOf(tokens: readonly Token[]): string | null {
  let text = "";
  for (const token of tokens) {
    if (token.kind !== "character") return null;
    text += token.character;
  }
  return text;
}

/**
 * Where a star has to give way, only the last one needs to: what stands before
 * it was matched as early as can be, so another choice would leave it less.
 */
function matchesName(tokens: readonly Token[], name: string): boolean {
  const characters = [...name];
  let token = 0;
  let at = 0;
  let star = -1; // the last one passed, and where what follows it was tried
  let tried = 0;
  while (at < characters.length) {
    const next = tokens[token];
    if (next?.kind === "star") {
      star = token++;
      tried = at;
    } else if (next !== undefined && matchesOne(next, characters[at] ?? "")) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++tried;
    } else {
      return false;
    }
  }
  if (tokens[token]?.kind === "star") token++;
  return token === tokens.length;
}

function matchesOne(token: Token, character: string): boolean {
  switch (token.kind) {
    case "any":
      return true;
    case "character":
      return token.character === character;
    case "set": {
      const code = codeOf(character);
      const inside = token.ranges.some(([low, high]) =>
        low <= code && code <= high
      );
      return inside !== token.negated;
    }
    case "star":
      return false;
  }
}

/**
 * `reached[n]`: the names so far may be what the first `n` segments say. A `**`
 * stands for no folder, too, but at the end: `a/**` is what lies in `a`.
 */
function matchesPath(
  segments: readonly GlobSegment[],
  path: readonly string[],
  dots: boolean,
): boolean {
  if (segments.length === 0) return path.length === 0;
  const skippable = (n: number) =>
    segments[n]?.kind === "folders" && n < segments.length - 1;
  let reached = new Array<boolean>(segments.length + 1).fill(false);
  const reach = (states: boolean[], state: number) => {
    states[state] = true;
    for (let n = state; skippable(n); n++) states[n + 1] = true;
  };
  reach(reached, 0);
  for (const name of path) {
    const next = new Array<boolean>(segments.length + 1).fill(false);
    for (const [n, segment] of segments.entries()) {
      if (!reached[n]) continue;
      if (segment.kind === "name") {
        if (segment.matches(name)) reach(next, n + 1);
      } else if (dots || !name.startsWith(".")) {
        reach(next, n);
        if (n === segments.length - 1) next[n + 1] = true;
      }
    }
    reached = next;
  }
  return reached[segments.length] ?? false;
}
