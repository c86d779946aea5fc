/**
 * A server that makes up trees, against the real ftpc: whatever it lists,
 * nothing is written or removed but below the folder that was named, nothing is
 * deleted after a listing that makes no sense, and there is an end to it.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { makeTree, treeLines } from "../client/file_tree.ts";
import { asAlex, runFtpc } from "../programs.ts";
import { endOf } from "../support/peer.ts";
import { startLiar, type Victim } from "./liar.ts";

const STEERING = "\x1b[2J\u202egnp.exe\r\nx";
const EVIL = new TextEncoder().encode("evil");
/** As `makeTree` says it: in 2020, so that nothing is taken for unchanged. */
const EVIL_MTIME = "1600000005000000000";

/** A line of a walk that says what a good server would: `a/` is a folder. */
function walked(name: string, more: JsonObject = {}): string {
  const type = name.endsWith("/") ? "dir" : "file";
  const path = name.replace(/\/$/, "");
  const entry = { path, type, size: EVIL.length, mtime: EVIL_MTIME };
  return JSON.stringify({ ...entry, version: "v", ...more });
}

function link(name: string, target: string): string {
  return walked(name, { type: "link", size: 0, target });
}

type Told = (victim: Victim, id: unknown) => Promise<void>;

interface Lie {
  readonly name: string;
  /** What a walk lists, or how it answers. */
  readonly lists: readonly string[] | Told;
  readonly flags?: string;
  /** What ftpc says of it. */
  readonly says?: RegExp;
  /** What there is beside `KEPT` after a get -r, and after a sync, too. */
  readonly gives?: readonly string[];
  /** What there is after a sync --delete, where that is not the same. */
  readonly synced?: readonly string[];
}

/** What is in the folder before: a link that leads out of it, too. */
const KEPT = ["mine=m@1", "out>../../../outside"];
const O = "0=evil@5";

/** Of a walk that says what is no name, nothing is used. */
const BAD_PATHS = [
  ...["..", "../up", "/etc/x", "a/../../x", "a//x", "./x", "a\0", "a\\x"],
  ...[STEERING, "\u009b2J", "\ud800", ""],
];
const NO_NAME = /walk \w+: the server broke the protocol: .* a path of names/;
const NO_ORDER = /the server broke the protocol: a walk .* not in its order/;
const FOLDERS = Array.from(
  { length: 100 },
  (_, at) => "a/".repeat(at + 1),
);

const LIES: readonly Lie[] = [
  ...BAD_PATHS.map((path) => ({
    name: `the path ${JSON.stringify(path)}`,
    lists: [walked("0"), walked("z", { path })],
    says: NO_NAME,
  })),
  ...[
    ["the same name twice", walked("0"), walked("0")],
    ["a file in a file", walked("a"), walked("a/x")],
    ["a file in a link", link("a", "../../../outside"), walked("a/x")],
    ["a file in no folder", walked("0"), walked("a/x")],
    ["names of our own, in none", walked("0"), walked(".ftpd/a")],
  ].map(([name = "", ...lists]) => ({ name, lists, says: NO_ORDER })),
  {
    name: "a file in what is a link here",
    lists: [walked("out/"), walked("out/x"), walked("z")],
    says: /out: a file is in the place of this folder/,
    gives: ["z=evil@5"],
    synced: ["out/", "out/x=evil@5", "z=evil@5"],
  },
  {
    name: "names of our own",
    lists: [walked(".ftpc-0123456789abcdef"), walked(".ftpd-x"), walked("0")],
    says: /\.ftpd-x: this name is reserved for unfinished transfers/,
    gives: [O],
  },
  {
    name: "links that lead out, or to themselves",
    lists: [
      walked("0"),
      ...[link("a", "../../../outside"), link("b", "/etc/passwd")],
      ...[link("c", "c"), link("d", "."), walked("f/"), link("f/g", "../f")],
    ],
    says: /a: a link that leaves the tree[^]*d: a link to a folder that it/,
    gives: [O, "f/"],
    synced: [O, "f/"],
  },
  {
    name: "the same, to be kept",
    flags: "--links",
    lists: [link("a", "../../../outside"), link("b", "/etc/passwd")],
    says: /b: a link with an absolute path/,
  },
  {
    name: "a folder that holds itself, again and again",
    lists: FOLDERS.map((name) => walked(name)),
    gives: FOLDERS,
    synced: FOLDERS,
  },
  {
    name: "a listing without end",
    async lists(victim, id) {
      await victim.send({ id, status_code: 200 });
      for (let at = 0;; at += 1000) {
        const names = Array.from(
          { length: 1000 },
          (_, more) => String(at + more).padStart(12, "0"),
        );
        const text = names.map((name) => `${walked(name)}\n`).join("");
        await victim.data(new TextEncoder().encode(text));
      }
    },
    says: /the server broke the protocol: a page of a listing has no end/,
  },
  {
    name: "a page of nothing, and more to come",
    lists: (victim, id) => victim.answerLines(id, [], { end: { more: true } }),
    says: /the server broke the protocol: a page of a listing has no end/,
  },
  {
    name: "times that no disk has",
    lists: [
      walked("0", { mtime: "9".repeat(21) }),
      walked("1", { mtime: `-${"9".repeat(21)}` }),
      walked("d/", { mtime: "9".repeat(21) }),
    ],
    gives: ["0=evil", "1=evil", "d/"],
    synced: ["0=evil", "1=evil", "d/"],
  },
  {
    name: "sizes that no disk has, and are not true",
    lists: ["0", "1"].map((name) => walked(name, { size: 2 ** 53 - 1 })),
    gives: [O, "1=evil@5"],
    synced: [O, "1=evil@5"],
  },
  {
    name: "a folder that it cannot read",
    lists: [
      walked("0"),
      walked("d/", { status_code: 224, status_msg: STEERING }),
    ],
    says: /d: cannot be read[^]*nothing deleted: not all could be read/,
    gives: [O, "d/"],
  },
  {
    name: "a walk that breaks off",
    async lists(victim, id) {
      await victim.send({ id, status_code: 200 });
      await victim.data(new TextEncoder().encode(`${walked("0")}\n`));
      await victim.close();
    },
    says: /connection/,
  },
  {
    name: "a walk that is aborted",
    async lists(victim, id) {
      await victim.send({ id, status_code: 200 });
      await victim.data(new TextEncoder().encode(`${walked("0")}\n`));
      const abort = { status_code: 224, status_msg: STEERING };
      await victim.send({ action: "abort", id, ...abort });
    },
    says: /gnp\.exe/,
  },
  {
    name: "a walk with another checksum",
    lists: (victim, id) =>
      victim.answerLines(id, [walked("0")], {
        end: { checksum: "crc32:00000000" },
      }),
    says: /checksum/,
  },
  {
    name: "a walk of fewer than it says",
    lists: (victim, id) =>
      victim.answerLines(id, [walked("0")], { end: { entries: 5 } }),
    says: /has 1 entries, and not 5/,
  },
  {
    name: "an empty folder",
    lists: [],
    says: /nothing deleted: the source is empty \(2 to delete\)/,
  },
  {
    name: "nothing where it said that a folder is",
    lists: async (victim, id) => {
      await victim.send({ id, status_code: 220, status_msg: STEERING });
    },
    says: /gnp\.exe/,
  },
  {
    name: "another tree",
    lists: [walked("0")],
    gives: [O],
    synced: [O],
  },
];

/** Of times that no disk has, each disk makes what it can. */
function timeless(line: string): string {
  return /^[01]=evil@(?!5$)/.test(line) ? line.replace(/@.*/, "") : line;
}

/** A server of these lies: each is a folder. */
async function lie(victim: Victim): Promise<void> {
  await victim.letIn({ hello: { features: ["crc32", "list", "walk"] } });
  while (true) {
    const { id, action, filename, after } = await victim.request();
    const [, number, inside] = /^\/?lie(\d+)(.*)$/.exec(String(filename)) ??
      [];
    const at = LIES[Number(number)];
    if (action === "stat") {
      const type = inside === "" ? "folder" : "file";
      await victim.send({ id, status_code: 200, type, size: 4, mtime: "5" });
    } else if (action === "get") {
      const { size, checksum } = endOf(EVIL);
      const mtime = at?.name.startsWith("times")
        ? "9".repeat(12)
        : "1600000005";
      await victim.send({ id, status_code: 200, size, mtime });
      await victim.data(EVIL);
      await victim.send({ action: "end", id, size, checksum });
    } else if (action === "walk" && at !== undefined) {
      const { lists } = at;
      if (typeof lists === "function") await lists(victim, id);
      else await victim.answerLines(id, after === undefined ? lists : []);
    } else await victim.send({ id, status_code: 200 }); // quit
  }
}

Deno.test({
  name: "whatever a server says lies in a tree, all else stays as it is",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "ftpc-liar-" });
    await using liar = startLiar(lie);
    const cwd = path.join(folder, "a");
    makeTree(path.join(folder, "outside"), ["canary=c@1", "x=c@1"]);
    const script = LIES.flatMap(({ flags = "" }, at) => {
      for (const kind of ["got", "synced"]) {
        makeTree(path.join(cwd, kind, `lie${at}`), KEPT);
      }
      return [
        `get -r ${flags} lie${at} got/`,
        `sync --from --delete ${flags} lie${at} synced/lie${at}`,
      ];
    });
    const ran = await runFtpc([...asAlex(liar), "-f", "-"], {
      ...{ cwd, stdin: script.join("\n") },
    });
    assert.equal(ran.code, 3, ran.stderr);
    for (const line of ran.stderr.split("\n")) {
      assert.doesNotMatch(line, /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u);
    }
    for (const [at, { name, says, gives = [], ...then }] of LIES.entries()) {
      if (says !== undefined) assert.match(ran.stderr, says, name);
      const left = [...KEPT, ...gives];
      const trees = { got: left, synced: then.synced ?? left };
      for (const [kind, lines] of Object.entries(trees)) {
        const there = treeLines(path.join(cwd, kind, `lie${at}`));
        assert.deepEqual(there.map(timeless), [...lines].sort(), name);
      }
    }
    assert.deepEqual(treeLines(path.join(folder, "outside")), [
      "canary=c@1",
      "x=c@1",
    ]);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
      ["a", "outside"],
    );
    assert.deepEqual(
      [...Deno.readDirSync(cwd)].map(({ name }) => name).sort(),
      ["got", "synced"],
    );
    await Deno.remove(folder, { recursive: true });
  },
});
