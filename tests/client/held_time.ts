/**
 * The real system, but for the time: sockets and files take as long as they
 * take, and a minute of silence takes a moment.
 * @module
 */
import { type Runtime, systemRuntime } from "../../lib/runtime/mod.ts";
import type { HandClock } from "../support/hand_clock.ts";

/** Steps of real time that a test waits for what its held time has caused. */
const STEPS_MAX = 20_000;

export function heldRuntime(clock: HandClock): Runtime {
  return { ...systemRuntime(), clock, timers: clock };
}

/** Let time pass by seconds until `promise` settles, at most `msMax` of it. */
export async function passUntil(
  clock: HandClock,
  promise: Promise<unknown>,
  msMax: number,
): Promise<void> {
  const untilMs = clock.monotonicMs() + msMax;
  let settled = false;
  const over = () => settled = true;
  promise.then(over, over);
  for (let step = 0; step < STEPS_MAX; step++) {
    // What travels over the sockets takes real time.
    await new Promise((resolve) => setTimeout(resolve, 2));
    if (settled) return;
    if (clock.monotonicMs() < untilMs) await clock.advance(1000);
  }
  throw new Error(`nothing came of it in ${msMax} ms`);
}
