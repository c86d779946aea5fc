/**
 * `durable`: what is synced, and when. No test can cut the power; so the calls
 * that ask the system to sync are watched, at the moment that they are made.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { at, text } from "./home_suite.ts";
import { tempHome, warmUp } from "./temp_home.ts";

/** What was synced, and what stood under the target's name just then. */
type Synced = readonly ["file" | "folder", string];

/** Watch the system's calls until disposed. */
function watchSyncs(target: string): Disposable & { readonly all: Synced[] } {
  const fsync = fs.fsync;
  const all: Synced[] = [];
  fs.fsync = ((file: number, done: (error: Error | null) => void) => {
    const what = fs.fstatSync(file).isDirectory() ? "folder" : "file";
    all.push([what, Deno.readTextFileSync(target)]);
    fsync(file, done);
  }) as typeof fs.fsync;
  return { all, [Symbol.dispose]: () => void (fs.fsync = fsync) };
}

const PUTS = ["openPart", "putWhole"] as const;

for (const quick of [false, true]) {
  const disk = quick ? "a quick disk" : "a disk not known to be quick";
  for (const durable of [true, false]) {
    for (const put of PUTS) {
      const what = durable ? "file, rename, folder" : "nothing";
      Deno.test(`${put} on ${disk}, durable ${durable}: syncs ${what}`, async () => {
        await using temp = await tempHome({ durable });
        const { home, folder } = temp;
        if (quick) await warmUp(home);
        await Deno.mkdir(`${folder}/sub`);
        await Deno.writeTextFile(`${folder}/sub/a`, "earlier");
        using synced = watchSyncs(`${folder}/sub/a`);
        const target = at("sub/a");
        if (put === "putWhole") await home.putWhole(target, text("later"));
        else {
          await using part = await home.openPart({ target });
          await part.write(text("later"));
          await part.commit();
        }
        assert.deepEqual(
          synced.all,
          durable ? [["file", "earlier"], ["folder", "later"]] : [],
        );
        assert.equal(home.capabilities.durable, durable);
      });
    }
  }
}
