/**
 * Trees from a disk that tells README and readme apart to one that does not, by
 * the real programs, there and here: what clashes is told, the exit code is 1,
 * and what came first keeps its name and its content.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { makeTree, treeLines } from "../client/file_tree.ts";
import { asAlex, makeSite, type Ran, runFtpc, startFtpd } from "../programs.ts";
import { mountFolding, testWithFoldingDisk } from "../support/folding_disk.ts";

const NFC = "caf\u00e9";
const NFD = "cafe\u0301";

const SOURCE = [
  ...["D/", "D/f=1@1", "D/g=2@1", "README=3@1", `${NFD}=4@1`, "other=5@1"],
  ...[`${NFC}=6@2`, "d/", "d/f=7@2", "d/h=8@2", "d/sub/", "d/sub/f=9@2"],
  "readme=10@2",
];
/** The first of each: by UTF-16 units, as a walk goes. */
const KEPT = SOURCE.slice(0, 6);
const CLASHING = [NFC, "d", "readme"];
const BELOW = ["d/f", "d/h", "d/sub", "d/sub/f"];

/** All that clash are told, each in a line, and nothing else. */
function assertTold({ code, stderr }: Ran, tree: string): void {
  assert.equal(code, 1, stderr);
  const lines = stderr.split("\n").filter((line) => line.startsWith("ftpc: "));
  const told = (names: readonly string[], words: RegExp) =>
    names.filter((name) =>
      lines.some((line) =>
        line.startsWith(`ftpc: ${tree}/${name}: `) && words.test(line)
      )
    );
  assert.deepEqual(told(CLASHING, /: names clash: /), CLASHING, stderr);
  assert.deepEqual(told(BELOW, /: /), BELOW, stderr);
}

testWithFoldingDisk("trees onto a disk that folds names", async (t) => {
  await using site = await makeSite();
  const home = path.join(site.home, "alex");
  const here = path.join(site.folder, "here");
  await using _there = await mountFolding(path.join(home, "folding"));
  await using _here = await mountFolding(path.join(here, "folding"));
  makeTree(path.join(home, "a"), SOURCE);
  makeTree(path.join(here, "a"), SOURCE);
  await using ftpd = await startFtpd(...site.args);
  const run = (...words: string[]) =>
    runFtpc([...asAlex(ftpd), ...words], { cwd: here });
  const place = { put: home, get: here };
  const lines = (kind: "put" | "get", name: string) =>
    treeLines(path.join(place[kind], "folding", name));

  for (const kind of ["put", "get"] as const) {
    for (const jobs of ["1", "4"]) {
      await t.step(`${kind} -r -j ${jobs}`, async () => {
        const name = `${kind}${jobs}`;
        const words = [kind, "-r", "-j", jobs, "a", `folding/${name}`];
        const shown = kind === "put" ? "a" : `folding/${name}`;
        assertTold(await run(...words), shown);
        assert.deepEqual(lines(kind, name), [...KEPT].sort());
        // The same again: what is there is no other by that.
        assertTold(await run(...words), shown);
        assert.deepEqual(lines(kind, name), [...KEPT].sort());
      });
    }
  }

  for (const kind of ["put", "get"] as const) {
    const from = kind === "get" ? ["--from"] : [];
    const sync = (...flags: string[]) =>
      run("sync", ...from, ...flags, "a", "folding/synced");
    await t.step(`sync ${from}`, async () => {
      makeTree(path.join(place[kind], "folding", "synced"), ["more=m@1"]);
      const shown = kind === "put" ? "a" : "folding/synced";
      assertTold(await sync("--delete"), shown);
      // Where not all could be sent, nothing is deleted.
      assert.deepEqual(lines(kind, "synced"), [...KEPT, "more=m@1"].sort());
    });
    await t.step(`sync ${from} of the other case`, async () => {
      const source = path.join(place[kind === "get" ? "put" : "get"], "a");
      await Deno.remove(source, { recursive: true });
      makeTree(source, ["readme=new@3", "other=5@1"]);
      const { code, stderr } = await sync("--delete");
      assert.equal(code, 0, stderr);
      // More were done than there are now: nobody says "5 of 1".
      assert.match(
        stderr,
        /^(?:continuing \(5 files done; .*\n)?\d+ files?\b.*\n$/,
      );
      const [content] = lines(kind, "synced").filter((line) =>
        /^readme=/i.test(line)
      );
      assert.match(
        content ?? "",
        /=new@3$/,
        "sent, and not deleted after that",
      );
      assert.deepEqual(
        lines(kind, "synced").filter((line) => line !== content),
        ["other=5@1"],
      );
    });
  }
});
