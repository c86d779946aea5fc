/**
 * put and get that broke off, given again on connections that break: alone and
 * as part of a tree they go on, or start over and say why.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { connect } from "../../lib/client/mod.ts";
import { markLine, originLine } from "../../lib/client/local/part_journal.ts";
import { newPartName } from "../../lib/client/local/target.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { asAlexAgain, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { sumOf } from "../support/sums.ts";
import { type Cut, CutNetwork } from "./cut_network.ts";
import { Desk } from "./desk.ts";
import { emptyTree } from "./file_tree.ts";

const MIB = 2 ** 20;
const SIZE = 5 * MIB;
/** Where the first command has come to. */
const STOPPED = 2 * MIB;
const FIRST = randomBytes(SIZE, 1);
const SECOND = randomBytes(SIZE, 2);

interface Place {
  /** What is sent or fetched. */
  readonly source: string;
  /** The folder that the part lies in. */
  readonly parts: string;
}

interface Case {
  readonly name: string;
  readonly flags?: readonly string[];
  /** What happens between the two commands. */
  readonly between?: (place: Place) => void;
  /** Nothing of the first command is known here by then. */
  readonly forgotten?: boolean;
  /** Of the second command: of the bytes that it moves. */
  readonly cuts?: readonly {
    readonly movedBytes: number;
    silently?: boolean;
  }[];
  /** Whether the second one goes on with the first. */
  readonly goesOn: boolean;
  readonly says?: { readonly put: RegExp; readonly get: RegExp };
}

const changes = ({ source }: Place) => Deno.writeFileSync(source, SECOND);
const spoils = ({ parts }: Place) => {
  for (const { name } of Deno.readDirSync(parts)) {
    if (!/^(?:\.ftpc-)?[0-9a-z-]+$/.test(name)) continue;
    using file = Deno.openSync(path.join(parts, name), { write: true });
    file.seekSync(1000, Deno.SeekMode.Start);
    file.writeSync(new Uint8Array(16));
  }
};
const changed = /it is not what it was: starting over\n/;
const spoilt = {
  put: /there is nothing to go on with there: starting over\n/,
  get: /the bytes from before are not what they were: starting over\n/,
};
const waits = /the next try is in \d+ s\n/;

const CASES: readonly Case[] = [
  { name: "it goes on", goesOn: true },
  {
    name: "it goes on, and again when the connection is lost",
    ...{ cuts: [{ movedBytes: MIB }], goesOn: true },
    says: { put: waits, get: waits },
  },
  {
    name: "the same with SHA-256",
    flags: ["--checksum", "sha256"],
    ...{ cuts: [{ movedBytes: MIB }], goesOn: true },
    says: { put: waits, get: waits },
  },
  {
    name: "the server has not noticed that it was lost: taken over",
    cuts: [{ movedBytes: MIB, silently: true }],
    ...{ goesOn: true, says: { put: waits, get: waits } },
  },
  { name: "--verify-resume", flags: ["--verify-resume"], goesOn: true },
  {
    name: "the source is another by then",
    ...{ between: changes, goesOn: false },
    says: { put: changed, get: changed },
  },
  {
    name: "--verify-resume finds that the part was changed",
    flags: ["--verify-resume"],
    ...{ between: spoils, goesOn: false, says: spoilt },
  },
  {
    name: "so does SHA-256 without it",
    flags: ["--checksum", "sha256"],
    ...{ between: spoils, goesOn: false, says: spoilt },
  },
  { name: "--restart", flags: ["--restart"], goesOn: false },
  { name: "nothing is known of it here", forgotten: true, goesOn: true },
  {
    name: "nothing is known of it here, and the source is another by then",
    ...{ forgotten: true, between: changes, goesOn: false },
    says: { put: changed, get: changed },
  },
  {
    name: "nothing is known of it here, --restart",
    ...{ forgotten: true, flags: ["--restart"], goesOn: false },
  },
];

Deno.test("a transfer that broke off is given again", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const places = {
    home: path.join(site.home, "alex"),
    here: path.join(site.folder, "here"),
    port: ftpd.port,
  };
  for (const given of CASES) {
    for (const command of ["put", "get"] as const) {
      for (const inTree of [false, true]) {
        // In a tree, what differs is who knows the source.
        if (inTree && given.flags !== undefined) continue;
        const shown = `${command}${inTree ? " -r" : ""}: ${given.name}`;
        await t.step(shown, () => again(given, command, inTree, places));
      }
    }
  }
});

Deno.test("the same get, while the first is at it: each has its own part", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.home, "alex");
  const here = path.join(site.folder, "here");
  for (const folder of [home, here]) emptyTree(folder);
  Deno.writeFileSync(path.join(home, "a"), FIRST);
  const target = path.join(here, "b");
  await leavePart(ftpd.port, "a", target, []);
  const line = [...asAlexAgain(ftpd), "--json", "get", "a", target];
  const isAtIt = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const network = new CutNetwork([{
    readBytes: MIB,
    waits() {
      isAtIt.resolve();
      return goOn.promise;
    },
  }]);
  const running = new Desk({ runtime: network.runtime }).run(...line);
  await isAtIt.promise;
  // The first has the part from before; the second leaves it alone.
  for (const resumed of [null, STOPPED]) {
    const { code, stdout, stderr } =
      await (resumed === null ? new Desk().run(...line) : running);
    assert.equal(code, 0, stderr);
    assert.equal(itemOf(stdout).resumed_from, resumed);
    const kept = Deno.readFileSync(target);
    assert.equal(sumOf(kept, "crc32"), sumOf(FIRST, "crc32"));
    goOn.resolve();
  }
  assert.deepEqual([...Deno.readDirSync(here)].map(({ name }) => name), ["b"]);
});

const OTHERS = [
  {
    name: "the same put takes the part over",
    flags: [],
    ...{ firstCode: 1, goesOn: "second" },
  },
  {
    name: "another put leaves it alone",
    flags: ["--preserve"],
    ...{ firstCode: 0, goesOn: "first" },
  },
];

for (const { name, flags, firstCode, goesOn } of OTHERS) {
  Deno.test(`a put that another one is at: ${name}`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const source = path.join(site.folder, "a");
    Deno.writeFileSync(source, FIRST);
    const line = [...asAlexAgain(ftpd), "--json", "put", source, "b"];
    await stopPut(line);
    const isAtIt = Promise.withResolvers<void>();
    const goOn = Promise.withResolvers<void>();
    const network = new CutNetwork([{
      writtenBytes: MIB,
      waits() {
        isAtIt.resolve();
        return goOn.promise;
      },
    }]);
    const running = new Desk({ runtime: network.runtime }).run(...line);
    await isAtIt.promise;
    const second = await new Desk().run(...line, ...flags);
    assert.equal(second.code, 0, second.stderr);
    const ofSecond = itemOf(second.stdout);
    assert.equal(ofSecond.resumed_from !== null, goesOn === "second");
    goOn.resolve();
    const { code, stdout, stderr } = await running;
    assert.equal(code, firstCode, stderr);
    const ofFirst = itemOf(stdout);
    assert.equal(ofFirst.resumed_from !== null, goesOn === "first");
    assert.equal(ofFirst.reason, firstCode === 0 ? null : "taken_over");
    const kept = Deno.readFileSync(path.join(site.home, "alex", "b"));
    assert.equal(sumOf(kept, "crc32"), sumOf(FIRST, "crc32"));
  });
}

interface Places {
  readonly home: string;
  readonly here: string;
  readonly port: number;
}

async function again(
  { flags = [], between, forgotten, goesOn, says, ...given }: Case,
  command: "put" | "get",
  inTree: boolean,
  { home, here, port }: Places,
): Promise<void> {
  for (const folder of [home, here]) emptyTree(folder);
  const isPut = command === "put";
  const [from, to] = isPut ? [here, home] : [home, here];
  const source = path.join(from, inTree ? "d/a" : "a");
  const target = path.join(to, inTree ? "d/a" : "b");
  for (const file of [source, target]) {
    Deno.mkdirSync(path.dirname(file), { recursive: true });
  }
  Deno.writeFileSync(source, FIRST);
  const local = path.join(
    here,
    inTree ? (isPut ? "d" : "") : isPut ? "a" : "b",
  );
  const remote = inTree ? (isPut ? "/" : "d") : isPut ? "b" : "a";
  const names = isPut ? [local, remote] : [remote, local];
  const line = [
    ...[...asAlexAgain({ port }), "--json", command, ...flags],
    ...[...inTree ? ["-r"] : [], ...names],
  ];
  if (isPut) await stopPut(line);
  else await leavePart(port, inTree ? "d/a" : "a", target, flags);
  const parts = isPut ? path.join(home, ".ftpd") : path.dirname(target);
  between?.({ source, parts });
  if (forgotten) forgetJobs();

  const cuts = (given.cuts ?? []).map(({ movedBytes, silently }): Cut => ({
    ...(isPut ? { writtenBytes: movedBytes } : { readBytes: movedBytes }),
    ...(silently ? { silently } : {}),
  }));
  using network = new CutNetwork(cuts);
  const { runtime } = network;
  const { code, stdout, stderr } = await new Desk({ runtime }).run(...line);
  assert.equal(code, 0, stderr);
  assert.equal(network.connections, cuts.length + 1);
  if (says) assert.match(stderr, says[command]);
  const bytes = between === changes ? SECOND : FIRST;
  assert.equal(
    sumOf(Deno.readFileSync(target), "crc32"),
    sumOf(bytes, "crc32"),
  );
  const item = itemOf(stdout);
  assert.equal(item.size, SIZE);
  assert.equal(item.resumed_from !== null, goesOn, stdout);
  if (!goesOn) return;
  assert(item.resumed_from >= MIB);
  // What a lost connection has taken counts, too.
  const last = SIZE - item.resumed_from;
  assert(cuts.length === 0 ? item.sent_bytes === last : item.sent_bytes > last);
  // What was on its way when it was cut, and a write that was over by then.
  const twice = cuts.length * 2 * MIB;
  const crossed = (isPut ? network.written : network.read)
    .reduce((sum, bytes) => sum + bytes, 0);
  assert(crossed < SIZE - item.resumed_from + twice + MIB / 2);
}

/** As on another machine, or where ftpc may keep nothing. */
function forgetJobs(): void {
  const state = Deno.env.get("XDG_STATE_HOME");
  assert(state !== undefined);
  emptyTree(path.join(state, "ftpc"));
}

function itemOf(stdout: string) {
  return JSON.parse(stdout.split("\n", 1)[0] ?? "");
}

/** A put that somebody stops by Ctrl-C. */
async function stopPut(line: readonly string[]): Promise<void> {
  const stop = { writtenBytes: STOPPED, interrupts: true };
  const { runtime } = new CutNetwork([stop]);
  const { code, stderr } = await new Desk({ runtime }).run(...line);
  assert.equal(code, 130, stderr);
  assert.match(
    stderr,
    /: cancelled\nftpc: the same command goes on from here\n/,
  );
}

/** What a get that was killed leaves: how far that comes is its server's say. */
async function leavePart(
  port: number,
  remote: string,
  target: string,
  flags: readonly string[],
): Promise<void> {
  const runtime = systemRuntime();
  const place = { hostname: "127.0.0.1", port };
  const user = { username: "alex", password: "123" };
  await using client = await connect({ runtime, ...place, ...user });
  const { version } = await client.stat(remote);
  const part = path.join(path.dirname(target), newPartName(runtime.random));
  const bytes = FIRST.subarray(0, STOPPED);
  const origin = originLine({
    ...{ server: `127.0.0.1:${port}`, username: "alex", remote },
    ...{ target: path.basename(target), identity: version ?? "" },
  });
  const type = flags.includes("sha256") ? "sha256" : "crc32";
  const mark = markLine({ offset: STOPPED, checksum: sumOf(bytes, type) });
  const options = { mode: 0o600 };
  Deno.writeFileSync(part, bytes, options);
  Deno.writeFileSync(`${part}.j`, await joined(origin, mark), options);
}

async function joined(...pieces: Uint8Array<ArrayBuffer>[]) {
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}
