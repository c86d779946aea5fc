/** Waiting for a signal: all hear of it, and nothing is left listening. */
import assert from "node:assert/strict";
import { onAbort, raceSignal } from "../../lib/client/signals.ts";

/** A signal that counts who listens to it. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = { count: 0 };
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(...args: Parameters<typeof addEventListener>) {
      listeners.count++;
      addEventListener.apply(signal, args);
    },
    removeEventListener(...args: Parameters<typeof removeEventListener>) {
      listeners.count--;
      removeEventListener.apply(signal, args);
    },
  });
  return { controller, signal, listeners };
}

Deno.test("many who wait are one listener, and none once they are gone", () => {
  const { signal, listeners } = counted();
  for (let round = 0; round < 3; round++) {
    using _one = onAbort(signal, () => {});
    using _two = onAbort(signal, () => {});
    assert.equal(listeners.count, 1);
  }
  assert.equal(listeners.count, 0);
});

Deno.test("who waits hears of it, in the order of asking; who left does not", () => {
  const { controller, signal } = counted();
  const heard: string[] = [];
  using _one = onAbort(signal, () => heard.push("one"));
  const left = onAbort(signal, () => heard.push("left"));
  using _two = onAbort(signal, () => heard.push("two"));
  left[Symbol.dispose]();
  left[Symbol.dispose]();
  controller.abort();
  assert.deepEqual(heard, ["one", "two"]);
  using _late = onAbort(signal, () => heard.push("late"));
  assert.deepEqual(heard, ["one", "two", "late"]);
});

Deno.test("a race that is over leaves nothing", async () => {
  const { controller, signal, listeners } = counted();
  assert.equal(await raceSignal(Promise.resolve(1), signal), 1);
  assert.equal(listeners.count, 0);
  const race = raceSignal(new Promise(() => {}), signal);
  controller.abort(new Error("stop"));
  await assert.rejects(race, /stop/);
  assert.equal(listeners.count, 0);
  await assert.rejects(raceSignal(Promise.resolve(1), signal), /stop/);
});
