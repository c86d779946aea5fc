/**
 * Reads a plan further ahead than it is done, within bounds: so that one knows
 * early how much there is to do, and a walk goes on while files are sent.
 * @module
 */
import type { Step } from "../tree/step.ts";

/** Some kilobytes each, with what is read beside it. */
const STEPS_AHEAD_MAX = 8_000;

/** What is known of all that is to be moved. */
export interface Amount {
  readonly files: number;
  readonly bytes: number;
  /**
   * Whether that is all: nearly, where a plan has files behind a barrier, which
   * take the place of something deleted.
   */
  readonly whole: boolean;
}

/**
 * @param onAmount Told whenever it has grown.
 * @returns The same pages. Behind a barrier nothing is read before it is asked
 * for: what comes there depends on what was done.
 */
export async function* readAhead(
  plan: AsyncIterable<readonly Step[]>,
  onAmount: (amount: Amount) => void,
): AsyncGenerator<readonly Step[]> {
  const pages = plan[Symbol.asyncIterator]();
  const ready: (readonly Step[])[] = [];
  const amount = { files: 0, bytes: 0, whole: false };
  let steps = 0;
  let coming: Promise<void> | null = null;
  let failure: unknown = null;
  let held = false; // by a barrier
  let over = false;
  const take = ({ done, value }: IteratorResult<readonly Step[]>) => {
    coming = null;
    if (done) {
      amount.whole = over = true;
    } else {
      ready.push(value);
      steps += value.length;
      held = value.at(-1)?.kind === "barrier";
      amount.whole ||= held;
      for (const step of value) {
        if (step.kind !== "file") continue;
        amount.files++;
        amount.bytes += step.source.size;
      }
    }
    onAmount(amount);
    more();
  };
  const fail = (error: unknown) => {
    coming = null;
    failure = error;
  };
  const more = () => {
    if (coming !== null || failure !== null || over) return;
    if (held || steps >= STEPS_AHEAD_MAX) return;
    coming = pages.next().then(take, fail);
  };
  try {
    while (true) {
      const page = ready.shift();
      if (page === undefined) {
        if (failure !== null) throw failure;
        if (over) return;
        held = false;
        more();
        if (coming !== null) await coming;
        continue;
      }
      steps -= page.length;
      more();
      yield page;
    }
  } finally {
    if (coming !== null) await coming;
    await pages.return?.();
  }
}
