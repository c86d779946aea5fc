/**
 * The suite of homes on each kind: in memory, and on a disk that has not proved
 * quick yet, has, or syncs whatever is committed.
 */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import {
  MemoryHome,
  type MemoryHomeOptions,
} from "../../lib/storage/memory.ts";
import type { Home } from "../../lib/storage/mod.ts";
import { MORE_CASES } from "./home_more_suite.ts";
import { at, CASES, namesOf, readText, text } from "./home_suite.ts";
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

const inMemory =
  (options: Partial<MemoryHomeOptions>): Kind["on"] => async (run) => {
    const home = new MemoryHome({ clock: runtime.clock, ...options });
    await run(home);
    assert.equal(home.open, 0);
  };

const KINDS: readonly Kind[] = [
  { name: "memory", on: inMemory({}) },
  {
    name: "memory without links and modes",
    on: inMemory({ links: false, modes: false }),
  },
  { name: "memory that folds names", on: inMemory({ foldsNames: true }) },
  { name: "a new disk", on: onDisk(false, false) },
  { name: "a quick disk", on: onDisk(false, true) },
  { name: "a durable disk", on: onDisk(true, true) },
];

for (const kind of KINDS) {
  Deno.test(`home: ${kind.name}`, async (t) => {
    for (const { name, run } of [...CASES, ...MORE_CASES]) {
      await t.step(name, () => kind.on(run));
    }
  });
}

Deno.test("a home that folds names keeps the one that was first", async () => {
  const { clock } = runtime;
  const home = new MemoryHome({ clock, foldsNames: true });
  const nfc = "\u00e9";
  const nfd = "e\u0301";
  await home.putWhole(at(`A-${nfc}`), text("first"));
  await home.putWhole(at(`a-${nfd}`), text("second"));
  assert.deepEqual(await namesOf(home), [`A-${nfc}`]);
  assert.equal(await readText(home, `a-${nfc}`), "second");
  await assert.rejects(home.mkdir(at(`A-${nfd}`)), { code: "exists" });
  // A rename is how a name gets another form.
  await home.rename(at(`A-${nfc}`), at(`a-${nfc}`));
  assert.deepEqual(await namesOf(home), [`a-${nfc}`]);
});

Deno.test("a disk that is looked at often proves quick, and stays the same", async () => {
  await using temp = await tempHome();
  const before = await temp.home.stat(at("/"));
  await warmUp(temp.home);
  assert.deepEqual(await temp.home.stat(at("/")), before);
});
