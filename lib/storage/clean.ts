/**
 * What an earlier run left: parts of a process that was killed. Cleaned when
 * the server starts, before anybody can make new ones.
 *
 * A home belongs to one ftpd at a time: nothing here can tell the parts of
 * another that runs on the same home (the runtimes have no lock in common that
 * can be tried without waiting), and its uploads under way would fail, with
 * nothing published.
 * @module
 */
import { diskError } from "./disk_error.ts";
import { readHere } from "./local_reader.ts";
import { JOURNAL_SUFFIX, NEW_JOURNAL_SUFFIX } from "./local_part_files.ts";
import { orGiveUp } from "./pace.ts";
import { NOTE_SUFFIX } from "./part_file.ts";
import { PART_BESIDE_PREFIX } from "./path.ts";
import { type Place, Root } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

/** A path, and what JSON adds to it. */
const NOTE_BYTES_MAX = 64 * 1024;
const RANDOM = /^[0-9a-f]{32}$/;
const NEW_JOURNAL = new RegExp(
  `^[0-9a-f]{32}${NEW_JOURNAL_SUFFIX.replaceAll(".", "\\.")}$`,
);
const NOTE = new RegExp(`^[0-9a-f]{32}\\${NOTE_SUFFIX}$`);

/**
 * Remove the parts in a home. Only names of our own making are touched.
 * @param signal Ends the wait for a disk that hangs; nothing is removed then.
 * @returns How many there were. A home that is not there has none.
 * @throws {StorageError} `aborted`.
 */
export async function cleanParts(
  folder: string,
  signal?: AbortSignal,
): Promise<number> {
  const root = await orGiveUp(look(folder), signal);
  return root === null ? 0 : clean(root);
}

/**
 * Whether a home has parts that were kept: then somebody has to look after
 * them.
 * @throws {StorageError} `aborted`.
 */
export async function hasKeptParts(
  folder: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const root = await orGiveUp(look(folder), signal);
  if (root === null) return false;
  try {
    return root.insideParts((place) =>
      [...Deno.readDirSync(place.at("."))].some(({ name }) =>
        name.endsWith(JOURNAL_SUFFIX)
      )
    );
  } catch {
    return false; // a file or a link of that name: nothing of ours
  }
}

/** Off the loop, so that a disk that hangs holds up nobody else. */
async function look(folder: string): Promise<Root | null> {
  try {
    const root = new Root(await Deno.realPath(folder));
    await Deno.lstat(root.partsFolder);
    return root;
  } catch {
    return null; // no home, or no parts in it
  }
}

function clean(root: Root): number {
  let removed = 0;
  try {
    const names = root.insideParts((place) =>
      [...Deno.readDirSync(place.at("."))].map(({ name }) => name)
    );
    for (const name of names) {
      if (NOTE.test(name)) removed += removeNoted(root, name);
      // What has a journal is kept: its store removes it in time.
      const kept = names.includes(name + JOURNAL_SUFFIX);
      if (RANDOM.test(name) && !kept || NEW_JOURNAL.test(name)) {
        removed += root.insideParts((place) => remove(place, name));
      }
    }
  } catch {
    // A file or a link of that name: nothing of ours.
  }
  return removed;
}

/** A part that lies elsewhere, and the note that says where. */
function removeNoted(root: Root, note: string): number {
  const random = note.slice(0, -NOTE_SUFFIX.length);
  let removed = 0;
  try {
    const folder = root.insideParts((place) => noted(place, note));
    if (folder !== null) {
      const path = [root.real, ...folder].join(SEPARATOR);
      const part = PART_BESIDE_PREFIX + random;
      removed = root.inside(path, (place) => remove(place, part));
    }
  } catch (error) {
    // The folder is gone, and the part with it. But where it could not be had
    // this time, the next start tries again.
    const { code } = diskError(error);
    if (code !== "not_found" && code !== "not_a_folder") return 0;
  }
  root.insideParts((place) => remove(place, note));
  return removed;
}

/** The folder that a note names; null where the note was cut by the kill. */
function noted(place: Place, note: string): readonly string[] | null {
  const bytes = readHere(place, note, NOTE_BYTES_MAX);
  try {
    const folder: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return Array.isArray(folder) && folder.every(isSegment) ? folder : null;
  } catch {
    return null;
  }
}

function isSegment(part: unknown): part is string {
  return typeof part === "string" && part !== "" && part !== ".." &&
    !part.includes("/");
}

function remove(place: Place, name: string): number {
  try {
    Deno.removeSync(place.at(name));
    return 1;
  } catch {
    return 0;
  }
}
