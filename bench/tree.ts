/** @module Trees of small files: made, copied and removed quickly. */
import * as path from "node:path";

export interface Tree {
  readonly files: number;
  /** Of each. */
  readonly bytes: number;
  /** A hundred files a folder, three folders deep; else all in one. */
  readonly nested: boolean;
}

export function describe({ files, bytes }: Tree): string {
  const each = bytes < 1024 ? `${bytes} B` : `${bytes / 1024} KiB`;
  return `${files.toLocaleString("en")} x ${each}`;
}

/** Bytes to cut files from, so that no two are the same. */
const POOL_BYTES = 2 ** 20;

/** @returns The files' paths, relative to `folder`. */
export function makeTree(
  folder: string,
  { files, bytes, nested }: Tree,
): readonly string[] {
  const pool = new Uint8Array(POOL_BYTES);
  for (let at = 0; at < POOL_BYTES; at += 65_536) {
    crypto.getRandomValues(pool.subarray(at, at + 65_536));
  }
  const names: string[] = [];
  let last = "";
  for (let n = 0; n < files; n++) {
    const inside = nested ? path.join(...foldersOf(n)) : "";
    const parent = path.join(folder, inside);
    if (parent !== last) Deno.mkdirSync(parent, { recursive: true });
    last = parent;
    const name = `file${n}`;
    const at = n * 61 % (POOL_BYTES - bytes);
    Deno.writeFileSync(path.join(parent, name), pool.subarray(at, at + bytes));
    names.push(path.join(inside, name));
  }
  return names;
}

/** How many files there are below a folder. */
export function countFiles(folder: string): number {
  let files = 0;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    files += isDirectory ? countFiles(path.join(folder, name)) : 1;
  }
  return files;
}

export async function removedTree(folder: string): Promise<void> {
  await Deno.remove(folder, { recursive: true }).catch(() => {});
}

export async function copiedTree(from: string, to: string): Promise<void> {
  const args = ["-a", from, to];
  const { success } = await new Deno.Command("cp", { args }).output();
  if (!success) throw new Error(`cp ${args.join(" ")} failed`);
}

function foldersOf(n: number): [string, string, string] {
  return [
    `a${Math.floor(n / 10_000)}`,
    `b${Math.floor(n / 1000) % 10}`,
    `c${Math.floor(n / 100) % 10}`,
  ];
}
