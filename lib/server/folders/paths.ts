/**
 * Paths below other paths, and the same path without links on the way.
 * @module
 */
import {
  childOf,
  type FileInfo,
  type Home,
  type HomePath,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";

/** Why something that is listed cannot be had. */
export const UNREACHABLE = "has a name that no request can have";

/** Nobody means that, and what they would lose is all they have. */
export function refuseRoot(path: HomePath): void {
  if (path.length > 0) return;
  throw new StorageError("permission", "the root stays where it is");
}

/** How a path is told to a person. */
export function shown(path: readonly string[]): string {
  return path.length === 0 ? "/" : path.join("/");
}

/** Whether `path` is `folder`, or lies below it. */
export function isWithin(path: HomePath, folder: HomePath): boolean {
  return folder.every((segment, at) => path[at] === segment);
}

/** What has this name, be it a link that leads nowhere; null: nothing. */
export async function foundAt(
  home: Home,
  path: HomePath,
  signal: AbortSignal,
): Promise<FileInfo | null> {
  try {
    return await home.lstat(path, signal);
  } catch (error) {
    if (error instanceof StorageError && error.code === "not_found") {
      return null;
    }
    throw error;
  }
}

/**
 * The path of a folder, or of one that is not there yet, without the links that
 * lead to it.
 * @throws {StorageError} `outside`, …
 */
export async function withoutLinks(
  home: Home,
  path: HomePath,
  signal: AbortSignal,
): Promise<HomePath> {
  if (!home.capabilities.links) return path;
  let real = resolveName("");
  for (const segment of path) {
    const next = childOf(real, segment);
    real = await leadsTo(home, next, signal) ?? next;
  }
  return real;
}

async function leadsTo(
  home: Home,
  path: HomePath,
  signal: AbortSignal,
): Promise<HomePath | null> {
  try {
    const { type } = await home.lstat(path, signal);
    return type === "link" ? (await home.readLink(path, signal)).leadsTo : null;
  } catch {
    return null; // who uses it finds out
  }
}
