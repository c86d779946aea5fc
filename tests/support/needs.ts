/**
 * Tests that need something of the machine that they run on: left out where it
 * is missing, saying so in their name; but in CI they fail, saying the same.
 * @module
 */
import assert from "node:assert/strict";

/** @param missing What is missing; null: nothing. */
export function testThatNeeds(
  missing: string | null,
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  const ignore = missing !== null && Deno.env.get("CI") !== "true";
  Deno.test({
    name: ignore ? `${name}: skipped, ${missing}` : name,
    ignore,
    fn: async (t) => {
      assert(missing === null, `${missing}, and in CI this test has to run`);
      await fn(t);
    },
  });
}
