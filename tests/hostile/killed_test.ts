/**
 * kill -9, of either program, in the midst of a transfer: nothing visible
 * changes, and what was under way is cleaned up.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  asAlex,
  commandOf,
  makeSite,
  PROGRAM_MS_MAX,
  startFtpd,
} from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled, Watched, WITNESS } from "./watched_ftpd.ts";

/** A get at this pace lasts longer than any test. */
const SLOWLY = ["--limit", "1M"];
const EARLIER = new TextEncoder().encode("what was there before\n");

/** A real ftpc, under way. */
function spawnFtpc(
  watched: Watched,
  args: readonly string[],
  std: { stdin?: "piped"; stdout?: "piped" } = {},
): Deno.ChildProcess {
  const [command, before] = commandOf("ftpc");
  return new Deno.Command(command, {
    args: [...before, ...asAlex(watched.ftpd), ...args],
    signal: AbortSignal.timeout(PROGRAM_MS_MAX), // where a test fails
    stdin: std.stdin ?? "null",
    stdout: std.stdout ?? "null",
    stderr: "null",
  }).spawn();
}

/** Names in a folder that is ours. */
function names(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}

/** Wait until a put has written bytes of its body into its part. */
async function partHasBytes(watched: Watched, bytes: number): Promise<void> {
  await settled(() => {
    const [part] = watched.parts();
    if (part === undefined) return "no part yet";
    const { size } = Deno.statSync(path.join(watched.home, ".ftpd", part));
    return size >= bytes ? null : `the part has ${size} bytes`;
  });
}

for (const filename of ["new", "witness"]) {
  Deno.test(`ftpc is killed while it puts ${filename}`, async () => {
    await using site = await makeSite();
    await using watched = await Watched.start(site);
    const ftpc = spawnFtpc(watched, ["put", "-", filename], { stdin: "piped" });
    const writer = ftpc.stdin.getWriter();
    await writer.write(randomBytes(2_000_000));
    await partHasBytes(watched, 1);
    ftpc.kill("SIGKILL");
    await ftpc.status;
    await writer.abort().catch(() => {});
    await watched.ftpd.logged(/ disconnect /);
    await watched.unharmed();
  });
}

Deno.test("ftpc is killed while it gets", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await watched.bigFile("big", 1024);
  const folder = path.join(site.folder, "local");
  await Deno.mkdir(folder);
  const target = path.join(folder, "big");
  await Deno.writeFile(target, EARLIER);
  const ftpc = spawnFtpc(watched, [...SLOWLY, "get", "big", target]);
  await settled(() => names(folder).length > 1 ? null : "no part of ftpc's");
  ftpc.kill("SIGKILL");
  assert.notEqual((await ftpc.status).code, 0);
  assert.deepEqual(await Deno.readFile(target), EARLIER);
  await watched.unharmed();
});

Deno.test("ftpd is killed in the midst of puts and gets", async () => {
  await using site = await makeSite();
  const folder = path.join(site.folder, "local");
  await Deno.mkdir(folder);
  const target = path.join(folder, "big");
  await Deno.writeFile(target, EARLIER);
  const ftpcs: Deno.ChildProcess[] = [];
  {
    await using watched = await Watched.start(site);
    await watched.bigFile("big", 1024);
    await using putter = await watched.alex();
    const id = putter.nextId();
    await putter.send({ action: "put", id, filename: "witness" });
    await putter.data(randomBytes(300_000));
    await partHasBytes(watched, 300_000);
    await using getter = await watched.alex();
    await getter.ask({ action: "get", filename: "big" });
    const putting = spawnFtpc(watched, ["put", "-", "new"], { stdin: "piped" });
    const getting = spawnFtpc(watched, [...SLOWLY, "get", "big", target]);
    ftpcs.push(putting, getting);
    const writer = putting.stdin.getWriter();
    await writer.write(randomBytes(1_000_000));
    await settled(() => watched.parts().length === 2 ? null : "no second part");
    await settled(() => names(folder).length > 1 ? null : "no part of ftpc's");
    watched.ftpd.kill("SIGKILL");
    await watched.ftpd.code;
    await writer.close().catch(() => {});
    const codes = await Promise.all(
      ftpcs.map(async (one) => (await one.status).code),
    );
    assert.deepEqual(codes, [3, 3], "the connection was lost");
    // Nothing, or what a get goes on with: its part and the journal of that.
    const left = names(folder).filter((name) => name !== "big");
    const [part = ""] = left;
    if (left.length > 0) assert.deepEqual(left, [part, `${part}.j`]);
    assert.match(part, /^(?:\.ftpc-[0-9a-f]{16})?$/);
    assert.deepEqual(await Deno.readFile(target), EARLIER);
    assert.equal(watched.parts().length, 2);
    await Deno.remove(path.join(watched.home, "big"));
  }
  const home = path.join(site.home, "alex");
  assert.deepEqual(await Deno.readFile(path.join(home, "witness")), WITNESS);
  assert.deepEqual(names(home), [".ftpd", "witness"]);
  await using again = await startFtpd(...site.args);
  assert.deepEqual(names(path.join(home, ".ftpd")), [], "cleaned at the start");
  await again.logged(/ clean .*parts=2/);
});
