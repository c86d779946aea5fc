/**
 * What a put reads: a regular file of this machine, or stdin. Files are read by
 * calls that do not wait: from cache they are several times quicker, and this
 * process has no one else to serve.
 * @module
 */
import { sep as SEP } from "node:path";
import { ClientError } from "../error.ts";
import type { ByteInput } from "../terminal/byte_input.ts";
import type { Source } from "../library.ts";
import type { Entry } from "../tree/entry.ts";
import { folderGiven, localError } from "./error.ts";
import { identityOf } from "./identity.ts";
import { raceSignal } from "../signals.ts";
import { texts } from "../texts/mod.ts";

export interface LocalSource extends Source, Disposable {}

/** A file of a tree, as the walk of it has seen it. */
export interface InTree {
  readonly identity: string;
  /** The tree's own folder: nothing that lies outside of it is sent. */
  readonly root: string;
}

/**
 * Open a file to be sent. Pipes and devices are refused: `put - NAME` takes
 * what another program writes, and opening a pipe would hang without one.
 * @param name As the user wrote it, for errors.
 * @param seen Null: it was named by the user, and may lie anywhere.
 * @throws {ClientError} `not_found`, `is_folder`, `not_regular`,
 * `local_failed`, `permission_missing`, `file_changed`.
 */
export function openSource(
  path: string,
  name = path,
  seen: InTree | null = null,
): LocalSource {
  const what = `put ${name}`;
  try {
    regularFile(path, what);
    const file = Deno.openSync(path);
    try {
      const info = file.statSync();
      assertInTree(path, what, info, seen);
      return new FileSource(file, info, what);
    } catch (error) {
      file.close();
      throw error;
    }
  } catch (error) {
    throw localError(what, error);
  }
}

/**
 * All of a small file, by as few calls as show that it was one version.
 * @param into Longer by a byte than what is taken so.
 * @returns Its bytes; null: it is too large.
 * @throws {ClientError} As `openSource`; `file_changed`.
 */
export function readWhole(
  path: string,
  name: string,
  into: Uint8Array,
  seen: InTree | null = null,
): number | null {
  const what = `put ${name}`;
  try {
    const { size, mtime } = regularFile(path, what);
    if (size >= into.length) return null;
    using file = Deno.openSync(path);
    // With room for one byte more: where none comes, that is all there is.
    let bytes = file.readSync(into.subarray(0, size + 1)) ?? 0;
    while (bytes < size) {
      const more = file.readSync(into.subarray(bytes, size + 1)) ?? 0;
      if (more === 0) throw changed(what);
      bytes += more;
    }
    const now = file.statSync();
    const same = now.size === size && bytes === size &&
      now.mtime?.getTime() === mtime?.getTime();
    if (!same) throw changed(what);
    assertInTree(path, what, now, seen);
    return bytes;
  } catch (error) {
    throw localError(what, error);
  }
}

/**
 * All of a small file that a walk has seen as a regular one, by as few calls as
 * show that it still is what was seen then: none looks at it before it is open
 * (a FIFO that somebody puts in its place since then would hold us up).
 * @param seen What the walk saw.
 * @param into Longer by a byte than what is taken so.
 * @returns Its bytes; null: too many, or it is another by now.
 * @throws {ClientError} As `openSource`.
 */
export function readSeen(
  path: string,
  name: () => string,
  seen: Pick<Entry, "identity" | "size">,
  into: Uint8Array,
): number | null {
  const { size, identity } = seen;
  if (size >= into.length) return null;
  try {
    using file = Deno.openSync(path);
    const bytes = file.readSync(into.subarray(0, size + 1)) ?? 0;
    const now = file.statSync();
    const same = now.isFile && bytes === size && identityOf(now) === identity;
    return same ? bytes : null;
  } catch (error) {
    throw localError(`put ${name()}`, error);
  }
}

function regularFile(path: string, what: string): Deno.FileInfo {
  const info = Deno.statSync(path);
  if (info.isDirectory) throw folderGiven(what);
  if (!info.isFile) {
    const said = texts.local.notRegularSource(what);
    throw new ClientError("not_regular", ...said);
  }
  return info;
}

/**
 * What is open is what the walk saw, or another that has come since and lies in
 * the tree as well. Between the two looks somebody may have put a link in the
 * place of the file, or of a folder on the way to it; that links inside the tree
 * are followed must not send what lies outside.
 */
function assertInTree(
  path: string,
  what: string,
  opened: Deno.FileInfo,
  seen: InTree | null,
): void {
  if (seen === null || identityOf(opened) === seen.identity) return;
  const real = Deno.realPathSync(path);
  const root = Deno.realPathSync(seen.root);
  const inside = real.startsWith(root.endsWith(SEP) ? root : root + SEP);
  const there = Deno.lstatSync(real);
  const same = there.ino === opened.ino && there.dev === opened.dev;
  if (!inside || !same) throw changed(what);
}

function changed(what: string): ClientError {
  return new ClientError("file_changed", ...texts.local.changed(what));
}

class FileSource implements LocalSource {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly #file: Deno.FsFile;
  readonly #what: string;
  #sent = 0;

  constructor(file: Deno.FsFile, { size, mtime }: Deno.FileInfo, what: string) {
    this.#file = file;
    this.#what = what;
    this.size = size;
    this.mtimeNs = nanoseconds(mtime);
  }

  // deno-lint-ignore require-await -- as an interface of waiting ones has it
  async read(into: Uint8Array): Promise<number> {
    const left = this.size - this.#sent;
    if (left === 0) {
      this.#sameAsBefore();
      return 0;
    }
    const bytes = this.#readSync(into.subarray(0, left));
    if (bytes === 0) throw changed(this.#what);
    this.#sent += bytes;
    return bytes;
  }

  seek(offset: number): void {
    try {
      this.#file.seekSync(offset, Deno.SeekMode.Start);
      this.#sent = offset;
    } catch (error) {
      throw localError(this.#what, error);
    }
  }

  #readSync(into: Uint8Array): number {
    try {
      return this.#file.readSync(into) ?? 0;
    } catch (error) {
      throw localError(this.#what, error);
    }
  }

  /** Bytes of two versions, sent as one file, would be neither. */
  #sameAsBefore(): void {
    const { size, mtime } = this.#file.statSync();
    if (size !== this.size || nanoseconds(mtime) !== this.mtimeNs) {
      throw changed(this.#what);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}

/**
 * Remove a file that was sent, unless it is another by now.
 * @throws {ClientError} `file_changed`, `local_failed`.
 */
export function removeSent(
  path: string,
  sent: { readonly size: number; readonly mtimeNs: bigint },
): void {
  const what = texts.local.removeSent(path);
  try {
    const { size, mtime } = Deno.statSync(path);
    if (size !== sent.size || nanoseconds(mtime) !== sent.mtimeNs) {
      throw new ClientError("file_changed", ...texts.local.changed(what));
    }
    Deno.removeSync(path);
  } catch (error) {
    throw localError(what, error);
  }
}

/** A read that is given up while it waits loses what it would have got. */
export function stdinSource(input: ByteInput): LocalSource {
  return {
    size: null,
    async read(into, signal) {
      try {
        // A buffer of its own: an ended read may still write into it.
        const own = new Uint8Array(into.length);
        const bytes = await raceSignal(input.read(own), signal);
        into.set(own.subarray(0, bytes));
        return bytes;
      } catch (error) {
        if (signal?.aborted) throw error;
        throw localError(texts.local.putFromStdin, error);
      }
    },
    [Symbol.dispose]: () => {},
  };
}

/** The runtime gives whole milliseconds. */
function nanoseconds(time: Date | null): bigint {
  return BigInt(time?.getTime() ?? 0) * 1_000_000n;
}
