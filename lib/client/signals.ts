/**
 * Small steps with abort signals. Thousands of files may wait on the signal of
 * one job: to listen to it once for all of them costs a tenth of listening for
 * each.
 * @module
 */

/** What is to be called when a signal fires, in the order of asking. */
const waiting = new WeakMap<AbortSignal, Set<Waiting>>();

/** `promise`, or the signal's reason if it fires first. */
export async function raceSignal<T>(
  promise: Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  if (signal === undefined) return await promise;
  signal.throwIfAborted();
  const first = Promise.withResolvers<T>();
  using _onAbort = onAbort(signal, () => first.reject(signal.reason));
  promise.then(first.resolve, first.reject);
  return await first.promise;
}

/** Call `run` when `signal` fires, or has fired already; until disposed. */
export function onAbort(
  signal: AbortSignal | undefined,
  run: () => void,
): Disposable {
  if (signal?.aborted) run();
  if (signal === undefined || signal.aborted) return NOTHING;
  let all = waiting.get(signal);
  if (all === undefined) {
    all = new Set();
    waiting.set(signal, all);
    listen(signal, all);
  }
  return new Waiting(all, run);
}

/** One who waits, until disposed. */
class Waiting implements Disposable {
  readonly run: () => void;
  readonly #all: Set<Waiting>;

  constructor(all: Set<Waiting>, run: () => void) {
    this.run = run;
    this.#all = all;
    all.add(this);
  }

  [Symbol.dispose](): void {
    this.#all.delete(this);
  }
}

function listen(signal: AbortSignal, all: ReadonlySet<Waiting>): void {
  signal.addEventListener("abort", () => {
    for (const { run } of all) run();
  }, { once: true });
}

const NOTHING: Disposable = { [Symbol.dispose]: () => {} };
