/**
 * Every command of the grammar, without a network: words to a command, words
 * that are refused, and the table's own order.
 */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ClientError, oneLine } from "../../lib/client/error.ts";
import type { Command } from "../../lib/client/grammar/commands.ts";
import {
  type Entry,
  type PlaceNames,
  readCommand,
  type Reading,
  usageOf,
} from "../../lib/client/grammar/entry.ts";
import {
  COMMON_FLAGS,
  FRONT_FLAGS,
  SETTINGS,
} from "../../lib/client/grammar/global_flags.ts";
import {
  commandHelp,
  type Described,
  programHelp,
  shellHelp,
} from "../../lib/client/grammar/help.ts";
import * as files from "../../lib/client/grammar/table_files.ts";
import * as local from "../../lib/client/grammar/table_local.ts";
import * as transfers from "../../lib/client/grammar/table_transfers.ts";
import { splitWords } from "../../lib/client/grammar/words.ts";

const NOW = new Date("2026-11-25T12:00:00.250Z");
const READING: Reading = { settings: SETTINGS, now: () => NOW };

interface Known extends Described {
  read(words: readonly string[], reading?: Reading): unknown;
}

function known<C extends Command>(entry: Entry<C>): Known {
  return {
    ...entry,
    lacks: [],
    read: (words, reading = READING) =>
      readCommand(entry, entry.names[0], words, reading),
  };
}

const { ls, cd, pwd, mkdir, rm, rmdir, mv, cp, stat, cat, head, tail } = files;
const { du, df, find, touch, chmod, checksum } = files;
const { put, get, mput, mget, sync, parts } = transfers;
const { lpwd, status, exit, lcd, lls, history, help, bookmark } = local;
const ALL: readonly Known[] = [
  ...[known(ls), known(cd), known(pwd), known(mkdir), known(rm), known(rmdir)],
  ...[known(mv), known(cp), known(stat), known(cat), known(head), known(tail)],
  ...[known(du), known(df), known(find), known(touch), known(chmod)],
  ...[known(checksum), known(put), known(get), known(mput), known(mget)],
  ...[known(sync), known(parts), known(status), known(lcd), known(lpwd)],
  ...[known(lls), known(history), known(help), known(exit), known(bookmark)],
];

function entryOf(name: string): Known {
  return ALL.find(({ names }) => names.includes(name)) ??
    assert.fail(`no ${name}`);
}

/** @returns What `line` came to be, or the words of its error. */
function read(line: string, reading?: Reading): unknown {
  const [verb = "", ...words] = splitWords(line);
  return entryOf(verb).read(words, reading);
}

const TAKEN: readonly { line: string; gives: object; settings?: object }[] = [
  { line: "ls", gives: { names: [], format: "auto", sort: "name" } },
  {
    line: "ls -la a b",
    gives: { names: ["a", "b"], format: "long", all: true },
  },
  {
    line: "dir -1trSR",
    gives: { format: "single", sort: "size", reverse: true, recursive: true },
  },
  { line: "ls -St", gives: { sort: "time" } },
  { line: "ls -lh a -a", gives: { human: true, all: true, names: ["a"] } },
  {
    line: "ls --long --json",
    gives: { format: "long" },
    settings: { json: true },
  },
  { line: "ls -- -l", gives: { format: "auto", names: ["-l"] } },
  { line: "ls -lv", gives: { format: "long" }, settings: { verbose: true } },
  { line: "cd", gives: { name: null } },
  { line: "cd -", gives: { name: "-" } },
  { line: "cd a", gives: { name: "a" } },
  { line: "pwd", gives: { command: "pwd" } },
  { line: "mkdir -p a/b c", gives: { parents: true, names: ["a/b", "c"] } },
  { line: "rm -rf a", gives: { recursive: true, force: true, names: ["a"] } },
  { line: "rm -R a", gives: { recursive: true } },
  { line: "rmdir a", gives: { names: ["a"] } },
  { line: "mv a b", gives: { names: ["a", "b"], noClobber: false } },
  { line: "mv -n a b c/", gives: { noClobber: true } },
  {
    line: "cp -rpn a b",
    gives: { recursive: true, preserve: true, noClobber: true },
  },
  { line: "stat a", gives: { names: ["a"] } },
  { line: "cat --raw a b", gives: { raw: true } },
  { line: "head a", gives: { unit: "lines", count: 10 } },
  { line: "head -n 3 a", gives: { unit: "lines", count: 3 } },
  { line: "head -n3 a", gives: { unit: "lines", count: 3 } },
  { line: "head -5 a", gives: { unit: "lines", count: 5, names: ["a"] } },
  {
    line: "tail -c 100 a",
    gives: { command: "tail", unit: "bytes", count: 100 },
  },
  { line: "tail --lines=0 a", gives: { unit: "lines", count: 0 } },
  { line: "du -sh a", gives: { summary: true, human: true } },
  { line: "df -h", gives: { human: true } },
  { line: "find", gives: { names: [], glob: null, type: null, newerNs: null } },
  {
    line: "find a -name '*.jpg' -type f b",
    gives: { names: ["a", "b"], glob: "*.jpg", type: "f" },
  },
  {
    line: "find --type=d -v",
    gives: { type: "d" },
    settings: { verbose: true },
  },
  {
    line: "find -newermt 2026-11-01T00:00:00Z",
    gives: { newerNs: 1_793_491_200_000_000_000n },
  },
  {
    line: "find -newermt '-2 hours'",
    gives: { newerNs: 1_795_600_800_250_000_000n },
  },
  { line: "touch a", gives: { names: ["a"] } },
  { line: "chmod 755 a b", gives: { mode: 0o755, names: ["a", "b"] } },
  { line: "chmod 0640 a", gives: { mode: 0o640 } },
  { line: "checksum a", gives: { type: "sha256" } },
  { line: "checksum -a crc32 a", gives: { type: "crc32" } },
  {
    line: "put a",
    gives: {
      ...{ command: "put", names: ["a"], to: null, checksum: "crc32" },
      ...{ ask: false, recursive: false, filters: [], filesFrom: null },
    },
  },
  { line: "reput a", gives: { command: "put", ask: false } },
  { line: "reget a", gives: { command: "get" } },
  { line: "mput a b", gives: { command: "put", ask: true, names: ["a", "b"] } },
  { line: "mget a", gives: { command: "get", ask: true } },
  { line: "put - a", gives: { names: ["-", "a"] } },
  { line: "get a -", gives: { names: ["a", "-"] } },
  {
    line: "put --to d --preserve -- -a",
    gives: { to: "d", preserve: true, names: ["-a"] },
  },
  {
    line: "put -r --include a --exclude '*.o' --include=b x",
    gives: {
      recursive: true,
      filters: [
        { include: true, glob: "a" },
        { include: false, glob: "*.o" },
        { include: true, glob: "b" },
      ],
    },
  },
  {
    line: "put -0 --files-from - x",
    gives: { filesFrom: { name: "-", nul: true } },
  },
  {
    line: "get --files-from list -0r x",
    gives: { filesFrom: { name: "list", nul: true }, recursive: true },
  },
  {
    line: "get --files-from list x",
    gives: { filesFrom: { name: "list", nul: false } },
  },
  {
    line: "put --max-size 5M --min-size 1K -n --update --skip-unchanged x",
    gives: {
      ...{ maxSize: 5 * 1024 ** 2, minSize: 1024, noClobber: true },
      ...{ update: true, skipUnchanged: true },
    },
  },
  {
    line: "put --remove-source --restart --verify-resume --links --progress x",
    gives: {
      ...{ removeSource: true, restart: true, verifyResume: true },
      ...{ links: true, progress: true },
    },
  },
  { line: "get --checksum sha256 x", gives: { checksum: "sha256" } },
  {
    line: "sync a b",
    gives: {
      ...{ names: ["a", "b"], from: false, compare: false, delete: false },
      ...{ maxDelete: 1000, force: false, links: false, filters: [] },
      restart: false,
    },
  },
  { line: "sync --restart a b", gives: { restart: true } },
  {
    line: "sync --from --checksum --delete --max-delete off --force a b",
    gives: {
      from: true,
      compare: true,
      delete: true,
      maxDelete: "off",
      force: true,
    },
  },
  { line: "sync --max-delete 0 --exclude x a b", gives: { maxDelete: 0 } },
  { line: "parts", gives: { discard: null } },
  { line: "parts discard --all", gives: { discard: "all" } },
  { line: "parts discard ab cd", gives: { discard: ["ab", "cd"] } },
  { line: "status", gives: { command: "status" } },
  { line: "lcd a", gives: { name: "a" } },
  { line: "lpwd", gives: { command: "lpwd" } },
  { line: "lls -la a", gives: { long: true, all: true, names: ["a"] } },
  { line: "history", gives: { count: null } },
  { line: "history 5", gives: { count: 5 } },
  { line: "help", gives: { name: null } },
  { line: "help put", gives: { name: "put" } },
  { line: "quit", gives: { command: "exit" } },
  { line: "bookmark list", gives: { deed: "list", names: [] } },
  {
    line: "bookmark add work alex@h:p --password-command 'pass show work'",
    gives: {
      deed: "add",
      names: ["work", "alex@h:p"],
      passwordCommand: "pass show work",
    },
  },
  { line: "bookmark rm a b", gives: { deed: "rm", names: ["a", "b"] } },
  {
    line: "put a --debug --stats --stop-on-error --timeout 5m --quiet b",
    gives: { names: ["a", "b"] },
    settings: {
      ...{ debug: true, stats: true, stopOnError: true },
      ...{ timeoutMs: 300_000, quiet: true },
    },
  },
];
for (const { line, gives, settings = {} } of TAKEN) {
  Deno.test(`the grammar takes: ${line}`, () => {
    const got = read(line);
    assert.partialDeepStrictEqual(got, {
      kind: "command",
      command: gives,
      settings: { ...SETTINGS, ...settings },
    });
  });
}

const REFUSED: readonly { line: string; says: RegExp }[] = [
  { line: "ls -z", says: /^ftpc: ls: unknown flag -z \(ls --help/ },
  { line: "ls -lz", says: /unknown flag -z/ },
  { line: "ls --al", says: /did you mean --all\?/ },
  { line: "ls --all=yes", says: /--all takes no value/ },
  { line: "ls -s h", says: /-s \(ftpc's own -s stands before the command\)/ },
  { line: "put a --port 1", says: /--port stands before/ },
  { line: "put a -p x", says: /-p stands before/ },
  { line: "cd a b", says: /too many words \(usage: cd \[FOLDER\]\)/ },
  { line: "pwd a", says: /too many words/ },
  { line: "mkdir", says: /mkdir: a name is missing/ },
  {
    line: "rm -r",
    says: /a name is missing \(usage: rm \[FLAGS\] NAME\.\.\.\)/,
  },
  { line: "rm ''", says: /an empty name/ },
  {
    line: "mv a",
    says: /name is missing \(usage: mv \[FLAGS\] NAME\.\.\. TARGET/,
  },
  { line: "head -n", says: /-n needs a value/ },
  { line: "head -n x a", says: /-n x .*whole number/ },
  { line: "head -n -1 a", says: /-n -1/ },
  { line: "tail -c 1K a", says: /-c 1K/ },
  { line: "find -nmae x", says: /-nmae: did you mean -name\?/ },
  { line: "find -type x", says: /-type x .*f or d/ },
  { line: "find -name ''", says: /-name ''/ },
  { line: "find -newermt nonsense", says: /-newermt nonsense .*-2 days/ },
  { line: "chmod 755", says: /name is missing/ },
  { line: "chmod 888 a", says: /888 .*644/ },
  { line: "chmod u+x a", says: /u\+x/ },
  { line: "checksum -a md5 a", says: /-a md5 .*crc32 or sha256/ },
  { line: "put", says: /put: a name is missing \(usage: put/ },
  { line: "put -0 a", says: /-0 goes with --files-from/ },
  { line: "put --chekcsum x a", says: /did you mean --checksum/ },
  { line: "put --checksum md5 a", says: /--checksum md5/ },
  { line: "put --to '' a", says: /--to ''/ },
  { line: "put --max-size 1.5M a", says: /--max-size 1\.5M/ },
  { line: "put --max-size -1 a", says: /--max-size -1/ },
  { line: "put --max-size 9999999T a", says: /9999999T/ },
  { line: "sync a", says: /sync: a name is missing/ },
  { line: "sync a b c", says: /too many words/ },
  { line: "sync --max-delete x a b", says: /--max-delete x/ },
  { line: "parts discard", says: /discard what/ },
  { line: "parts --all", says: /discard what/ },
  { line: "parts discard --all x", says: /discard what/ },
  { line: "parts drop x", says: /discard what/ },
  { line: "lcd", says: /lcd: a name is missing/ },
  { line: "history x", says: /history x/ },
  { line: "bookmark", says: /bookmark: a name is missing/ },
  { line: "bookmark drop x", says: /drop .*add or list or rm or show/ },
];
for (const { line, says } of REFUSED) {
  Deno.test(`the grammar refuses, in one line: ${line}`, () => {
    assert.throws(() => read(line), (error) => {
      assert(error instanceof ClientError);
      assert.equal(error.code, "usage");
      assert.match(oneLine(error), says);
      return true;
    });
  });
}

Deno.test("a name is one command's, and a flag one flag's", () => {
  const names = ALL.flatMap(({ names }) => names);
  assert.equal(new Set(names).size, names.length);
  for (const { names: [name], flags } of ALL) {
    const all = [...flags, ...COMMON_FLAGS, { long: "help", short: undefined }];
    for (const key of ["short", "long"] as const) {
      const used = all.flatMap((flag) => flag[key] ?? []);
      assert.equal(new Set(used).size, used.length, `${name}: ${used}`);
    }
  }
  const front = [...FRONT_FLAGS, ...COMMON_FLAGS];
  for (const key of ["short", "long"] as const) {
    const used = front.flatMap((flag) => flag[key] ?? []);
    assert.equal(new Set(used).size, used.length, `${used}`);
  }
});

Deno.test("every flag can be given, and every flag has its words", () => {
  for (const { names: [name], flags } of ALL) {
    for (const { short, long, summary } of flags) {
      assert(short !== undefined || long !== undefined, name);
      assert.match(summary, /\S/, name);
      if (short !== undefined) assert.match(short, /^[A-Za-z0-9]$/, name);
    }
  }
});

const HELP = { kind: "help", settings: SETTINGS };
Deno.test("every command answers --help, within 80 columns", () => {
  for (const entry of ALL) {
    assert.deepEqual(entry.read(["--help"]), HELP);
    // Asked for, nothing else need be right.
    assert.deepEqual(entry.read(["a", "b", "--help", "c"]), HELP);
    const own = entry.flags.some(({ short }) => short === "h");
    if (!own) assert.deepEqual(entry.read(["-h"]), HELP);
    const text = commandHelp(entry);
    assert(text.includes(usageOf(entry)), text);
    for (const { short, long } of entry.flags) {
      if (short !== undefined) assert(text.includes(` -${short}`), text);
      if (long !== undefined) assert(text.includes(`--${long}`), text);
    }
    assertFits(text);
  }
});

Deno.test("help lists every command and flag, within 80 columns", () => {
  for (const text of [programHelp(ALL), shellHelp(ALL)]) {
    for (const entry of ALL) {
      assert(text.includes(entry.names[0]) && text.includes(entry.summary));
    }
    assertFits(text);
  }
  const text = programHelp([]);
  for (const { long } of [...FRONT_FLAGS, ...COMMON_FLAGS]) {
    assert(text.includes(`--${long}`), long);
  }
  for (const word of ["FTPC_PASSWORD", "130"]) assert(text.includes(word));
});

function assertFits(text: string): void {
  assert.match(text, /[^\n]\n$/);
  for (const line of text.split("\n")) assert(line.length <= 80, line);
}

Deno.test("what is not built yet is neither taken nor shown", () => {
  const lacks = ["-r", "--links"];
  assert.throws(() => read("put -r a", { ...READING, lacks }), {
    code: "usage",
  });
  assert.throws(() => read("put --recursive a", { ...READING, lacks }));
  assert.throws(() => read("put --links a", { ...READING, lacks }));
  const text = commandHelp({ ...entryOf("put"), lacks });
  assert.doesNotMatch(text, /--recursive|--links/);
  assert.match(text, /--to/);
});

Deno.test("places are taken out of the names that may be some", () => {
  const calls: unknown[] = [];
  const place: PlaceNames = (verb, roles, names, to) => {
    calls.push([verb, roles, names, to]);
    return { names: names.map((name) => `${name}!`), to };
  };
  const reading = { ...READING, place };
  const names = (line: string) => {
    const got = entryOf(line.split(" ")[0] ?? "").read(
      line.split(" ").slice(1),
      reading,
    );
    return JSON.parse(JSON.stringify(got)).command.names;
  };
  assert.deepEqual(names("put a w:b --to c"), ["a!", "w:b!"]);
  assert.deepEqual(names("get w:a b"), ["w:a!", "b!"]);
  assert.deepEqual(names("ls w:a"), ["w:a!"]);
  assert.deepEqual(names("sync --from w:a b"), ["w:a!", "b!"]);
  assert.deepEqual(names("lls a"), ["a"]);
  assert.deepEqual(calls, [
    ["put", "put", ["a", "w:b"], "c"],
    ["get", "get", ["w:a", "b"], null],
    ["ls", "all", ["w:a"], null],
    ["sync", "get", ["w:a", "b"], null],
  ]);
});

const anyWord = fc.oneof(
  fc.constantFrom("-", "--", "-r", "-0", "-v", "--to", "--to=", "--include"),
  fc.string({ maxLength: 6 }),
  fc.string({ maxLength: 6 }).map((text) => `-${text}`),
  fc.string({ maxLength: 6 }).map((text) => `--${text}`),
);

Deno.test("whatever the words are: a command, help, or a usage error", () => {
  fc.assert(fc.property(
    fc.constantFrom(...ALL),
    fc.array(anyWord, { maxLength: 6 }),
    (entry, words) => {
      try {
        entry.read(words);
      } catch (error) {
        assert(error instanceof ClientError, String(error));
        assert.equal(error.code, "usage");
        assert.doesNotMatch(oneLine(error), /\p{Cc}/u);
      }
    },
  ));
});

Deno.test("behind -- every word is a name", () => {
  fc.assert(fc.property(
    fc.array(fc.string({ minLength: 1 }), { minLength: 1 }),
    (names) => {
      assert.partialDeepStrictEqual(entryOf("put").read(["--", ...names]), {
        command: { names },
      });
    },
  ));
});
