/** @module One large file, and many clients at once, beside other programs. */
import * as path from "node:path";
import { commandOf } from "../tests/programs.ts";
import { startBare } from "./bare.ts";
import { type Command, inTurns, median, ratio, row, timed } from "./measure.ts";
import { has, startRsync, startVsftpd } from "./peers.ts";
import { type BenchSite, makeFile, removed } from "./site.ts";

export interface Sizes {
  readonly bytes: number;
  readonly rounds: number;
}

/** One file, whole commands: get and put. */
export async function largeFile(
  site: BenchSite,
  { bytes, rounds }: Sizes,
): Promise<void> {
  const { folder, home } = site;
  const scratch = await Deno.makeTempDir({ prefix: "ftpd-bench-" });
  try {
    const source = path.join(folder, "source");
    await makeFile(source, bytes);
    await Deno.copyFile(source, path.join(home, "file"));
    await using vsftpd = await startVsftpd(folder, scratch);
    await using rsync = await startRsync(folder, scratch);
    const out = path.join(folder, "out");
    const before = () => removed(out);
    const gets: Command[] = [
      { ...ours(site, "get", "file", out), before },
      { ...copy(source, out), before },
    ];
    const up = path.join(folder, "up", "file");
    const puts: Command[] = [
      {
        ...ours(site, "put", source, "up"),
        before: () => removed(path.join(home, "up")),
      },
      { ...copy(source, out), before },
    ];
    if (vsftpd !== null && await has("curl")) {
      const url = `ftp://127.0.0.1:${vsftpd.port}`;
      gets.push({
        name: "curl",
        command: "curl",
        args: ["-s", "-o", out, `${url}/source`],
        before,
      });
      puts.push({
        name: "curl",
        command: "curl",
        args: ["-s", "-T", source, `${url}/up/file`],
        before: () => removed(up),
      });
    }
    if (rsync !== null) {
      const url = `rsync://127.0.0.1:${rsync.port}/files`;
      const args = ["-W"];
      gets.push({
        name: "rsync",
        command: "rsync",
        args: [...args, `${url}/source`, out],
        before,
      });
      puts.push({
        name: "rsync",
        command: "rsync",
        args: [...args, source, `${url}/rsynced`],
        before: () => removed(path.join(folder, "rsynced")),
      });
    }
    await report(`get of ${mib(bytes)}`, gets, bytes, rounds);
    await report(`put of ${mib(bytes)}`, puts, bytes, rounds);
    const copies = ["file", "up"].map((name) => path.join(home, name));
    for (const made of [source, out, up, ...copies]) {
      await removed(made);
    }
    await removed(path.join(folder, "rsynced"));
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

async function report(
  what: string,
  commands: readonly Command[],
  bytes: number,
  rounds: number,
): Promise<void> {
  const seconds = await inTurns(commands, rounds);
  const mine = median(seconds.get("ftpc") ?? []);
  for (const { name } of commands) {
    const took = median(seconds.get(name) ?? []);
    const rate = `${Math.round(bytes / took / 1e6)} MB/s`;
    const speed = name === "ftpc" ? "" : `ftpc ${ratio(took / mine)}`;
    row(`${what}: ${name}`, `${took.toFixed(3)} s`, rate, speed);
  }
}

function ours(site: BenchSite, ...args: string[]): Command {
  const [command, before] = commandOf("ftpc");
  const { port } = site.ftpd;
  const login = ["-s", "127.0.0.1", "-P", `${port}`, "-u", "alex", "-p", "123"];
  return { name: "ftpc", command, args: [...before, ...login, ...args] };
}

function copy(from: string, to: string): Command {
  return { name: "cp", command: "cp", args: [from, to] };
}

function mib(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

/** Many clients at once: total rate, and slowest beside fastest. */
export async function manyClients(
  site: BenchSite,
  { bytes, rounds }: Sizes,
  clients: number,
): Promise<void> {
  const { folder, home } = site;
  const scratch = await Deno.makeTempDir({ prefix: "ftpd-bench-" });
  try {
    await makeFile(path.join(home, "file"), bytes);
    await Deno.copyFile(path.join(home, "file"), path.join(folder, "source"));
    await using vsftpd = await startVsftpd(folder, scratch);
    await using bare = await startBare(path.join(folder, "source"), scratch);
    const out = (n: number) => path.join(folder, `out${n}`);
    const numbers = [...Array(clients).keys()];
    const results = new Map<string, { total: number[]; spread: number[] }>();
    const note = (name: string, seconds: readonly number[]) => {
      const result = results.get(name) ?? { total: [], spread: [] };
      result.total.push(Math.max(...seconds));
      result.spread.push(Math.max(...seconds) / Math.min(...seconds));
      results.set(name, result);
    };
    for (let round = 0; round < rounds; round++) {
      for (const n of numbers) await removed(out(n));
      note("ftpc", await go(site, numbers.map(out)));
      for (const n of numbers) await removed(out(n));
      if (bare !== null) note("bare", await bare.go(numbers.map(out)));
      if (vsftpd === null || !await has("curl")) continue;
      const url = `ftp://127.0.0.1:${vsftpd.port}/source`;
      for (const n of numbers) await removed(out(n));
      note(
        "curl",
        await Promise.all(numbers.map((n) =>
          timed({
            name: "curl",
            command: "curl",
            args: ["-s", "-o", out(n), url],
          })
        )),
      );
    }
    const mine = median(results.get("ftpc")?.total ?? []);
    for (const [name, { total, spread }] of results) {
      const took = median(total);
      const rate = `${Math.round(clients * bytes / took / 1e6)} MB/s`;
      row(
        `${clients} clients, ${mib(bytes)} each: ${name}`,
        rate,
        `spread ${median(spread).toFixed(2)}`,
        name === "ftpc" ? "" : `ftpc ${ratio(took / mine)}`,
      );
    }
    for (const n of numbers) await removed(out(n));
    await removed(path.join(home, "file"));
    await removed(path.join(folder, "source"));
  } finally {
    await Deno.remove(scratch, { recursive: true });
  }
}

/** Clients that are logged in wait for a go. @returns Seconds from it. */
async function go(
  site: BenchSite,
  outs: readonly string[],
): Promise<readonly number[]> {
  const { command, args } = ours(site);
  const logins = () => site.ftpd.log().match(/ login .*=success/g)?.length ?? 0;
  const before = logins();
  const children = outs.map(() =>
    new Deno.Command(command, {
      args: [...args],
      stdin: "piped",
      stdout: "null",
      stderr: "inherit",
      signal: AbortSignal.timeout(120_000),
    }).spawn()
  );
  while (logins() < before + outs.length) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const since = performance.now();
  return await Promise.all(children.map(async (child, n) => {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(`get file ${outs[n]}\n`));
    await writer.close();
    const { code } = await child.status;
    if (code !== 0) throw new Error(`ftpc ended with ${code}`);
    return (performance.now() - since) / 1000;
  }));
}
