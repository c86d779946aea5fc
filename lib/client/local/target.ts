/**
 * Where a get writes: a hidden part beside the target, put in its place when
 * all is there and right; or stdout. Nothing here takes a name from a server.
 * @module
 */
import * as path from "node:path";
import type { Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import type { Sink } from "../library.ts";
import { errnoOf, folderGiven, localError } from "./error.ts";
import { raceSignal } from "../signals.ts";
import { texts } from "../texts/mod.ts";

/** Disposed of before `commit`, it leaves nothing. */
export interface LocalTarget extends Sink, Disposable {
  /**
   * Put it in its place.
   * @param mtimeNs Its time, or undefined for that of the last write.
   * @throws {ClientError} Then nothing was put there.
   */
  commit(mtimeNs: bigint | undefined): void;
}

const LINE_FEED = 0x0a;
const PART_PREFIX = ".ftpc-";
export const PART = /^\.ftpc-[0-9a-f]{16}$/;
/** Of the journal beside a part that is kept. */
export const JOURNAL_SUFFIX = ".j";
const PART_BYTES = 8; // of randomness in its name
const MODE_NEW = 0o644; // less umask

export function newPartName(random: Random): string {
  return PART_PREFIX + random.bytes(PART_BYTES).toHex();
}

/**
 * Begin to write a file.
 * @param name As the user wrote it, for errors.
 * @throws {ClientError} `is_folder`, `not_regular`, `not_found` (its folder),
 * `local_failed`, `no_space`, `permission_missing`.
 */
export function openTarget(
  target: string,
  name: string,
  random: Random,
): LocalTarget {
  const what = texts.local.getInto(name);
  try {
    const mode = modeToKeep(target, what);
    const part = path.join(path.dirname(target), newPartName(random));
    // Never more open than what it replaces, not even for a moment.
    const file = Deno.openSync(part, {
      write: true,
      createNew: true,
      mode: mode ?? MODE_NEW,
    });
    return new FileTarget({ file, part, target, what, mode });
  } catch (error) {
    throw localError(what, error);
  }
}

/** What `writeWhole` writes, and where. */
export interface WholeFile {
  readonly target: string;
  /** The part's path, beside it. */
  readonly part: string;
  readonly bytes: Uint8Array;
  readonly mtimeNs: bigint | undefined;
  /** It has to have this mode; null: as a new one has it. */
  readonly mode: number | null;
}

/**
 * Put a small file in its place, whole: as `openTarget` does with what comes
 * piece by piece.
 * @returns The inode, where there are any.
 * @throws Of the system; then nothing was put there.
 */
export function writeWhole(
  { target, part, bytes, mtimeNs, mode }: WholeFile,
): number | null {
  const file = Deno.openSync(part, {
    write: true,
    createNew: true,
    mode: mode ?? MODE_NEW,
  });
  let renamed = false;
  try {
    try {
      for (let at = 0; at < bytes.length;) {
        at += file.writeSync(at === 0 ? bytes : bytes.subarray(at));
      }
      if (mtimeNs !== undefined) {
        const time = timeOf(mtimeNs);
        file.utimeSync(time, time);
      }
    } finally {
      file.close();
    }
    // By name, as the rename is: half as dear as a look at what is open.
    const { ino } = Deno.lstatSync(part);
    putInPlace(part, target, { mtimeNs: undefined, mode });
    renamed = true;
    return ino;
  } finally {
    if (!renamed) removeQuietly(part);
  }
}

/**
 * A part that is whole becomes its target, by one rename.
 * @param mode It has to have this one; null: it stays as it was made.
 */
export function putInPlace(
  part: string,
  target: string,
  { mtimeNs, mode }: {
    readonly mtimeNs: bigint | undefined;
    readonly mode: number | null;
  },
): void {
  if (mtimeNs !== undefined) setMtime(part, mtimeNs);
  // The umask took its part of the mode when the file was made.
  if (mode !== null && Deno.build.os !== "windows") Deno.chmodSync(part, mode);
  Deno.renameSync(part, target);
}

/** The mode of a file that will be replaced; null where there is none. */
export function modeToKeep(target: string, what: string): number | null {
  const info = lstat(target);
  if (info === null || info.isSymlink) return null; // a link goes itself
  if (info.isDirectory) throw folderGiven(what);
  if (!info.isFile) {
    throw new ClientError(
      "not_regular",
      ...texts.local.notRegularTarget(what),
    );
  }
  return info.mode === null ? null : info.mode & 0o777;
}

function lstat(target: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(target);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return null;
    throw error;
  }
}

interface Opened {
  readonly file: Deno.FsFile;
  readonly part: string;
  readonly target: string;
  readonly what: string;
  readonly mode: number | null;
}

class FileTarget implements LocalTarget {
  readonly #opened: Opened;
  #state: "open" | "closed" | "committed" = "open";

  constructor(opened: Opened) {
    this.#opened = opened;
  }

  write(bytes: Uint8Array): undefined {
    const { file, what } = this.#opened;
    try {
      for (let at = 0; at < bytes.length;) {
        at += file.writeSync(bytes.subarray(at));
      }
    } catch (error) {
      throw localError(what, error);
    }
  }

  commit(mtimeNs: bigint | undefined): void {
    const { part, target, what, mode } = this.#opened;
    try {
      this.#close();
      putInPlace(part, target, { mtimeNs, mode });
      this.#state = "committed";
    } catch (error) {
      throw localError(what, error);
    }
  }

  #close(): void {
    if (this.#state === "open") this.#opened.file.close();
    this.#state = "closed";
  }

  [Symbol.dispose](): void {
    if (this.#state === "committed") return;
    this.#close();
    removeQuietly(this.#opened.part);
  }
}

function removeQuietly(part: string): void {
  try {
    Deno.removeSync(part);
  } catch {
    // Its folder may be gone; the error that led here is the one to tell.
  }
}

function setMtime(part: string, mtimeNs: bigint): void {
  const time = timeOf(mtimeNs);
  Deno.utimeSync(part, time, time);
}

function timeOf(mtimeNs: bigint): Date {
  return new Date(wholeMsOf(mtimeNs));
}

/**
 * What a disk is told of a time: to the millisecond, and before 1970 to the
 * second, as the executables' 2.6 takes no other.
 */
export function wholeMsOf(mtimeNs: bigint): number {
  const ms = Number(mtimeNs / 1_000_000n);
  return ms < 0 ? Math.floor(ms / 1000) * 1000 : ms;
}

/**
 * @param write Writes to stdout; resolves when all is taken.
 * @param signal Gives up a write that nobody takes.
 * @param endLine Called at the end of what does not end by a line feed.
 */
export function stdoutTarget(
  write: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
  endLine: () => void,
): LocalTarget {
  let last = LINE_FEED;
  return {
    async write(bytes) {
      last = bytes.at(-1) ?? last;
      try {
        // A copy: what is given up may still be on its way.
        await raceSignal(write(bytes.slice()), signal);
      } catch (error) {
        if (signal.aborted) throw error; // who cancelled knows what to say
        throw localError(texts.local.getOnStdout, error);
      }
    },
    commit: () => last === LINE_FEED || endLine(),
    [Symbol.dispose]: () => {},
  };
}
