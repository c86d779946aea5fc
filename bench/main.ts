/**
 * deno task bench [--smoke] [NAME…]
 *
 * Speed and memory of ftpd and ftpc (the executables, where FTPD and FTPC name
 * them) beside the programs that this machine has. Ratios are of medians taken
 * in turns in the same run: above 1 x, ours is quicker. `--smoke` only shows
 * that all of it runs.
 */
import { idleSessions, largeFileMemory } from "./memory.ts";
import { smallBesideLarge } from "./latency.ts";
import { has } from "./peers.ts";
import { type BenchSite, openSite } from "./site.ts";
import { largeFile, manyClients } from "./speed.ts";
import { startUp } from "./start.ts";

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const smoke = Deno.args.includes("--smoke");
const chosen = Deno.args.filter((arg) => !arg.startsWith("--"));

const BENCHES: Readonly<Record<string, (site: BenchSite) => Promise<void>>> = {
  start: () => startUp(smoke ? 2 : 9),
  large: (site) => largeFile(site, smoke ? sizes(64 * MIB, 2) : sizes(GIB, 9)),
  many: (site) =>
    smoke
      ? manyClients(site, sizes(4 * MIB, 1), 4)
      : manyClients(site, sizes(64 * MIB, 5), 16),
  latency: (site) =>
    smoke
      ? smallBesideLarge(site, 128 * MIB, 30)
      : smallBesideLarge(site, GIB, 500),
  memory: (site) => largeFileMemory(site, smoke ? 256 * MIB : 4 * GIB),
  idle: (site) => idleSessions(site, smoke ? 50 : 1000),
};

for (const program of ["curl", "vsftpd", "rsync"]) {
  if (!await has(program)) console.log(`${program} is missing: not compared`);
}
await using site = await openSite();
if (!site.tmpfs) console.log("no tmpfs could be mounted: a disk is measured");
for (const [name, bench] of Object.entries(BENCHES)) {
  if (chosen.length === 0 || chosen.includes(name)) await bench(site);
}

function sizes(bytes: number, rounds: number) {
  return { bytes, rounds };
}
