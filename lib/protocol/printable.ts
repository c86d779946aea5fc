/**
 * Text that a peer, a file name or a log reader's enemy chose, made fit to
 * show: what could move a cursor, ring, recolour, reorder or hide text is
 * written as an escape.
 * @module
 */

/**
 * Control characters (Cc), line and paragraph separators, lone surrogates, and
 * the format characters that reorder text (bidi) or vanish in it.
 */
const UNFIT =
  /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/gu;

/** `text` with such characters as `\x1b` or `\u202e`. */
export function printable(text: string): string {
  return text.replaceAll(UNFIT, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const hex = code.toString(16);
    return code < 0x100
      ? `\\x${hex.padStart(2, "0")}`
      : `\\u${hex.padStart(4, "0")}`;
  });
}

/** `text`, with all that is beyond `lengthMax` UTF-16 units left out. */
export function shortened(text: string, lengthMax: number): string {
  return text.length > lengthMax ? `${text.slice(0, lengthMax)}…` : text;
}
