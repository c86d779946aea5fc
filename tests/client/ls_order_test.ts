/** ls of more entries than are sorted; and commands of the shell, in one go. */
import assert from "node:assert/strict";
import { LIAR_PASSWORD, LIAR_USER, startLiar } from "../liars/liar.ts";
import { Desk } from "./desk.ts";

const FACTS = { type: "file", size: 1, mtime: "0", mode: 0o644, version: "1" };
const FEATURES = ["crc32", "sha256", "list", "walk", "versions"];

function server(names: readonly string[]) {
  return startLiar(async (victim) => {
    await victim.letIn({ hello: { features: FEATURES } });
    while (true) {
      const { action, id } = await victim.request();
      if (action === "quit") return await victim.send({ id, status_code: 200 });
      if (action === "stat") {
        const stat = { type: "folder", size: 0, mtime: "0", mode: 0o755 };
        await victim.send({ id, status_code: 200, ...stat });
        continue;
      }
      const key = action === "walk" ? "path" : "name";
      const lines = names.map((name) => {
        const type = name.endsWith("/") ? "dir" : "file";
        const one = name.replace(/\/$/, "");
        return JSON.stringify({ [key]: one, ...FACTS, type });
      });
      await victim.answerLines(id, lines);
    }
  });
}

async function run(port: number, ...words: string[]) {
  const at = ["-s", "127.0.0.1", "-P", String(port), "-u", LIAR_USER];
  return await new Desk().run(...at, "-p", LIAR_PASSWORD, ...words);
}

Deno.test("ls sorts 100,000 entries; more come in the server's order", async () => {
  const names = Array.from({ length: 100_001 }, (_, at) => `f${100_001 - at}`);
  {
    await using liar = server(names);
    const { code, stdout, stderr } = await run(liar.port, "ls");
    assert.equal(code, 0);
    assert.equal(stdout, `${names.join("\n")}\n`);
    assert.match(stderr, /more than 100000 entries: in the server's order/);
  }
  const fewer = names.slice(1);
  await using liar = server(fewer);
  const { code, stdout, stderr } = await run(liar.port, "ls");
  assert.equal(code, 0);
  assert.deepEqual(stdout.split("\n").slice(0, -1), fewer.toSorted());
  assert.doesNotMatch(stderr, /order/);
});

Deno.test("ls -R of more folders than are sorted keeps none, and shows no hidden one", async () => {
  const folders = Array.from(
    { length: 50_001 },
    (_, at) => `d${String(at).padStart(5, "0")}`,
  );
  const shown = folders.flatMap((name) => [`${name}/`, `${name}/f`]);
  const hidden = [".h/", ".h/a/", ".h/a/b", "a/", "a/.x/", "a/.x/y"];
  await using liar = server([...hidden, ...shown]);
  const { code, stdout, stderr } = await run(liar.port, "ls", "-R");
  assert.equal(code, 0);
  const printed = shown.map((name) => name.replace(/\/$/, ""));
  assert.equal(stdout, `${["a", ...printed].join("\n")}\n`);
  assert.match(stderr, /more than 100000 entries: in the server's order/);
});

Deno.test("commands of the shell do what they can in one go", async () => {
  await using liar = server([]);
  const cases = [
    [["pwd"], 0, /^\/\n$/],
    [["cd", "folder"], 0, /^$/],
    [["lpwd"], 0, /^\/.*\n$/],
    [["lls", "tests/client/ls_order_test.ts"], 0, /ls_order_test\.ts\n/],
    [["exit"], 2, /^$/],
  ] as const;
  for (const [words, code, shown] of cases) {
    const ended = await run(liar.port, ...words);
    assert.equal(ended.code, code, ended.stderr);
    assert.match(ended.stdout, shown);
  }
});
