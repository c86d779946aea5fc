/**
 * put -r and get -r that broke off behind their first file, and the same
 * command again: what is done is known, and where it belongs.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, startFtpd } from "../programs.ts";
import { type Cut, CutNetwork } from "./cut_network.ts";
import { Desk } from "./desk.ts";
import { makeTree, treeLines } from "./file_tree.ts";

const TREE = ["a=1@1", "b=2@2", "c/d=3@3"];
const COPY = ["a=1@1", "b=2@2", "c/", "c/d=3@3"];
const NONE_OR_ONE = /^continuing \([01] of 3 files done;.*\n$/;
const CONTINUES = "continuing (1 of 3 files done; --restart starts over)\n";

interface Case {
  readonly name: string;
  /** What becomes of the trees between the two. */
  readonly meanwhile?: (source: string, target: string) => void;
  readonly flags?: readonly string[];
  readonly cuts?: readonly Cut[];
  /** What is not sent again; by default the first file. */
  readonly skipped?: readonly string[];
  readonly gives?: readonly string[] | "the same";
  readonly code?: number;
  readonly says?: RegExp;
}

/** Nothing is heard from these words on, and then the line breaks. */
function lostAt(words: string): Cut {
  return { unheard: words };
}

const CASES: readonly Case[] = [
  { name: "it goes on where it stood" },
  {
    name: "--restart: all again, to the same place",
    flags: ["--restart"],
    ...{ skipped: [], says: /^$/ },
  },
  {
    name: "the source has changed",
    meanwhile: (source) => makeTree(source, ["a=4@5"]),
    ...{ skipped: [], says: NONE_OR_ONE },
    gives: ["a=4@5", "b=2@2", "c/", "c/d=3@3"],
  },
  {
    name: "the target has changed",
    meanwhile: (_, target) => makeTree(target, ["a=4@5"]),
    ...{ skipped: [], says: NONE_OR_ONE },
  },
  {
    name: "the target is gone",
    meanwhile: (_, target) => Deno.removeSync(target, { recursive: true }),
    ...{ skipped: [], says: NONE_OR_ONE },
  },
  {
    name: "the connection is lost while it asks what is done",
    cuts: [lostAt('"action":"resume"'), lostAt('"action":"resume"')],
    says: /^(?:ftpc: .*lost.*: the next try is in \d+ s\n){2}continuing \(1/,
  },
  {
    name: "the connection is lost while it looks where it belongs",
    cuts: [lostAt('"action":"stat"')],
    says: /^ftpc: .*lost.*: the next try is in \d+ s\ncontinuing \(1/,
  },
  {
    name: "--retries 0, and the connection is lost while it asks",
    flags: ["--retries", "0"],
    cuts: [lostAt('"action":"resume"')],
    ...{ code: 3, gives: "the same", says: /^ftpc: .*lost.*\n$/ },
  },
  {
    name: "--dry-run: it says where, and does nothing",
    flags: ["--dry-run"],
    ...{ gives: "the same", says: /^$/, skipped: [] },
  },
];

for (const command of ["put", "get"] as const) {
  Deno.test(`${command} -r A B, B missing: broken off, and given again`, async (t) => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const here = path.join(site.folder, "here");
    const home = path.join(site.home, "alex");
    const [from, to] = command === "put" ? [here, home] : [home, here];
    const source = path.join(from, "tree");
    const target = path.join(to, "copy");
    const names = command === "put" ? [source, "copy"] : ["tree", target];
    const flags = asAlex(ftpd).filter((_, at, all) => at < all.length - 2);
    // What nothing was heard of: a put was made, a get was not.
    const broken = command === "put" ? ["a=1@1", "b=2@2"] : ["a=1@1"];
    let words = [command, "-r"];
    const ftpc = async (cuts: readonly Cut[], ...args: string[]) => {
      const { runtime } = new CutNetwork(cuts);
      const desk = new Desk({ runtime });
      const ended = await desk.run(...flags, "--json", ...words, ...args);
      const items = ended.stdout.split("\n").slice(0, -2).map((line) =>
        JSON.parse(line)
      );
      const skipped = items.filter(({ result }) => result === "skipped")
        .map(({ target }) => path.basename(target));
      return { ...ended, items, skipped };
    };
    /** The first file is acknowledged, then the connection is lost. */
    const breakOff = async () => {
      for (const place of [here, home]) {
        await Deno.remove(place, { recursive: true }).catch(() => {});
        await Deno.mkdir(place, { recursive: true });
      }
      makeTree(source, TREE);
      const second = command === "put" ? "copy/b" : "tree/b";
      const cuts = [lostAt(`"filename":"${second}"`)];
      // One after the other, so that it is known what is done by then.
      const { code, stderr, items } = await ftpc(
        cuts,
        ...["--retries", "0", "--stop-on-error", ...names],
      );
      assert.equal(code, 3, stderr);
      assert.deepEqual(
        items.map(({ result, target }) => [result, path.basename(target)]),
        [["done", "a"], ["failed", "b"]],
      );
      assert.deepEqual(treeLines(target), broken);
    };
    const state = Deno.env.get("XDG_STATE_HOME") ?? "";
    try {
      for (const [at, given] of CASES.entries()) {
        await t.step(given.name, async () => {
          Deno.env.set("XDG_STATE_HOME", path.join(site.folder, `s${at}`));
          await breakOff();
          given.meanwhile?.(source, target);
          const { code, stderr, items, skipped } = await ftpc(
            given.cuts ?? [],
            ...[...given.flags ?? [], ...names],
          );
          const { says = CONTINUES } = given;
          assert.equal(code, given.code ?? 0, stderr);
          if (typeof says === "string") assert.equal(stderr, says);
          else assert.match(stderr, says);
          for (const { target } of items) {
            assert.equal(target.includes("copy/tree"), false, target);
          }
          if (given.code === undefined) {
            assert.deepEqual(skipped, given.skipped ?? ["a"]);
          }
          const { gives = COPY } = given;
          const due = gives === "the same" ? broken : gives;
          assert.deepEqual(treeLines(target), due);
          if (given.gives === undefined) {
            // It is done: now it is another job, for which the folder is there.
            const { code, stderr } = await ftpc([], ...names);
            assert.deepEqual([code, stderr], [0, ""]);
            assert.deepEqual(treeLines(path.join(target, "tree")), COPY);
          }
        });
      }
      words = command === "put" ? ["sync"] : ["sync", "--from"];
      // What was made and not acknowledged is left alone, as if it had been
      // there always.
      const files = command === "put" ? 2 : 3;
      for (const flags of [[], ["--restart"]]) {
        await t.step([...words, ...flags].join(" "), async () => {
          await breakOff();
          const { code, stderr } = await ftpc([], ...flags, ...names);
          assert.equal(code, 0, stderr);
          const says = CONTINUES.replace("3", `${files}`);
          assert.equal(stderr, flags.length === 0 ? says : "");
          assert.deepEqual(treeLines(target), COPY);
        });
      }
      words = [command, "-r"];
      await t.step(
        "no state folder: all is done, and nothing known",
        async () => {
          const file = path.join(site.folder, "file");
          await Deno.writeTextFile(file, "");
          Deno.env.set("XDG_STATE_HOME", file);
          await breakOff();
          const { code, stderr, skipped } = await ftpc([], ...names);
          assert.deepEqual([code, stderr, skipped], [0, "", []]);
          assert.deepEqual(treeLines(path.join(target, "tree")), COPY);
        },
      );
    } finally {
      Deno.env.set("XDG_STATE_HOME", state);
    }
  });
}
