/**
 * The entries of a folder, a page at a time. The runtime reads all names of a
 * folder before it shows the first, so memory grows with their number; only
 * what is looked up of each (a page of entries) stays flat.
 *
 * A name that is not UTF-8 comes from the runtime with U+FFFD in the place of
 * its bytes and cannot be opened: it is listed so, and marked. The executables'
 * 2.6 leaves such names out by itself.
 * @module
 */
import { storageError } from "./disk_error.ts";
import { infoOf } from "./file.ts";
import type { Entry } from "./home.ts";
import type { Pace } from "./pace.ts";
import { type HomePath, isPartsFolder, isReservedName } from "./path.ts";
import { type Place, type Root } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

/** A page is looked up without a pause: 3 to 10 µs an entry. */
const PAGE_ENTRIES = 256;
const MANGLED = "\ufffd";

export async function* listFolder(
  root: Root,
  path: HomePath,
  pace: Pace,
  signal?: AbortSignal,
): AsyncGenerator<readonly Entry[]> {
  const folder = root.at(path, (place, name) => folderOf(place, name));
  if (!pace.quick) {
    // Have it read off the loop first; what is used is read again, from cache.
    await pace.wait(() => count(folder).catch(() => 0), signal);
  }
  const names = pace.hold(() =>
    root.inside(folder, (here) => namesIn(root, here))
  );
  for (let from = 0; from < names.length; from += PAGE_ENTRIES) {
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    const page = names.slice(from, from + PAGE_ENTRIES);
    yield pace.hold(() =>
      root.inside(
        folder,
        (here) =>
          page.map((name) => entryOf(name, here.at(name)))
            .filter((entry) => entry !== null),
      )
    );
  }
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

function entryOf(name: string, at: string): Entry | null {
  try {
    return { name, reachable: true, ...infoOf(Deno.lstatSync(at)) };
  } catch {
    // Removed since: no entry. But a mangled name was never there as such.
    if (!name.includes(MANGLED)) return null;
    const nothing = { size: 0, mtimeNs: 0n, mode: null, version: "" } as const;
    return { name, reachable: false, type: "other", ...nothing };
  }
}

async function count(folder: string): Promise<number> {
  let entries = 0;
  for await (const _ of Deno.readDir(folder)) entries++;
  return entries;
}
