/**
 * Many small files in one block, on a disk that has proved quick. They share
 * what files have in common: being in the folder of parts once, and in their
 * own folder once for all that follow one another in it. Each is looked at as
 * carefully as one that comes alone: what was opened is compared before a byte
 * of it is written or read; what is renamed before and after that. Only where
 * nobody else can touch the folder of parts, which is asked once, the random
 * name found in it is proof enough.
 *
 * The calls are chosen for their price, measured: the runtime's own open and
 * fstat cost half of node's, a look at what is not there five times as much as
 * the question whether it is there. An open and an fstat are the dearest of
 * all, three times a look by name: for each the runtime resolves the whole path
 * once more. What is done with what is open (a time, a read) has no such cost.
 * @module
 */
import fs from "node:fs";
import { LARGE_BYTES } from "./aside.ts";
import { diskError, isErrno, storageError } from "./disk_error.ts";
import type { StorageError } from "./error.ts";
import {
  closeFile,
  type Handle,
  infoOf,
  lookAt,
  openFile,
  READING,
  readOn,
  setMode,
  setOpenMtime,
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
  /** Nobody else can have touched it, or put another in its place. */
  readonly isOursAlone: boolean;
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
        root.insideParts((place) => {
          const isOurs = place.isOursAlone();
          return files.map((file) =>
            tried(() => write(place, isOurs, file, random()))
          );
        }),
    );
  } catch (error) {
    return files.map(() => diskError(error));
  }
  const folder = root.partsFolder + SEPARATOR;
  const outcomes = eachInItsFolder(root, files, (place, name, file, at) => {
    const part = written[at];
    if (part === undefined || part === null) return null;
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

function write(
  place: Place,
  isOursAlone: boolean,
  file: WholePut,
  name: string,
): Written {
  const path = place.open(name);
  const { bytes, options = {} } = file;
  const mode = (options.mode ?? FILE_MODE) & 0o777;
  using made = Deno.openSync(path, { write: true, createNew: true, mode });
  try {
    const seen = isOursAlone ? place.look(name) : made.statSync();
    if (!isOursAlone && !place.holds(name, seen)) throw storageError("changed");
    for (let from = 0; from < bytes.length;) {
      const taken = made.writeSync(from === 0 ? bytes : bytes.subarray(from));
      if (taken === 0) throw storageError("no_space");
      from += taken;
    }
    if (options.mtimeNs !== undefined) {
      setOpenMtime(made, options.mtimeNs);
    }
    const { dev, ino } = seen;
    return { name, dev, ino, mode: (seen.mode ?? 0) & 0o777, isOursAlone };
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
  refuseOtherVersion(before, options);
  refuseBadTarget(before);
  if (before?.isFile && before.size >= LARGE_BYTES) return null;
  const kept = before?.isFile ? before.mode : null;
  const wanted = (mode ?? kept ?? part.mode) & 0o777;
  if (!part.isOursAlone && !sameFile(Deno.lstatSync(source), part)) {
    throw storageError("changed");
  }
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
  return eachInItsFolder(root, files, readHere);
}

function readHere(
  place: Place,
  name: string,
  { bytesMax, ifVersion }: WholeRead,
): Whole | null {
  // Links, and all that is no file, are for the long way to follow or refuse.
  const there = place.look(name);
  if (!there.isFile) return null;
  const file = openFile(place.open(name), READING);
  try {
    const state = stateOf(file);
    // What was opened is what was seen here: else not a byte of it is read.
    if (!state.isFile || !sameFile(state, there)) return null;
    const bytes = state.size > bytesMax ? null : new Uint8Array(state.size);
    const isRead = bytes === null || fill(bytes, file);
    // And it still is, the same from before its first byte to after the last.
    const seen = place.seen(name, state);
    if (seen === null || !seen.isFile) return null;
    const info = infoOf(seen);
    const isSame = isRead && info.size === state.size &&
      (seen.mtime?.getTime() ?? 0) === state.mtimeMs;
    if (!isSame || (ifVersion ?? info.version) !== info.version) {
      throw storageError("changed");
    }
    return { info, bytes };
  } finally {
    closeFile(file);
  }
}

/** @returns Whether there was enough in it. */
function fill(bytes: Uint8Array, file: Handle): boolean {
  for (let from = 0; from < bytes.length;) {
    const some = readOn(file, from === 0 ? bytes : bytes.subarray(from));
    if (some === 0) return false;
    from += some;
  }
  return true;
}

/** Files that follow one another in a folder: it is entered once for them. */
function eachInItsFolder<F extends { readonly path: HomePath }, T>(
  root: Root,
  files: readonly F[],
  use: (place: Place, name: string, file: F, at: number) => T | null,
): Outcome<T>[] {
  const outcomes: Outcome<T>[] = [];
  while (outcomes.length < files.length) {
    const from = outcomes.length;
    const parent = parentOf(files[from]?.path ?? ROOT);
    let to = from + 1;
    while (to < files.length && isIn(parent, files[to]?.path ?? ROOT)) to++;
    try {
      root.inside(root.pathOf(parent), (place) => {
        for (const file of files.slice(from, to)) {
          const at = outcomes.length;
          outcomes.push(
            tried(() => {
              const name = file.path.at(-1);
              if (name === undefined) throw storageError("is_folder");
              return use(place, name, file, at);
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
  if (path.length !== folder.length + 1) return false;
  // From its end: neighbours differ there, if at all.
  for (let at = folder.length - 1; at >= 0; at--) {
    if (path[at] !== folder[at]) return false;
  }
  return true;
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
