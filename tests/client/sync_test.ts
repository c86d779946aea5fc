/** sync, there and back, on the real server: what it makes of two trees. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, type Ftpd, makeSite, startFtpd } from "../programs.ts";
import { startLiar } from "../liars/liar.ts";
import { Desk, type Ended } from "./desk.ts";
import { makeTree, treeLines } from "./file_tree.ts";

interface Case {
  readonly name: string;
  readonly source: readonly string[] | null;
  /** Null: it is not there. */
  readonly target: readonly string[] | null;
  readonly flags?: readonly string[];
  /** What the target is to be then; null: what it was. */
  readonly gives: readonly string[] | null;
  readonly code?: number;
  readonly says?: RegExp;
}

const MANY = Array.from({ length: 6 }, (_, at) => `old${at}=x@1`);

const CASES: readonly Case[] = [
  {
    name: "into what is not there",
    source: ["a=1@1", "b/c=2@2", "e/"],
    target: null,
    gives: ["a=1@1", "b/", "b/c=2@2", "e/"],
  },
  {
    name: "what only the target has stays",
    source: ["a=1@1"],
    target: ["a=0@1", "z=9@3", "y/x=1@1"],
    gives: ["a=0@1", "y/", "y/x=1@1", "z=9@3"],
  },
  {
    name: "the same size, another time: sent again, older or newer",
    source: ["a=1@1", "b=1@9"],
    target: ["a=2@5", "b=2@5"],
    gives: ["a=1@1", "b=1@9"],
  },
  {
    name: "--checksum: what is the same only gets its time",
    source: ["a=1@1", "b=1@9"],
    target: ["a=1@5", "b=2@5"],
    flags: ["--checksum", "-v"],
    gives: ["a=1@1", "b=1@9"],
    says: /a: unchanged/,
  },
  {
    name: "--delete: files, folders with all in them, links",
    source: ["a=1@1", "d/k=1@1"],
    target: ["a=1@1", "d/z=1@1", "o/p/q=1@1", "o/r=2@2", "l>a"],
    flags: ["--delete"],
    gives: ["a=1@1", "d/", "d/k=1@1"],
  },
  {
    name: "--delete: a file in a folder's place, a folder in a file's",
    source: ["a/b=1@1", "c=2@2"],
    target: ["a=1@1", "c/d/e=1@1"],
    flags: ["--delete"],
    gives: ["a/", "a/b=1@1", "c=2@2"],
  },
  {
    name: "without --delete these stay, and are told",
    source: ["a/b=1@1", "c=2@2", "d=3@3"],
    target: ["a=1@1", "c/d/e=1@1"],
    gives: ["a=1@1", "c/", "c/d/", "c/d/e=1@1", "d=3@3"],
    code: 1,
    says: /a: a file is in the place[^]*c: a folder is in its place/,
  },
  {
    name: "--delete leaves what is excluded, and what holds it",
    source: ["a=1@1", "x.log=1@1"],
    target: ["b/c.log=1@1", "b/d=1@1", "x.log=2@2"],
    flags: ["--delete", "--exclude", "*.log"],
    gives: ["a=1@1", "b/", "b/c.log=1@1", "x.log=2@2"],
  },
  {
    name: "an --include before an --exclude",
    source: ["a.log=1@1", "b.log=1@1"],
    target: [],
    flags: ["--include", "a.log", "--exclude", "*.log"],
    gives: ["a.log=1@1"],
  },
  {
    name: "--max-delete, one fewer than there are",
    source: ["a=1@1"],
    target: MANY,
    flags: ["--delete", "--max-delete", "5"],
    gives: ["a=1@1", ...MANY],
    code: 1,
    says: /6 to delete are more than --max-delete/,
  },
  {
    name: "--max-delete, just as many",
    source: ["a=1@1"],
    target: MANY,
    flags: ["--delete", "--max-delete", "6"],
    gives: ["a=1@1"],
  },
  {
    name: "--max-delete 0",
    source: ["a=1@1"],
    target: ["b=1@1"],
    flags: ["--delete", "--max-delete", "0"],
    gives: ["a=1@1", "b=1@1"],
    code: 1,
    says: /1 to delete/,
  },
  {
    name: "--delete of an empty source",
    source: [],
    target: ["b=1@1"],
    flags: ["--delete"],
    gives: null,
    code: 1,
    says: /the source is empty \(1 to delete\).*--force/,
  },
  {
    name: "--delete --force of an empty source",
    source: [],
    target: ["b=1@1", "c/d=1@1"],
    flags: ["--delete", "--force"],
    gives: [],
  },
  {
    name: "--delete of a missing source",
    source: null,
    target: ["b=1@1"],
    flags: ["--delete"],
    gives: null,
    code: 1,
    says: /no such file or folder/,
  },
  {
    name: "--delete --force of a missing source",
    source: null,
    target: ["b=1@1", "c/d=1@1"],
    flags: ["--delete", "--force"],
    gives: [],
  },
  {
    name: "--force alone of a missing source",
    source: null,
    target: ["b=1@1"],
    flags: ["--force"],
    gives: null,
    code: 1,
    says: /no such file or folder/,
  },
  {
    name: "neither is there",
    source: null,
    target: null,
    flags: ["--delete", "--force"],
    gives: ["none"],
    code: 1,
    says: /no such file or folder/,
  },
  {
    name: "--links, new, another and the same",
    source: ["f=1@1", "a>f", "b>d/g", "c>f", "d/g=1@1", "d/u>../f"],
    target: ["f=1@1", "b>f", "c>f", "a=x@1"],
    flags: ["--links"],
    gives: ["a>f", "b>d/g", "c>f", "d/", "d/g=1@1", "d/u>../f", "f=1@1"],
  },
  {
    name: "a link followed, in the place of a link",
    source: ["f=1@1", "a>f"],
    target: ["g=2@2", "a>g"],
    gives: ["a=1@1", "f=1@1", "g=2@2"],
  },
  {
    name:
      "a link that leaves the tree: the rest is sent, nothing of it deleted",
    source: ["a=1@1", "l>../../x"],
    target: ["l=old@1", "z=1@1"],
    flags: ["--delete"],
    gives: ["a=1@1", "l=old@1"],
    code: 1,
    says: /l: a link that lea(?:ves the tree|ds nowhere)/,
  },
  {
    name: "a folder that is a link in the target is not written through",
    source: ["a/b=1@1"],
    target: ["other/b=old@1", "a>other"],
    gives: null,
    code: 1,
    says: /a: a file is in the place/,
  },
  {
    name: "with --delete the link goes, and what it led to stays as it was",
    source: ["a/b=1@1", "other/b=old@1"],
    target: ["other/b=old@1", "a>other"],
    flags: ["--delete"],
    gives: ["a/", "a/b=1@1", "other/", "other/b=old@1"],
  },
];

const ROUNDS = [
  { name: "to the server", from: false },
  { name: "from the server", from: true },
];

async function sync(
  ftpd: Ftpd,
  cwd: string,
  from: boolean,
  [source, target]: readonly [string, string],
  flags: readonly string[],
  before: readonly string[] = [],
): Promise<Ended> {
  const local = (name: string) => path.join(cwd, name);
  return await new Desk().run(
    ...asAlex(ftpd),
    ...before,
    "sync",
    ...(from ? ["--from"] : []),
    ...flags,
    ...(from ? [source, local(target)] : [local(source), target]),
  );
}

Deno.test("sync makes the target what the source is", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.folder, "home", "alex");
  let at = 0;
  for (const { name: way, from } of ROUNDS) {
    for (const { name, source, target, flags = [], ...then } of CASES) {
      await t.step(`${way}: ${name}`, async () => {
        const names = [`a${++at}`, `b${at}`] as const;
        const here = path.join(site.folder, "local");
        const [sourceRoot, targetRoot] = [
          path.join(from ? home : here, names[0]),
          path.join(from ? here : home, names[1]),
        ];
        Deno.mkdirSync(here, { recursive: true });
        if (source !== null) makeTree(sourceRoot, source);
        if (target !== null) makeTree(targetRoot, target);
        const before = treeLines(targetRoot);
        const shown = await sync(
          ...[ftpd, here, from, names] as const,
          [...flags, "--dry-run"],
        );
        assert.deepEqual(treeLines(targetRoot), before, "a dry run");
        const ran = await sync(ftpd, here, from, names, flags);
        assert.deepEqual(
          treeLines(targetRoot),
          then.gives === null ? before : [...then.gives].sort(),
          ran.stderr,
        );
        assert.equal(ran.code, then.code ?? 0, ran.stderr);
        assert.match(
          ran.stderr,
          then.says ?? /^(?:ftpc: [^]*)?\d+ files?\b[^\n]*\n$/,
        );
        assert.equal(shown.code, ran.code, shown.stderr);
        if (ran.code !== 0) return;
        const again = await sync(
          ...[ftpd, here, from, names, [...flags, "--force"]] as const,
          ["--json"],
        );
        const last = again.stdout.trim().split("\n").map((line) =>
          JSON.parse(line)
        );
        assert.deepEqual(
          last.filter(({ result }) => result !== "skipped").map((
            { event, sent_bytes },
          ) => ({ event, sent_bytes })),
          [{ event: "end", sent_bytes: 0 }],
          "the second time there is nothing to do",
        );
      });
    }
  }
});

Deno.test("what .ftpcignore names is neither sent nor deleted, however far the walks are", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.folder, "home", "alex");
  const here = path.join(site.folder, "local");
  // Pages of walks are 256 entries and more: the last folder's rules come late.
  const many = Array.from({ length: 600 }, (_, at) => `m/f${at}=x@1`);
  const rules = [".ftpcignore=*.tmp\n@1", "z/.ftpcignore=*.log\nsecret/\n@1"];
  makeTree(path.join(here, "a"), [...many, ...rules, "z/k=1@1", "z/n.log=1@1"]);
  const kept = ["z/old.log=1@1", "z/secret/s=1@1", "z/x.tmp=1@1"];
  makeTree(path.join(home, "b"), [...kept, "z/gone=1@1"]);
  const there = await sync(ftpd, here, false, ["a", "b"], ["--delete"]);
  assert.equal(there.code, 0, there.stderr);
  const both = [...many, "m/", "z/", "z/k=1@1", ...kept, "z/secret/"].sort();
  assert.deepEqual(treeLines(path.join(home, "b")), both);
  // And back: what is ignored here is not deleted here.
  makeTree(path.join(here, "c"), [...rules, "z/mine.log=1@1", "z/gone=1@1"]);
  makeTree(path.join(home, "d"), ["z/k=1@1"]);
  const back = await sync(ftpd, here, true, ["d", "c"], ["--delete"]);
  assert.equal(back.code, 0, back.stderr);
  assert.deepEqual(
    treeLines(path.join(here, "c")),
    [...rules, "z/", "z/k=1@1", "z/mine.log=1@1"].sort(),
  );
});

Deno.test("sync's items and its sum, as JSON; deletions are items, too", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const here = path.join(site.folder, "local");
  makeTree(path.join(here, "a"), ["n=12@1", "s=1@1"]);
  const there = path.join(site.folder, "home", "alex", "b");
  makeTree(there, ["s=1@1", "o/p=1@1"]);
  const { stdout, code } = await sync(
    ...[ftpd, here, false, ["a", "b"], ["--delete"]] as const,
    ["--json"],
  );
  assert.equal(code, 0);
  const events = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(
    events.map(({ event, command, result, target, reason }) =>
      event === "item" ? [command, result, target, reason] : event
    ).toSorted(),
    [
      "end",
      ["sync", "done", "b/n", null],
      ["sync", "done", "b/o", null],
      ["sync", "done", "b/o/p", null],
      ["sync", "skipped", "b/s", "unchanged"],
    ],
  );
  const { done, skipped, failed, sent_bytes, exit_code } = events.at(-1);
  assert.deepEqual(
    { done, skipped, failed, sent_bytes, exit_code },
    { done: 3, skipped: 1, failed: 0, sent_bytes: 2, exit_code: 0 },
  );
});

Deno.test("nothing is deleted where something could not be sent", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args, "--max-upload", "10");
  const here = path.join(site.folder, "local");
  const home = path.join(site.folder, "home", "alex");
  makeTree(path.join(here, "a"), ["big=01234567890@1", "z=1@1"]);
  makeTree(path.join(home, "b"), ["old=1@1"]);
  const { code, stderr } = await sync(
    ...[ftpd, here, false, ["a", "b"], ["--delete"]] as const,
  );
  assert.equal(code, 1, stderr);
  assert.match(stderr, /nothing deleted: not all could be read and sent/);
  assert.deepEqual(treeLines(path.join(home, "b")), ["old=1@1", "z=1@1"]);
});

Deno.test("--max-delete off has no limit; without it there is one", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const here = path.join(site.folder, "local");
  makeTree(path.join(site.folder, "home", "alex", "a"), ["z=1@1"]);
  const old = Array.from({ length: 1001 }, (_, at) => `old${at}=x@1`);
  makeTree(path.join(here, "b"), old);
  const names = ["a", "b"] as const;
  const kept = await sync(ftpd, here, true, names, ["--delete"]);
  assert.equal(kept.code, 1, kept.stderr);
  assert.match(kept.stderr, /1001 to delete are more than --max-delete/);
  assert.deepEqual(treeLines(path.join(here, "b")), [...old, "z=1@1"].sort());
  const off = ["--delete", "--max-delete", "off"];
  const gone = await sync(ftpd, here, true, names, off);
  assert.equal(gone.code, 0, gone.stderr);
  assert.deepEqual(treeLines(path.join(here, "b")), ["z=1@1"]);
});

Deno.test("--checksum in a dry run: nobody has compared yet", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const here = path.join(site.folder, "local");
  makeTree(path.join(here, "a"), ["new=1@1", "other=1@1", "same=1@1"]);
  makeTree(path.join(site.folder, "home", "alex", "b"), [
    ...["other=1@2", "same=1@1"],
  ]);
  const flags = ["--checksum", "--dry-run"];
  const shown = await sync(ftpd, here, false, ["a", "b"], flags);
  assert.equal(shown.code, 0, shown.stderr);
  const [first = "", second = "", ...more] = shown.stdout.split("\n");
  assert.match(first, /a\/new -> b\/new$/);
  assert.match(second, /a\/other -> b\/other, unless they are the same$/);
  assert.deepEqual(more, [""]);
});

Deno.test("--checksum where the server has none: told once, and nothing is sent", async () => {
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    while (true) {
      const { id, action } = await victim.request();
      asked.push(action);
      await victim.send({ id, status_code: 200 });
    }
  });
  for (const flags of [["--checksum"], ["--checksum", "--dry-run"]]) {
    const words = ["sync", "--from", ...flags, "a", "b"];
    const { code, stderr } = await new Desk().run(...asAlex(liar), ...words);
    assert.equal(code, 1);
    assert.match(stderr, /^ftpc: sync --checksum: this server cannot do that/);
  }
  assert.deepEqual(asked, ["quit", "quit"]);
});
