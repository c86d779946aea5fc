/** What the flags of put and get do with files that are named, both ways. */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { Typed } from "../../lib/client/terminal/terminal.ts";
import { systemRuntime, type Timers } from "../../lib/runtime/mod.ts";
import { asAlex, makeSite, startFtpd } from "../programs.ts";
import { Desk, itemsOf } from "./desk.ts";
import { makeTree, treeLines } from "./file_tree.ts";

/** A person, who lets some time pass before each answer. */
class Sitting extends Desk {
  override readonly inputIsTerminal = true;
  /** What was said while a question stood. */
  readonly saidMeanwhile: string[] = [];
  readonly questions: string[] = [];
  readonly #ticks: Set<() => void>;

  constructor() {
    const ticks = new Set<() => void>();
    const runtime = systemRuntime();
    const timers: Timers = {
      ...runtime.timers,
      every: (_ms, run) => {
        ticks.add(run);
        return { [Symbol.dispose]: () => ticks.delete(run) };
      },
    };
    super({ runtime: { ...runtime, timers }, errorIsTerminal: true });
    this.#ticks = ticks;
  }

  override editLine(question?: string): Promise<Typed> {
    const before = this.stderr;
    for (const tick of this.#ticks) tick();
    this.saidMeanwhile.push(this.stderr.slice(before.length));
    this.questions.push(question ?? "");
    return Promise.resolve({ kind: "line", text: "y" });
  }
}

interface Case {
  readonly name: string;
  readonly flags: readonly string[];
  readonly source: readonly string[];
  readonly target?: readonly string[];
  readonly gives: readonly string[];
  /** What is left of the source, where that is not all. */
  readonly leaves?: readonly string[];
  readonly says?: RegExp;
  /** Of names in the source, made before, and in the target, seen then. */
  readonly modes?: Readonly<Record<string, readonly [number, number]>>;
}

/** All that lies in the source is named, and goes into the target. */
const CASES: readonly Case[] = [
  {
    name: "--preserve: times and modes, without what runs as another",
    flags: ["--preserve"],
    source: ["a=1@1", "b=22@2", "c=3@3"],
    target: ["c=0@0"],
    gives: ["a=1@1", "b=22@2", "c=3@3"],
    modes: { a: [0o4751, 0o751], b: [0o604, 0o604], c: [0o440, 0o440] },
  },
  {
    name: "--update",
    flags: ["--update", "--preserve"],
    source: ["missing=1@1", "newer=1@7", "older=1@3", "same=1@5"],
    target: ["newer=0@5", "older=0@5", "same=0@5"],
    gives: ["missing=1@1", "newer=1@7", "older=0@5", "same=0@5"],
    says: /^\S*older: what .* not older: skipped\n\S*same: what .*: skipped\n/,
  },
  {
    name: "--update with -r",
    flags: ["-r", "--update"],
    source: ["newer=1@7", "older=1@3"],
    target: ["newer=0@5", "older=0@5"],
    gives: ["newer=1@7", "older=0@5"],
    says: /^\S*older: what is there is not older: skipped\n/,
  },
  {
    name: "--quiet tells nothing of what is left alone",
    flags: ["--update", "--quiet"],
    source: ["a=1@3", "b=1@3"],
    target: ["a=0@5", "b=0@5"],
    gives: ["a=0@5", "b=0@5"],
    says: /^$/,
  },
  {
    name: "--skip-unchanged",
    flags: ["--skip-unchanged", "--preserve"],
    source: ["longer=11@5", "same=1@5", "time=1@7"],
    target: ["longer=0@5", "same=0@5", "time=0@5"],
    gives: ["longer=11@5", "same=0@5", "time=1@7"],
    says: /^\S*same: unchanged: skipped\n/,
  },
  {
    name: "-n with --update",
    flags: ["-n", "--update"],
    source: ["newer=1@7", "older=1@3"],
    target: ["newer=0@5", "older=0@5"],
    gives: ["newer=0@5", "older=0@5"],
    says: /^\S*newer: is there: skipped\n\S*older: is there: skipped\n/,
  },
  {
    name: "-n",
    flags: ["-n", "--preserve"],
    source: ["a=1@1", "b=1@1"],
    target: ["a=0@5"],
    gives: ["a=0@5", "b=1@1"],
    says: /^\S*a: is there: skipped\n/,
  },
  {
    name: "--min-size, --max-size",
    flags: ["--min-size", "2", "--max-size", "3", "--preserve"],
    source: ["a=1@1", "b=12@1", "c=123@1", "d=1234@1"],
    gives: ["b=12@1", "c=123@1"],
    says: /a: smaller than --min-size: .*\n.*d: larger than --max-size: .*\n/,
  },
  {
    name: "--remove-source leaves what is not sent",
    flags: ["--remove-source", "--update", "--preserve"],
    source: ["newer=1@7", "older=1@3"],
    target: ["newer=0@5", "older=0@5"],
    gives: ["newer=1@7", "older=0@5"],
    leaves: ["older=1@3"],
  },
  {
    name: "--dry-run says only what would be sent",
    flags: ["--dry-run", "--update"],
    source: ["newer=1@7", "older=1@3"],
    target: ["newer=0@5", "older=0@5"],
    gives: ["newer=0@5", "older=0@5"],
    says: /^\S*older: what is there is not older: skipped\n/,
  },
  {
    name: "--dry-run -n looks at what is there",
    flags: ["--dry-run", "-n"],
    source: ["a=1@1", "b=1@1"],
    target: ["a=0@5"],
    gives: ["a=0@5"],
    says: /^\S*a: is there: skipped\n/,
  },
];

Deno.test({
  name: "the flags of put and get hold for files that are named",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const home = path.join(site.home, "alex");
    const here = path.join(site.folder, "local");
    let at = 0;
    for (const way of ["put", "get"] as const) {
      const [from, to] = way === "put" ? [here, home] : [home, here];
      for (const one of CASES) {
        await t.step(`${way}: ${one.name}`, async () => {
          const names = [`a${++at}`, `b${at}`] as const;
          const source = path.join(from, names[0]);
          const target = path.join(to, names[1]);
          makeTree(source, one.source);
          makeTree(target, one.target ?? []);
          for (const [name, [mode]] of Object.entries(one.modes ?? {})) {
            Deno.chmodSync(path.join(source, name), mode);
          }
          const files = Array.from(Deno.readDirSync(source), ({ name }) => name)
            .sort();
          const place = way === "put" ? source : names[0];
          const words = [
            ...[way, ...one.flags, "--to", way === "put" ? names[1] : target],
            ...files.map((name) => `${place}/${name}`),
          ];
          const { code, stderr, stdout } = await new Desk()
            .run(...asAlex(ftpd), ...words);
          assert.equal(code, 0, stderr);
          assert.match(stderr, one.says ?? /^/);
          assert.deepEqual(treeLines(target), one.gives, stderr);
          for (const [name, [, mode]] of Object.entries(one.modes ?? {})) {
            const info = Deno.statSync(path.join(target, name));
            assert.equal((info.mode ?? 0) & 0o7777, mode, name);
          }
          if (one.leaves !== undefined) {
            assert.deepEqual(treeLines(source), one.leaves);
          }
          if (!one.flags.includes("--dry-run")) return;
          assert.equal(stdout.split("\n").length, 2, stdout);
        });
      }
      await t.step(`m${way}: nothing is drawn over a question`, async () => {
        makeTree(path.join(from, "asked"), ["a=1@1", "b=1@1"]);
        makeTree(path.join(to, "wanted"), []);
        const desk = new Sitting();
        const place = way === "put" ? path.join(from, "asked") : "asked";
        const target = way === "put" ? "wanted" : path.join(to, "wanted");
        const words = [`m${way}`, "--to", target, `${place}/a`, `${place}/b`];
        const { code, stderr } = await desk.run(...asAlex(ftpd), ...words);
        assert.equal(code, 0, stderr);
        assert.equal(desk.questions.length, 2);
        assert.deepEqual(desk.saidMeanwhile, ["", ""]);
        assert.equal(treeLines(path.join(to, "wanted")).length, 2);
      });
      await t.step(`${way}: what is left alone is an item`, async () => {
        makeTree(path.join(from, "one"), ["f=1@3"]);
        makeTree(path.join(to, "two"), ["f=0@5"]);
        const [source, target] = [
          path.join(from, "one/f"),
          path.join(to, "two"),
        ];
        const pair = way === "put"
          ? [source, "two/f"]
          : ["one/f", `${target}/f`];
        const words = ["--json", way, "--update", ...pair];
        const { code, stdout, stderr } = await new Desk()
          .run(...asAlex(ftpd), ...words);
        assert.equal(code, 0, stderr);
        assert.deepEqual(itemsOf(stdout), [`${pair.join(" ")} skipped`]);
        assert.match(stdout, /"reason":"newer"/);
        assert.match(stdout, /"event":"end","done":0,"skipped":1,"failed":0/);
        assert.deepEqual(treeLines(target), ["f=0@5"]);
      });
    }
  },
});
