/** Signals, randomness and the clock of a real program. */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";

const { signals, random, clock, timers } = systemRuntime();

Deno.test({
  name: "a signal is heard until its listener is disposed of",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    // What nobody listens to any more does nothing: SIGWINCH is ignored.
    const heard: string[] = [];
    let next = Promise.withResolvers<void>();
    const first = signals.on("SIGWINCH", () => heard.push("first"));
    using _second = signals.on("SIGWINCH", () => {
      heard.push("second");
      next.resolve();
    });
    using _alive = timers.after(30_000, () => next.reject(new Error("deaf")));
    Deno.kill(Deno.pid, "SIGWINCH");
    await next.promise;
    assert.deepEqual(heard.sort(), ["first", "second"]);
    first[Symbol.dispose]();
    next = Promise.withResolvers();
    Deno.kill(Deno.pid, "SIGWINCH");
    await next.promise;
    assert.deepEqual(heard.sort(), ["first", "second", "second"]);
  },
});

Deno.test("random bytes are as many as asked for, and others each time", () => {
  assert.equal(random.bytes(0).length, 0);
  const drawn = new Set(
    Array.from({ length: 100 }, () => random.bytes(16).toHex()),
  );
  assert.equal(drawn.size, 100);
});

Deno.test("the clock rises, whatever the time of day does", async () => {
  const before = clock.monotonicMs();
  await timers.sleep(2);
  assert(clock.monotonicMs() > before);
  assert(Math.abs(clock.date().getTime() - Date.now()) < 60_000);
});
