/**
 * deno task bench [--smoke] [--only PART,PART…] [--rounds N] [--table]
 *
 * Speed and memory of ftpd and ftpc (the executables, where FTPD and FTPC name
 * them) beside the programs that this machine has. Ratios are of medians taken
 * in turns in the same run: above 1 x, ours is quicker. `--smoke` only shows
 * that all of it runs; `--table` prints all of it once more, as markdown.
 */
import { parseArgs } from "node:util";
import { farAway } from "./far.ts";
import { smallFiles } from "./folders.ts";
import { smallBesideLarge } from "./latency.ts";
import { relayAlone } from "./line.ts";
import { longListing, unchangedSync } from "./listing.ts";
import { machine, table } from "./measure.ts";
import { idleSessions, largeFileMemory } from "./memory.ts";
import { has } from "./peers.ts";
import { type BenchSite, openSite } from "./site.ts";
import { largeFile, manyClients } from "./speed.ts";
import { startUp } from "./start.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    smoke: { type: "boolean", default: false },
    only: { type: "string" },
    rounds: { type: "string" },
    table: { type: "boolean", default: false },
  },
});
const { smoke } = flags;

/** Of a part that takes `usual` where nothing else is said. */
function roundsOf(usual: number): number {
  return smoke ? 1 : Number(flags.rounds ?? usual);
}

function sizes(bytes: number, smokeBytes: number, rounds: number) {
  return { bytes: smoke ? smokeBytes : bytes, rounds: roundsOf(rounds) };
}

const PARTS: Readonly<Record<string, (site: BenchSite) => Promise<void>>> = {
  start: () => startUp(roundsOf(9)),
  large: (site) => largeFile(site, sizes(GIB, 16 * MIB, 9)),
  small: (site) =>
    smallFiles(site, {
      tree: { files: smoke ? 200 : 2000, bytes: 4096, nested: false },
      rounds: roundsOf(7),
      lftp: true,
    }),
  nested: (site) =>
    smallFiles(site, {
      tree: { files: smoke ? 200 : 100_000, bytes: 1024, nested: true },
      rounds: roundsOf(5),
      lftp: smoke,
    }),
  list: (site) => longListing(site, smoke ? 200 : 20_000, roundsOf(7)),
  sync: (site) => unchangedSync(site, smoke ? 200 : 20_000, roundsOf(7)),
  line: () => relayAlone((smoke ? 16 : 512) * MIB),
  relay: (site) =>
    farAway(site, {
      files: smoke ? 200 : 2000,
      lftpFiles: smoke ? 20 : 400,
      largeBytes: (smoke ? 16 : 256) * MIB,
      rounds: roundsOf(5),
    }),
  many: (site) =>
    manyClients(site, sizes(64 * MIB, 4 * MIB, 5), smoke ? 4 : 16),
  latency: (site) =>
    smoke
      ? smallBesideLarge(site, 128 * MIB, 30)
      : smallBesideLarge(site, GIB, 500),
  memory: (site) => largeFileMemory(site, smoke ? 256 * MIB : 4 * GIB),
  idle: (site) => idleSessions(site, smoke ? 50 : 1000),
};

const chosen = flags.only?.split(",") ?? Object.keys(PARTS);
const unknown = chosen.filter((name) => !(name in PARTS));
if (unknown.length > 0 || !(roundsOf(1) >= 1)) {
  console.error(`--only takes ${Object.keys(PARTS).join(",")}; --rounds 1…`);
  Deno.exit(2);
}
for (const program of ["curl", "vsftpd", "rsync", "lftp"]) {
  if (!await has(program)) console.log(`${program} is missing: not compared`);
}
await using site = await openSite();
if (!site.tmpfs) console.log("no tmpfs could be mounted: a disk is measured");
console.log(machine());
for (const [name, bench] of Object.entries(PARTS)) {
  if (chosen.includes(name)) await bench(site);
}
if (flags.table) console.log(`\n${machine()}\n\n${table()}`);
