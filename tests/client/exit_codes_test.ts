/** Where several things fail, the exit code is that of the first. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { startLiar } from "../liars/liar.ts";
import { Desk } from "./desk.ts";

const BODY = new TextEncoder().encode("bytes");

/** A server with one way to fail for each name. */
function startServer() {
  return startLiar(async (victim) => {
    await victim.letIn();
    while (true) {
      const { id, action, filename } = await victim.request();
      if (action === "quit") {
        await victim.send({ id, status_code: 200, status_msg: "Success" });
        return await victim.left();
      }
      if (filename !== "wrong") {
        await victim.send({ id, status_code: 220, status_msg: "not here" });
        continue;
      }
      const { length: size } = BODY;
      await victim.send({ id, status_code: 200, size, mtime: "1" });
      await victim.data(BODY);
      const checksum = "crc32:00000000";
      await victim.send({ action: "end", id, size, checksum });
    }
  });
}

const CASES = [
  // What was wrong is fetched once more: the other one is the first to fail.
  { names: ["wrong", "missing"], code: 1, inScript: 5 },
  { names: ["missing", "wrong"], code: 1, inScript: 1 },
] as const;

for (const { names, code, inScript } of CASES) {
  Deno.test(`get ${names.join(" ")}: both are told, exit code ${code}`, async () => {
    const { ended, left } = await runFtpc((
      folder,
    ) => ["get", ...names, folder]);
    assert.equal(ended.code, code);
    const sum = /0 files, 2 failed: .*\n$/;
    assert.match(ended.stderr, sum);
    assertBothTold(ended.stderr.replace(sum, ""), ["missing", "wrong"]);
    assert.deepEqual(left, []);
  });

  Deno.test(`a script of gets of ${names.join(" ")}: exit code ${inScript}`, async () => {
    const { ended, left } = await runFtpc(() => [], (folder) => [
      `lcd '${folder}'`,
      ...names.map((name) => `get ${name}`),
      "lpwd", // what goes well after it changes nothing
    ]);
    assert.equal(ended.code, inScript);
    assertBothTold(ended.stderr, names);
    assert.deepEqual(left, []);
  });
}

function assertBothTold(stderr: string, names: readonly string[]): void {
  const told = stderr.trimEnd().split("\n").map((line) =>
    /^ftpc: get (\w+): /.exec(line)?.[1]
  );
  assert.deepEqual(told, names);
}

async function runFtpc(
  argsIn: (folder: string) => readonly string[],
  scriptIn: (folder: string) => readonly string[] = () => [],
) {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-codes-" });
  try {
    await using liar = startServer();
    const stdin = scriptIn(folder).map((line) => `${line}\n`).join("");
    const there = ["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", "alex"];
    const args = [...there, "-p", "123", ...argsIn(path.join(folder, "/"))];
    const ended = await new Desk({ stdin }).run(...args);
    return { ended, left: [...Deno.readDirSync(folder)] };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
