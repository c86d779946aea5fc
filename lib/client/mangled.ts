/** @module Names that did not come through as they are. */

/** What Deno gives for bytes that are not UTF-8, in arguments and listings. */
const MANGLED = "\ufffd";

/** Whether it may be another one on the disk; U+FFFD may be meant, too. */
export function isMangled(name: string): boolean {
  return name.includes(MANGLED);
}
