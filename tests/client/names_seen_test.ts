/** Names of one folder: each is told apart from all others, once. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { NamesSeen } from "../../lib/client/session/names_seen.ts";

Deno.test("a name is new once, whatever came between", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ unit: "binary" })),
    fc.integer(),
    (names, seed) => {
      const seen = new NamesSeen(seed);
      const before = new Set<string>();
      for (const name of names) {
        assert.equal(seen.add(name), !before.has(name));
        before.add(name);
      }
    },
  ));
});

Deno.test("names that differ in one place only are told apart, by the 100,000", () => {
  const seen = new NamesSeen(1);
  const name = (n: number) => `IMG_${String(n).padStart(6, "0")}.jpg`;
  for (let n = 0; n < 100_000; n++) assert(seen.add(name(n)), name(n));
  for (let n = 0; n < 100_000; n += 1000) assert(!seen.add(name(n)), name(n));
  assert(seen.add("IMG_000000.jp"));
});
