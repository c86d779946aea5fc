/** @module The bytes of a file that a person wrote, to its text. */

/** UTF-8 to text, its BOM kept, or the first line (from 1) that is not UTF-8. */
export function decodeText(bytes: Uint8Array): string | { badLine: number } {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder.decode(bytes);
  } catch {
    let badLine = 1;
    for (let start = 0;; badLine++) {
      const feed = bytes.indexOf(0x0a, start);
      try {
        decoder.decode(bytes.subarray(start, feed < 0 ? undefined : feed));
      } catch {
        return { badLine };
      }
      if (feed < 0) return { badLine };
      start = feed + 1;
    }
  }
}
