/**
 * The tree that the kill matrix moves: many small files, a few large ones in
 * between, every byte of it known by a seed.
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as path from "node:path";
import { Dice } from "../support/dice.ts";

export const MIB = 1024 * 1024;
export const KIB = 1024;
const SMALL_IN_FOLDER = 30;
const SEED_BYTES = 16;

export interface TreeShape {
  /** Of 0 to 64 KiB. */
  readonly small: number;
  readonly large: number;
  readonly largeMibMin: number;
  readonly largeMibMax: number;
}

/** Names relative to the root, with `/`, and what is in them. */
export type Sizes = ReadonlyMap<string, number>;

/**
 * Make the tree. Folder by folder, with the large files spread over them, so
 * that small and large ones follow each other.
 */
export async function makeTree(
  root: string,
  { small, large, largeMibMin, largeMibMax }: TreeShape,
  dice: Dice,
): Promise<Sizes> {
  const sizes = new Map<string, number>();
  for (let n = 0; n < small; n++) {
    const folder = Math.floor(n / SMALL_IN_FOLDER);
    // Those at both ends are there in any case.
    const size = n < 2 ? n * 64 * KIB : dice.below(64 * KIB + 1);
    sizes.set(`d${padded(folder)}/f${padded(n)}`, size);
  }
  const folders = Math.ceil(small / SMALL_IN_FOLDER);
  for (let n = 0; n < large; n++) {
    const folder = Math.floor(n * folders / large);
    const mib = largeMibMin + dice.below(largeMibMax - largeMibMin + 1);
    // No whole number of blocks.
    sizes.set(`d${padded(folder)}/f-large${n}`, mib * MIB - dice.below(5000));
  }
  const block = new Uint8Array(MIB);
  for (let at = 0; at < MIB; at++) block[at] = dice.below(256);
  let number = 0;
  for (const [name, size] of sizes) {
    const file = path.join(root, name);
    await Deno.mkdir(path.dirname(file), { recursive: true });
    await writeContent(file, size, number++, block);
    const time = new Date(1_600_000_000_000 + 1234 * number);
    await Deno.utime(file, time, time);
  }
  return sizes;
}

/** The same block again and again, each with its own number in front. */
async function writeContent(
  file: string,
  size: number,
  number: number,
  block: Uint8Array,
): Promise<void> {
  using out = await Deno.open(file, { write: true, createNew: true });
  const head = new DataView(block.buffer, 0, SEED_BYTES);
  for (let at = 0; at < size; at += MIB) {
    head.setFloat64(0, number);
    head.setFloat64(8, at);
    const bytes = block.subarray(0, Math.min(MIB, size - at));
    for (let from = 0; from < bytes.length;) {
      from += await out.write(bytes.subarray(from));
    }
  }
}

function padded(n: number): string {
  return `${n}`.padStart(4, "0");
}

/** Files below `root` and their sizes; our own hidden ones are left out. */
export function sizesBelow(root: string, below = ""): Map<string, number> {
  const found = new Map<string, number>();
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(path.join(root, below))];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return found;
    throw error;
  }
  for (const { name, isDirectory } of entries) {
    if (/^\.ftp[cd]/.test(name)) continue;
    const inside = below === "" ? name : `${below}/${name}`;
    if (isDirectory) {
      for (const [file, size] of sizesBelow(root, inside)) {
        found.set(file, size);
      }
      continue;
    }
    try {
      found.set(inside, Deno.lstatSync(path.join(root, inside)).size);
    } catch (error) {
      // Replaced while this looked.
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return found;
}

/** Paths of what is hidden below `root`: parts and their journals. */
export function hiddenBelow(root: string): string[] {
  let entries: Deno.DirEntry[];
  try {
    entries = [...Deno.readDirSync(root)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
  return entries.flatMap(({ name, isDirectory, isFile }) => {
    const file = path.join(root, name);
    if (isDirectory) {
      return name === ".ftpd"
        ? [...Deno.readDirSync(file)].map((one) => path.join(file, one.name))
        : hiddenBelow(file);
    }
    return isFile && /^\.ftp[cd]-/.test(name) ? [file] : [];
  });
}

/** Both hold the same files: names, bytes, and times in whole milliseconds. */
export async function assertSameTree(one: string, other: string) {
  const sizes = sizesBelow(one);
  assert.deepEqual([...sizesBelow(other)].sort(), [...sizes].sort());
  for (const name of sizes.keys()) {
    const files = [path.join(one, name), path.join(other, name)] as const;
    const [a, b] = await Promise.all(files.map((file) => Deno.stat(file)));
    assert.equal(b?.mtime?.getTime(), a?.mtime?.getTime(), name);
    assert(await haveSameBytes(...files), `${name} differs`);
  }
}

async function haveSameBytes(one: string, other: string): Promise<boolean> {
  using a = await Deno.open(one);
  using b = await Deno.open(other);
  const left = new Uint8Array(MIB);
  const right = new Uint8Array(MIB);
  while (true) {
    const filled = await fill(a, left);
    if (await fill(b, right) !== filled) return false;
    if (filled === 0) return true;
    const differs = Buffer.compare(
      left.subarray(0, filled),
      right.subarray(0, filled),
    );
    if (differs !== 0) return false;
  }
}

async function fill(file: Deno.FsFile, bytes: Uint8Array): Promise<number> {
  let filled = 0;
  while (filled < bytes.length) {
    const read = await file.read(bytes.subarray(filled));
    if (read === null) break;
    filled += read;
  }
  return filled;
}
