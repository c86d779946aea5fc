/** Which test files share a process, and what is read of what they said. */
import assert from "node:assert/strict";
import { countsIn, shared } from "../../.ci/tests.ts";

Deno.test("who starts programs has a process alone, the others share some", () => {
  const small = Array.from({ length: 7 }, (_, at) => `tests/a/${at}_test.ts`);
  const alone = ["tests/e2e/a_test.ts", "tests/hostile/floods_test.ts"];
  const processes = shared(
    [...small, ...alone],
    (file) => alone.includes(file),
  );
  assert.deepEqual(processes, [
    ["tests/hostile/floods_test.ts"],
    ["tests/e2e/a_test.ts"],
    small.slice(0, 6),
    small.slice(6),
  ]);
  assert.deepEqual(shared([], () => true), []);
});

const SAID: readonly { said: string; counts: ReturnType<typeof countsIn> }[] = [
  {
    said: "a ... ok (1ms)\n\nok | 12 passed (3 steps) | 0 failed (1s)\n",
    counts: { passed: 12, failed: 0 },
  },
  {
    said: "\nFAILED | 3 passed | 2 failed (1 step) | 1 ignored (9s)\n\n",
    counts: { passed: 3, failed: 2 },
  },
  {
    said: "ok | 1 passed | 0 failed\nok | 2 passed | 0 failed (5ms)\n",
    counts: { passed: 2, failed: 0 },
  },
  { said: "a ... Segmentation fault\n", counts: null },
  { said: "", counts: null },
];

Deno.test("how many passed and failed is what the last line says", () => {
  for (const { said, counts } of SAID) assert.deepEqual(countsIn(said), counts);
});
