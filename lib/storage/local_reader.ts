/**
 * Reading a local file: opened so that no link and no FIFO can be in its place,
 * compared before a byte is read, and watched for changes until its end.
 * @module
 */
import { diskError, isErrno, storageError } from "./disk_error.ts";
import {
  closeFile,
  type FileState,
  type Handle,
  infoOf,
  openFile,
  openFileSoon,
  readAt,
  readAtSoon,
  READING,
  stateOf,
} from "./file.ts";
import type { FileInfo, Reader, ReadOptions } from "./home.ts";
import type { Pace } from "./pace.ts";
import type { HomePath } from "./path.ts";
import type { Place, Root } from "./root.ts";

/** A file replaced between the look and the opening is looked at again. */
const TRIES = 4;

/** @throws {StorageError} `is_folder`, `not_regular`, `outside`, `changed`, … */
export async function openReader(
  root: Root,
  path: HomePath,
  options: ReadOptions,
  pace: Pace,
): Promise<LocalReader> {
  for (let left = TRIES; left > 0; left--) {
    const opened = pace.quick
      ? pace.hold(() => openHere(root, path))
      : await openSoon(root, path, pace, options.signal);
    if (opened === null) continue;
    const { ifVersion } = options;
    if (ifVersion !== undefined && ifVersion !== opened.info.version) {
      closeFile(opened.file);
      break;
    }
    return new LocalReader(opened, options, pace);
  }
  throw storageError("changed");
}

interface Opened {
  readonly file: Handle;
  readonly state: FileState;
  readonly info: FileInfo;
}

/** @returns Null where it was swapped meanwhile. */
function openHere(root: Root, path: HomePath): Opened | null {
  return root.at(path, (place, name) => {
    refuseOthers(place.look(name));
    try {
      const file = openFile(place.open(name), READING);
      return orClose(file, () => compared(place, name, file));
    } catch (error) {
      if (isErrno(error, "ELOOP")) return null; // a link, since we looked
      throw error;
    }
  });
}

/** The same, with the opening off the loop. */
async function openSoon(
  root: Root,
  path: HomePath,
  pace: Pace,
  signal?: AbortSignal,
): Promise<Opened | null> {
  const { folder, name, whole } = root.at(path, (place, name) => {
    refuseOthers(place.look(name));
    return { folder: place.real, name, whole: place.open(name) };
  });
  try {
    const file = await pace.wait(
      () => openFileSoon(whole, READING),
      signal,
      closeFile,
    );
    return orClose(
      file,
      () => root.inside(folder, (place) => compared(place, name, file)),
    );
  } catch (error) {
    if (isErrno(error, "ELOOP")) return null;
    throw diskError(error);
  }
}

/** Read a small file of our own, as carefully. */
export function readHere(
  place: Place,
  name: string,
  bytesMax: number,
): Uint8Array {
  refuseOthers(place.look(name));
  const file = openFile(place.open(name), READING);
  const opened = orClose(file, () => compared(place, name, file));
  if (opened === null) throw storageError("changed");
  try {
    const into = new Uint8Array(bytesMax);
    return into.subarray(0, readAt(file, into, 0));
  } finally {
    closeFile(file);
  }
}

/** Devices are refused before they are opened: that alone may do things. */
function refuseOthers(seen: Deno.FileInfo): void {
  if (seen.isFile) return;
  throw storageError(seen.isDirectory ? "is_folder" : "not_regular");
}

/** Before a byte is read: what was opened is the file that lies here. */
function compared(place: Place, name: string, file: Handle): Opened | null {
  const state = stateOf(file);
  if (!state.isFile || !place.holds(name, state)) return null;
  return { file, state, info: infoOf(place.look(name)) };
}

/** The file stays open only where `check` lets it through. */
function orClose(file: Handle, check: () => Opened | null): Opened | null {
  let opened: Opened | null = null;
  try {
    opened = check();
  } finally {
    if (opened === null) closeFile(file);
  }
  return opened;
}

export class LocalReader implements Reader {
  readonly info: FileInfo;
  readonly #file: Handle;
  readonly #state: FileState;
  readonly #pace: Pace;
  readonly #end: number;
  #position: number;
  /** A read that may still be under way, given up or not. */
  #pending: Promise<unknown> | null = null;
  #closed = false;

  constructor(
    { file, state, info }: Opened,
    { offset = 0, length = Infinity }: ReadOptions,
    pace: Pace,
  ) {
    this.#file = file;
    this.#state = state;
    this.info = info;
    this.#pace = pace;
    this.#position = Math.min(offset, info.size);
    this.#end = Math.min(info.size, this.#position + length);
  }

  async read(into: Uint8Array, signal?: AbortSignal): Promise<number> {
    if (this.#closed) throw new TypeError("this reader is closed");
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    const left = this.#end - this.#position;
    const room = left < into.length ? into.subarray(0, left) : into;
    try {
      if (left === 0) return this.#atEnd();
      const bytes = this.#pace.quick
        ? this.#pace.hold(() => readAt(this.#file, room, this.#position))
        : await this.#readSoon(room, signal);
      if (bytes === 0) throw storageError("changed"); // shorter than it was
      this.#position += bytes;
      return bytes;
    } catch (error) {
      throw diskError(error);
    }
  }

  /** A read that is given up fills memory of its own: `into` is used again. */
  async #readSoon(into: Uint8Array, signal?: AbortSignal): Promise<number> {
    const own = new Uint8Array(into.length);
    const begun = () => {
      const called = readAtSoon(this.#file, own, this.#position);
      this.#pending = called.catch(() => {});
      return called;
    };
    const bytes = await this.#pace.wait(begun, signal);
    this.#pending = null;
    into.set(own.subarray(0, bytes));
    return bytes;
  }

  /** The bytes are one version's only if nothing has changed. */
  #atEnd(): 0 {
    const { size, mtimeMs } = stateOf(this.#file);
    if (size === this.#state.size && mtimeMs === this.#state.mtimeMs) return 0;
    throw storageError("changed");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const close = () => closeFile(this.#file);
    // A read that hangs holds the file: it is closed once it comes back.
    if (this.#pending === null) close();
    else this.#pending.then(close);
    await Promise.resolve();
  }
}
