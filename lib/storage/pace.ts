/**
 * Pace: whether a home's disk is quick enough for calls that hold the loop.
 *
 * For small files synchronous calls are three to eight times quicker than
 * asynchronous ones, but while one runs, nobody is served. So each home starts
 * with calls that wait, is called directly once it has proved quick, and goes
 * back as soon as one call was slow.
 *
 * A call that hangs can't be taken back, and keeps one of the runtime's few
 * hundred threads: it is given up when its signal fires, and counted until it
 * comes back, so that a home that hangs takes no more than its share of them.
 * @module
 */
import type { Clock } from "../runtime/mod.ts";
import { storageError } from "./disk_error.ts";

/** A call that held the loop for longer was slow; from a cache it takes µs. */
const SLOW_MS = 25;
/**
 * A call that was waited for longer was slow. Much more than SLOW_MS, as it
 * counts the time that the loop took to come back to it.
 */
const SLOW_ANSWER_MS = 100;
/** Quick answers in a row before the disk is called directly. */
const QUICK_ROW = 3;
/** Calls of one home under way at once; the runtime has 512 threads for all. */
const CALLS_MAX = 16;

export class Pace {
  readonly #clock: Clock;
  readonly #waiting: (() => void)[] = [];
  #calls = 0;
  #givenUp = 0;
  #row = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether the next call may hold the loop. */
  get quick(): boolean {
    return this.#row >= QUICK_ROW && this.#givenUp === 0;
  }

  /** Make a call that holds the loop, and note how long it took. */
  hold<T>(call: () => T): T {
    const sinceMs = this.#clock.monotonicMs();
    try {
      return call();
    } finally {
      if (this.#clock.monotonicMs() - sinceMs > SLOW_MS) this.#row = 0;
    }
  }

  /**
   * Make a call that waits, and note how long it took. When the signal fires
   * first, the call is given up: it goes on, and `late` is given what comes.
   * @throws {StorageError} `aborted`, or what the call threw.
   */
  async wait<T>(
    call: () => Promise<T>,
    signal?: AbortSignal,
    late?: (result: T) => void,
  ): Promise<T> {
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    if (this.#calls >= CALLS_MAX) await this.#room(signal);
    const answer = this.#call(call);
    let back = false;
    const onBack = () => back = true;
    answer.then(onBack, onBack);
    try {
      return await orGiveUp(answer, signal, late);
    } catch (error) {
      if (!back) this.#giveUp(answer);
      throw error;
    }
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    const sinceMs = this.#clock.monotonicMs();
    this.#calls++;
    try {
      return await call();
    } finally {
      const quick = this.#clock.monotonicMs() - sinceMs <= SLOW_ANSWER_MS;
      this.#row = quick ? this.#row + 1 : 0;
      this.#calls--;
      this.#waiting.shift()?.();
    }
  }

  /** While one hangs, the next that holds the loop might hang as well. */
  #giveUp(answer: Promise<unknown>): void {
    this.#givenUp++;
    const onBack = () => this.#givenUp--;
    answer.then(onBack, onBack);
  }

  async #room(signal: AbortSignal | undefined): Promise<void> {
    while (this.#calls >= CALLS_MAX) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      try {
        await orGiveUp(promise, signal);
      } catch (error) {
        // Not there any more: the turn has come, and goes to the next.
        const at = this.#waiting.indexOf(resolve);
        if (at >= 0) this.#waiting.splice(at, 1);
        else this.#waiting.shift()?.();
        throw error;
      }
    }
  }
}

/**
 * `call`, or `aborted` as soon as the signal fires: a disk that hangs takes no
 * signal. What comes too late is given to `late`, to be undone.
 */
export function orGiveUp<T>(
  call: Promise<T>,
  signal: AbortSignal | undefined,
  late?: (result: T) => void,
): Promise<T> {
  if (signal === undefined) return call;
  return new Promise((resolve, reject) => {
    let over = false;
    const onAbort = () => {
      over = true;
      reject(storageError("aborted", signal.reason));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    call.then((result) => {
      signal.removeEventListener("abort", onAbort);
      if (over) late?.(result);
      else resolve(result);
    }, (error) => {
      signal.removeEventListener("abort", onAbort);
      reject(error);
    });
  });
}
