/**
 * Two walks as one: what both have comes together.
 * @module
 */
import {
  comparePaths,
  type Entry,
  type Found,
  type TreePath,
  type Trouble,
  type Walk,
} from "./entry.ts";
import type { Exclusion } from "./filter.ts";

export type Side = "source" | "target";

export type Merged =
  | { readonly kind: "both"; readonly source: Entry; readonly target: Entry }
  | { readonly kind: "source"; readonly source: Entry }
  | { readonly kind: "target"; readonly target: Entry }
  /** These come before any later entry of their side. */
  | { readonly kind: "trouble"; readonly side: Side; readonly trouble: Trouble }
  | { readonly kind: "excluded"; readonly side: Side; readonly path: TreePath };

const PAGE_ENTRIES = 256;

/**
 * Neither walk is read further ahead than a page. Both are closed at the end.
 * @param excludes What of the target takes no part. It is asked once the source
 * was walked as far: what a folder of the source says of names is known then.
 */
export async function* mergeWalks(
  source: Walk,
  target: Walk | undefined,
  excludes: Exclusion = () => null,
): AsyncGenerator<readonly Merged[]> {
  let page: Merged[] = [];
  const read = (
    side: Side,
    walk: Walk | undefined,
    excludes: Exclusion = () => null,
  ) =>
    new Reader(walk, excludes, (found) => {
      page.push(
        "trouble" in found
          ? { kind: "trouble", side, trouble: found.trouble }
          : { kind: "excluded", side, path: found.excluded },
      );
    });
  await using from = read("source", source);
  await using to = read("target", target, excludes);
  to.begin();
  while (true) {
    if (page.length >= PAGE_ENTRIES) {
      yield page;
      page = [];
    }
    // The source first: its troubles say what of the target must stay.
    if (from.wantsPage) {
      await from.readPage();
      continue;
    }
    if (to.wantsPage) {
      await to.readPage();
      continue;
    }
    const ours = from.head;
    const theirs = to.head;
    if (ours === null && theirs === null) break;
    const order = ours === null
      ? 1
      : theirs === null
      ? -1
      : comparePaths(ours.path, theirs.path);
    if (order <= 0) from.take();
    if (order >= 0) to.take();
    if (order === 0 && ours !== null && theirs !== null) {
      page.push({ kind: "both", source: ours, target: theirs });
    } else if (order < 0 && ours !== null) {
      page.push({ kind: "source", source: ours });
    } else if (theirs !== null) {
      page.push({ kind: "target", target: theirs });
    }
  }
  if (page.length > 0) yield page;
}

/** The next entry of a walk; all that is none is handed on at once. */
class Reader implements AsyncDisposable {
  readonly #pages: AsyncIterator<readonly Found[]> | null;
  readonly #excludes: Exclusion;
  readonly #onOther: (
    found: Exclude<Found, { readonly entry: Entry }>,
  ) => void;
  #first: Promise<IteratorResult<readonly Found[]>> | null = null;
  #page: readonly Found[] = [];
  #next = 0;
  #head: Entry | null = null;
  #over = false;

  constructor(
    walk: Walk | undefined,
    excludes: Exclusion,
    onOther: (found: Exclude<Found, { readonly entry: Entry }>) => void,
  ) {
    this.#pages = walk?.[Symbol.asyncIterator]() ?? null;
    this.#excludes = excludes;
    this.#onOther = onOther;
  }

  /** Null at the end; before it, where `wantsPage` says so. */
  get head(): Entry | null {
    return this.#head ??= this.#look();
  }

  get wantsPage(): boolean {
    return this.head === null && !this.#over;
  }

  /** Ask for the first page now: it may come from afar. */
  begin(): void {
    this.#first = this.#pages?.next() ?? null;
    this.#first?.catch(() => {}); // it is waited for later
  }

  async readPage(): Promise<void> {
    const asked = this.#first ?? this.#pages?.next();
    this.#first = null;
    const step = await asked;
    if (step === undefined || step.done) {
      this.#over = true;
    } else {
      this.#page = step.value;
      this.#next = 0;
    }
  }

  take(): void {
    this.#head = null;
  }

  #look(): Entry | null {
    while (this.#next < this.#page.length) {
      const found = this.#page[this.#next++];
      if (found === undefined) break;
      if (!("entry" in found)) {
        this.#onOther(found);
        continue;
      }
      const out = this.#excludes(found.entry);
      if (out === null) return found.entry;
      if (out === "excluded") this.#onOther({ excluded: found.entry.path });
    }
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#over) await this.#pages?.return?.();
  }
}
