/**
 * The file of remembered answers (operations.ts) on a disk: in `.ftpd`, where
 * no account comes.
 * @module
 */
import { isErrno, storageError } from "./disk_error.ts";
import { StorageError } from "./error.ts";
import {
  closeFile,
  CREATING,
  type Handle,
  openFile,
  stateOf,
  syncFile,
  writeAt,
  WRITING,
} from "./file.ts";
import type { PartSetting } from "./local_part.ts";
import { readHere } from "./local_reader.ts";
import type { OperationsFile } from "./operations.ts";
import { withPartsFolder } from "./part_file.ts";
import { resolveName } from "./path.ts";
import type { Place } from "./root.ts";

const NAME = "operations";
/** One that is written, to take its place. */
const NEW_NAME = "operations.new";
const MODE = 0o600;
const ROOT = resolveName("");
/** A file over this is none of ours: 8,192 answers of a few hundred bytes. */
const BYTES_MAX = 16 * 1024 * 1024;

export class LocalOperationsFile implements OperationsFile {
  readonly #setting: PartSetting;

  constructor(setting: PartSetting) {
    this.#setting = setting;
  }

  async read(): Promise<Uint8Array> {
    await this.#setting.ask(ROOT);
    try {
      return this.#hold((place) => {
        const { size } = place.look(NAME);
        return readHere(place, NAME, Math.min(size, BYTES_MAX));
      });
    } catch (error) {
      if (isMissing(error)) return new Uint8Array();
      throw error;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    await this.#setting.ask(ROOT);
    await this.#write((place) => {
      const flags = isThere(place, NAME) ? WRITING : CREATING;
      const file = openFile(place.open(NAME), flags, MODE);
      return written(file, () => {
        const state = compared(place, NAME, file);
        return { bytes, offset: state.size };
      });
    });
  }

  async replace(bytes: Uint8Array): Promise<void> {
    await this.#setting.ask(ROOT);
    await this.#write((place) => {
      if (isThere(place, NEW_NAME)) Deno.removeSync(place.at(NEW_NAME));
      const file = openFile(place.open(NEW_NAME), CREATING, MODE);
      return written(file, () => {
        compared(place, NEW_NAME, file);
        return { bytes, offset: 0 };
      });
    });
    this.#hold((place) => Deno.renameSync(place.at(NEW_NAME), place.at(NAME)));
    await this.#setting.syncFolder(this.#setting.root.partsFolder);
  }

  async #write(write: (place: Place) => Handle): Promise<void> {
    const { root, pace, durable } = this.#setting;
    const file = pace.hold(() =>
      withPartsFolder(root, () => root.insideParts(write))
    );
    try {
      // As with uploads: a killed ftpd loses nothing either way.
      if (durable) await pace.wait(() => syncFile(file));
    } finally {
      closeFile(file);
    }
  }

  #hold<T>(use: (place: Place) => T): T {
    const { pace, root } = this.#setting;
    return pace.hold(() => root.insideParts(use));
  }
}

/** Before a byte is written: what was opened is what lies here. */
function compared(place: Place, name: string, file: Handle) {
  const state = stateOf(file);
  if (!state.isFile || !place.holds(name, state)) throw storageError("changed");
  return state;
}

function written(
  file: Handle,
  what: () => { readonly bytes: Uint8Array; readonly offset: number },
): Handle {
  try {
    const { bytes, offset } = what();
    for (let from = 0; from < bytes.length;) {
      const taken = writeAt(file, bytes.subarray(from), offset + from);
      if (taken === 0) throw storageError("no_space");
      from += taken;
    }
    return file;
  } catch (error) {
    closeFile(file);
    throw error;
  }
}

function isThere(place: Place, name: string): boolean {
  try {
    place.look(name);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return isErrno(error, "ENOENT") ||
    error instanceof StorageError && error.code === "not_found";
}
