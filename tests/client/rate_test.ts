/** Rates as they are told. */
import assert from "node:assert/strict";
import { formatRate } from "../../lib/client/grammar/rate.ts";

for (
  const [rate, told] of [
    [5 * 1024 * 1024, "5,242,880 bytes/s (41.9 Mbit/s)"],
    [5_000_000, "5,000,000 bytes/s (40 Mbit/s)"],
    [2048, "2,048 bytes/s (0.0164 Mbit/s)"],
    [125_000_000, "125,000,000 bytes/s (1000 Mbit/s)"],
  ] as const
) {
  Deno.test(`formatRate(${rate})`, () => assert.equal(formatRate(rate), told));
}
