/** @module Looking at many entries: ls -l, and sync of a tree that is the same. */
import * as path from "node:path";
import { contest, type Contestant } from "./contest.ts";
import { lftp, openPlace, rsyncAsked, rsyncModule } from "./folders.ts";
import { row, timed } from "./measure.ts";
import { abilitiesOf, atFtpd, ftpc } from "./ours.ts";
import { has, startRsync, startVsftpd } from "./peers.ts";
import type { BenchSite } from "./site.ts";
import { describe } from "./tree.ts";

const HOSTNAME = "127.0.0.1";

export async function longListing(
  site: BenchSite,
  files: number,
  rounds: number,
): Promise<void> {
  await using place = await openPlace(site, {
    files,
    bytes: 100,
    nested: false,
  });
  await using vsftpd = await startVsftpd(site.folder, place.scratch);
  const contestants: Contestant[] = [];
  if ((await abilitiesOf(site)).list) {
    const command = ftpc(atFtpd(site), "ftpc", "ls", "-l", "tree");
    contestants.push({ ...command, ours: true });
  } else row("ls -l", "ftpc has no ls yet: left out");
  if (vsftpd !== null && await has("lftp")) {
    const command = lftp(
      { hostname: HOSTNAME, port: vsftpd.port },
      "cls -l tree",
    );
    contestants.push({ ...command, ours: false });
  }
  const work = { amount: files, unit: "entries" } as const;
  await contest(
    `ls -l of ${files.toLocaleString("en")}`,
    contestants,
    work,
    rounds,
  );
}

export async function unchangedSync(
  site: BenchSite,
  files: number,
  rounds: number,
): Promise<void> {
  const tree = { files, bytes: 1024, nested: true };
  await using place = await openPlace(site, tree);
  const { scratch, source } = place;
  await using rsync = await startRsync(site.folder, scratch);
  const contestants: Contestant[] = [];
  if ((await abilitiesOf(site)).sync) {
    const command = ftpc(atFtpd(site), "ftpc", "sync", source, "copy");
    contestants.push({ ...command, ours: true });
  } else row("sync", "ftpc has no sync yet: left out");
  if (rsync !== null) {
    const module = rsyncModule({ hostname: HOSTNAME, port: rsync.port });
    const command = rsyncAsked(
      scratch,
      "-a",
      `${source}/`,
      `${module}/rsynced/`,
    );
    contestants.push({ ...command, ours: false });
  }
  await site.aside.take(path.join(site.home, "copy"), files);
  for (const one of contestants) await timed(one); // from here on unchanged
  const work = { amount: files, unit: "files" } as const;
  const what = `sync, unchanged, of ${describe(tree)}`;
  await contest(what, contestants, work, rounds);
}
