/** Commands that need no server, by ftpc in this process. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { createOwnFiles } from "../../lib/client/local/own_files.ts";
import { createPermissions } from "../../lib/client/permissions.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { Desk } from "./desk.ts";

/** A folder for all that ftpc keeps, and one run of it after the other there. */
async function withFolder(
  use: (
    ftpc: (...args: string[]) => ReturnType<Desk["run"]>,
    kept: string,
  ) => Promise<void>,
): Promise<void> {
  const kept = await Deno.makeTempDir({ prefix: "ftpc-own-" });
  const ownFiles = createOwnFiles({
    ...{ os: "linux", system: Deno.permissions },
    permissions: createPermissions(Deno.permissions, false),
    random: systemRuntime().random,
    variable: (name) => name === "HOME" ? undefined : kept,
    uid: () => Deno.uid(),
  });
  try {
    await use((...args) => new Desk({ ownFiles }).run(...args), kept);
  } finally {
    await Deno.remove(kept, { recursive: true });
  }
}

Deno.test("--dry-run says what a bookmark would be, and leaves the file alone", async () => {
  await withFolder(async (ftpc, kept) => {
    const file = path.join(kept, "ftpc", "bookmarks.ini");
    const add = ["bookmark", "add", "work", "alex@h:in"];
    const wouldAdd = await ftpc("--dry-run", ...add);
    assert.equal(wouldAdd.stdout, "bookmark add work alex@h:in\n");
    assert.equal(wouldAdd.code, 0);
    await assert.rejects(Deno.stat(file), Deno.errors.NotFound);

    const added = await ftpc(...add);
    assert.deepEqual(added, { code: 0, stdout: "", stderr: "" });
    const text = await Deno.readTextFile(file);
    const wouldRemove = await ftpc("bookmark", "rm", "work", "--dry-run");
    assert.equal(wouldRemove.stdout, "bookmark rm work\n");
    const missing = await ftpc("--dry-run", "bookmark", "rm", "work", "none");
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /none: there is none/);
    const again = await ftpc("--dry-run", ...add);
    assert.match(again.stderr, /it is there already/);
    assert.equal(await Deno.readTextFile(file), text);
  });
});
