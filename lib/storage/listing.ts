/**
 * The entries of a folder, a page at a time, and of a tree. The runtime reads
 * all names of a folder before it shows the first, so memory grows with their
 * number; only what is looked up of each (a page of entries) stays flat.
 *
 * A name that is not UTF-8 comes from the runtime with U+FFFD in the place of
 * its bytes and cannot be opened: it is listed so, and marked. The executables'
 * 2.6 leaves such names out by itself. Marked likewise are names that no path
 * can say (path.ts): what of them could steer a terminal is escaped.
 * @module
 */
import { storageError } from "./disk_error.ts";
import { infoOf } from "./file.ts";
import type { Entry, WalkEntry, WalkOptions } from "./home.ts";
import type { Pace } from "./pace.ts";
import {
  type HomePath,
  isNameable,
  isPartsFolder,
  isReservedName,
} from "./path.ts";
import { type Place, type Root } from "./root.ts";
import { type Found, PAGE_ENTRIES, walkTree } from "./walk.ts";
import { SEPARATOR } from "./working_folder.ts";

const MANGLED = "\ufffd";

export async function* listFolder(
  root: Root,
  path: HomePath,
  pace: Pace,
  signal?: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  const folder = root.at(path, (place, name) => folderOf(place, name));
  await readSoon(folder, pace, signal);
  const names = pace.hold(() =>
    root.inside(folder, (here) => namesIn(root, here))
  );
  for (let from = 0; from < names.length; from += PAGE_ENTRIES) {
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    const page = names.slice(from, from + PAGE_ENTRIES);
    const found = pace.hold(() =>
      root.inside(folder, (here) => entriesIn(here, page))
    );
    yield found.map(({ entry }) => entry);
  }
}

/** Each folder below is entered by itself: no link on the way is followed. */
export async function* walkFolder(
  root: Root,
  path: HomePath,
  pace: Pace,
  { after = [], signal }: WalkOptions,
): AsyncGenerator<readonly WalkEntry[]> {
  const top = root.at(path, (place, name) => folderOf(place, name));
  const pathOf = (below: readonly string[]) =>
    top.endsWith(SEPARATOR)
      ? top + below.join(SEPARATOR)
      : [top, ...below].join(SEPARATOR);
  yield* walkTree({
    async names(below) {
      const folder = pathOf(below);
      await readSoon(folder, pace, signal);
      return pace.hold(() =>
        root.insideItself(folder, (here) => namesIn(root, here))
      );
    },
    entries(below, names) {
      if (signal?.aborted) throw storageError("aborted", signal.reason);
      const found = pace.hold(() =>
        root.insideItself(pathOf(below), (here) => entriesIn(here, names))
      );
      return Promise.resolve(found);
    },
  }, after);
}

/** Have it read off the loop first; what is used is read again, from cache. */
async function readSoon(
  folder: string,
  pace: Pace,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) throw storageError("aborted", signal.reason);
  if (pace.quick) return;
  await pace.wait(() => count(folder).catch(() => 0), signal);
}

function folderOf(place: Place, name: string): string {
  if (!place.look(name).isDirectory) {
    throw storageError("not_a_folder");
  }
  return name === "." ? place.real : place.real + SEPARATOR + name;
}

function namesIn(root: Root, here: Place): string[] {
  const atRoot = here.real === root.real;
  const names: string[] = [];
  for (const { name } of Deno.readDirSync(here.at("."))) {
    if (isReservedName(name) || atRoot && isPartsFolder(name)) continue;
    names.push(name);
  }
  return names;
}

function entriesIn(here: Place, names: readonly string[]): Found[] {
  const found: Found[] = [];
  for (const own of names) {
    const entry = entryOf(own, here);
    if (entry !== null) found.push({ own, entry });
  }
  return found;
}

function entryOf(own: string, here: Place): Entry | null {
  const at = here.at(own);
  const reachable = isNameable(own);
  const name = reachable ? own : escaped(own);
  try {
    const info = infoOf(Deno.lstatSync(at));
    const { type, size, mtimeNs, mode, version } = info;
    return type !== "link"
      ? { name, reachable, type, size, mtimeNs, mode, version }
      : { name, reachable, ...info, target: Deno.readLinkSync(at) };
  } catch {
    // Removed since: no entry. But a mangled name was never there as such.
    if (!own.includes(MANGLED)) return null;
    const nothing = { size: 0, mtimeNs: 0n, mode: null, version: "" } as const;
    return { name, reachable: false, type: "other", ...nothing };
  }
}

function escaped(name: string): string {
  return name.replaceAll(
    /[\\\p{Cc}\p{Cf}\p{Cs}]/gu,
    (one) => `\\u{${one.codePointAt(0)?.toString(16)}}`,
  );
}

async function count(folder: string): Promise<number> {
  let entries = 0;
  for await (const _ of Deno.readDir(folder)) entries++;
  return entries;
}
