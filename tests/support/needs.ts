/**
 * Tests that need something of the machine that they run on: left out where it
 * is missing, saying so in their name. In CI a program that could have been
 * installed is missing by a mistake: there they fail. What the kernel does not
 * give (mounts in a container, FUSE) nobody can install.
 * @module
 */
import assert from "node:assert/strict";

/** @param missing The program that is missing; null: none. */
export function testThatNeeds(
  missing: string | null,
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  if (missing === null || Deno.env.get("CI") !== "true") {
    return testWhereOneCan(missing, name, fn);
  }
  Deno.test(name, () => {
    assert.fail(`${missing}, and in CI this test has to run`);
  });
}

/** @param cannot Why not on this machine; null: one can. */
export function testWhereOneCan(
  cannot: string | null,
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  Deno.test({
    name: cannot === null ? name : `${name}: skipped, ${cannot}`,
    ignore: cannot !== null,
    fn,
  });
}
