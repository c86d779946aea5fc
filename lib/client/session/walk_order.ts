/**
 * The order of a walk (PROTOCOL.md, "walk"): a folder before what is in it, the
 * names of a folder rising. Who holds a server to it knows, without keeping
 * them, that no path came twice, and none in a folder that was not there.
 * @module
 */

export class WalkOrder {
  #last: readonly string[];
  /** Whether the last one may have something in it. */
  #open: boolean;

  /** @param after The path that the walk goes on behind; empty for none. */
  constructor(after: string) {
    this.#last = after === "" ? [] : after.split("/");
    this.#open = true;
  }

  /** @returns Whether this path may come here. */
  next(path: string, isFolder: boolean): boolean {
    const segments = path.split("/");
    const last = this.#last;
    let common = 0;
    while (common < last.length && segments[common] === last[common]) common++;
    const segment = segments[common];
    if (segment === undefined || segments.length !== common + 1) return false;
    const before = last[common];
    const rises = before === undefined ? this.#open : segment > before;
    if (!rises) return false;
    this.#last = segments;
    this.#open = isFolder;
    return true;
  }
}
