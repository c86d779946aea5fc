/**
 * The files of kept parts on a disk: in `.ftpd`, a part under its random name,
 * its journal beside it (`.j`). A part on another file system lies beside its
 * target, and is not found again after a restart.
 * @module
 */
import { isErrno, storageError } from "./disk_error.ts";
import { StorageError } from "./error.ts";
import {
  closeFile,
  CREATING,
  cutFile,
  type Handle,
  openFile,
  REWRITING,
  stateOf,
  syncFile,
  writeAt,
  WRITING,
} from "./file.ts";
import type { Home } from "./home.ts";
import { LocalPart, type PartSetting } from "./local_part.ts";
import { readHere } from "./local_reader.ts";
import type { PartBytes, PartFiles } from "./part_files.ts";
import { JOURNAL_BYTES_MAX } from "./part_journal.ts";
import { type HomePath, resolveName } from "./path.ts";
import type { PartFile } from "./publish.ts";
import type { Place } from "./root.ts";

const ROOT = resolveName("");
const JOURNAL_MODE = 0o600;
/** A journal's name is its part's and this. */
export const JOURNAL_SUFFIX = ".j";
/** One that is being written, to take the place of an earlier one. */
export const NEW_JOURNAL_SUFFIX = ".j.new";
const JOURNAL = /^([0-9a-f]{32})\.j$/;

/** What the files need of their home. */
export interface PartFilesSetting {
  readonly parts: PartSetting;
  readonly home: Pick<Home, "space" | "lstat">;
  /** Make a part's file under this name. */
  readonly make: (
    name: string,
    target: HomePath,
    signal?: AbortSignal,
  ) => Promise<PartFile>;
}

export class LocalPartFiles implements PartFiles {
  readonly #setting: PartFilesSetting;

  constructor(setting: PartFilesSetting) {
    this.#setting = setting;
  }

  async names(signal?: AbortSignal): Promise<readonly string[]> {
    await this.#ask(signal);
    try {
      return this.#hold((place) =>
        [...Deno.readDirSync(place.at("."))].flatMap(({ name, isFile }) =>
          // A folder, a link or a FIFO of that name is nothing of ours.
          isFile ? JOURNAL.exec(name)?.[1] ?? [] : []
        )
      );
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }

  async journal(
    name: string,
    signal?: AbortSignal,
  ): Promise<Uint8Array | null> {
    await this.#ask(signal);
    try {
      return this.#hold((place) => {
        const { size } = place.look(name + JOURNAL_SUFFIX);
        const bytesMax = Math.min(size, JOURNAL_BYTES_MAX);
        return readHere(place, name + JOURNAL_SUFFIX, bytesMax);
      });
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  async make(
    name: string,
    target: HomePath,
    signal?: AbortSignal,
  ): Promise<PartBytes> {
    const file = await this.#setting.make(name, target, signal);
    return this.#bytesOf(target, file, 0, signal);
  }

  async open(
    name: string,
    target: HomePath,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<PartBytes> {
    await this.#ask(signal);
    const file = this.#hold((place): PartFile =>
      opened(place, name, REWRITING, (file) => {
        const { dev, ino, mode, size } = stateOf(file);
        if (size < bytes) throw storageError("changed");
        cutFile(file, bytes);
        return { folder: place.real, name, file, id: { dev, ino }, mode };
      })
    );
    return this.#bytesOf(target, file, bytes, signal);
  }

  /** The name of the part is synced with that of its journal. */
  async writeJournal(name: string, bytes: Uint8Array): Promise<void> {
    const { syncFolder, root } = this.#setting.parts;
    const made = name + NEW_JOURNAL_SUFFIX;
    const file = this.#hold((place) => {
      removeQuietly(place.at(made)); // of a write that a kill ended
      return opened(place, made, CREATING, (file) => {
        writeWhole(file, bytes, 0);
        return file;
      });
    });
    await this.#synced(file);
    this.#hold((place) =>
      Deno.renameSync(place.at(made), place.at(name + JOURNAL_SUFFIX))
    );
    await syncFolder(root.partsFolder);
  }

  /** What a torn write has left behind `offset` goes. */
  async appendJournal(
    name: string,
    offset: number,
    bytes: Uint8Array,
  ): Promise<void> {
    const file = this.#hold((place) =>
      opened(place, name + JOURNAL_SUFFIX, WRITING, (file) => {
        cutFile(file, offset);
        writeWhole(file, bytes, offset);
        return file;
      })
    );
    await this.#synced(file);
  }

  async remove(name: string): Promise<void> {
    await this.#ask();
    try {
      this.#hold((place) => {
        // The journal last: what it tells of is gone by then.
        for (const suffix of ["", NEW_JOURNAL_SUFFIX, JOURNAL_SUFFIX]) {
          removeQuietly(place.at(name + suffix));
        }
      });
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async freeBytes(signal?: AbortSignal): Promise<number | null> {
    return (await this.#setting.home.space(signal))?.freeBytes ?? null;
  }

  async versionAt(
    path: HomePath,
    signal?: AbortSignal,
  ): Promise<string | null> {
    try {
      return (await this.#setting.home.lstat(path, signal)).version;
    } catch (error) {
      if (isMissing(error)) return null;
      throw error;
    }
  }

  #bytesOf(
    target: HomePath,
    file: PartFile,
    bytes: number,
    signal: AbortSignal | undefined,
  ): PartBytes {
    const { parts } = this.#setting;
    const part = new LocalPart(parts, target, file, signal, bytes);
    return {
      get bytesWritten() {
        return part.bytesWritten;
      },
      write: (bytes, signal) => part.write(bytes, signal),
      read: (into, offset, signal) => part.read(into, offset, signal),
      sync: (signal) => part.checkpoint(signal),
      commit: (options) => part.commit(options),
      // Beside its target nobody would find it again.
      keep: () =>
        file.folder === parts.root.partsFolder
          ? part.release()
          : part.discard(),
      discard: () => part.discard(),
    };
  }

  async #synced(file: Handle): Promise<void> {
    try {
      await this.#setting.parts.pace.wait(() => syncFile(file));
    } finally {
      closeFile(file);
    }
  }

  #ask(signal?: AbortSignal): Promise<void> {
    return this.#setting.parts.ask(ROOT, signal);
  }

  #hold<T>(use: (place: Place) => T): T {
    const { pace, root } = this.#setting.parts;
    return pace.hold(() => root.insideParts(use));
  }
}

/** Open a file of ours, and compare it before it is used. */
function opened<T>(
  place: Place,
  name: string,
  flags: number,
  use: (file: Handle) => T,
): T {
  const file = openFile(place.open(name), flags, JOURNAL_MODE);
  try {
    const state = stateOf(file);
    if (!state.isFile || !place.holds(name, state)) {
      throw storageError("changed");
    }
    return use(file);
  } catch (error) {
    closeFile(file);
    throw error;
  }
}

function writeWhole(file: Handle, bytes: Uint8Array, offset: number): void {
  for (let from = 0; from < bytes.length;) {
    const taken = writeAt(file, bytes.subarray(from), offset + from);
    if (taken === 0) throw storageError("no_space");
    from += taken;
  }
}

function isMissing(error: unknown): boolean {
  return isErrno(error, "ENOENT") ||
    error instanceof StorageError && error.code === "not_found";
}

function removeQuietly(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not there, or not to be had: the next start looks again.
  }
}
