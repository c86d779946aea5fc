/**
 * The suite of homes on each kind: in memory, and on a disk that has not proved
 * quick yet, has, or syncs whatever is committed.
 */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import type { Home } from "../../lib/storage/mod.ts";
import { at, CASES } from "./home_suite.ts";
import { tempHome, warmUp } from "./temp_home.ts";

const runtime = systemRuntime();

interface Kind {
  readonly name: string;
  /** Run a case on a new home, and look at what it left. */
  readonly on: (run: (home: Home) => Promise<void>) => Promise<void>;
}

const onDisk =
  (durable: boolean, quick: boolean): Kind["on"] => async (run) => {
    await using temp = await tempHome({ durable });
    if (quick) await warmUp(temp.home);
    await run(temp.home);
    assert.deepEqual(temp.parts(), []);
  };

const KINDS: readonly Kind[] = [
  {
    name: "memory",
    async on(run) {
      const home = new MemoryHome(runtime);
      await run(home);
      assert.equal(home.open, 0);
    },
  },
  { name: "a new disk", on: onDisk(false, false) },
  { name: "a quick disk", on: onDisk(false, true) },
  { name: "a durable disk", on: onDisk(true, true) },
];

for (const kind of KINDS) {
  Deno.test(`home: ${kind.name}`, async (t) => {
    for (const { name, run } of CASES) {
      await t.step(name, () => kind.on(run));
    }
  });
}

Deno.test("a disk that is looked at often proves quick, and stays the same", async () => {
  await using temp = await tempHome();
  const before = await temp.home.stat(at("/"));
  await warmUp(temp.home);
  assert.deepEqual(await temp.home.stat(at("/")), before);
});
