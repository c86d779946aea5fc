/**
 * Making and removing the files of parts. They lie in `.ftpd` at the home's
 * root (mode 0700), or beside a target on another file system (a rename does
 * not cross one), with a note in `.ftpd` that says where, for the next start.
 * The note is written first: a part that nothing tells of cannot be.
 * @module
 */
import { diskError, isErrno, storageError } from "./disk_error.ts";
import {
  closeFile,
  CREATING,
  type Handle,
  openFile,
  openFileSoon,
  stateOf,
  writeAt,
} from "./file.ts";
import type { Pace } from "./pace.ts";
import { PART_BESIDE_PREFIX, PARTS_FOLDER } from "./path.ts";
import type { PartFile } from "./publish.ts";
import { type Place, type Root } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

/** Only the server enters `.ftpd`. */
const PARTS_FOLDER_MODE = 0o700;
const NOTE_MODE = 0o600;
/** A note's name is its part's random name and this. */
export const NOTE_SUFFIX = ".at";

/** Where a part is to lie. */
export interface PartPlace {
  /** The real path of the target's folder; null: in `.ftpd`. */
  readonly beside: string | null;
  /** Less umask, which the system takes away. */
  readonly mode: number;
}

interface Named extends PartPlace {
  /** 32 hexadecimal digits that nobody can guess, and used only once. */
  readonly random: string;
}

/**
 * Make a part's file in one go, holding the loop.
 * @param random Gives another name at each call. One that was tried in vain
 * may lie outside, empty: a rename within the race must not find it.
 */
export function makePart(
  root: Root,
  where: PartPlace,
  random: () => string,
): PartFile {
  return withPartsFolder(root, () => {
    const named = { ...where, random: random() };
    const name = nameOf(named);
    noteBeside(root, named);
    try {
      return inPlace(root, named, (place) => {
        const path = place.open(name);
        const file = openFile(path, CREATING, named.mode);
        return orUndo(file, path, () => compared(place, name, file));
      });
    } catch (error) {
      removeFile(noteOfNamed(root, named));
      throw error;
    }
  });
}

/** The same, with the disk's own work off the loop. */
export async function makePartSoon(
  root: Root,
  where: PartPlace,
  random: () => string,
  pace: Pace,
  signal?: AbortSignal,
): Promise<PartFile> {
  const { named, name, path } = withPartsFolder(root, () => {
    const named = { ...where, random: random() };
    const name = nameOf(named);
    noteBeside(root, named);
    return inPlace(root, named, (place) => ({
      named,
      name,
      path: place.open(name),
    }));
  });
  try {
    const file = await pace.wait(
      () => openFileSoon(path, CREATING, named.mode),
      signal,
      (late) => {
        closeFile(late);
        removeFileSoon(path);
      },
    );
    return orUndo(
      file,
      path,
      () => inPlace(root, named, (place) => compared(place, name, file)),
    );
  } catch (error) {
    removeFile(noteOfNamed(root, named));
    throw diskError(error);
  }
}

/**
 * Remove a part, by its whole path: its name is random, so that this can only
 * be the part, wherever a swapped folder leads.
 */
export function removePart(root: Root, part: PartFile): void {
  removeFile(pathOf(part));
  removeFile(noteOfPart(root, part));
}

export async function removePartSoon(
  root: Root,
  part: PartFile,
): Promise<void> {
  await removeFileSoon(pathOf(part));
  await removeFileSoon(noteOfPart(root, part));
}

/** The note of a part that was published. */
export function removeNote(root: Root, part: PartFile): void {
  removeFile(noteOfPart(root, part));
}

/** Make `.ftpd` where it is missing. */
export function withPartsFolder<T>(root: Root, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isErrno(diskError(error).cause, "ENOENT")) throw error;
    root.inside(root.real, (place) => {
      try {
        Deno.mkdirSync(place.at(PARTS_FOLDER), { mode: PARTS_FOLDER_MODE });
      } catch (error) {
        if (!isErrno(error, "EEXIST")) throw error;
      }
    });
    return make();
  }
}

function noteBeside(root: Root, { beside, random }: Named): void {
  if (beside !== null) writeNote(root, random, root.segmentsOf(beside));
}

/** Tell the next start where `.ftpd-RANDOM` lies: a folder below the root. */
export function writeNote(
  root: Root,
  random: string,
  folder: readonly string[],
): void {
  const bytes = new TextEncoder().encode(JSON.stringify(folder));
  root.insideParts((place) => {
    const name = random + NOTE_SUFFIX;
    const path = place.open(name);
    const file = openFile(path, CREATING, NOTE_MODE);
    orUndo(file, path, () => {
      compared(place, name, file);
      if (writeAt(file, bytes, 0) < bytes.length) {
        throw storageError("no_space");
      }
    });
    closeFile(file);
  });
}

/** Where the note of `.ftpd-RANDOM` lies. */
export function noteOf(root: Root, random: string): string {
  return root.partsFolder + SEPARATOR + random + NOTE_SUFFIX;
}

function inPlace<T>(
  root: Root,
  { beside }: PartPlace,
  use: (place: Place) => T,
): T {
  return beside === null ? root.insideParts(use) : root.inside(beside, use);
}

/** What was made is closed and removed again where `use` of it fails. */
function orUndo<T>(file: Handle, path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    closeFile(file);
    removeFile(path);
    throw error;
  }
}

/** Before a byte is written: what was opened is what lies here. */
function compared(place: Place, name: string, file: Handle): PartFile {
  const { dev, ino, mode } = stateOf(file);
  const id = { dev, ino };
  if (!place.holds(name, id)) throw storageError("changed");
  return { folder: place.real, name, file, id, mode };
}

function nameOf({ beside, random }: Named): string {
  return beside === null ? random : PART_BESIDE_PREFIX + random;
}

const pathOf = ({ folder, name }: PartFile) => folder + SEPARATOR + name;

/** The note of a part; null: it needs none. */
function noteOfPart(root: Root, { folder, name }: PartFile): string | null {
  return folder === root.partsFolder
    ? null
    : noteOf(root, name.slice(PART_BESIDE_PREFIX.length));
}

function noteOfNamed(root: Root, { beside, random }: Named): string | null {
  return beside === null ? null : noteOf(root, random);
}

function removeFile(path: string | null): void {
  if (path === null) return;
  try {
    Deno.removeSync(path);
  } catch {
    // Gone already, or not to be had: the next start looks again.
  }
}

async function removeFileSoon(path: string | null): Promise<void> {
  if (path === null) return;
  try {
    await Deno.remove(path);
  } catch {
    // As above.
  }
}
