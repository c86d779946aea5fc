/** Tab: what fits, and how it is put into the line. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { splitWords } from "../../lib/client/grammar/words.ts";
import { Completer } from "../../lib/client/shell/completer.ts";
import {
  type Completed,
  type NameFound,
  namesFitting,
} from "../../lib/client/shell/completion.ts";
import { HandClock } from "../support/hand_clock.ts";

const COMMANDS: readonly Completed[] = [
  {
    names: ["put"],
    operands: [
      { kind: "local", count: "some" },
      { kind: "remote", count: "optional" },
    ],
    flags: [
      { long: "to", value: "DIR", completes: "remote_folder" },
      { long: "checksum", value: "TYPE", completes: ["crc32", "sha256"] },
      { short: "r", long: "recursive" },
      { long: "later" },
    ],
    lacks: ["--later"],
  },
  {
    names: ["get"],
    operands: [
      { kind: "remote", count: "some" },
      { kind: "local", count: "optional" },
    ],
    flags: [{ short: "n", value: "COUNT" }],
    lacks: [],
  },
  {
    names: ["cd"],
    operands: [{ kind: "remote_folder", count: "optional" }],
    flags: [],
    lacks: [],
  },
  {
    names: ["chmod"],
    operands: [
      { kind: "word", count: "one" },
      { kind: "remote", count: "some" },
    ],
    flags: [],
    lacks: [],
  },
  {
    names: ["help", "history"],
    operands: [{ kind: "command", count: "optional" }],
    flags: [],
    lacks: [],
  },
];
const LOCAL: Record<string, NameFound[]> = {
  "": names("local.txt", "other", "dir/", ".hidden", "a b", "it's", "-x"),
  "dir/": names("deep", "deeper", "文件.txt", "文书"),
};
const REMOTE: Record<string, NameFound[]> = {
  "": names("remote.txt", "report", "box/", "$home", "two words.txt"),
  "box/": names("inner/", "in\nvalid"),
};

function names(...list: string[]): NameFound[] {
  return list.map((name) => ({
    name: name.replace(/\/$/, ""),
    isFolder: name.endsWith("/"),
  }));
}

function completer(clock = new HandClock()): Completer {
  return new Completer({
    runtime: { timers: clock },
    commands: COMMANDS,
    local(folder) {
      const found = LOCAL[folder];
      if (found === undefined) throw new Error("no such folder");
      return found;
    },
    async *remote(folder) {
      const found = REMOTE[folder];
      if (found === undefined) throw new Error("no such folder");
      yield await Promise.resolve(found);
    },
  });
}

/** `|` is the cursor. */
const TABS: readonly [before: string, after: string, listed?: string[]][] = [
  ["|", "|", ["cd", "chmod", "get", "help", "history", "put"]],
  ["p|", "put |"],
  ["c|", "c|", ["cd", "chmod"]],
  ["he|", "help |"],
  ["x|", "x|", []],
  ["put l|", "put local.txt |"],
  ["put l| more", "put local.txt | more"],
  ["put d|", "put dir/|"],
  ["put dir/|", "put dir/|", ["deep", "deeper", "文书", "文件.txt"]],
  ["put dir/d|", "put dir/deep|", ["deep", "deeper"]],
  ["put dir/文|", "put dir/文|", ["文书", "文件.txt"]],
  ["put dir/文件|", "put dir/文件.txt |"],
  ["put .|", "put .hidden |"],
  ["put a|", "put a\\ b |"],
  ["put 'a|", "put 'a b' |"],
  ['put "a|', 'put "a b" |'],
  ["put a\\ |", "put a\\ b |"],
  ["put i|", "put it\\'s |"],
  ["put 'i|", "put 'it'\\''s' |"],
  ['put "i|', 'put "it\'s" |'],
  ["put 'di|", "put 'dir/|"],
  ["put no/such/|", "put no/such/|", []],
  ["put local.txt r|", "put local.txt re|", ["remote.txt", "report"]],
  ["put local.txt o|", "put local.txt other |"],
  ["put local.txt rem|", "put local.txt remote.txt |"],
  ["get r|", "get re|", ["remote.txt", "report"]],
  ["get l|", "get l|", []],
  ["get x l|", "get x local.txt |"],
  ["get $|", "get \\$home |"],
  ['get "$|', 'get "\\$home" |'],
  ["get t|", "get two\\ words.txt |"],
  ["get box/|", "get box/inner/|"],
  ["cd |", "cd box/|"],
  ["cd r|", "cd r|", []],
  ["cd box x|", "cd box x|", []],
  ["chmod 6|", "chmod 6|", []],
  ["chmod 644 rep|", "chmod 644 report |"],
  ["help g|", "help get |"],
  ["put -|", "put -|", ["--checksum", "--help", "--recursive", "--to", "-r"]],
  ["put --t|", "put --to |"],
  ["put --re|", "put --recursive |"],
  ["put --|", "put --|", ["--checksum", "--help", "--recursive", "--to"]],
  ["put --l|", "put --l|", []],
  ["put --to |", "put --to box/|"],
  ["put --to=b|", "put --to=box/|"],
  ["put --checksum s|", "put --checksum sha256 |"],
  ["put --checksum=c|", "put --checksum=crc32 |"],
  ["put --to box l|", "put --to box local.txt |"],
  ["put -r l|", "put -r local.txt |"],
  ["put -- -|", "put -- -x |"],
  ["get -n 5 r|", "get -n 5 re|", ["remote.txt", "report"]],
  ["get -n 5|", "get -n 5|", []],
  ["!ls l|", "!ls l|", []],
  ["# p|", "# p|", []],
  ["frobnicate l|", "frobnicate l|", []],
];
for (const [before, after, listed] of TABS) {
  Deno.test(`Tab at ${before}`, async () => {
    const cursor = before.indexOf("|");
    const line = before.replace("|", "");
    const { start, insert, candidates } = await completer()
      .complete(line, cursor);
    const done = `${line.slice(0, start)}${insert}|${line.slice(cursor)}`;
    assert.equal(done, after);
    if (listed !== undefined) assert.deepEqual(candidates, listed);
  });
}

Deno.test("what Tab puts in is read back as the name that it is", async () => {
  const anyName = fc.string({ unit: "grapheme", minLength: 1 }).filter((name) =>
    !/\p{Cc}|\//u.test(name) && !/^[-.!#]/.test(name)
  );
  const anyQuote = fc.constantFrom("", "'", '"');
  await fc.assert(fc.asyncProperty(anyName, anyQuote, async (name, quote) => {
    const tab = new Completer({
      runtime: { timers: new HandClock() },
      commands: COMMANDS,
      local: () => [{ name, isFolder: false }],
      remote: () => {
        throw new Error("nobody asked");
      },
    });
    const line = `put ${quote}`;
    const { start, insert } = await tab.complete(line, line.length);
    assert.deepEqual(splitWords(line.slice(0, start) + insert), ["put", name]);
  }));
});

Deno.test("a server that is slow keeps nobody waiting; what it says is kept", async () => {
  const clock = new HandClock();
  const said = Promise.withResolvers<readonly NameFound[]>();
  let asked = 0;
  const tab = new Completer({
    runtime: { timers: clock },
    commands: COMMANDS,
    local: () => [],
    async *remote() {
      asked++;
      yield await said.promise;
    },
  });
  const first = tab.complete("get r", 5);
  await clock.advance(300);
  assert.deepEqual((await first).candidates, []);
  assert.equal(clock.pending, 0);
  said.resolve(names("report"));
  assert.equal((await tab.complete("get r", 5)).insert, "report ");
  assert.equal((await tab.complete("get re", 6)).insert, "report ");
  assert.equal(asked, 1);
  tab.forget();
  await tab.complete("get r", 5);
  assert.equal(asked, 2);
});

Deno.test("a listing without an end is left", async () => {
  let given = 0;
  const tab = new Completer({
    runtime: { timers: new HandClock() },
    commands: COMMANDS,
    local: () => [],
    async *remote() {
      while (true) {
        given += 1000;
        yield await Promise.resolve(
          names(...Array.from({ length: 1000 }, (_, n) => `n${given + n}`)),
        );
      }
    },
  });
  const { candidates } = await tab.complete("get n", 5);
  assert(candidates.length > 0 && given <= 20_000);
});

Deno.test("names that would do harm are not offered", () => {
  const found = names("-rf", "a\x1bb", ".x", "ok");
  const words = namesFitting(found, "", false).map(({ word }) => word);
  assert.deepEqual(words, ["ok"]);
});
