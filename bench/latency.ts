/** @module What a small request waits beside a large one of another user. */
import * as path from "node:path";
import { asAlex, commandOf } from "../tests/programs.ts";
import { loggedIn, type Peer } from "../tests/support/peer.ts";
import { percentile, row } from "./measure.ts";
import { type BenchSite, makeFile, removed } from "./site.ts";

/** 1 KiB gets, alone and beside full-speed gets of `bytes`. */
export async function smallBesideLarge(
  { folder, home, ftpd }: BenchSite,
  bytes: number,
  gets: number,
): Promise<void> {
  const homes = path.dirname(home);
  await Deno.mkdir(path.join(homes, "test"), { recursive: true });
  await makeFile(path.join(homes, "test", "small"), 1024);
  await makeFile(path.join(home, "large"), bytes);
  await using peer = await loggedIn(ftpd.port, "test", "test");
  const alone = await latencies(peer, gets, () => false);
  const [command, before] = commandOf("ftpc");
  const beside: number[] = [];
  while (beside.length < gets) {
    const large = new Deno.Command(command, {
      args: [...before, ...asAlex(ftpd), "get", "large", `${folder}/out`],
      stdin: "null",
      stdout: "null",
    }).spawn();
    let over = false;
    large.status.then(() => over = true);
    beside.push(...await latencies(peer, gets, () => over));
    await large.status;
  }
  for (const percent of [50, 99]) {
    const quiet = percentile(alone, percent);
    const busy = percentile(beside, percent);
    row(
      `1 KiB get, p${percent}`,
      `alone ${quiet.toFixed(1)} ms`,
      `beside ${busy.toFixed(1)} ms`,
      `+${(busy - quiet).toFixed(1)} ms`,
    );
  }
  await removed(path.join(home, "large"));
  await removed(`${folder}/out`);
}

async function latencies(
  peer: Peer,
  gets: number,
  over: () => boolean,
): Promise<number[]> {
  const took: number[] = [];
  while (took.length < gets && !over()) {
    const since = performance.now();
    await peer.get("small");
    took.push(performance.now() - since);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return took;
}
