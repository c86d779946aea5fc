/** A line holds its delay and its rate, whoever shares it; without a network. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { Line } from "../support/relay/mod.ts";

const CASES = [
  {
    name: "a delay alone holds everything as long",
    shape: { delayMs: 20, bytesPerSecond: null },
    enters: [[1000, 0, 20], [1e9, 0, 20], [1, 7, 27]],
  },
  {
    name: "a rate alone lets the last byte out when its time is over",
    shape: { delayMs: 0, bytesPerSecond: 1000 },
    enters: [[10, 0, 10], [10, 0, 20], [5, 100, 105]],
  },
  {
    name: "both add up",
    shape: { delayMs: 20, bytesPerSecond: 1000 },
    enters: [[10, 0, 30], [10, 5, 40], [0, 5, 40]],
  },
  {
    name: "what was there while the line was busy follows without a gap",
    shape: { delayMs: 0, bytesPerSecond: 1000 },
    enters: [[10, 0, 10], [10, -20, 20], [10, 35, 45], [10, 25, 55]],
  },
] as const;
for (const { name, shape, enters } of CASES) {
  Deno.test(`Line: ${name}`, () => {
    const line = new Line(shape);
    for (const [bytes, nowMs, outMs] of enters) {
      assert.equal(line.enter(bytes, nowMs), outMs);
    }
  });
}

Deno.test("Line: nothing overtakes, and the rate is never exceeded", () => {
  const enter = fc.record({
    bytes: fc.nat(100_000),
    laterMs: fc.nat(50),
  });
  fc.assert(fc.property(fc.array(enter), (enters) => {
    const line = new Line({ delayMs: 20, bytesPerSecond: 1_000_000 });
    let now = 0;
    let last = 0;
    let sum = 0;
    for (const { bytes, laterMs } of enters) {
      now += laterMs;
      const out = line.enter(bytes, now);
      sum += bytes;
      assert(out >= last);
      assert(out >= now + 20);
      assert(out - 20 >= sum / 1000 - 1e-6);
      assert(Math.abs(line.backlogMs(now) - (out - 20 - now)) < 1e-6);
      last = out;
    }
  }));
});
