/** @module Timers of the event loop, each disposable. */
import { NetworkError } from "./error.ts";
import type { Deadline, Timers } from "./runtime.ts";

export const systemTimers: Timers = {
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  },

  every(ms, run) {
    const timer = setInterval(run, ms);
    Deno.unrefTimer(timer);
    return { [Symbol.dispose]: () => clearInterval(timer) };
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
    const timer = setTimeout(() => {
      controller.abort(new NetworkError("timed_out", `over ${ms} ms`));
    }, ms);
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => clearTimeout(timer),
    };
  },
};
