/**
 * Open files of a disk: node's calls, because the runtime's own know neither
 * O_NOFOLLOW nor O_NONBLOCK, without which a FIFO holds the whole process. As
 * quick as the runtime's own. A handle is the runtime's number, which on the
 * executables' 2.6 is not the system's: no path in /proc can be made of it.
 * @module
 */
import fs from "node:fs";
import type { FileInfo, Space } from "./home.ts";
import type { FileId } from "./root.ts";

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
// Windows has neither: there are no FIFOs, and links need a privilege.
const O_NOFOLLOW: number = fs.constants.O_NOFOLLOW ?? 0;
const O_NONBLOCK: number = fs.constants.O_NONBLOCK ?? 0;
const O_DIRECTORY: number = fs.constants.O_DIRECTORY ?? 0;

/** For reading: no link, and no waiting for the writer of a FIFO. */
export const READING = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
/** An earlier file of ours, as it is. */
export const WRITING = O_WRONLY | O_NOFOLLOW | O_NONBLOCK;
/** The same, to be read as well. */
export const REWRITING = O_RDWR | O_NOFOLLOW | O_NONBLOCK;
/** A new file, and nothing but a new file. */
export const CREATING = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
const FOLDER = O_RDONLY | O_NONBLOCK | O_DIRECTORY;
/** A folder itself, and no link to one. */
export const READING_FOLDER = FOLDER | O_NOFOLLOW;

/** An open file's number, as the runtime counts. */
export type Handle = number;

export function openFile(path: string, flags: number, mode?: number): Handle {
  return fs.openSync(path, flags, mode);
}

export function openFileSoon(
  path: string,
  flags: number,
  mode?: number,
): Promise<Handle> {
  const { promise, ...done } = Promise.withResolvers<Handle>();
  fs.open(path, flags, mode, settle(done));
  return promise;
}

/**
 * What it wrote was synced, or was not promised to be on disk. It holds the
 * loop: the runtime closes files there, whichever call is used.
 */
export function closeFile(file: Handle): void {
  try {
    fs.closeSync(file);
  } catch {
    // The handle is free all the same.
  }
}

/** @returns Bytes read: 0 at the end. */
export function readAt(file: Handle, into: Uint8Array, offset: number): number {
  return fs.readSync(file, into, 0, into.length, offset);
}

/** The same, from where the last one ended: without a seek there and back. */
export function readOn(file: Handle, into: Uint8Array): number {
  return fs.readSync(file, into, 0, into.length, null);
}

export function readAtSoon(
  file: Handle,
  into: Uint8Array,
  offset: number,
): Promise<number> {
  const { promise, ...done } = Promise.withResolvers<number>();
  fs.read(file, into, 0, into.length, offset, settle(done));
  return promise;
}

/** @returns Bytes written: perhaps fewer than there are (a full disk). */
export function writeAt(
  file: Handle,
  bytes: Uint8Array,
  offset: number,
): number {
  return fs.writeSync(file, bytes, 0, bytes.length, offset);
}

export function writeAtSoon(
  file: Handle,
  bytes: Uint8Array,
  offset: number,
): Promise<number> {
  const { promise, ...done } = Promise.withResolvers<number>();
  fs.write(file, bytes, 0, bytes.length, offset, settle(done));
  return promise;
}

export function syncFile(file: Handle): Promise<void> {
  const { promise, ...done } = Promise.withResolvers<void>();
  fs.fsync(file, settle(done));
  return promise;
}

/** Make the names in a folder survive a power cut. */
export async function syncFolder(path: string): Promise<void> {
  if (Deno.build.os === "windows") return; // there it cannot be asked for
  const folder = await openFileSoon(path, FOLDER);
  try {
    await syncFile(folder);
  } finally {
    closeFile(folder);
  }
}

/** Nothing beyond `bytes` stays. */
export function cutFile(file: Handle, bytes: number): void {
  fs.ftruncateSync(file, bytes);
}

export function setMode(file: Handle, mode: number): void {
  fs.fchmodSync(file, mode);
}

/** By path, of a file or a folder. A link is not followed. */
export function setMtime(path: string, mtimeNs: bigint): void {
  const time = timeOf(mtimeNs);
  fs.lutimesSync(path, time, time);
}

/**
 * Of what is open. By the runtime's own call: node's takes seconds as a
 * fraction, and loses some.
 */
export function setOpenMtime(file: Deno.FsFile, mtimeNs: bigint): void {
  const time = timeOf(mtimeNs);
  file.utimeSync(time, time);
}

/**
 * To the millisecond, which is what the runtime can read back; before 1970 to
 * the second, as the executables' 2.6 takes no other (and reads none back).
 */
function timeOf(mtimeNs: bigint): Date {
  const ms = Number(mtimeNs / 1_000_000n);
  return new Date(ms < 0 ? Math.floor(ms / 1000) * 1000 : ms);
}

/** What is open, whatever its name has become. */
export interface FileState extends FileId {
  readonly isFile: boolean;
  readonly size: number;
  readonly mtimeMs: number;
  /** Permission bits. */
  readonly mode: number;
}

export function stateOf(file: Handle): FileState {
  const seen = fs.fstatSync(file);
  const { dev, ino, size, mtimeMs } = seen;
  const mode = seen.mode & 0o777;
  return { dev, ino, isFile: seen.isFile(), size, mtimeMs, mode };
}

/** What a look at a name gave, in the terms of a Home. */
export function infoOf(seen: Deno.FileInfo): FileInfo {
  const { isFile, isDirectory, isSymlink, mode } = seen;
  const mtimeMs = seen.mtime?.getTime() ?? 0;
  return {
    type: isFile
      ? "file"
      : isDirectory
      ? "folder"
      : isSymlink
      ? "link"
      : "other",
    size: isFile ? seen.size : 0,
    mtimeNs: BigInt(mtimeMs) * 1_000_000n,
    mode: mode === null ? null : mode & 0o7777,
    version: versionOf(seen),
  };
}

/**
 * A put makes a new file (another inode); a change in place has another time of
 * change, which nobody can set back, or another size.
 */
export function versionOf(
  { dev, ino, size, mtime, ctime }: Deno.FileInfo,
): string {
  const changed = `${inDigits(mtime?.getTime())}-${inDigits(ctime?.getTime())}`;
  return `${inDigits(dev)}-${inDigits(ino)}-${inDigits(size)}-${changed}`;
}

function inDigits(part: number | null | undefined): string {
  return (part ?? 0).toString(36);
}

/** What is there, or null. */
export function lookAt(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

/** A callback of node's that settles a promise. */
function settle<T>(done: {
  resolve: (value: T) => void;
  reject: (error: unknown) => void;
}): (error: Error | null, value?: T) => void {
  return (error, value) =>
    error ? done.reject(error) : done.resolve(value as T);
}

/** Room of the disk that holds `path`; null where it may not be asked. */
export async function spaceOf(path: string): Promise<Space | null> {
  if (!mayAskSpace()) return null;
  const { promise, ...done } = Promise.withResolvers<fs.StatsFs>();
  fs.statfs(path, settle(done));
  const { bsize, bavail, blocks } = await promise;
  return { freeBytes: bsize * bavail, totalBytes: bsize * blocks };
}

/** Not asked of a person in passing: that would stop the program. */
function mayAskSpace(): boolean {
  try {
    const statfs = { name: "sys", kind: "statfs" } as const;
    return Deno.permissions.querySync(statfs).state === "granted";
  } catch {
    return false; // a runtime that does not know of it
  }
}
