/**
 * Small steps with abort signals. Thousands of files may wait on the signal of
 * one job: to listen to it once for all of them costs a tenth of listening for
 * each.
 * @module
 */

/** Who waits for a signal to fire. */
const waiting = new WeakMap<AbortSignal, Waiters>();

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
  let waiters = waiting.get(signal);
  if (waiters === undefined) {
    waiters = new Waiters(signal);
    waiting.set(signal, waiters);
  }
  return new Waiting(waiters, run);
}

/**
 * All who wait for one signal. It is listened to only while there are any: the
 * timer of an AbortSignal.timeout keeps a program alive that listens.
 */
class Waiters {
  readonly #signal: AbortSignal;
  /** In the order of asking. */
  readonly #all = new Set<Waiting>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(one: Waiting): void {
    if (this.#all.size === 0) {
      this.#signal.addEventListener("abort", this.#fired);
    }
    this.#all.add(one);
  }

  delete(one: Waiting): void {
    if (!this.#all.delete(one) || this.#all.size > 0) return;
    this.#signal.removeEventListener("abort", this.#fired);
  }

  readonly #fired = (): void => {
    for (const { run } of this.#all) run();
  };
}

/** One who waits, until disposed. */
class Waiting implements Disposable {
  readonly run: () => void;
  readonly #waiters: Waiters;

  constructor(waiters: Waiters, run: () => void) {
    this.run = run;
    this.#waiters = waiters;
    waiters.add(this);
  }

  [Symbol.dispose](): void {
    this.#waiters.delete(this);
  }
}

const NOTHING: Disposable = { [Symbol.dispose]: () => {} };
