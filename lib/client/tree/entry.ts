/**
 * What walks find, here and on the server alike, in one order: a folder before
 * what is in it, the names of each folder by their UTF-16 units. Two walks in
 * this order can be merged with no more in memory than the folders open.
 * @module
 */
import type { Reason } from "./reason.ts";

/** Names from the root of the tree; the root itself is the empty list. */
export type TreePath = readonly string[];

export interface Entry {
  readonly path: TreePath;
  readonly kind: "file" | "folder" | "link";
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
  /** The same in whole milliseconds, where they are known: see `msOf`. */
  readonly mtimeMs?: number;
  /** POSIX permission bits (0o777), or null where there are none. */
  readonly mode: number | null;
  /** Opaque: the same as long as the content is (size, time, inode; version). */
  readonly identity: string;
  /** The text of a link. */
  readonly link?: string;
}

/** What is there and is not taken, or could not be had. */
export interface Trouble {
  /** For a person only: it may hold what no path of ours may. */
  readonly path: TreePath;
  readonly reason: Reason;
  /** The error beneath, where there is one. */
  readonly cause?: Error;
}

export type Found =
  | { readonly entry: Entry }
  | { readonly trouble: Trouble }
  /** Takes no part, with all that may be in it: not to be touched. */
  | { readonly excluded: TreePath };

/** A page at a time: one turn of an iterator for many entries. */
export type Walk = AsyncIterable<readonly Found[]>;

/** Below 0: `a` comes first in a walk. */
export function comparePaths(a: TreePath, b: TreePath): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const order = compareNames(a[at] ?? "", b[at] ?? "");
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** By UTF-16 units, as `<` compares: the order of the server's walk. */
export function compareNames(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Whether `path` is `folder`, or lies somewhere in it. */
export function liesIn(path: TreePath, folder: TreePath): boolean {
  if (folder.length > path.length) return false;
  for (let at = folder.length - 1; at >= 0; at--) {
    if (path[at] !== folder[at]) return false;
  }
  return true;
}

/** A name in a folder, as a path. */
export function childOf(folder: TreePath, name: string): TreePath {
  const path = folder.slice();
  path.push(name);
  return path;
}

/** When an entry was changed, as far as both sides can keep it. */
export function msOf(entry: Pick<Entry, "mtimeMs" | "mtimeNs">): number {
  return entry.mtimeMs ?? wholeMs(entry.mtimeNs);
}

/** Whole milliseconds: what both sides can keep (README.md). */
export function wholeMs(mtimeNs: bigint): number {
  const ms = mtimeNs / 1_000_000n;
  return Number(mtimeNs % 1_000_000n < 0n ? ms - 1n : ms);
}
