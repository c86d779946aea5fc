/** The setting `durable` reaches the homes of a whole ftpd. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, PROGRAM_MS_MAX, runFtpc } from "../programs.ts";

const PROGRAM = path.join(import.meta.dirname ?? ".", "sync_program.ts");

/** What an ftpd with `durable` syncs for one put. */
async function syncsOfPut(durable: string): Promise<string[]> {
  await using site = await makeSite();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-check", "-A", PROGRAM, "start"],
      ...["--port", "0", "--durable", durable, ...site.args],
    ],
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const log = new Response(child.stderr).text();
  const out = child.stdout.getReader();
  try {
    const { value } = await out.read();
    const said = new TextDecoder().decode(value);
    const port = Number(/^listening framed \S+:(\d+)\n$/.exec(said)?.[1]);
    const put = ["put", "-", "a"];
    const ran = await runFtpc([...asAlex({ port }), ...put], {
      stdin: "bytes",
    });
    assert.deepEqual(ran, { code: 0, stdout: "", stderr: "" });
  } finally {
    child.kill("SIGTERM");
    await child.status;
    await out.cancel();
  }
  return (await log).split("\n").filter((line) => line.startsWith("synced"));
}

Deno.test("--durable on: a put is answered once file and folder are synced", async () => {
  assert.deepEqual(await syncsOfPut("on"), [
    "synced a file",
    "synced a folder",
  ]);
});

Deno.test("--durable off: a put syncs nothing", async () => {
  assert.deepEqual(await syncsOfPut("off"), []);
});
