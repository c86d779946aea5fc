/**
 * What is moved or copied into itself, onto itself, or onto what it lies in, by
 * the real ftpc and by a client that asks for more than that, on a real ftpd:
 * nothing is lost, and each has a clear answer.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { makeTree, treeLines } from "../client/file_tree.ts";
import { asAlex, makeSite, runFtpc, startFtpd } from "../programs.ts";
import { loggedIn } from "../support/peer.ts";

const TREE = ["a/", "a/in/", "a/in/deep=d@1", "a/of=o@2", "f=f@3", "l>a"];
const INTO = /lies in what is to be (?:moved|copied)/;
const THERE = /exists already/;
const SAME = /the source is the target, too/;

/** Each leaves all as it was; `says`: it is refused, in these words. */
const LINES: readonly { readonly line: string; readonly says?: RegExp }[] = [
  { line: "mv a a/b", says: INTO },
  { line: "mv a a", says: INTO },
  { line: "mv a/ a/", says: INTO },
  { line: "mv a l", says: INTO },
  { line: "mv a a/in/b", says: INTO },
  { line: "mv a a/missing/b", says: INTO },
  { line: "mv a f", says: THERE },
  { line: "mv / a", says: /the root stays where it is/ },
  { line: "mv a ." },
  { line: "mv a/of a" },
  { line: "mv f f" },
  { line: "mv f ./a/../f" },
  { line: "mv -n f f" },
  { line: "mv f /" },
  { line: "cp f f", says: SAME },
  { line: "cp -n f f" },
  { line: "cp -r a a/b", says: INTO },
  { line: "cp -r a a", says: INTO },
  { line: "cp -r a l", says: INTO },
  { line: "cp -r a/in a", says: SAME },
  { line: "cp -r a a/in/b", says: INTO },
  { line: "cp -r . a", says: INTO },
  { line: "cp -r / a/in", says: INTO },
];

interface Item {
  readonly event: string;
  readonly result?: string;
  readonly message?: string;
  readonly exit_code?: number;
}

Deno.test({
  name: "nothing is lost that is moved or copied into itself",
  ignore: Deno.build.os === "windows",
  fn: async (t) => {
    await using site = await makeSite();
    const home = path.join(site.home, "alex");
    makeTree(home, TREE);
    await using ftpd = await startFtpd(...site.args);
    const script = (lines: readonly { readonly line: string }[]) =>
      runFtpc([...asAlex(ftpd), "--json", "-f", "-"], {
        stdin: lines.map(({ line }) => `${line}\n`).join(""),
      });

    await t.step("ftpc says what it is", async () => {
      const ran = await script(LINES);
      const events: Item[] = ran.stdout.trimEnd().split("\n")
        .map((line) => JSON.parse(line));
      const items = events.filter(({ event }) => event === "item");
      assert.equal(items.length, LINES.length, ran.stdout);
      for (const [at, { line, says }] of LINES.entries()) {
        const { result, message = "" } = items[at] ?? {};
        if (says === undefined) assert.notEqual(result, "failed", line);
        else {
          assert.equal(result, "failed", line);
          assert.match(message, says, line);
        }
      }
      const refused = LINES.filter(({ says }) => says !== undefined);
      const said = ran.stderr.trimEnd().split("\n");
      assert.equal(said.length, refused.length, ran.stderr);
      assert.equal(ran.code, 1);
      assert.deepEqual(treeLines(home), [...TREE].sort());
    });

    await t.step("and is well where nothing was refused", async () => {
      const ran = await script(LINES.filter(({ says }) => says === undefined));
      assert.deepEqual([ran.code, ran.stderr], [0, ""]);
      assert.deepEqual(treeLines(home), [...TREE].sort());
    });

    await t.step("a client that asks all at once is answered so", async () => {
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      const recursive = true;
      const asked: readonly (readonly [Record<string, unknown>, number])[] = [
        ...["a/b", "a/in/b", "a/in", "l/b", "f", "", "a/no/b"].map((target) =>
          [{ action: "mv", filename: "a", target }, 225] as const
        ),
        ...["a/b", "a/in/b", "l/b", "l/in/b", "a"].map((target) =>
          [{ action: "cp", filename: "a", target, recursive }, 225] as const
        ),
        [{ action: "mv", filename: "a", target: "a" }, 200],
        [{ action: "mv", filename: "f", target: "a/../f" }, 200],
        [{ action: "cp", filename: "f", target: "f" }, 225],
        [{ action: "mv", filename: "", target: "a/b" }, 224],
        [{ action: "cp", filename: "", target: "a/b", recursive }, 225],
      ];
      const requests = asked.map(([request]) => ({
        id: peer.nextId(),
        ...request,
      }));
      await peer.send(...requests);
      for (const [request, status] of asked) {
        const answer = await peer.message();
        const what = JSON.stringify([request, answer]);
        assert.equal(answer.status_code, status, what);
      }
      assert.deepEqual(treeLines(home), [...TREE].sort());
    });
  },
});
