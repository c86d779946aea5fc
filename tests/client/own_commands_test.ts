/** Commands that need no server, by ftpc in this process. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { createOwnFiles } from "../../lib/client/local/own_files.ts";
import { createPermissions } from "../../lib/client/permissions.ts";
import { PROGRAM_VERSION } from "../../lib/protocol/version.ts";
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

Deno.test("with --json stdout holds objects, whatever was asked", async () => {
  await withFolder(async (ftpc, kept) => {
    const folder = path.join(kept, "ftpc");
    await Deno.mkdir(folder, { mode: 0o700 });
    const keep = (name: string, text: string) =>
      Deno.writeTextFile(path.join(folder, name), text, { mode: 0o600 });
    await keep("history", "put a\nget b\nls -l\n");
    await keep(
      "bookmarks.ini",
      "[work]\nserver = h\nport = 1\nuser = alex\npath = in\n" +
        "[bare]\nserver = ::1\npassword_command = pass show it\n",
    );
    const bare = {
      ...{ event: "bookmark", name: "bare", server: "::1", port: null },
      ...{ user: null, path: null, password_command: "pass show it" },
    };
    const work = {
      ...{ event: "bookmark", name: "work", server: "h", port: 1 },
      ...{ user: "alex", path: "in", password_command: null },
    };
    const cases: readonly (readonly [string, ...unknown[]])[] = [
      ["lpwd", {
        ...{ event: "entry", name: Deno.cwd(), type: "dir", size: null },
        ...{ mtime: null, mode: null },
      }],
      ["history 2", { event: "history", number: 2, line: "get b" }, {
        ...{ event: "history", number: 3, line: "ls -l" },
      }],
      ["bookmark list", work, bare],
      ["bookmark show bare", bare],
      ["bookmark rm bare", {
        ...{ event: "item", command: "bookmark", status_code: null },
        ...{ result: "done", source: "bare", target: null, size: null },
        ...{ sent_bytes: null, resumed_from: null, checksum: null },
        ...{ seconds: null, reason: null, message: null },
      }],
      ["--version", { event: "version", version: PROGRAM_VERSION }],
    ];
    for (const [typed, ...events] of cases) {
      const words = typed.split(" ");
      const ended = await ftpc(...words, "--json");
      assert.equal(ended.stderr, "", typed);
      const [end, ...told] = objectsOf(ended.stdout).reverse();
      assert.equal(end?.["event"], "end", typed);
      assert.deepEqual(
        told.reverse(),
        events.map((event) => Object.assign({ v: 1 }, event)),
        typed,
      );
    }
    for (const typed of ["help", "help put", "put --help", "--help"]) {
      const words = typed.split(" ");
      const plain = await ftpc(...words);
      const ended = await ftpc(...words, "--json");
      const name = typed.includes("put") ? "put" : null;
      const [help, end] = objectsOf(ended.stdout);
      const { stdout: text } = plain;
      assert.deepEqual(help, { v: 1, event: "help", command: name, text });
      assert.equal(end?.["event"], "end");
    }
  });
});

function objectsOf(stdout: string): Record<string, unknown>[] {
  return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
}
