/**
 * Many small files in one block, on a disk that has proved quick. They share
 * what files have in common: being in the folder of parts once, and in their
 * own folder once for all that follow one another in it. Each is looked at as
 * carefully as one that comes alone: what was opened is compared before a byte
 * of it is written or read, what is renamed before and after that.
 *
 * The calls are chosen for their price, measured: the runtime's own open and
 * fstat cost half of node's, a look at what is not there five times as much as
 * the question whether it is there.
 * @module
 */
import fs from "node:fs";
import { LARGE_BYTES } from "./aside.ts";
import { diskError, isErrno, storageError } from "./disk_error.ts";
import type { StorageError } from "./error.ts";
import {
  closeFile,
  infoOf,
  lookAt,
  openFile,
  readAt,
  READING,
  setMode,
  setMtime,
  stateOf,
  WRITING,
} from "./file.ts";
import type { FileInfo, Whole, WholePut, WholeRead } from "./home.ts";
import { withPartsFolder } from "./part_file.ts";
import { type HomePath, parentOf, resolveName } from "./path.ts";
import {
  moveIfAbsent,
  refuseBadTarget,
  refuseOtherVersion,
} from "./publish.ts";
import { type FileId, type Place, type Root, sameFile } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

/** In a block: some 2 ms, for as long others may be kept waiting. */
export const BLOCK_FILES = 32;
/** Less umask. */
const FILE_MODE = 0o644;

/** Null: it has to go the long way, alone; nothing has changed. */
export type Outcome<T> = T | StorageError | null;

interface Written extends FileId {
  readonly name: string;
  readonly mode: number;
}

/** @param random Gives another name at each call. */
export function putBlock(
  root: Root,
  files: readonly WholePut[],
  random: () => string,
): Outcome<FileInfo>[] {
  let written: Outcome<Written>[];
  try {
    written = withPartsFolder(
      root,
      () =>
        root.insideParts((place) =>
          files.map((file) => tried(() => write(place, file, random())))
        ),
    );
  } catch (error) {
    return files.map(() => diskError(error));
  }
  const folder = root.partsFolder + SEPARATOR;
  const outcomes = eachInItsFolder(root, files, (place, name, at) => {
    const file = files[at];
    const part = written[at];
    if (file === undefined || part === undefined || part === null) return null;
    if (part instanceof Error) throw part;
    return publishHere(place, name, file, part, folder + part.name);
  });
  for (const [at, outcome] of outcomes.entries()) {
    const part = written[at];
    const unused = outcome === null || outcome instanceof Error;
    if (unused && part && "name" in part && "ino" in part) {
      removeQuietly(folder + part.name);
    }
  }
  return outcomes;
}

function write(place: Place, file: WholePut, name: string): Written {
  const path = place.open(name);
  const { bytes, options = {} } = file;
  const mode = (options.mode ?? FILE_MODE) & 0o777;
  using made = Deno.openSync(path, { write: true, createNew: true, mode });
  try {
    const seen = made.statSync();
    if (!place.holds(name, seen)) throw storageError("changed");
    for (let from = 0; from < bytes.length;) {
      const taken = made.writeSync(from === 0 ? bytes : bytes.subarray(from));
      if (taken === 0) throw storageError("no_space");
      from += taken;
    }
    if (options.mtimeNs !== undefined) {
      setMtime(place.at(name), options.mtimeNs);
    }
    const { dev, ino } = seen;
    return { name, dev, ino, mode: (seen.mode ?? 0) & 0o777 };
  } catch (error) {
    removeQuietly(path);
    throw error;
  }
}

/** As publish.ts does it, where `place` is the target's folder. */
function publishHere(
  place: Place,
  name: string,
  { options = {} }: WholePut,
  part: Written,
  source: string,
): FileInfo | null {
  const at = place.at(name);
  const { ifAbsent, ifVersion, mode } = options;
  // A link that leads nowhere is not there for this question: it is replaced.
  const asked = ifAbsent || ifVersion !== undefined || fs.existsSync(at);
  const before = asked ? lookAt(at) : null;
  refuseBadTarget(before);
  refuseOtherVersion(before, options);
  if (before?.isFile && before.size >= LARGE_BYTES) return null;
  const kept = before?.isFile ? before.mode : null;
  const wanted = (mode ?? kept ?? part.mode) & 0o777;
  if (!sameFile(Deno.lstatSync(source), part)) throw storageError("changed");
  if (wanted !== part.mode && Deno.build.os !== "windows") {
    changeMode(source, part, wanted);
  }
  if (ifAbsent) moveIfAbsent(source, at);
  else {
    try {
      Deno.renameSync(source, at);
    } catch (error) {
      if (isErrno(error, "EXDEV")) return null;
      throw error;
    }
  }
  const after = place.seen(name, part);
  if (after === null) throw storageError("changed");
  return infoOf(after);
}

/** On what is open and was compared: no link is followed to another file. */
function changeMode(source: string, part: FileId, mode: number): void {
  const file = openFile(source, WRITING);
  try {
    if (!sameFile(stateOf(file), part)) throw storageError("changed");
    setMode(file, mode);
  } finally {
    closeFile(file);
  }
}

export function readBlock(
  root: Root,
  files: readonly WholeRead[],
): Outcome<Whole>[] {
  return eachInItsFolder(root, files, (place, name, at) => {
    const file = files[at];
    return file === undefined ? null : readHere(place, name, file);
  });
}

function readHere(
  place: Place,
  name: string,
  { bytesMax, ifVersion }: WholeRead,
): Whole | null {
  // Links, and all that is no file, are for the long way to follow or refuse.
  if (!place.look(name).isFile) return null;
  const file = openFile(place.open(name), READING);
  try {
    const state = stateOf(file);
    const seen = place.seen(name, state);
    if (seen === null || !state.isFile) return null;
    const info = infoOf(seen);
    if (ifVersion !== undefined && ifVersion !== info.version) {
      throw storageError("changed");
    }
    if (info.size > bytesMax) return { info, bytes: null };
    const bytes = new Uint8Array(info.size);
    for (let from = 0; from < bytes.length;) {
      const some = readAt(file, bytes.subarray(from), from);
      if (some === 0) throw storageError("changed");
      from += some;
    }
    const { size, mtimeMs } = stateOf(file);
    if (size !== state.size || mtimeMs !== state.mtimeMs) {
      throw storageError("changed");
    }
    return { info, bytes };
  } finally {
    closeFile(file);
  }
}

/** Files that follow one another in a folder: it is entered once for them. */
function eachInItsFolder<T>(
  root: Root,
  files: readonly { readonly path: HomePath }[],
  use: (place: Place, name: string, at: number) => T | null,
): Outcome<T>[] {
  const outcomes: Outcome<T>[] = [];
  for (let from = 0; from < files.length; from = outcomes.length) {
    const parent = parentOf(files[from]?.path ?? ROOT);
    const folder = root.pathOf(parent);
    let to = from + 1;
    while (to < files.length && isIn(parent, files[to]?.path ?? ROOT)) to++;
    try {
      root.inside(folder, (place) => {
        for (let at = from; at < to; at++) {
          const name = files[at]?.path.at(-1);
          outcomes.push(
            tried(() => {
              if (name === undefined) throw storageError("is_folder");
              return use(place, name, at);
            }),
          );
        }
      });
    } catch (error) {
      while (outcomes.length < to) outcomes.push(diskError(error));
    }
  }
  return outcomes;
}

const ROOT = resolveName("");

function isIn(folder: HomePath, path: HomePath): boolean {
  return path.length === folder.length + 1 &&
    folder.every((segment, at) => path[at] === segment);
}

function tried<T>(run: () => T | null): Outcome<T> {
  try {
    return run();
  } catch (error) {
    return diskError(error);
  }
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not to be had: the next start removes it.
  }
}
