/**
 * Walking a tree, in the terms of two questions to a home: what a folder's
 * names are, and what some of them are. Of each folder that is open it keeps
 * the names that are still to come, and one page of entries.
 * @module
 */
import { diskError, storageError } from "./disk_error.ts";
import { StorageError } from "./error.ts";
import type { Entry, WalkEntry } from "./home.ts";
import { isReservedName } from "./path.ts";

/** What a walk asks. Paths are relative to where the walk began. */
export interface WalkedTree {
  /**
   * The names in a folder, in any order.
   * @throws {StorageError} `not_found`; `not_a_folder`, also for a link;
   * `outside` where parts lie.
   */
  names(path: readonly string[]): Promise<string[]>;
  /** What they are, in their order; those that are gone are left out. */
  entries(
    path: readonly string[],
    names: readonly string[],
  ): Promise<readonly Found[]>;
}

export interface Found {
  /** As on disk. */
  readonly own: string;
  readonly entry: Entry;
}

/** Entries to a page, and looked up at once. */
export const PAGE_ENTRIES = 256;
/** Looked up at once within a folder: what waits while another is walked. */
const LOOK_ENTRIES = 64;

interface Open {
  readonly path: readonly string[];
  /** Still to come, in order, from `next` on. */
  readonly names: readonly string[];
  next: number;
  found: readonly Found[];
  nextFound: number;
}

/** @param after A path that came from outside: judged here. */
export async function* walkTree(
  tree: WalkedTree,
  after: readonly string[],
): AsyncGenerator<readonly WalkEntry[]> {
  after.forEach((name) => refuseNoName(name));
  const open = [opened([], await tree.names([]), after[0])];
  let page: WalkEntry[] = [];
  for (const [at, name] of after.entries()) {
    const path = after.slice(0, at + 1);
    const inside = await enter(tree, path);
    if (inside instanceof StorageError) {
      const gone = ["not_found", "not_a_folder"].includes(inside.code);
      const [found] = gone ? [] : await tree.entries(path.slice(0, -1), [name]);
      if (found) page.push({ ...found.entry, path, failure: inside });
      break;
    }
    open.push(opened(path, inside, after[at + 1]));
  }
  for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
    const found = await nextOf(tree, top);
    if (found === null) {
      open.pop();
      continue;
    }
    const path = childOf(top.path, found.own);
    const { entry } = found;
    if (entry.type !== "folder" || !entry.reachable) {
      page.push(walked(entry, path));
    } else {
      const inside = await enter(tree, path);
      if (!(inside instanceof StorageError)) {
        page.push({ ...entry, path });
        open.push(opened(path, inside));
      } else if (inside.code !== "not_found") { // else it is gone: no entry
        const failure = inside.code === "not_a_folder"
          ? storageError("changed", inside)
          : inside;
        page.push({ ...entry, path, failure });
      }
    }
    if (page.length >= PAGE_ENTRIES) {
      yield page;
      page = [];
    }
  }
  if (page.length > 0) yield page;
}

function childOf(folder: readonly string[], name: string): readonly string[] {
  const path = folder.slice();
  path.push(name);
  return path;
}

/** Nearly all are no links, and there may be a million of them. */
function walked(entry: Entry, path: readonly string[]): WalkEntry {
  if (entry.target !== undefined) return { ...entry, path };
  const { name, reachable, type, size, mtimeNs, mode, version } = entry;
  return { name, reachable, type, size, mtimeNs, mode, version, path };
}

/** The names in a folder below, or why there are none. */
async function enter(
  tree: WalkedTree,
  path: readonly string[],
): Promise<string[] | StorageError> {
  try {
    return await tree.names(path);
  } catch (error) {
    const failure = diskError(error);
    if (failure.code === "aborted") throw failure;
    return failure;
  }
}

function opened(
  path: readonly string[],
  names: readonly string[],
  after?: string,
): Open {
  const left = after === undefined
    ? [...names]
    : names.filter((name) => name > after);
  return { path, names: left.sort(), next: 0, found: [], nextFound: 0 };
}

/** The next entry of a folder; null at its end. */
async function nextOf(tree: WalkedTree, open: Open): Promise<Found | null> {
  while (true) {
    const found = open.found[open.nextFound++];
    if (found !== undefined) return found;
    if (open.next >= open.names.length) return null;
    const some = open.names.slice(open.next, open.next + LOOK_ENTRIES);
    open.next += some.length;
    open.found = await tree.entries(open.path, some);
    open.nextFound = 0;
  }
}

/** What a listing cannot have said. Nothing else is asked of a disk. */
function refuseNoName(name: string): void {
  const none = ["", ".", ".."].includes(name) || /[/\0]/.test(name);
  if (none || isReservedName(name)) throw storageError("bad_name");
}
