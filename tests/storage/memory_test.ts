/** The home in memory does as it is told: it fails, is slow, hangs. */
import assert from "node:assert/strict";
import type { StorageCode } from "../../lib/storage/mod.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import type { Step } from "../../lib/storage/memory_faults.ts";
import {
  at,
  entriesOf,
  namesOf,
  readAll,
  readText,
  text,
} from "./home_suite.ts";

const runtime = systemRuntime();

async function homeWithFile(): Promise<MemoryHome> {
  const home = new MemoryHome(runtime);
  await home.putWhole(at("a"), text("old"));
  return home;
}

/** A call that comes by each step. */
const CALLS: Readonly<
  Record<Step, (home: MemoryHome, signal?: AbortSignal) => Promise<unknown>>
> = {
  stat: (home, signal) => home.stat(at("a"), signal),
  list: (home) => entriesOf(home),
  open: (home) => readAll(home, "a"),
  read: (home) => readAll(home, "a"),
  openPart: (home, signal) => put(home, signal),
  write: (home, signal) => put(home, signal),
  checkpoint: (home, signal) => put(home, signal),
  commit: (home, signal) => put(home, signal),
  remove: (home, signal) => home.remove(at("a"), signal),
  rename: (home, signal) => home.rename(at("a"), at("b"), signal),
  mkdir: (home, signal) => home.mkdir(at("d"), signal),
  symlink: (home, signal) => home.symlink("a", at("l"), signal),
  readLink: (home, signal) => readLinkOf(home, signal),
  setAttributes: (home, signal) =>
    home.setAttributes(at("a"), { mode: 0o600 }, signal),
  space: (home, signal) => home.space(signal),
};

async function readLinkOf(
  home: MemoryHome,
  signal?: AbortSignal,
): Promise<void> {
  await home.symlink("a", at("l"));
  try {
    await home.readLink(at("l"), signal);
  } finally {
    await home.remove(at("l"));
  }
}

async function put(home: MemoryHome, signal?: AbortSignal): Promise<void> {
  await using part = await home.openPart({ target: at("a") }, signal);
  await part.write(text("new"), signal);
  await part.checkpoint(signal);
  await part.commit(signal === undefined ? {} : { signal });
}

const CODES: readonly StorageCode[] = [
  "permission",
  "no_space",
  "failed",
  "changed",
];

for (const [step, call] of Object.entries(CALLS)) {
  Deno.test(`told to fail at ${step}, it does, and nothing has changed`, async () => {
    for (const code of CODES) {
      const home = await homeWithFile();
      {
        using _ = home.faults.add({ step: step as Step, code });
        await assert.rejects(call(home), { code });
      }
      assert.deepEqual(await namesOf(home), ["a"]);
      assert.equal(await readText(home, "a"), "old");
      assert.equal(home.open, 0);
      await call(home);
    }
  });
}

Deno.test("the nth write fails, and a part that failed cannot be committed", async () => {
  const home = await homeWithFile();
  home.faults.add({ step: "write", nth: 3, code: "no_space" });
  await using part = await home.openPart({ target: at("a") });
  await part.write(text("1"));
  await part.write(text("2"));
  await assert.rejects(part.write(text("3")), { code: "no_space" });
  await assert.rejects(part.commit(), { code: "no_space" });
  await part.discard();
  assert.equal(await readText(home, "a"), "old");
});

Deno.test("a slow step waits for whatever it is told to", async () => {
  const home = await homeWithFile();
  const waits: number[] = [];
  using _ = home.faults.add({
    step: "read",
    wait: () => runtime.timers.sleep(1).then(() => void waits.push(1)),
  });
  assert.equal(await readText(home, "a"), "old");
  assert.equal(waits.length, 2); // the bytes, and the end
});

Deno.test("a step hangs until it is released", async () => {
  const home = await homeWithFile();
  using hanging = home.faults.hang("commit");
  const putting = put(home);
  await hanging.reached;
  assert.equal(await readText(home, "a"), "old");
  hanging.release();
  await putting;
  assert.equal(await readText(home, "a"), "new");
});

for (const step of ["openPart", "write", "checkpoint", "commit"] as const) {
  Deno.test(`who hangs at ${step} is let go by the signal`, async () => {
    const home = await homeWithFile();
    using hanging = home.faults.hang(step);
    const stop = new AbortController();
    const putting = assert.rejects(put(home, stop.signal), { code: "aborted" });
    await hanging.reached;
    stop.abort();
    await putting;
    hanging.release();
    assert.equal(await readText(home, "a"), "old");
    assert.equal(home.open, 0);
  });
}

Deno.test("what does not fit is refused, and parts give their room back", async () => {
  const home = new MemoryHome({ clock: runtime.clock, bytesMax: 10 });
  await home.putWhole(at("a"), text("12345"));
  await assert.rejects(home.putWhole(at("b"), text("123456")), {
    code: "no_space",
  });
  await home.putWhole(at("b"), text("12345"));
  assert.deepEqual(await home.space(), { freeBytes: 0, totalBytes: 10 });
  await home.remove(at("b"));
  await home.putWhole(at("a"), text("1"));
  assert.deepEqual(await home.space(), { freeBytes: 9, totalBytes: 10 });
  assert.deepEqual(await namesOf(home), ["a"]);
});
