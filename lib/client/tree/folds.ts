/**
 * Names that some disks take for one: other case, other composition (NFC, NFD).
 * Nobody asks what the other side does: a plan only marks such pairs, and who
 * writes the second looks whether it would be the first.
 * @module
 */
import type { TreePath } from "./entry.ts";

const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Nearly every name: of ASCII, with nothing at its end that is dropped. */
const PLAIN = /^[\w .-]*[\w-]$/;

/**
 * Equal for all names that any disk known to us takes for one. It may be equal
 * for more: that costs a look, nothing else.
 */
export function foldKey(name: string): string {
  if (PLAIN.test(name)) return name.toLowerCase();
  // Windows drops dots and blanks at the end.
  const kept = name.replace(/[. ]+$/, "");
  // deno-lint-ignore no-control-regex -- all of ASCII
  if (/^[\x00-\x7f]*$/.test(kept)) return kept.toLowerCase();
  // By upper case: some letters have two lower ones (final sigma).
  return kept.replaceAll(INVISIBLE, "").normalize("NFD").toUpperCase()
    .toLowerCase().normalize("NFD");
}

/** What is known of the folders that a walk has open: no more in memory. */
export class OpenFolders<Value> {
  readonly #open: {
    readonly name: string;
    readonly names: Map<string, Value>;
  }[] = [{ name: "", names: new Map() }];
  /** In all of them but the innermost. */
  #outerNames = 0;

  /**
   * The values of the folder that `path` lies in, by fold key. Paths come in
   * the order of a walk; folders that it has left are forgotten.
   */
  of(path: TreePath): Map<string, Value> {
    let depth = 1;
    while (
      depth < path.length && depth < this.#open.length &&
      this.#open[depth]?.name === path[depth - 1]
    ) depth++;
    const isInnermost = depth === this.#open.length && depth >= path.length;
    this.#open.length = depth;
    for (; depth < path.length; depth++) {
      this.#open.push({ name: path[depth - 1] ?? "", names: new Map() });
    }
    if (!isInnermost) this.#countOuter();
    return this.#open[depth - 1]?.names ?? new Map();
  }

  /** All names in all of them. */
  get names(): number {
    return this.#outerNames + (this.#open.at(-1)?.names.size ?? 0);
  }

  #countOuter(): void {
    this.#outerNames = 0;
    for (let at = 0; at < this.#open.length - 1; at++) {
      this.#outerNames += this.#open[at]?.names.size ?? 0;
    }
  }
}
