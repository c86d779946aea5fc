/**
 * A walk that goes on while what it found is worked at: a server looks through
 * its folders as long as we look through ours.
 * @module
 */
import type { Found, Walk } from "./entry.ts";

/** Some 300 bytes each. Of the pages that wait: the last may go beyond it. */
const ENTRIES_AHEAD = 1000;

/**
 * The same pages. What the walk throws is thrown behind them.
 * @param entriesAhead Those that wait are all alive at once, which costs time
 * as well: fewer for a walk that is never waited for long.
 */
export async function* walkAhead(
  walk: Walk,
  entriesAhead = ENTRIES_AHEAD,
): AsyncGenerator<readonly Found[]> {
  const pages = walk[Symbol.asyncIterator]();
  const ready: (readonly Found[])[] = [];
  let waiting = 0;
  let coming: Promise<void> | null = null;
  let failure: { readonly error: unknown } | null = null;
  let over = false;
  const take = ({ done, value }: IteratorResult<readonly Found[]>) => {
    coming = null;
    if (done) {
      over = true;
      return;
    }
    ready.push(value);
    waiting += value.length;
    more();
  };
  const fail = (error: unknown) => {
    coming = null;
    failure = { error };
  };
  const more = () => {
    if (coming !== null || failure !== null || over) return;
    if (waiting < entriesAhead) coming = pages.next().then(take, fail);
  };
  const failed = () => failure;
  try {
    while (true) {
      const page = ready.shift();
      if (page !== undefined) {
        waiting -= page.length;
        more();
        yield page;
        continue;
      }
      const why = failed();
      if (why !== null) throw why.error;
      if (over) return;
      more();
      await coming;
    }
  } finally {
    await coming;
    await pages.return?.();
  }
}
