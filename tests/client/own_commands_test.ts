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

const LINES: readonly {
  readonly args: readonly string[];
  /** What sh is given. */
  readonly line?: string;
  readonly code?: number;
  readonly stderr?: RegExp;
}[] = [
  { args: ["!echo hi"], line: "echo hi" },
  { args: ["!echo", "hi"], line: "echo hi" },
  { args: ["!", "echo", "hi"], line: "echo hi" },
  { args: ["!a | b; c", "x  y", "*", "$z"], line: "a | b; c 'x  y' '*' '$z'" },
  { args: ["-s", "nowhere.invalid", "!ls", "-l", "-h"], line: "ls -l -h" },
  { args: ["!echo alex@h:in"], line: "echo alex@h:in" },
  { args: ["!exit 7"], line: "exit 7", code: 1, stderr: /it ended with 7/ },
  { args: ["!"], code: 2, stderr: /a command is missing/ },
];
for (const { args, line, code = 0, stderr = /^$/ } of LINES) {
  Deno.test(`ftpc ${args.join(" ")}: no server is asked for it`, async () => {
    const lines: string[] = [];
    const desk = new Desk({
      runCommand(line, { stdin, stdout }) {
        lines.push(line);
        assert.deepEqual([stdin, stdout], ["inherit", "stdout"]);
        return Promise.resolve(Number(/exit (\d)/.exec(line)?.[1] ?? 0));
      },
    });
    const ended = await desk.run(...args);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stderr, stderr);
    assert.deepEqual(lines, line === undefined ? [] : [line]);
  });
}

Deno.test("--dry-run says which command it would run", async () => {
  const runCommand = () => assert.fail("it was run");
  const desk = new Desk({ runCommand });
  const ended = await desk.run("--dry-run", "!rm", "a b");
  assert.deepEqual(ended, { code: 0, stdout: "!rm 'a b'\n", stderr: "" });
});
