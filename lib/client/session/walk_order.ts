/**
 * The order of a walk (PROTOCOL.md, "walk"): a folder before what is in it, the
 * names of a folder rising. Who holds a server to it knows, without keeping
 * them, that no path came twice, and none in a folder that was not there.
 * @module
 */

export class WalkOrder {
  #last: string;
  /** Whether the last one may have something in it. */
  #open: boolean;
  /** Where the next one lies, as a rule: with a slash behind it, or empty. */
  #folder: string;
  /** The last name in it; empty for none. */
  #name = "";

  /** @param after The path that the walk goes on behind; empty for none. */
  constructor(after: string) {
    this.#last = after;
    this.#open = true;
    this.#folder = after === "" ? "" : `${after}/`;
  }

  /** @returns Whether this path may come here. */
  next(path: string, isFolder: boolean): boolean {
    const cut = path.lastIndexOf("/") + 1;
    const name = path.slice(cut);
    const isNext = cut === this.#folder.length && name > this.#name &&
      path.startsWith(this.#folder);
    if (!isNext && !this.#mayCome(path)) return false;
    this.#last = path;
    this.#open = isFolder;
    if (isFolder) {
      this.#folder = `${path}/`;
      this.#name = "";
    } else {
      if (!isNext) this.#folder = path.slice(0, cut);
      this.#name = name;
    }
    return true;
  }

  /** In a folder that the last one lies in, or behind that. */
  #mayCome(path: string): boolean {
    const segments = path.split("/");
    const last = this.#last === "" ? [] : this.#last.split("/");
    let common = 0;
    while (common < last.length && segments[common] === last[common]) common++;
    const segment = segments[common];
    if (segment === undefined || segments.length !== common + 1) return false;
    const before = last[common];
    return before === undefined ? this.#open : segment > before;
  }
}
