/** Timers: what they do, and that they leave nothing behind. */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";

// The sanitizers of `deno test` see a timer that is left over.
const { timers } = systemRuntime();
const HOUR_MS = 3_600_000;

Deno.test("after() runs once, and not once it is disposed of", async () => {
  const ran: string[] = [];
  const disposed = timers.after(0, () => ran.push("disposed"));
  disposed[Symbol.dispose]();
  timers.after(HOUR_MS, () => ran.push("late"))[Symbol.dispose]();
  const timer = timers.after(0, () => ran.push("kept"));
  await timers.sleep(5);
  assert.deepEqual(ran, ["kept"]);
  timer[Symbol.dispose]();
});

Deno.test("every() runs until it is disposed of", async () => {
  const third = Promise.withResolvers<void>();
  let runs = 0;
  const timer = timers.every(1, () => {
    if (++runs === 3) third.resolve();
  });
  // It keeps no program alive: something else has to.
  using _alive = timers.after(30_000, third.reject);
  await third.promise;
  timer[Symbol.dispose]();
  const seen = runs;
  await timers.sleep(10);
  assert.equal(runs, seen);
});

Deno.test("sleep() ends by the signal's reason, before and meanwhile", async () => {
  const reason = new Error("woken");
  await assert.rejects(timers.sleep(0, AbortSignal.abort(reason)), reason);
  const controller = new AbortController();
  const listeners = counted(controller.signal);
  const sleeping = timers.sleep(HOUR_MS, controller.signal);
  controller.abort(reason);
  await assert.rejects(sleeping, reason);
  assert.equal(listeners.added, 1);
});

Deno.test("sleep() takes its hands off the signal once it is over", async () => {
  const listeners = counted(new AbortController().signal);
  await timers.sleep(1, listeners.signal);
  assert.deepEqual([listeners.added, listeners.removed], [1, 1]);
});

Deno.test("deadline() fires by `timed_out`, and not once it is disposed of", async () => {
  const over = timers.deadline(0);
  const fired = Promise.withResolvers<void>();
  over.signal.addEventListener("abort", () => fired.resolve());
  await fired.promise;
  assert.equal(over.signal.reason.code, "timed_out");
  over[Symbol.dispose]();
  const kept = timers.deadline(1);
  kept[Symbol.dispose]();
  await timers.sleep(10);
  assert(!kept.signal.aborted);
});

/** A signal that counts who listens to it. */
function counted(signal: AbortSignal) {
  const counts = { signal, added: 0, removed: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener: (...args: Parameters<typeof add>) => {
      counts.added++;
      add(...args);
    },
    removeEventListener: (...args: Parameters<typeof remove>) => {
      counts.removed++;
      remove(...args);
    },
  });
  return counts;
}

Deno.test("what is disposed of does nothing, even where it is called late", () => {
  // As Deno 2.6 does with a timer that was due already.
  const late: (() => void)[] = [];
  const { setTimeout, setInterval } = globalThis;
  const never = 2 ** 30;
  try {
    Object.assign(globalThis, {
      setTimeout(run: () => void) {
        late.push(run);
        return setTimeout(() => {}, never);
      },
      setInterval(run: () => void) {
        late.push(run);
        return setInterval(() => {}, never);
      },
    });
    let ran = 0;
    timers.after(1, () => ran++)[Symbol.dispose]();
    timers.every(1, () => ran++)[Symbol.dispose]();
    const deadline = timers.deadline(1);
    deadline[Symbol.dispose]();
    for (const run of late) run();
    assert.equal(late.length, 3);
    assert.equal(ran, 0);
    assert.equal(deadline.signal.aborted, false);
  } finally {
    Object.assign(globalThis, { setTimeout, setInterval });
  }
});
