/** What the end of a job says where there is no terminal. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, startFtpd } from "../programs.ts";
import { Desk } from "./desk.ts";
import { makeTree } from "./file_tree.ts";

const SUM = String.raw`: \d+ B in [\d.]+ s, [^\n]*/s\n$`;

const CASES: readonly {
  readonly name: string;
  readonly words: readonly string[];
  /** All of stderr; SUM is added to what ends in no `$`. */
  readonly says: string;
  readonly code?: number;
}[] = [
  { name: "a folder", words: ["put", "-r", "tree", "to_a"], says: "^3 files" },
  { name: "got", words: ["get", "-r", "to_a", "got"], says: "^3 files" },
  {
    name: "left alone",
    words: ["put", "-r", "-n", "tree/", "to_a"],
    says: "^3 files",
  },
  {
    name: "left alone once more",
    words: ["put", "-r", "-n", "tree/", "to_a"],
    says: "^0 files, 3 skipped",
  },
  {
    name: "what failed",
    words: ["put", "-r", "odd", "to_b"],
    says: String.raw`^ftpc: [^\n]*\n1 file, 1 failed`,
    code: 1,
  },
  {
    name: "quiet",
    words: ["put", "-r", "--quiet", "tree", "to_c"],
    says: "^$",
  },
  {
    name: "for programs",
    words: ["--json", "put", "-r", "tree", "to_d"],
    says: "^$",
  },
  { name: "sync", words: ["sync", "tree", "to_e"], says: "^3 files" },
  {
    name: "sync again",
    words: ["sync", "tree", "to_e"],
    says: "^0 files, 3 skipped",
  },
  { name: "mput", words: ["mput", "tree/a", "tree/b"], says: "^2 files" },
  { name: "several", words: ["put", "tree/a", "tree/b", "/"], says: "^$" },
  {
    name: "several, one left alone",
    words: ["put", "-n", "tree/a", "odd/f", "/"],
    says: String.raw`^tree/a: is there: skipped\n1 file, 1 skipped`,
  },
  {
    name: "several, one failed",
    words: ["put", "tree/a", "none", "/"],
    says: String.raw`^ftpc: put none: [^\n]*\n1 file, 1 failed`,
    code: 1,
  },
  {
    name: "one alone",
    words: ["put", "-n", "tree/a"],
    says: String.raw`^tree/a: is there: skipped\n$`,
  },
  {
    name: "a folder that is not there",
    words: ["put", "-r", "none", "to_f"],
    says: String.raw`^ftpc: none: [^\n]*\n$`,
    code: 1,
  },
];

Deno.test({
  name: "the end says how many were sent, skipped, failed",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const here = path.join(site.folder, "here");
    makeTree(path.join(here, "tree"), ["a=1@1", "b=2@1", "d/c=3@1"]);
    makeTree(path.join(here, "odd"), ["f=1@1", "back\\slash=1@1"]);
    for (const { name, words, says, code = 0 } of CASES) {
      await t.step(name, async () => {
        const flags = words[0]?.startsWith("--") ? words.slice(0, 1) : [];
        const line = words.slice(flags.length).join(" ");
        const desk = new Desk();
        const ended = await desk
          .run(...asAlex(ftpd), ...flags, "-c", `lcd ${here}; ${line}`);
        assert.equal(ended.code, code, ended.stderr);
        assert.match(
          ended.stderr,
          new RegExp(says.endsWith("$") ? says : says + SUM),
        );
      });
    }
  },
});
