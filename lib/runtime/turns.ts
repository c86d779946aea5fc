/**
 * Fair turns: one budget of time for all that moves data in this process.
 *
 * A loop of calls that never wait goes on through microtasks alone, and the
 * event loop looks at no other socket meanwhile. When the budget is spent,
 * every mover waits for the same next turn of the event loop.
 * @module
 */
import type { Clock, Timers, Turns } from "./runtime.ts";

/**
 * With others to be served: measured, 4 ms give a p99 of 6 to 13
 * ms beside four transfers. Alone a mover may go on for longer, but not so
 * long that a newcomer or a signal would notice.
 */
export const SHARED_MS = 4;
export const ALONE_MS = 25;

export function createTurns(clock: Clock, timers: Timers): Turns {
  let parties = 0;
  let sinceMs = clock.monotonicMs();
  let askedMs = sinceMs;
  let wasIdle = false;
  let pause: Promise<void> | undefined;
  const next = () =>
    timers.sleep(0).then(() => {
      pause = undefined;
      sinceMs = askedMs = clock.monotonicMs();
    });
  return {
    join() {
      parties++;
      let joined = true;
      return {
        [Symbol.dispose]() {
          if (joined) parties--;
          joined = false;
        },
      };
    },
    turn() {
      if (pause !== undefined) return pause;
      const budgetMs = parties > 1 ? SHARED_MS : ALONE_MS;
      const nowMs = clock.monotonicMs();
      // Who comes after a silence must not pay for it: the event loop had its
      // turns meanwhile. One call that took as long looks the same, so a new
      // budget is not given twice in a row.
      wasIdle = nowMs - askedMs >= budgetMs && !wasIdle;
      askedMs = nowMs;
      if (wasIdle) sinceMs = nowMs;
      if (nowMs - sinceMs < budgetMs) return undefined;
      return pause = next();
    },
  };
}
