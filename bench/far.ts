/**
 * Over a line that holds 20 ms each way and 1 Gbit/s: small files beside lftp
 * and rsync, a large one beside curl.
 * @module
 */
import * as path from "node:path";
import { startRelay } from "../tests/support/relay/mod.ts";
import { contest, type Contestant } from "./contest.ts";
import { openPlace, othersOf, oursOf } from "./folders.ts";
import { atFtpd, ftpc } from "./ours.ts";
import { has, type Passive, startRsync, startVsftpd } from "./peers.ts";
import { type BenchSite, makeFile, removed } from "./site.ts";
import { describe } from "./tree.ts";

export const LINE = { delayMs: 20, bytesPerSecond: 125_000_000 } as const;
/** The relay's side; the servers have the same ports of 127.0.0.1. */
const NEAR = "127.0.0.2";
const SERVERS = "127.0.0.1";
/** For data connections, each for one transfer at a time. */
const PASSIVE_PORTS = 64;

export interface Far {
  readonly files: number;
  /** lftp takes minutes: it moves so many, and its time is scaled. */
  readonly lftpFiles: number;
  readonly largeBytes: number;
  readonly rounds: number;
}

export async function farAway(site: BenchSite, far: Far): Promise<void> {
  const scratch = await Deno.makeTempDir({ prefix: "ftpd-bench-" });
  try {
    const { folder } = site;
    const passive = freeRange();
    await using vsftpd = await startVsftpd(folder, scratch, passive);
    await using rsync = await startRsync(folder, scratch);
    const dialled = [site.ftpd.port, vsftpd?.port ?? 0, rsync?.port ?? 0];
    const data = [...Array(PASSIVE_PORTS).keys()].map((n) => passive.first + n);
    const to = (port: number) => ({ hostname: SERVERS, port });
    await using relay = await startRelay({
      ...LINE,
      routes: [
        ...dialled.map((port) => ({
          from: { hostname: NEAR, port: 0 },
          to: to(port),
        })),
        ...data.map((port) => ({
          from: { hostname: NEAR, port },
          to: to(port),
        })),
      ],
    });
    const near = (n: number) => ({
      hostname: NEAR,
      port: relay.ports[n] ?? 0,
    });
    const peers = {
      vsftpd: vsftpd && near(1),
      rsync: rsync && near(2),
    };
    await smallOnes(site, scratch, far, near(0), peers);
    await largeOne(site, far, near(0), peers.vsftpd);
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

type Near = ReturnType<typeof atFtpd>;

async function smallOnes(
  site: BenchSite,
  scratch: string,
  { files, lftpFiles, rounds }: Far,
  ftpd: Near,
  { vsftpd, rsync }: { vsftpd: Near | null; rsync: Near | null },
): Promise<void> {
  const tree = { files, bytes: 4096, nested: false };
  const part = { ...tree, files: lftpFiles };
  const work = { amount: files, unit: "files" } as const;
  for (const way of ["put", "get"] as const) {
    const what = `20 ms: ${way} of ${describe(tree)}`;
    {
      await using place = await openPlace(site, tree);
      const others = await othersOf({ ...place, scratch }, way, {
        vsftpd: null,
        rsync,
      });
      const ours = await oursOf(site, place, way, ftpd);
      await contest(what, [...ours, ...others], work, rounds);
    }
    await using place = await openPlace(site, part);
    const others = await othersOf({ ...place, scratch }, way, {
      vsftpd,
      rsync: null,
    });
    const scale = files / lftpFiles;
    const scaled = others.map((one): Contestant => ({ ...one, scale }));
    await contest(what, scaled, work, Math.min(rounds, 3));
  }
}

async function largeOne(
  site: BenchSite,
  { largeBytes, rounds }: Far,
  ftpd: Near,
  vsftpd: Near | null,
): Promise<void> {
  const { folder, home } = site;
  const source = path.join(folder, "source");
  const out = path.join(folder, "out");
  await makeFile(source, largeBytes);
  await Deno.copyFile(source, path.join(home, "file"));
  const copy = path.join(home, "copy");
  const up = path.join(folder, "up", "file");
  const gets: Contestant[] = [{
    ...ftpc(ftpd, "ftpc", "get", "file", out),
    ours: true,
    before: () => removed(out),
  }];
  const puts: Contestant[] = [{
    ...ftpc(ftpd, "ftpc", "put", source, "copy"),
    ours: true,
    before: () => removed(copy),
  }];
  if (vsftpd !== null && await has("curl")) {
    const url = `ftp://${vsftpd.hostname}:${vsftpd.port}`;
    const curl = { name: "curl", command: "curl", ours: false };
    gets.push({
      ...curl,
      args: ["-s", "-o", out, `${url}/source`],
      before: () => removed(out),
    });
    puts.push({
      ...curl,
      args: ["-s", "-T", source, `${url}/up/file`],
      before: () => removed(up),
    });
  }
  const work = { amount: largeBytes / 1e6, unit: "MB" } as const;
  const size = `${largeBytes / 2 ** 20} MiB`;
  await contest(`20 ms: put of ${size}`, puts, work, rounds);
  await contest(`20 ms: get of ${size}`, gets, work, rounds);
  for (const made of [source, out, path.join(home, "file"), copy, up]) {
    await removed(made);
  }
}

/** Ports in a row that are free on both sides, below those that dialling takes. */
function freeRange(): Passive {
  for (let first = 20_000; first < 32_000; first += PASSIVE_PORTS) {
    const taken = [NEAR, SERVERS].some((hostname) => !allFree(hostname, first));
    const last = first + PASSIVE_PORTS - 1;
    if (!taken) return { hostname: NEAR, first, last };
  }
  throw new Error("no ports in a row are free");
}

function allFree(hostname: string, first: number): boolean {
  using listeners = new DisposableStack();
  try {
    for (let n = 0; n < PASSIVE_PORTS; n++) {
      listeners.use(Deno.listen({ hostname, port: first + n }));
    }
    return true;
  } catch {
    return false;
  }
}
