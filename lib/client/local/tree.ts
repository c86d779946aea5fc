/**
 * Folders, links and times of this machine, as a get and a sync change them.
 * Nothing here follows a link at the end of a path.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { errnoOf, localError } from "./error.ts";

export type LocalKind = "file" | "folder" | "link" | "other";

/** What stands there; null: nothing. @throws {ClientError} */
export function kindOf(path: string): LocalKind | null {
  const info = lstat(path);
  if (info === null) return null;
  if (info.isSymlink) return "link";
  return info.isDirectory ? "folder" : info.isFile ? "file" : "other";
}

/**
 * Make a folder, unless it is there.
 * @param mayBeLink Of the root that the person named: a link to a folder will do.
 * @returns False where something else stands there.
 * @throws {ClientError}
 */
export function makeFolder(path: string, mayBeLink: boolean): boolean {
  try {
    Deno.mkdirSync(path);
    return true;
  } catch (error) {
    if (errnoOf(error) !== "EEXIST") throw localError(path, error);
  }
  if (!mayBeLink) return kindOf(path) === "folder";
  try {
    return Deno.statSync(path).isDirectory;
  } catch (error) {
    throw localError(path, error);
  }
}

/** @throws {ClientError} */
export function makeLink(text: string, path: string): void {
  try {
    Deno.symlinkSync(text, path);
  } catch (error) {
    throw localError(path, error);
  }
}

/** Remove a file, a link, or an empty folder. @throws {ClientError} */
export function removeEntry(path: string, kind: "file" | "folder"): void {
  try {
    const isFolder = Deno.lstatSync(path).isDirectory;
    if (isFolder !== (kind === "folder")) {
      throw new ClientError("file_changed", ...texts.local.otherKind(path));
    }
    Deno.removeSync(path);
  } catch (error) {
    throw localError(path, error);
  }
}

/** Whether two paths lead to one file or folder. @throws {ClientError} */
export function isSameThing(one: string, other: string): boolean {
  const [a, b] = [lstat(one), lstat(other)];
  if (a === null || b === null || a.ino === null) return false;
  return a.ino === b.ino && a.dev === b.dev;
}

/**
 * To the millisecond, and before 1970 to the second: the executables' 2.6 takes
 * no other.
 * @throws {ClientError}
 */
export function changeAttributes(
  path: string,
  { mtimeNs, mode }: { readonly mtimeNs: bigint; readonly mode?: number },
): void {
  try {
    if (lstat(path)?.isSymlink) return; // both calls would follow it
    if (mode !== undefined && Deno.build.os !== "windows") {
      Deno.chmodSync(path, mode & 0o777);
    }
    const ms = Number(mtimeNs / 1_000_000n);
    const time = new Date(ms < 0 ? Math.floor(ms / 1000) * 1000 : ms);
    Deno.utimeSync(path, time, time);
  } catch (error) {
    throw localError(path, error);
  }
}

function lstat(path: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return null;
    throw localError(path, error);
  }
}
