/** @module The runtime of a real program: the only room with the globals. */
import { systemNetwork } from "./network.ts";
import type { Clock, Random, Runtime, Signals } from "./runtime.ts";
import { systemTimers } from "./timers.ts";
import { createTurns } from "./turns.ts";

const clock: Clock = {
  monotonicMs: () => performance.now(),
  date: () => new Date(),
};

const random: Random = {
  bytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
};

const signals: Signals = {
  on(name, run) {
    try {
      Deno.addSignalListener(name, run);
    } catch {
      return { [Symbol.dispose]: () => {} }; // not a signal of this system
    }
    return { [Symbol.dispose]: () => Deno.removeSignalListener(name, run) };
  },
};

export function systemRuntime(): Runtime {
  return {
    network: systemNetwork(systemTimers),
    clock,
    timers: systemTimers,
    random,
    signals,
    turns: createTurns(clock, systemTimers),
  };
}
