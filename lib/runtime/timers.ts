/**
 * Timers of the event loop, each disposable: what is disposed of does nothing
 * any more. Deno 2.6 calls a timer that was due, and was cleared by what came
 * before it in the same turn of the loop; so each is told that it is over.
 * @module
 */
import { NetworkError } from "./error.ts";
import type { Deadline, Timers } from "./runtime.ts";

export const systemTimers: Timers = {
  after(ms, run) {
    const once = unlessOver(run);
    const timer = setTimeout(once.run, ms);
    return once.endedBy(() => clearTimeout(timer));
  },

  every(ms, run) {
    const each = unlessOver(run);
    const timer = setInterval(each.run, ms);
    Deno.unrefTimer(timer);
    return each.endedBy(() => clearInterval(timer));
  },

  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        clearTimeout(timer);
        reject(signal?.reason);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", onAbort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", onAbort, { once: true });
    });
  },

  deadline(ms): Deadline {
    const controller = new AbortController();
    const once = unlessOver(() => {
      controller.abort(new NetworkError("timed_out", `over ${ms} ms`));
    });
    const timer = setTimeout(once.run, ms);
    const { signal } = controller;
    return { signal, ...once.endedBy(() => clearTimeout(timer)) };
  },
};

function unlessOver(run: () => void) {
  let over = false;
  return {
    run: () => {
      if (!over) run();
    },
    endedBy: (clear: () => void): Disposable => ({
      [Symbol.dispose]() {
        over = true;
        clear();
      },
    }),
  };
}
