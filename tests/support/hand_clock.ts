/**
 * A clock that goes on only when a test says so, and the timers that hang on
 * it: hours pass at once, and nothing depends on how quick the machine is.
 * @module
 */
import { setImmediate } from "node:timers";
import {
  type Clock,
  type Deadline,
  NetworkError,
  type Timers,
} from "../../lib/runtime/mod.ts";

interface Alarm {
  dueMs: number;
  readonly everyMs: number | null;
  readonly run: () => void;
}

export class HandClock implements Clock, Timers {
  #nowMs = 0;
  readonly #alarms = new Set<Alarm>();

  monotonicMs(): number {
    return this.#nowMs;
  }

  date(): Date {
    return new Date(Date.UTC(2026, 0, 1) + this.#nowMs);
  }

  /** Timers that have not run and were not disposed. */
  get pending(): number {
    return this.#alarms.size;
  }

  /**
   * Let time pass: what is under way is done first, then timers run at their
   * times, in order, and all that follows from one is done before the next.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settled();
    for (let alarm = this.#next(untilMs); alarm; alarm = this.#next(untilMs)) {
      this.#nowMs = alarm.dueMs;
      if (alarm.everyMs === null) this.#alarms.delete(alarm);
      else alarm.dueMs += alarm.everyMs;
      alarm.run();
      await settled();
    }
    this.#nowMs = untilMs;
    await settled();
  }

  after(ms: number, run: () => void): Disposable {
    return this.#set({ dueMs: this.#nowMs + ms, everyMs: null, run });
  }

  every(ms: number, run: () => void): Disposable {
    return this.#set({ dueMs: this.#nowMs + ms, everyMs: ms, run });
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const timer = this.after(ms, resolve);
      signal?.addEventListener("abort", () => {
        timer[Symbol.dispose]();
        reject(signal.reason);
      }, { once: true });
    });
  }

  deadline(ms: number): Deadline {
    const controller = new AbortController();
    const timer = this.after(ms, () => {
      controller.abort(new NetworkError("timed_out", `over ${ms} ms`));
    });
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => timer[Symbol.dispose](),
    };
  }

  #set(alarm: Alarm): Disposable {
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => this.#alarms.delete(alarm) };
  }

  #next(untilMs: number): Alarm | undefined {
    return [...this.#alarms].filter(({ dueMs }) => dueMs <= untilMs)
      .sort((a, b) => a.dueMs - b.dueMs)[0];
  }
}

/** Resolves once all that needs no time and no system is done. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
