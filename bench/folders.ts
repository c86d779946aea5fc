/** @module Trees of small files, put and got, beside lftp and rsync. */
import * as path from "node:path";
import type { Aside } from "./aside.ts";
import { contest, type Contestant } from "./contest.ts";
import { type Command, row } from "./measure.ts";
import { abilitiesOf, atFtpd, type Dialled, ftpc } from "./ours.ts";
import {
  has,
  type Peer,
  RSYNC_USER,
  rsyncPasswordFile,
  startRsync,
  startVsftpd,
} from "./peers.ts";
import { type Peak, peakOf } from "./pss.ts";
import type { BenchSite } from "./site.ts";
import {
  copiedTree,
  countFiles,
  describe,
  makeTree,
  type Tree,
} from "./tree.ts";

export interface Folders {
  readonly tree: Tree;
  readonly rounds: number;
  /** Whether lftp takes part: it takes minutes for a large tree. */
  readonly lftp: boolean;
}

/** Whole commands: put and get of a tree; then what they hold at their peak. */
export async function smallFiles(
  site: BenchSite,
  { tree, rounds, lftp }: Folders,
): Promise<void> {
  await using place = await openPlace(site, tree);
  const { folder } = site;
  const { scratch } = place;
  await using vsftpd = lftp ? await startVsftpd(folder, scratch) : null;
  await using rsync = await startRsync(folder, scratch);
  const at = { hostname: "127.0.0.1" };
  const work = { amount: tree.files, unit: "files" } as const;
  for (const way of ["put", "get"] as const) {
    const ours = await oursOf(site, place, way, atFtpd(site));
    const others = await othersOf(place, way, {
      vsftpd: vsftpd && { ...at, port: vsftpd.port },
      rsync: rsync && { ...at, port: rsync.port },
    });
    const what = `${way} of ${describe(tree)}`;
    await contest(what, [...ours, ...others], work, rounds);
    for (const mine of ours.slice(-1)) {
      place.check(way, mine.name);
      reportPeak(`${what}: ${mine.name}`, await peakOf(mine, site.ftpd.pid));
    }
    await reportRsync(what, others, rsync);
    await site.aside.tidy();
  }
}

async function reportRsync(
  what: string,
  others: readonly Contestant[],
  rsync: Peer | null,
): Promise<void> {
  const command = others.find(({ name }) => name === "rsync");
  if (command === undefined || rsync === null) return;
  reportPeak(`${what}: rsync`, await peakOf(command, rsync.pid));
}

function reportPeak(what: string, { clientKib, serverKib }: Peak): void {
  const mib = (kib: number) => `${(kib / 1024).toFixed(1)} MiB`;
  row(`${what}, peak PSS`, mib(clientKib), `server ${mib(serverKib)}`);
}

/** The trees of one bench. */
export interface TreePlace extends AsyncDisposable {
  readonly scratch: string;
  /** The site's folder. */
  readonly folder: string;
  readonly home: string;
  readonly aside: Aside;
  /** What is put; `tree` in the home is a copy, which ours gets. */
  readonly source: string;
  readonly names: readonly string[];
  /** What is got. */
  readonly out: string;
  readonly files: number;
  /** @throws If what the last put or get of ours made is not whole. */
  check(way: "put" | "get", name: string): void;
}

export async function openPlace(
  { folder, home, aside }: BenchSite,
  tree: Tree,
): Promise<TreePlace> {
  const scratch = await Deno.makeTempDir({ prefix: "ftpd-bench-" });
  const source = path.join(folder, "tree");
  const names = makeTree(source, tree);
  await copiedTree(source, path.join(home, "tree"));
  const out = path.join(folder, "out");
  const made = [source, out, path.join(home, "tree"), path.join(home, "copy")];
  made.push(path.join(folder, "up", "copy"), path.join(folder, "rsynced"));
  return {
    ...{ scratch, folder, home, aside, source, names, out, files: tree.files },
    check: (way, name) => {
      const target = way === "put" ? path.join(home, "copy") : out;
      if (countFiles(target) !== tree.files) {
        throw new Error(`${name}: ${target} has not every file`);
      }
    },
    [Symbol.asyncDispose]: async () => {
      for (const one of made) await aside.take(one, tree.files);
      await Deno.remove(scratch, { recursive: true });
    },
  };
}

/** Ours, with one connection and as it is by default. */
export async function oursOf(
  site: BenchSite,
  place: TreePlace,
  way: "put" | "get",
  at: Dialled,
): Promise<Contestant[]> {
  const { folders, jobs } = await abilitiesOf(site);
  const { source, names, out, home, aside, files } = place;
  const target = way === "put" ? path.join(home, "copy") : out;
  const ours = (name: string, ...args: string[]): Contestant => ({
    ...ftpc(at, name, way, ...args),
    ours: true,
    before: () => aside.take(target, files),
  });
  if (folders) {
    const pair = way === "put" ? [source, "copy"] : ["tree", out];
    const plain = ours("ftpc", "-r", ...pair);
    return jobs
      ? [ours("ftpc -j 1", "-j", "1", "-r", ...pair), plain]
      : [plain];
  }
  // One command line holds some thousand names, of files that lie flat.
  if (names.length > 5000 || names.some((name) => name.includes("/"))) {
    row(`${way} of ${names.length} files`, "ftpc has no -r yet: left out");
    return [];
  }
  row(`${way} of ${names.length} files`, "ftpc has no -r yet: names instead");
  const from = names.map((name) =>
    way === "put" ? path.join(source, name) : `tree/${name}`
  );
  const to = way === "put" ? "copy" : out;
  return [{
    ...ours("ftpc", ...from, "--to", to),
    before: async () => {
      await aside.take(target, files);
      await Deno.mkdir(target);
    },
  }];
}

/** lftp and rsync, those that are there. */
export async function othersOf(
  { scratch, folder, source, out, aside, files }: TreePlace,
  way: "put" | "get",
  { vsftpd, rsync }: {
    readonly vsftpd: Dialled | null;
    readonly rsync: Dialled | null;
  },
): Promise<Contestant[]> {
  const others: Contestant[] = [];
  if (vsftpd !== null && await has("lftp")) {
    const target = way === "put" ? path.join(folder, "up", "copy") : out;
    const mirror = way === "put"
      ? `mirror -R --parallel=4 ${source} up/copy`
      : `mirror --parallel=4 tree ${out}`;
    others.push({
      ...lftp(vsftpd, mirror),
      ours: false,
      before: () => aside.take(target, files),
    });
  }
  if (rsync !== null) {
    const target = way === "put" ? path.join(folder, "rsynced") : out;
    const module = rsyncModule(rsync);
    const pair = way === "put"
      ? [`${source}/`, `${module}/rsynced/`]
      : [`${module}/tree/`, `${out}/`];
    others.push({
      ...rsyncAsked(scratch, "-aW", ...pair),
      ours: false,
      before: () => aside.take(target, files),
    });
  }
  return others;
}

export function lftp({ hostname, port }: Dialled, command: string): Command {
  const lines = ["set ftp:ssl-allow no", "set cmd:fail-exit yes"];
  lines.push(`open ftp://${hostname}:${port}`, command);
  return {
    name: "lftp",
    command: "lftp",
    args: ["--norc", "-c", lines.join(";")],
  };
}

export function rsyncModule({ hostname, port }: Dialled): string {
  return `rsync://${RSYNC_USER.name}@${hostname}:${port}/asked`;
}

export function rsyncAsked(scratch: string, ...args: string[]): Command {
  const password = `--password-file=${rsyncPasswordFile(scratch)}`;
  return { name: "rsync", command: "rsync", args: [password, ...args] };
}
