/** Names that no request can have: it is said what is the matter, and where. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, COMPILED, makeSite, startFtpd } from "../programs.ts";
import { Desk } from "./desk.ts";
import { makeTree, treeLines } from "./file_tree.ts";

/** No call of ours can make a name that is not UTF-8. */
const MAKE = `import os, sys
for root in sys.argv[1:]:
    open(os.fsencode(root) + b"/caf\\xe9", "w").close()`;

const OF_SERVER = "its name on the server cannot be asked for: it is not " +
  "valid UTF-8, or holds a backslash or a control character: rename it there";

Deno.test("names that are not UTF-8, here and there", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const here = path.join(site.folder, "here");
  const there = path.join(site.home, "alex", "d");
  makeTree(here, ["a=1"]);
  makeTree(there, ["b=2", "c\\d=3"]);
  const made = await new Deno.Command("python3", {
    args: ["-c", MAKE, here, there],
  }).output();
  assert(made.success);
  const got = path.join(site.folder, "got");
  const CASES = [
    {
      words: ["get", "-r", "d", got],
      // What the server shows of it depends on its system.
      says: [
        `ftpc: d/c\\u{5c}d: ${OF_SERVER}`,
        // The executables' 2.6 lists no such name at all.
        ...(COMPILED ? [] : [new RegExp(`^ftpc: d/caf\\S+: ${OF_SERVER}$`)]),
      ],
    },
    {
      words: ["get", "-r", "d/caf\ufffd", `${got}2`],
      says: [/^ftpc: d\/caf\ufffd: no such file or folder/],
    },
    {
      words: ["get", "d/caf\ufffd", `${got}3`],
      says: [
        "ftpc: get d/caf\ufffd: no such file or folder (a name that is not " +
        "valid UTF-8 cannot be asked for: give it another one on the server)",
      ],
    },
    {
      words: ["put", "-r", here, "e"],
      says: [/^ftpc: .*here\/caf\ufffd: its name here is not valid UTF-8: r/],
    },
    {
      words: ["put", path.join(here, "caf\ufffd"), "e"],
      says: [
        /^ftpc: put .*: No such .* \(a name that is not valid UTF-8 cannot be o/,
      ],
    },
  ];
  for (const { words, says } of CASES) {
    await t.step(words.join(" "), async () => {
      const { code, stderr } = await new Desk().run(...asAlex(ftpd), ...words);
      assert.equal(code, 1, stderr);
      const lines = stderr.trimEnd().split("\n")
        .filter((line) => !/^\d+ files?, \d failed: /.test(line));
      assert.equal(lines.length, says.length, stderr);
      for (const [at, said] of says.entries()) {
        if (typeof said === "string") assert.equal(lines[at], said);
        else assert.match(lines[at] ?? "", said);
      }
    });
  }
  assert.deepEqual(treeLines(got), ["b=2@1"]);
});
