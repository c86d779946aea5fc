/** An opening that is given up leaves no file open once the disk is back. */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { openReader } from "../../lib/storage/local_reader.ts";
import { Pace } from "../../lib/storage/pace.ts";
import { Root } from "../../lib/storage/root.ts";
import { at, text } from "./home_suite.ts";
import { tempHome } from "./temp_home.ts";

Deno.test({
  name: "a read given up while its file is being opened closes it",
  ignore: Deno.build.os !== "linux", // /proc tells what is open
  fn: async () => {
    await using temp = await tempHome();
    await temp.home.putWhole(at("a"), text("x"));
    const pace = new Pace(systemRuntime().clock);
    const root = new Root(temp.folder);
    const stop = new AbortController();
    const { signal } = stop;
    assert(!pace.quick, "the opening is one that is waited for");
    const opening = openReader(root, at("a"), { signal }, pace);
    stop.abort();
    await assert.rejects(opening, { code: "aborted" });
    // Only once what was given up is back the disk counts as quick.
    while (!pace.quick) await pace.wait(() => Deno.stat(temp.folder));
    assert.deepEqual(openNames(`${temp.folder}/a`), []);
  },
});

/** What of `path` this process has open. */
function openNames(path: string): string[] {
  const open: string[] = [];
  for (const { name } of Deno.readDirSync("/proc/self/fd")) {
    try {
      const leads = Deno.readLinkSync(`/proc/self/fd/${name}`);
      if (leads === path) open.push(leads);
    } catch {
      // The number by which the folder itself was read.
    }
  }
  return open;
}
