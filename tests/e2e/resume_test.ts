/** ftpc killed in the midst of a transfer, and the same command again. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  asAlex,
  commandOf,
  makeSite,
  runFtpc,
  startFtpd,
} from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { sumOf } from "../support/sums.ts";

const BYTES = 40 * 1024 * 1024;
const POLL_MS = 20;
/** From a mark at 32 MiB on there is time for a kill until the end. */
const SLOWLY = ["--limit", "40M"];

for (const command of ["put", "get"] as const) {
  Deno.test(`${command}: killed, it goes on at its mark`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const home = path.join(site.home, "alex");
    const here = path.join(site.folder, "here");
    for (const folder of [home, here]) {
      await Deno.mkdir(folder, { recursive: true });
    }
    const bytes = randomBytes(BYTES);
    const [source, target] = command === "put"
      ? [path.join(here, "a"), path.join(home, "b")]
      : [path.join(home, "a"), path.join(here, "b")];
    await Deno.writeFile(source, bytes);
    const names = command === "put" ? [source, "b"] : ["a", target];
    const args = [...asAlex(ftpd), "--json", command, ...names];
    const env = { XDG_STATE_HOME: path.join(site.folder, "state") };
    const journals = command === "put" ? path.join(home, ".ftpd") : here;
    await killedAtMark([...SLOWLY, ...args], env, journals);
    await assert.rejects(Deno.stat(target), Deno.errors.NotFound);
    const { code, stdout, stderr } = await runFtpc(args, { env });
    assert.equal(code, 0, stderr);
    const [item] = stdout.split("\n").map((line) => line && JSON.parse(line));
    assert(item.resumed_from >= 32 * 1024 * 1024);
    assert.equal(item.size, BYTES);
    assert.equal(item.sent_bytes, BYTES - item.resumed_from);
    assert.equal(item.checksum, sumOf(bytes, "crc32"));
    const kept = await Deno.readFile(target);
    assert.equal(sumOf(kept, "sha256"), sumOf(bytes, "sha256"));
    const left = [...Deno.readDirSync(here)].map(({ name }) => name);
    assert.deepEqual(left, [command === "put" ? "a" : "b"]);
    // It is finished: given again, all is sent again.
    const again = await runFtpc(args, { env });
    assert.equal(
      JSON.parse(again.stdout.split("\n")[0] ?? "").sent_bytes,
      BYTES,
    );
  });
}

/** Run ftpc until a journal says that there is something to go on with. */
async function killedAtMark(
  args: readonly string[],
  env: Record<string, string>,
  journals: string,
): Promise<void> {
  const [program, before] = commandOf("ftpc");
  const ftpc = new Deno.Command(program, {
    args: [...before, ...args],
    ...{ env, stdin: "null", stdout: "null", stderr: "null" },
  }).spawn();
  while (!hasJournal(journals)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  ftpc.kill("SIGKILL");
  await ftpc.status;
}

function hasJournal(folder: string): boolean {
  try {
    return [...Deno.readDirSync(folder)].some(({ name }) =>
      name.endsWith(".j") && Deno.statSync(path.join(folder, name)).size > 0
    );
  } catch {
    return false; // it is not there yet
  }
}
