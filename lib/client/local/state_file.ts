/**
 * ftpc's own files, of settings and of state: read and written only where they
 * are regular files of the one who runs it, so that whoever can write to their
 * folder makes us read no device, follow no link and fill no other file.
 * @module
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { errnoOf, localError } from "./error.ts";

const MODE_FILE = 0o600;
const MODE_FOLDER = 0o700;
const TEMPORARY_BYTES = 8; // of randomness in a name
/** Far more than any of our files has: history is bounded, bookmarks are few. */
const FILE_BYTES_MAX = 4 * 1024 * 1024;

/** One file, and what it takes to use it safely. */
export interface StateFileOptions {
  readonly path: string;
  /** Who runs ftpc; null where the system or Deno does not say. */
  readonly uid: number | null;
  readonly random: Random;
  /** What is larger is not ours; as bookmarks and history are, if left out. */
  readonly bytesMax?: number;
}

export class StateFile {
  readonly path: string;
  readonly #options: StateFileOptions;

  constructor(options: StateFileOptions) {
    this.path = options.path;
    this.#options = options;
  }

  /**
   * All of it, or null where there is none.
   * @throws {ClientError} `local_failed`: a link, a FIFO, another user's, too
   * large, or the system said no; `permission_missing`.
   */
  read(): Uint8Array | null {
    return this.#told(() => {
      const file = this.#openIfThere();
      return file === null
        ? null
        : using(file, () => contentOf(file, this.#bytesMax));
    });
  }

  /**
   * Put `bytes` in its place, whole or not at all; its folder is made.
   * @param sizeBefore Do so only where it still has this size: another program
   * has added nothing since it was read.
   * @returns Whether it was done.
   * @throws {ClientError} As `read` does.
   */
  replace(bytes: Uint8Array, sizeBefore?: number): boolean {
    return this.#told(() => {
      this.#makeFolder();
      // What stands there decides, too: a link is not ours to replace.
      const before = this.#openIfThere();
      if (before !== null) fs.closeSync(before);
      const folder = path.dirname(this.path);
      const name = this.#options.random.bytes(TEMPORARY_BYTES).toHex();
      const temporary = path.join(folder, `.${name}.tmp`);
      try {
        const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
        const flags = O_WRONLY | O_CREAT | O_EXCL;
        const file = fs.openSync(temporary, flags, MODE_FILE);
        using(file, () => writeAll(file, bytes));
        if (sizeBefore !== undefined && sizeBefore !== this.#size()) {
          removeQuietly(temporary);
          return false;
        }
        Deno.renameSync(temporary, this.path);
        return true;
      } catch (error) {
        removeQuietly(temporary);
        throw error;
      }
    });
  }

  /**
   * Add `bytes` at its end, by one write; it and its folder are made.
   * @returns Its size then.
   * @throws {ClientError} As `read` does.
   */
  append(bytes: Uint8Array): number {
    return this.#told(() => {
      this.#makeFolder();
      // Others may put a new file in its place between our open and our write:
      // then this one has no name any more, and what it took is lost.
      for (let tries = 1;; tries++) {
        const { O_WRONLY, O_APPEND, O_CREAT } = fs.constants;
        const file = this.#open(O_WRONLY | O_APPEND | O_CREAT);
        const { size, named } = using(file, () => {
          writeAll(file, bytes);
          const { size, nlink } = fs.fstatSync(file);
          return { size, named: nlink > 0 };
        });
        if (named || tries >= APPENDS_MAX) return size;
      }
    });
  }

  /** @returns As `#open`; null where there is none. */
  #openIfThere(): number | null {
    try {
      return this.#open(fs.constants.O_RDONLY);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return null;
      throw error;
    }
  }

  /** @returns An open file, to be closed. */
  #open(flags: number): number {
    const before = fs.lstatSync(this.path, { throwIfNoEntry: false });
    if (before !== undefined) this.#check(before);
    // No FIFO holds us, and no link is followed, where the system can tell.
    const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fs.constants;
    const safely = flags | O_NOFOLLOW | O_NONBLOCK;
    const file = fs.openSync(this.path, safely, MODE_FILE);
    try {
      this.#check(fs.fstatSync(file));
      return file;
    } catch (error) {
      fs.closeSync(file);
      throw error;
    }
  }

  #check(info: fs.Stats): void {
    const { uid } = this.#options;
    const words = texts.local.notOurs;
    const wrong = info.isSymbolicLink()
      ? words.link
      : !info.isFile()
      ? words.notRegular
      : info.nlink > 1
      ? words.links
      : uid !== null && info.uid !== uid
      ? words.otherUser
      : info.size > this.#bytesMax
      ? words.tooLarge
      : null;
    if (wrong === null) return;
    throw new ClientError("local_failed", ...words.said(this.path, wrong));
  }

  /** Quiet: where it cannot be removed, or is not there, it stays so. */
  remove(): void {
    removeQuietly(this.path);
  }

  /**
   * Remove files of its folder that are older. Quiet: for the order there.
   * @param names Of those that may go.
   */
  removeOthers(names: RegExp, msMax: number, now: Date): void {
    const folder = path.dirname(this.path);
    try {
      for (const { name } of Deno.readDirSync(folder)) {
        if (!names.test(name)) continue;
        const file = path.join(folder, name);
        const { isFile, mtime } = Deno.lstatSync(file);
        const ageMs = now.getTime() - (mtime?.getTime() ?? now.getTime());
        if (isFile && ageMs > msMax) Deno.removeSync(file);
      }
    } catch {
      // Another ftpc may be at the same.
    }
  }

  get #bytesMax(): number {
    return this.#options.bytesMax ?? FILE_BYTES_MAX;
  }

  #size(): number {
    return fs.lstatSync(this.path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #makeFolder(): void {
    Deno.mkdirSync(path.dirname(this.path), {
      recursive: true,
      mode: MODE_FOLDER,
    });
  }

  #told<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw localError(this.path, error);
    }
  }
}

/** In a folder where somebody replaces a file faster than we can write to it. */
const APPENDS_MAX = 5;

function contentOf(file: number, bytesMax: number): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let total = 0; total <= bytesMax;) {
    const part = new Uint8Array(64 * 1024);
    const bytes = fs.readSync(file, part);
    if (bytes === 0) break;
    parts.push(part.subarray(0, bytes));
    total += bytes;
  }
  const content = new Uint8Array(
    parts.reduce((total, { length }) => total + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    content.set(part, at);
    at += part.length;
  }
  return content;
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    at += fs.writeSync(file, bytes.subarray(at));
  }
}

function using<T>(file: number, work: () => T): T {
  try {
    return work();
  } finally {
    fs.closeSync(file);
  }
}

function removeQuietly(file: string): void {
  try {
    Deno.removeSync(file);
  } catch {
    // It may never have been there; the error that led here is the one to tell.
  }
}
