/**
 * rm and rmdir.
 * @module
 */
import type { FolderRequest } from "../../protocol/mod.ts";
import {
  childOf,
  type Entry,
  type HomePath,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import { refuseRoot, shown, UNREACHABLE } from "./paths.ts";
import { type Done, NamedFailure, type Work } from "./work.ts";

type Rm = Extract<FolderRequest, { action: "rm" }>;
type Rmdir = Extract<FolderRequest, { action: "rmdir" }>;

export async function rm(
  work: Work,
  { filename, recursive }: Rm,
): Promise<Done> {
  const path = resolveName(filename);
  refuseRoot(path);
  const { type } = await work.home.lstat(path, work.signal);
  if (type !== "folder") {
    await work.home.remove(path, work.signal);
    return { counts: { removed: 1 } };
  }
  if (!recursive) throw new StorageError("is_folder", "is a folder");
  const removal = new Removal(work);
  await removal.folder(path);
  const { removed, failed } = removal;
  return { counts: { removed }, ...(failed === null ? {} : { failed }) };
}

export async function rmdir(
  { home, signal }: Work,
  { filename }: Rmdir,
): Promise<Done> {
  const path = resolveName(filename);
  refuseRoot(path);
  const { type } = await home.lstat(path, signal);
  if (type !== "folder") {
    throw new StorageError("not_a_folder", "is not a folder");
  }
  await home.remove(path, signal);
  return {};
}

/** A folder with all that is in it. It goes on after a failure. */
class Removal {
  removed = 0;
  /** The first one. */
  failed: NamedFailure | null = null;
  readonly #work: Work;

  constructor(work: Work) {
    this.#work = work;
  }

  /** @returns Whether it is gone. */
  async folder(path: HomePath): Promise<boolean> {
    const { home, signal } = this.#work;
    let empty = true;
    try {
      for await (const page of home.list(path, signal)) {
        for (const entry of page) {
          const gone = await this.#entry(path, entry);
          if (!gone) empty = false;
        }
      }
      if (!empty) return false;
    } catch (error) {
      return this.#fail(shown(path), error);
    }
    return await this.#remove(path);
  }

  async #entry(folder: HomePath, entry: Entry): Promise<boolean> {
    const name = `${shown(folder)}/${entry.name}`;
    if (!entry.reachable) {
      return this.#fail(name, new StorageError("bad_name", UNREACHABLE));
    }
    let path: HomePath;
    try {
      path = childOf(folder, entry.name);
    } catch (error) {
      return this.#fail(name, error);
    }
    return entry.type === "folder"
      ? await this.folder(path)
      : await this.#remove(path);
  }

  async #remove(path: HomePath): Promise<boolean> {
    const { home, signal } = this.#work;
    try {
      await home.remove(path, signal);
      this.#work.progress({ entries: ++this.removed });
      const turn = this.#work.turn();
      if (turn !== undefined) await turn;
      return true;
    } catch (error) {
      // Somebody else was quicker: it is gone, as it was meant to be.
      if (error instanceof StorageError && error.code === "not_found") {
        return true;
      }
      return this.#fail(shown(path), error);
    }
  }

  /** @throws What ends it all: a cancel. */
  #fail(name: string, error: unknown): false {
    this.#work.signal.throwIfAborted();
    this.failed ??= new NamedFailure(name, error);
    return false;
  }
}
