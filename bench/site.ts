/**
 * Where a bench runs: a tmpfs of its own where that can be had (a disk's speed
 * is not what is measured), with ftpd serving a home on it.
 * @module
 */
import * as path from "node:path";
import { type Ftpd, makeSite, startFtpdFor } from "../tests/programs.ts";
import { Aside } from "./aside.ts";

export interface BenchSite extends AsyncDisposable {
  /** All files of the bench; on tmpfs if possible. */
  readonly folder: string;
  /** alex' home. */
  readonly home: string;
  readonly ftpd: Ftpd;
  readonly tmpfs: boolean;
  /** Where the rounds' targets go; removed with all the rest. */
  readonly aside: Aside;
}

/** A file of 4 GiB, put and got. */
const TMPFS_SIZE = "14g";
/** No bench takes longer. */
const BENCH_MS_MAX = 60 * 60 * 1000;

export async function openSite(): Promise<BenchSite> {
  await using stack = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "ftpd-bench-" });
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const tmpfs = await mount(folder);
  if (tmpfs) stack.defer(() => unmount(folder));
  const site = stack.use(await makeSite());
  const homes = path.join(folder, "home");
  const home = path.join(homes, "alex");
  await Deno.mkdir(home, { recursive: true });
  const ftpd = await startFtpdFor(BENCH_MS_MAX, [
    ...site.args,
    ...["--home", homes, "--log-level", "info"],
    ...["--max-connections-per-user", "2000"],
    ...["--max-connections-per-address", "2000"],
  ]);
  stack.use(ftpd);
  const kept = stack.move();
  return {
    ...{ folder, home, ftpd, tmpfs },
    aside: new Aside(path.join(folder, "aside")),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A file of `size` bytes with no pattern in it. */
export async function makeFile(file: string, size: number): Promise<void> {
  const options = { write: true, create: true, truncate: true };
  using out = await Deno.open(file, options);
  const block = new Uint8Array(1 << 20);
  for (let at = 0; at < block.length; at += 65_536) {
    crypto.getRandomValues(block.subarray(at, at + 65_536));
  }
  for (let left = size; left > 0; left -= block.length) {
    let rest = block.subarray(0, Math.min(left, block.length));
    while (rest.length > 0) rest = rest.subarray(await out.write(rest));
  }
}

export async function removed(file: string): Promise<void> {
  await Deno.remove(file).catch(() => {});
}

async function mount(folder: string): Promise<boolean> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return false;
  const args = ["-t", "tmpfs", "-o", `size=${TMPFS_SIZE}`, "tmpfs", folder];
  try {
    return (await new Deno.Command("mount", { args }).output()).success;
  } catch {
    return false;
  }
}

async function unmount(folder: string): Promise<void> {
  await new Deno.Command("umount", { args: [folder] }).output();
}
