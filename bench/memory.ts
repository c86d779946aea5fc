/** @module What the programs hold: while a large file moves, and when idle. */
import * as path from "node:path";
import { asAlex, commandOf } from "../tests/programs.ts";
import { loggedIn, type Peer } from "../tests/support/peer.ts";
import { row } from "./measure.ts";
import { type BenchSite, makeFile, removed } from "./site.ts";

/** Peak of resident memory above idle, for a put and a get. */
export async function largeFileMemory(
  site: BenchSite,
  bytes: number,
): Promise<void> {
  const { folder, home, ftpd } = site;
  const source = path.join(folder, "source");
  await makeFile(source, bytes);
  const idleClient = await idleFtpc(site);
  for (
    const args of [
      ["put", source, "copy"],
      ["get", "copy", path.join(folder, "out")],
    ]
  ) {
    const idle = await kib(ftpd.pid, "VmRSS");
    await Deno.writeTextFile(`/proc/${ftpd.pid}/clear_refs`, "5");
    const client = await peakOf([...asAlex(ftpd), ...args]);
    const server = await kib(ftpd.pid, "VmHWM");
    row(
      `memory, ${args[0]} of ${bytes / 2 ** 30} GiB, above idle`,
      `ftpd ${mib(server - idle)}`,
      `ftpc ${mib(client - idleClient)}`,
    );
  }
  for (const made of [source, path.join(folder, "out")]) await removed(made);
  await removed(path.join(home, "copy"));
}

/** Logins before the first look: what is loaded for the first is no one's. */
const WARM_UP = 100;

/** What one idle session that has logged in costs ftpd, what logins left too. */
export async function idleSessions(
  { ftpd }: BenchSite,
  sessions: number,
): Promise<void> {
  await closeAll(await openSessions(ftpd.port, WARM_UP));
  const before = await pss(ftpd.pid);
  const peers = await openSessions(ftpd.port, sessions);
  const after = await pss(ftpd.pid);
  await closeAll(peers);
  const each = (after - before) / sessions;
  row(`memory, ${sessions} idle sessions`, `${each.toFixed(1)} KiB each`);
}

async function openSessions(port: number, count: number): Promise<Peer[]> {
  const peers: Peer[] = [];
  while (peers.length < count) peers.push(await loggedIn(port, "alex", "123"));
  return peers;
}

async function closeAll(peers: readonly Peer[]): Promise<void> {
  for (const peer of peers) await peer.close();
}

/** Peak KiB of ftpc while it runs a command. */
async function peakOf(args: readonly string[]): Promise<number> {
  const [command, before] = commandOf("ftpc");
  const child = new Deno.Command(command, {
    args: [...before, ...args],
    stdin: "null",
    stdout: "null",
  }).spawn();
  let peak = 0;
  let over = false;
  const ended = child.status.then((status) => {
    over = true;
    return status.code;
  });
  while (!over) {
    peak = Math.max(peak, await kib(child.pid, "VmHWM").catch(() => 0));
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  if (await ended !== 0) throw new Error(`ftpc ${args.join(" ")} failed`);
  return peak;
}

/** KiB of an ftpc that has logged in and waits. */
async function idleFtpc({ ftpd }: BenchSite): Promise<number> {
  const [command, before] = commandOf("ftpc");
  const child = new Deno.Command(command, {
    args: [...before, ...asAlex(ftpd)],
    stdin: "piped",
    stdout: "null",
  }).spawn();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const idle = await kib(child.pid, "VmRSS");
  await child.stdin.close();
  await child.status;
  return idle;
}

async function kib(pid: number, field: string): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`);
  const match = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status);
  return Number(match?.[1] ?? 0);
}

async function pss(pid: number): Promise<number> {
  const rollup = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
}

function mib(kib: number): string {
  return `${(kib / 1024).toFixed(1)} MiB`;
}
