/**
 * One file, and all that breaks its transfer: ftpc is killed, told to stop, and
 * loses its connection; each time it goes on where it was proved to stand.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  asAlexAgain,
  commandOf,
  makeSite,
  type Ran,
  runFtpc,
  startFtpd,
} from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { openRelay, type Relay, type Way } from "../support/relay/mod.ts";
import { sumOf } from "../support/sums.ts";

const MIB = 2 ** 20;
const SIZE = 64 * MIB;
/** There is a mark each 32 MiB. */
const MARKED = 32 * MIB;
/** What is told to stop has most of its way to go when it hears of it. */
const SLOWLY = ["--limit", "16M"];
const POLL_MS = 20;

for (const command of ["put", "get"] as const) {
  Deno.test(`${command}: killed, stopped, cut, it goes on at its mark`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const loopback = { hostname: "127.0.0.1" };
    await using relay = openRelay({
      ...{ delayMs: 0, bytesPerSecond: null },
      routes: [{
        from: { ...loopback, port: 0 },
        to: { ...loopback, port: ftpd.port },
      }],
    });
    const [port = 0] = relay.ports;
    const way = command === "put" ? "up" : "down";
    const home = path.join(site.home, "alex");
    const here = path.join(site.folder, "here");
    for (const folder of [home, here]) {
      await Deno.mkdir(folder, { recursive: true });
    }
    const bytes = randomBytes(SIZE);
    const [source, target] = command === "put"
      ? [path.join(here, "a"), path.join(home, "b")]
      : [path.join(home, "a"), path.join(here, "b")];
    await Deno.writeFile(source, bytes);
    const names = command === "put" ? [source, "b"] : ["a", target];
    const args = [...asAlexAgain({ port }), "--json", command, ...names];
    const env = { XDG_STATE_HOME: path.join(site.folder, "state") };

    const journals = command === "put" ? path.join(home, ".ftpd") : here;
    await killed(relay, way, args, env, journals);
    await assert.rejects(Deno.stat(target), Deno.errors.NotFound);

    const stopped = await interrupted(relay, way, [...SLOWLY, ...args], env);
    assert.equal(stopped.code, 130, stopped.stderr);
    assert.match(stopped.stderr, /: cancelled\n/);
    assert.match(
      stopped.stderr,
      /\nftpc: the same command goes on from here\n/,
    );
    await assert.rejects(Deno.stat(target), Deno.errors.NotFound);

    const before = await taken(relay, way);
    const { code, stdout, stderr } = await cut(relay, way, args, env);
    assert.equal(code, 0, stderr);
    assert.match(stderr, /the next try is in \d+ s\n/);
    const item = firstOf(stdout);
    assert(item.resumed_from >= MARKED);
    assert.equal(item.size, SIZE);
    // Of all tries: what was under way when it was cut was sent twice.
    const rest = SIZE - item.resumed_from;
    assert(item.sent_bytes >= rest, `${item.sent_bytes} of ${rest}`);
    assert.equal(item.checksum, sumOf(bytes, "crc32"));
    // What was under way when it was cut crossed twice, and nothing else.
    const crossed = await taken(relay, way) - before;
    assert(crossed < item.sent_bytes + 8 * MIB, `${crossed} bytes crossed`);
    const kept = await Deno.readFile(target);
    assert.equal(sumOf(kept, "sha256"), sumOf(bytes, "sha256"));
    const left = [...Deno.readDirSync(here)].map(({ name }) => name);
    assert.deepEqual(left, [command === "put" ? "a" : "b"]);
    // It is finished: given again, all is sent again.
    const again = await runFtpc(args, { env });
    assert.equal(firstOf(again.stdout).sent_bytes, SIZE);
  });
}

type Env = Record<string, string>;

function start(args: readonly string[], env: Env) {
  const [program, before] = commandOf("ftpc");
  return new Deno.Command(program, {
    args: [...before, ...args],
    ...{ env, stdin: "null", stdout: "piped", stderr: "piped" },
  }).spawn();
}

/** Kill ftpc once a journal says that there is something to go on with. */
async function killed(
  relay: Relay,
  way: Way,
  args: readonly string[],
  env: Env,
  journals: string,
): Promise<void> {
  await relay.hold(way, MARKED + 4 * MIB);
  const ftpc = start(args, env);
  while (!hasJournal(journals)) {
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  ftpc.kill("SIGKILL");
  await ftpc.output();
  await relay.cut();
}

async function interrupted(
  relay: Relay,
  way: Way,
  args: readonly string[],
  env: Env,
): Promise<Ran> {
  const before = await taken(relay, way);
  const ftpc = start(args, env);
  await relay.reached(way, before + MIB);
  ftpc.kill("SIGINT");
  return textsOf(await ftpc.output());
}

async function cut(
  relay: Relay,
  way: Way,
  args: readonly string[],
  env: Env,
): Promise<Ran> {
  const at = await taken(relay, way) + 4 * MIB;
  await relay.hold(way, at);
  const ftpc = start(args, env);
  await relay.reached(way, at);
  await relay.cut();
  return textsOf(await ftpc.output());
}

async function taken(relay: Relay, way: Way): Promise<number> {
  return (await relay.counts())[way].taken;
}

function textsOf({ code, stdout, stderr }: Deno.CommandOutput): Ran {
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

function firstOf(stdout: string) {
  return JSON.parse(stdout.split("\n", 1)[0] ?? "");
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
