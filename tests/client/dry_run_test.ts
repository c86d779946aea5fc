/** --dry-run tells programs what the real run then does, marked as such. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, startFtpd } from "../programs.ts";
import { Desk } from "./desk.ts";
import { makeTree } from "./file_tree.ts";

const CASES: readonly (readonly string[])[] = [
  ["put", "-r", "-n", "tree", "/sent"],
  ["put", "--update", "tree/a", "tree/d/b", "/sent"],
  ["get", "-r", "/sent", "got"],
  ["get", "/sent/a", "one"],
  ["sync", "--delete", "--links", "tree", "/synced"],
  ["sync", "--delete", "--from", "/synced", "back"],
  ["rm", "/sent/a", "/sent/d/b"],
];

Deno.test({
  name: "a dry run tells the items and sums of the real one",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const here = path.join(site.folder, "here");
    const home = path.join(site.home, "alex");
    makeTree(path.join(here, "tree"), ["a=123@1", "d/b=12@1", "d/c=@1", "l>a"]);
    for (const place of [path.join(home, "synced"), path.join(here, "back")]) {
      makeTree(place, ["a=123@1", "more=1@1", "old/x=1@1"]);
    }
    const told = async (flags: readonly string[], words: readonly string[]) => {
      const desk = new Desk();
      const line = words.join(" ");
      const { code, stdout, stderr } = await desk
        .run(...asAlex(ftpd), ...flags, "-c", `lcd ${here}; ${line}`);
      assert.equal(code, 0, stderr);
      const events = stdout.trim().split("\n").map((text) => JSON.parse(text));
      return { items: events.slice(0, -1), end: events.at(-1) };
    };
    for (const words of CASES) {
      await t.step(words.join(" "), async () => {
        const dry = await told(["--json", "--dry-run"], words);
        const real = await told(["--json"], words);
        for (const event of [...dry.items, dry.end]) {
          assert.equal(event.dry_run, true, JSON.stringify(event));
        }
        for (const event of [...real.items, real.end]) {
          assert.equal(event.dry_run, undefined, JSON.stringify(event));
        }
        const known = ({ items }: typeof real) =>
          items.map(({ command, source, target, result, size, reason }) =>
            [command, source, target, result, size, reason].join(" ")
          ).sort();
        assert.deepEqual(known(dry), known(real));
        for (const sum of ["done", "skipped", "failed", "bytes"]) {
          assert.equal(dry.end[sum], real.end[sum], sum);
        }
        assert.equal(dry.end.sent_bytes, 0);
        const done = real.items.filter(({ result }) => result === "done");
        assert.equal(real.end.done, done.length);
      });
    }
    await t.step("a source that is not there, or no file, fails", async () => {
      for (const name of ["none", "synced"]) {
        const desk = new Desk();
        const { code, stderr, stdout } = await desk
          .run(...asAlex(ftpd), "--dry-run", "get", name, "x");
        assert.deepEqual([code, stdout], [1, ""], stderr);
        assert.match(stderr, /^ftpc: get \S+: (?:no such|is a folder).*\n$/);
      }
    });
    await t.step("what is deleted has no source", async () => {
      makeTree(path.join(home, "synced"), ["again=1@1"]);
      const { items } = await told(
        ["--json", "--dry-run"],
        ["sync", "--delete", "tree", "/synced"],
      );
      const gone = items.filter(({ message }) => /^delete /.test(message));
      assert.deepEqual(
        gone.map(({ source, target }) => [source, target]),
        [[null, "/synced/again"]],
      );
    });
  },
});
