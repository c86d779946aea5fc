/** What each flag of put -r and get -r does, both ways, on the real server. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, run, startFtpd } from "../programs.ts";
import { Desk } from "./desk.ts";
import { makeTree, treeLines } from "./file_tree.ts";

interface Case {
  readonly name: string;
  readonly flags: readonly string[];
  readonly source: readonly string[];
  /** What is there before, and is merged into. */
  readonly target?: readonly string[];
  /** What the target is to be then. */
  readonly gives: readonly string[];
  /** What is left of the source, where that is not all. */
  readonly leaves?: readonly string[];
  readonly stdin?: string;
  /** What stands in the file `LIST`. */
  readonly list?: string;
  readonly code?: number;
  readonly says?: RegExp;
  /** Of names in the source, made before, and in the target, seen then. */
  readonly modes?: Readonly<Record<string, readonly [number, number]>>;
  /** A pipe and a socket are in the source, too. */
  readonly special?: true;
  /** Only this way. */
  readonly way?: "put" | "get";
}

const LIST = "the list";
const LINKED = ["f=f@1", "d/g=g@1", "d/up>../f", "in>d/g", "gone>nothing"];

const CASES: readonly Case[] = [
  {
    name: "--preserve: times, modes without what runs as another; its own last",
    flags: ["--preserve"],
    source: ["a=1@1", "d/x=2@2", "r=3@3"],
    gives: ["a=1@1", "d/", "d/x=2@2", "r=3@3"],
    modes: {
      "a": [0o4751, 0o751],
      "d": [0o550, 0o550],
      "d/x": [0o600, 0o600],
      "r": [0o444, 0o444],
      "": [0o711, 0o711],
    },
  },
  {
    name: "links are followed inside the tree",
    flags: [],
    source: [...LINKED, "out>../../outside", "abs>/etc/passwd", "d/loop>."],
    gives: ["d/", "d/g=g@1", "d/up=f@1", "f=f@1", "in=g@1"],
    code: 1,
    says: /abs: a link that leaves the tree/,
  },
  {
    name: "--links: relative ones that stay inside",
    flags: ["--links"],
    source: [...LINKED, "out>../../outside", "abs>/etc/passwd", "d/loop>."],
    target: ["in=a file@1"],
    gives: [
      ...["d/", "d/g=g@1", "d/loop>.", "d/up>../f", "f=f@1", "gone>nothing"],
      "in>d/g",
    ],
    code: 1,
    says: /out: a link that leaves the tree/,
  },
  {
    name: "--links, and all of them stay inside",
    flags: ["--links"],
    source: LINKED,
    gives: ["d/", ...LINKED],
  },
  {
    name: "--files-from -",
    flags: ["--files-from", "-"],
    stdin: "b\nd/x\n",
    source: ["a=1@1", "b=2@2", "d/x=3@3", "d/y=4@4", "e/"],
    gives: ["b=2@2", "d/", "d/x=3@3"],
  },
  {
    name: "--files-from FILE, with one that is not there",
    flags: ["--files-from", LIST],
    list: "nothing\nd/y",
    source: ["a=1@1", "d/x=3@3", "d/y=4@4"],
    gives: ["d/", "d/y=4@4"],
    code: 1,
    says: /nothing: named by --files-from, and not there/,
  },
  {
    name: "--files-from with names that lead out",
    flags: ["--files-from", "-"],
    stdin: "a\n../outside/canary\n",
    source: ["a=1@1"],
    gives: ["none"],
    code: 2,
    says: /--files-from: line 2: .*leads out of the tree/,
  },
  {
    name: "-0: names of lines",
    flags: ["-0", "--files-from", "-"],
    stdin: "b c\0d/x\0",
    source: ["a=1@1", "b c=2@2", "d/x=3@3"],
    gives: ["b c=2@2", "d/", "d/x=3@3"],
  },
  {
    name: "--min-size, --max-size",
    flags: ["--min-size", "2", "--max-size", "3"],
    source: ["a=1@1", "b=12@1", "c=123@1", "d/e=1234@1"],
    gives: ["b=12@1", "c=123@1", "d/"],
  },
  {
    name: "-n",
    flags: ["-n"],
    source: ["a=1@1", "d/b=1@1", "n=1@1"],
    target: ["a=0@0", "d/b=0@5"],
    gives: ["a=0@0", "d/", "d/b=0@5", "n=1@1"],
  },
  {
    name: "--update",
    flags: ["--update"],
    source: ["newer=1@7", "older=1@3", "same=1@5"],
    target: ["newer=0@5", "older=0@5", "same=0@5"],
    gives: ["newer=1@7", "older=0@5", "same=0@5"],
  },
  {
    name: "--skip-unchanged",
    flags: ["--skip-unchanged"],
    source: ["longer=11@5", "same=1@5", "time=1@7"],
    target: ["longer=0@5", "same=0@5", "time=0@5"],
    gives: ["longer=11@5", "same=0@5", "time=1@7"],
  },
  {
    name: "--remove-source: what failed stays",
    flags: ["--remove-source"],
    source: ["a=1@1", "b\\s=1@1", "d/c=1@1"],
    gives: ["a=1@1", "d/", "d/c=1@1"],
    leaves: ["b\\s=1@1", "d/"],
    code: 1,
  },
  {
    name: "--remove-source with -n: what was not sent stays",
    flags: ["--remove-source", "-n"],
    source: ["a=1@1", "b=1@1"],
    target: ["a=0@1"],
    gives: ["a=0@1", "b=1@1"],
    leaves: ["a=1@1"],
  },
  {
    name: "--include before --exclude",
    flags: ["--include", "keep.log", "--exclude", "*.log"],
    source: ["a.log=1@1", "d/keep.log=1@1", "t=1@1"],
    gives: ["d/", "d/keep.log=1@1", "t=1@1"],
  },
  {
    name: "--exclude before --include",
    flags: ["--exclude", "*.log", "--include", "keep.log"],
    source: ["a.log=1@1", "d/keep.log=1@1", "t=1@1"],
    gives: ["d/", "t=1@1"],
  },
  {
    name: "--exclude of a folder: with all in it",
    flags: ["--exclude", "d/", "--include", "d/keep"],
    source: ["d/keep=1@1", "e/d=1@1"],
    gives: ["e/", "e/d=1@1"],
  },
  {
    name: ".ftpcignore",
    flags: [],
    way: "put",
    source: [
      ".ftpcignore=*.o\n!k.o\n/d/\n@1",
      "a.o=1@1",
      "e/d/x=1@1",
      "k.o=1@1",
    ],
    gives: ["e/", "e/d/", "e/d/x=1@1", "k.o=1@1"],
  },
  {
    name: "pipes and sockets are left out, with a line each",
    flags: [],
    source: ["a=1@1"],
    special: true,
    gives: ["a=1@1"],
    leaves: ["a=1@1", "pipe: special", "socket: special"],
    says:
      /pipe: a device.*: skipped\n.*socket: a device.*: skipped\n1 file, 2 skipped: .*\n$/,
  },
  {
    name: "a file in a folder's place stays as it is",
    flags: ["--preserve"],
    source: ["a=1@1", "d/b=1@1"],
    target: ["d=file@1"],
    gives: ["a=1@1", "d=file@1"],
    code: 1,
    says: /\/d: (?:a file|exists already)[^]*d\/b: the folder that it lies in/,
  },
];

Deno.test({
  name: "each flag of put -r and get -r does what it says",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const home = path.join(site.home, "alex");
    const here = path.join(site.folder, "local");
    for (const place of [home, here]) {
      makeTree(path.join(place, "outside"), ["canary=c@1"]);
    }
    let at = 0;
    for (const way of ["put", "get"] as const) {
      const [from, to] = way === "put" ? [here, home] : [home, here];
      for (const one of CASES.filter((one) => (one.way ?? way) === way)) {
        await t.step(`${way} -r: ${one.name}`, async () => {
          const names = [`a${++at}`, `b${at}`] as const;
          const source = path.join(from, names[0]);
          const { stdin, modes = {} } = one;
          makeTree(source, one.source);
          using socket = one.special
            ? Deno.listen({
              transport: "unix",
              path: path.join(source, "socket"),
            })
            : null;
          if (socket !== null) {
            const { code } = await run("mkfifo", [path.join(source, "pipe")]);
            assert.equal(code, 0);
          }
          for (const [name, [mode]] of Object.entries(modes)) {
            Deno.chmodSync(path.join(source, name), mode);
          }
          // Merged into where something is there, else it becomes that.
          const target = path.join(to, names[1]);
          const merged = one.target !== undefined;
          const root = merged ? path.join(target, names[0]) : target;
          if (one.target !== undefined) makeTree(root, one.target);
          const desk = new Desk(stdin === undefined ? {} : { stdin });
          const list = path.join(site.folder, "list");
          Deno.writeTextFileSync(list, one.list ?? "");
          const flags = one.flags.map((flag) => flag === LIST ? list : flag);
          const words = way === "put" ? [source, names[1]] : [names[0], target];
          const ended = await desk.run(
            ...[...asAlex(ftpd), way, "-r", ...flags, ...words],
          );
          const { code, stderr } = ended;
          assert.equal(code, one.code ?? 0, stderr);
          assert.match(stderr, one.says ?? /^/);
          assert.deepEqual(treeLines(root), [...one.gives].sort(), stderr);
          if (one.leaves !== undefined) {
            assert.deepEqual(treeLines(source), [...one.leaves].sort());
          }
          for (const [name, [, mode]] of Object.entries(modes)) {
            const info = Deno.statSync(path.join(root, name));
            assert.equal((info.mode ?? 0) & 0o7777, mode, name);
          }
        });
      }
    }
    for (const place of [home, here]) {
      assert.deepEqual(treeLines(path.join(place, "outside")), ["canary=c@1"]);
    }
  },
});
