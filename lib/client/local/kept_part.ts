/**
 * Parts of gets that outlive their get: `.ftpc-RANDOM` and its journal
 * `.ftpc-RANDOM.j` beside the target, from the first mark on. Found again by
 * what the journal says; used only where both are plain files of our own, that
 * nobody else has a name for.
 * @module
 */
import * as fs from "node:fs";
import * as path from "node:path";
import type { Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { localError } from "./error.ts";
import { newFile } from "./new_file.ts";
import {
  isSameFile,
  markLine,
  originLine,
  type PartMark,
  type PartOrigin,
  type PartState,
  readPartJournal,
} from "./part_journal.ts";
import {
  JOURNAL_SUFFIX,
  type LocalTarget,
  modeToKeep,
  newPartName,
  PART,
  putInPlace,
} from "./target.ts";

const MODE_PART = 0o600;
/** A mark a line, some 60 bytes: of 4 TB, one each 32 MiB. */
const JOURNAL_BYTES_MAX = 8 * 1024 * 1024;

/** A pair that may be gone on with. */
export interface FoundPart extends PartState {
  /** The whole path of the part. */
  readonly part: string;
}

/**
 * What lies in a folder, by the name of its target: of several the last one.
 * Quiet: where one may not look there is nothing.
 */
export function partsIn(
  folder: string,
  random: Random,
): ReadonlyMap<string, readonly FoundPart[]> {
  const found = new Map<string, FoundPart[]>();
  try {
    let uid: number | null | undefined;
    for (const { name } of Deno.readDirSync(folder)) {
      if (!name.endsWith(JOURNAL_SUFFIX)) continue;
      const base = name.slice(0, -JOURNAL_SUFFIX.length);
      if (!PART.test(base)) continue;
      if (uid === undefined) uid = newFile(folder, random).uid;
      const one = readPair(path.join(folder, base), uid);
      if (one === null) continue;
      const { target } = one.origin;
      found.set(target, [...found.get(target) ?? [], one]);
    }
  } catch {
    // Not listable, or not there.
  }
  return found;
}

/** @returns null where it is not a pair of ours, or says nothing of use. */
function readPair(part: string, uid: number | null): FoundPart | null {
  try {
    using journal = openOurs(part + JOURNAL_SUFFIX, uid, "read");
    const { size } = journal.stat;
    if (size > JOURNAL_BYTES_MAX) return null;
    const bytes = new Uint8Array(size);
    let at = 0;
    while (at < size) {
      const more = fs.readSync(journal.fd, bytes, at, size - at, null);
      if (more === 0) break;
      at += more;
    }
    const state = readPartJournal(bytes.subarray(0, at));
    if (state === null) return null;
    using opened = openOurs(part, uid, "read");
    if (isInUse(part)) return null; // another get's, which is at it
    // Bytes that a mark speaks of were lost: a disk that lied.
    return opened.stat.size < state.mark.offset ? null : { ...state, part };
  } catch {
    return null;
  }
}

/** Whether another get writes there; what cannot tell says no. */
function isInUse(part: string): boolean {
  using lock = lockOf(part);
  return lock === null;
}

/**
 * A part has one writer: who holds its lock. One that was killed holds none.
 * @returns null: another one has it. Where the runtime knows no such locks, a
 * part is taken over from who still writes there, as by the same put: that one
 * sees by its name that it is another's (`goOn`), and writes no more.
 */
function lockOf(part: string): PartLock | null {
  // A FIFO, planted there, would be waited for.
  if (!Deno.lstatSync(part).isFile) throw new TypeError(part);
  const file = Deno.openSync(part, { read: true });
  try {
    // As a name: the executables' 2.6 does not have it.
    const locks = "tryLockSync" in file && Deno.build.os !== "windows";
    if (!locks) return lockedBy(file, false);
    if (file.tryLockSync(true)) return lockedBy(file, true);
  } catch {
    return lockedBy(file, false); // a disk that has no locks
  }
  file.close();
  return null;
}

interface PartLock extends Disposable {
  /** Nobody else can have the part. */
  readonly holds: boolean;
}

function lockedBy(file: Deno.FsFile, holds: boolean): PartLock {
  return { holds, [Symbol.dispose]: () => file.close() };
}

interface Opened extends Disposable {
  readonly fd: number;
  readonly stat: fs.Stats;
}

/** @throws Where it is not a plain file, of one name, of this user alone. */
function openOurs(
  file: string,
  uid: number | null,
  use: "read" | "write",
): Opened {
  // What is looked at first is no FIFO, which an open would wait for.
  check(fs.lstatSync(file), file, uid);
  const { O_NOFOLLOW = 0, O_NONBLOCK = 0, O_RDONLY, O_RDWR } = fs.constants;
  const flags = use === "read" ? O_RDONLY : O_RDWR;
  const fd = fs.openSync(file, flags | O_NOFOLLOW | O_NONBLOCK);
  const opened = { fd, [Symbol.dispose]: () => fs.closeSync(fd) };
  try {
    const stat = fs.fstatSync(fd);
    check(stat, file, uid);
    return { ...opened, stat };
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

function check(info: fs.Stats, file: string, uid: number | null): void {
  const ours = info.isFile() && info.nlink === 1 &&
    (uid === null || info.uid === uid && (info.mode & 0o077) === 0);
  if (!ours) throw new TypeError(file);
}

/** Remove a pair that is of no use any more. Quiet. */
export function dropPart({ part }: Pick<FoundPart, "part">): void {
  for (const file of [part + JOURNAL_SUFFIX, part]) removeQuietly(file);
}

export interface KeptOptions {
  /** The whole path of the file that it becomes. */
  readonly target: string;
  /** As the user wrote it, for errors. */
  readonly name: string;
  readonly origin: PartOrigin;
  readonly random: Random;
}

/** Told of marks, it is there for the next get where this one breaks off. */
export interface KeptTarget extends LocalTarget {
  mark(mark: PartMark): Promise<void>;
  /** Disposed of, it stays for the next try; null: there is nothing to keep. */
  readonly kept: FoundPart | null;
  /** Its bytes are not what they should be: it is not kept. */
  spoil(): void;
}

/**
 * Begin to write a file, or go on with it.
 * @param from The pair to go on with.
 * @throws {ClientError} As `openTarget`.
 */
export function openKept(
  options: KeptOptions,
  from: FoundPart | null,
): KeptTarget {
  const { target, name, random } = options;
  const what = texts.local.getInto(name);
  try {
    const before = modeToKeep(target, what);
    const { uid, mode: ofNew } = newFile(path.dirname(target), random);
    const mode = before ?? ofNew;
    const opened = from === null
      ? begin(path.join(path.dirname(target), newPartName(random)))
      : goOn(from, random, uid, what);
    return new KeptFile(options, { ...opened, what, mode, from });
  } catch (error) {
    throw localError(what, error);
  }
}

function begin(part: string): Writable {
  const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
  const fd = fs.openSync(part, O_WRONLY | O_CREAT | O_EXCL, MODE_PART);
  try {
    return { part, fd, lock: lockOf(part) };
  } catch (error) {
    fs.closeSync(fd);
    throw error;
  }
}

/**
 * Give a pair new names, so that nobody else finds it by the old ones, and open
 * it behind its last mark.
 * @throws {ClientError} `cannot_resume`: another get was quicker.
 */
function goOn(
  found: FoundPart,
  random: Random,
  uid: number | null,
  what: string,
): Writable {
  const part = path.join(path.dirname(found.part), newPartName(random));
  using undo = new DisposableStack();
  const lock = claim(found.part, part);
  if (lock === null) {
    throw new ClientError("cannot_resume", ...texts.local.inUse(what));
  }
  undo.use(lock);
  const opened = undo.use(openOurs(part, uid, "write"));
  const { offset } = found.mark;
  if (opened.stat.size < offset) throw new TypeError(part);
  fs.ftruncateSync(opened.fd, offset);
  undo.move();
  return { part, fd: opened.fd, lock };
}

/** @returns null: it is another's by now. */
function claim(found: string, part: string): PartLock | null {
  let lock: PartLock | null = null;
  try {
    lock = lockOf(found);
    if (lock === null) return null;
    Deno.renameSync(found + JOURNAL_SUFFIX, part + JOURNAL_SUFFIX);
    Deno.renameSync(found, part);
    return lock;
  } catch (error) {
    lock?.[Symbol.dispose]();
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}

interface Writable {
  readonly part: string;
  readonly fd: number;
  readonly lock: PartLock | null;
}

interface OpenKept extends Writable {
  readonly what: string;
  /** Of the file in the end; null where there are no modes. */
  readonly mode: number | null;
  readonly from: FoundPart | null;
}

class KeptFile implements KeptTarget {
  readonly #options: KeptOptions;
  readonly #opened: OpenKept;
  #journal: number | null = null;
  #goodBytes: number;
  #mark: PartMark | null;
  #at: number;
  #state: "open" | "closed" | "committed" = "open";
  #syncing: Promise<void> | null = null;
  #spoilt = false;

  constructor(options: KeptOptions, opened: OpenKept) {
    this.#options = options;
    this.#opened = opened;
    this.#mark = opened.from?.mark ?? null;
    this.#goodBytes = opened.from?.goodBytes ?? 0;
    this.#at = this.#mark?.offset ?? 0;
  }

  get kept(): FoundPart | null {
    if (this.#mark === null || this.#spoilt || this.#state === "committed") {
      return null;
    }
    return {
      ...{ part: this.#opened.part, origin: this.#options.origin },
      ...{ mark: this.#mark, goodBytes: this.#goodBytes },
    };
  }

  write(bytes: Uint8Array): undefined {
    const { fd, what } = this.#opened;
    try {
      this.#stillOurs();
      for (let at = 0; at < bytes.length;) {
        const rest = bytes.length - at;
        const written = fs.writeSync(fd, bytes, at, rest, this.#at);
        at += written;
        this.#at += written;
      }
    } catch (error) {
      throw localError(what, error);
    }
  }

  /** The data first, and only then the record that speaks of it. */
  async mark(mark: PartMark): Promise<void> {
    if (this.#state !== "open") return;
    this.#syncing = syncData(this.#opened.fd);
    try {
      await this.#syncing;
      this.#syncing = null;
      if (this.#state !== "open") return;
      this.#stillOurs();
      const journal = this.#journal ??= this.#openJournal();
      const line = markLine(mark);
      writeAll(journal, line, this.#goodBytes);
      this.#goodBytes += line.length;
      this.#mark = mark;
    } catch (error) {
      throw localError(this.#opened.what, error);
    } finally {
      this.#syncing = null;
      if (this.#state !== "open") this.#closeFiles();
    }
  }

  /**
   * Who takes a part over gives it another name first. What is written in the
   * moment between the two is what that one writes in the same place: bytes of
   * the same version.
   * @throws {ClientError} `taken_over`.
   */
  #stillOurs(): void {
    const { part, what, lock } = this.#opened;
    if (lock?.holds || fs.existsSync(part)) return;
    this.#spoilt = true; // and nothing of it is ours to keep
    throw new ClientError("taken_over", ...texts.local.takenOver(what));
  }

  #openJournal(): number {
    const { part, from } = this.#opened;
    const name = part + JOURNAL_SUFFIX;
    if (from !== null) {
      const uid = fs.fstatSync(this.#opened.fd).uid;
      const { fd } = openOurs(
        name,
        Deno.build.os === "windows" ? null : uid,
        "write",
      );
      fs.ftruncateSync(fd, this.#goodBytes);
      return fd;
    }
    const { O_WRONLY, O_CREAT, O_EXCL } = fs.constants;
    const fd = fs.openSync(name, O_WRONLY | O_CREAT | O_EXCL, MODE_PART);
    const line = originLine(this.#options.origin);
    writeAll(fd, line, 0);
    this.#goodBytes = line.length;
    return fd;
  }

  spoil(): void {
    this.#spoilt = true;
  }

  commit(mtimeNs: bigint | undefined): void {
    const { part, what, mode } = this.#opened;
    const { target } = this.#options;
    try {
      this.#stillOurs();
      this.#close();
      putInPlace(part, target, { mtimeNs, mode });
      this.#state = "committed";
      removeQuietly(part + JOURNAL_SUFFIX);
    } catch (error) {
      throw localError(what, error);
    }
  }

  #close(): void {
    if (this.#state !== "open") return;
    this.#state = "closed";
    if (this.#syncing === null) this.#closeFiles(); // else it does so itself
  }

  #closeFiles(): void {
    fs.closeSync(this.#opened.fd);
    this.#opened.lock?.[Symbol.dispose]();
    if (this.#journal !== null) fs.closeSync(this.#journal);
    this.#journal = null;
  }

  [Symbol.dispose](): void {
    if (this.#state === "committed") return;
    this.#close();
    if (this.kept === null) dropPart(this.#opened);
  }
}

function syncData(fd: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fs.fdatasync(fd, (error) => error ? reject(error) : resolve());
  });
}

function writeAll(fd: number, bytes: Uint8Array, from: number): void {
  for (let at = 0; at < bytes.length;) {
    at += fs.writeSync(fd, bytes, at, bytes.length - at, from + at);
  }
}

function removeQuietly(file: string): void {
  try {
    Deno.removeSync(file);
  } catch {
    // It was not there, or it is not ours to remove.
  }
}

/** The one of these that is of this file. */
export function partOf(
  found: readonly FoundPart[] | undefined,
  origin: PartOrigin,
): FoundPart | null {
  return found?.findLast((one) => isSameFile(one.origin, origin)) ?? null;
}
