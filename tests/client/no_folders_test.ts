/** A server that knows no folders, as the first ftpd: that is told, once. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { startLiar } from "../liars/liar.ts";
import { asAlex } from "../programs.ts";
import { Desk } from "./desk.ts";
import { makeTree } from "./file_tree.ts";

const CASES = [
  {
    words: ["get", "a*", "x"],
    says: /^ftpc: get a\*: this server cannot list/,
  },
  {
    words: ["put", "-r", "HERE", "."],
    says: /HERE: this server makes no folders/,
  },
  { words: ["put", "-r", "HERE", "new"], says: /HERE: this server makes no/ },
  {
    words: ["sync", "HERE", "there"],
    says: /this server cannot/,
  },
  { words: ["sync", "--from", "there", "HERE"], says: /this server cannot/ },
  { words: ["get", "-r", "there", "HERE"], says: /this server cannot/ },
];

Deno.test("a server without folders: told once, and nothing is sent", async (t) => {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-no-folders-" });
  const here = path.join(folder, "here");
  const asked = new Set<unknown>();
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    while (true) {
      const { id, action, filename } = await victim.request();
      asked.add(action);
      // All that has a plain old name is a folder.
      const isThere = filename !== "new" && filename !== "a*";
      await victim.send({
        id,
        ...(isThere
          ? { status_code: 200, type: "folder", size: 0, mtime: "1" }
          : { status_code: 220 }),
      });
    }
  });
  for (const { words, says } of CASES) {
    await t.step(words.join(" "), async () => {
      makeTree(here, ["a=1@1", "b=2@2", "c/d=3@3"]);
      const named = words.map((word) => word.replace("HERE", here));
      const { code, stderr } = await new Desk().run(
        ...[...asAlex(liar), ...named],
      );
      const told = stderr.replaceAll(here, "HERE");
      assert.match(told, says);
      assert.equal(told.match(/^ftpc: /gm)?.length, 1, told);
      assert.equal(code, 1);
    });
  }
  assert.deepEqual([...asked].sort(), ["quit", "stat"]);
  await Deno.remove(folder, { recursive: true });
});
