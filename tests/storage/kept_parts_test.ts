/** Kept parts on a disk: they outlive their process, and only as far as proved. */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import {
  cleanParts,
  type Home,
  type PartClaim,
  PartStore,
  type ResumePoint,
} from "../../lib/storage/mod.ts";
import { at, namesOf, readText, text } from "./home_suite.ts";
import { type TempHome, tempHome, warmUp } from "./temp_home.ts";

const { clock, random } = systemRuntime();

const CLAIM: PartClaim = {
  owner: "alex",
  target: at("a"),
  transfer: "0123456789abcdef".repeat(2),
  identity: "the source",
};

function storeOf({ partFiles: files }: Home): PartStore {
  assert.ok(files !== null);
  return new PartStore({ files, clock, random, ttlMs: 3600_000, partsMax: 4 });
}

function pointOf(words: string): ResumePoint {
  const value = crc32(words).toString(16).padStart(8, "0");
  return { offset: words.length, checksum: `crc32:${value}` };
}

/** Marked at 5, written to 7, and left as by a kill. */
async function keep(home: Home): Promise<void> {
  const part = await storeOf(home).open(CLAIM, null);
  await part?.write(text("012"));
  await part?.mark(pointOf("012"));
  await part?.write(text("34"));
  await part?.mark(pointOf("01234"));
  await part?.write(text("xx"));
  await part?.keep();
}

/** What a new process does first. */
async function restarted(temp: TempHome): Promise<Home> {
  await cleanParts(temp.folder);
  return await temp.openOther(temp.folder);
}

for (const quick of [false, true]) {
  const kind = quick ? "quick" : "new";

  Deno.test(`a ${kind} disk: a part is gone on with after a restart`, async () => {
    await using temp = await tempHome();
    if (quick) await warmUp(temp.home);
    await keep(temp.home);
    assert.deepEqual(await namesOf(temp.home), []);
    assert.equal(temp.parts().length, 2); // the part, and its journal
    const home = await restarted(temp);
    if (quick) await warmUp(home);
    const store = storeOf(home);
    assert.deepEqual(await store.stateOf(CLAIM), {
      state: "part",
      ...pointOf("01234"),
    });
    const part = await store.open(CLAIM, pointOf("01234"));
    await part?.write(text("56789"));
    await part?.mark(pointOf("0123456789"));
    const { checksum } = pointOf("0123456789");
    const info = await part?.commit({ checksum });
    assert.equal(await readText(home, "a"), "0123456789");
    assert.equal(temp.parts().length, 1); // that it was published
    const again = storeOf(await restarted(temp));
    assert.deepEqual(await again.stateOf(CLAIM), {
      state: "complete",
      size: 10,
      checksum,
      version: info?.version,
    });
  });

  Deno.test(`a ${kind} disk: a part that is discarded leaves nothing`, async () => {
    await using temp = await tempHome();
    if (quick) await warmUp(temp.home);
    await keep(temp.home);
    const store = storeOf(temp.home);
    assert.equal(await store.discard("alex", [CLAIM.transfer]), 1);
    assert.deepEqual(temp.parts(), []);
    {
      await using part = await store.open(CLAIM, null);
      await part?.write(text("012"));
      await part?.mark(pointOf("012"));
    }
    assert.deepEqual(temp.parts(), []);
  });
}

Deno.test("a journal that was torn: its part goes on at the line before", async () => {
  await using temp = await tempHome();
  await keep(temp.home);
  const [journal = ""] = temp.parts().filter((name) => name.endsWith(".j"));
  const path = `${temp.folder}/.ftpd/${journal}`;
  const bytes = await Deno.readFile(path);
  await Deno.writeFile(path, bytes.subarray(0, -3));
  const store = storeOf(await restarted(temp));
  const part = await store.open(CLAIM, pointOf("012"));
  assert.equal(part?.bytesWritten, 3);
  await part?.write(text("34"));
  await part?.mark(pointOf("01234"));
  await part?.keep();
  const state = await storeOf(await restarted(temp)).stateOf(CLAIM);
  assert.deepEqual(state, { state: "part", ...pointOf("01234") });
});

Deno.test("a part that is shorter than its journal says is not gone on with", async () => {
  await using temp = await tempHome();
  await keep(temp.home);
  const [name = ""] = temp.parts().filter((name) => !name.endsWith(".j"));
  await Deno.truncate(`${temp.folder}/.ftpd/${name}`, 4);
  const store = storeOf(await restarted(temp));
  assert.equal(await store.open(CLAIM, pointOf("01234")), null);
  assert.deepEqual(temp.parts(), []);
  assert.deepEqual(await store.stateOf(CLAIM), { state: "none" });
});

Deno.test("a link in the place of a part is not followed", async () => {
  await using temp = await tempHome();
  await keep(temp.home);
  const outside = `${temp.around}/outside`;
  await Deno.writeTextFile(outside, "a secret from outside");
  for (const name of temp.parts()) {
    if (name.endsWith(".j")) continue;
    await Deno.remove(`${temp.folder}/.ftpd/${name}`);
    await Deno.symlink(outside, `${temp.folder}/.ftpd/${name}`);
  }
  const store = storeOf(await restarted(temp));
  assert.equal(await store.open(CLAIM, pointOf("01234")), null);
  assert.equal(await Deno.readTextFile(outside), "a secret from outside");
});
