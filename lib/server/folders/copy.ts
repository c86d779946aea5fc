/**
 * cp: copies made where the files are, so that no byte crosses the wire.
 * @module
 */
import type { FolderRequest } from "../../protocol/mod.ts";
import {
  childOf,
  type CopyOptions,
  type Entry,
  type FileInfo,
  type HomePath,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import { makeMissing } from "./make.ts";
import {
  foundAt,
  isWithin,
  shown,
  UNREACHABLE,
  withoutLinks,
} from "./paths.ts";
import { type Done, NamedFailure, naming, type Work } from "./work.ts";

type Cp = Extract<FolderRequest, { action: "cp" }>;

export async function cp(work: Work, request: Cp): Promise<Done> {
  const { home, signal } = work;
  const { filename, target, recursive } = request;
  const from = resolveName(filename);
  const source = await home.stat(from, signal);
  if (source.type === "folder" && !recursive) {
    throw new StorageError("is_folder", "is a folder");
  }
  if (source.type === "other") {
    throw new StorageError("not_regular", "is not a regular file");
  }
  const to = await naming(target, () => resolveName(target));
  const copying = new Copying(work, request);
  if (source.type === "folder") {
    await naming(target, () => refuseWithin(work, from, to));
    await copying.folder(from, to, source);
  } else {
    await copying.file(from, to);
  }
  const { files, bytes, others, failed } = copying;
  return {
    counts: { files, bytes, others },
    ...(failed === null ? {} : { failed }),
  };
}

/** A copy of a folder that lies in it would be copied, too, and so on. */
async function refuseWithin(
  { home, signal }: Work,
  from: HomePath,
  to: HomePath,
): Promise<void> {
  const real = await withoutLinks(home, from, signal);
  if (!isWithin(await withoutLinks(home, to, signal), real)) return;
  throw new StorageError("exists", "lies in what is to be copied");
}

/** It goes on after a failure: the first one is told. */
class Copying {
  files = 0;
  bytes = 0;
  /** What is neither file, folder nor link, and was passed over. */
  others = 0;
  failed: NamedFailure | null = null;
  readonly #work: Work;
  readonly #preserve: boolean;
  readonly #noClobber: boolean;

  constructor(work: Work, { preserve, no_clobber }: Cp) {
    this.#work = work;
    this.#preserve = preserve;
    this.#noClobber = no_clobber;
  }

  /** @throws {NamedFailure} */
  async file(from: HomePath, to: HomePath): Promise<void> {
    const { home, signal } = this.#work;
    const before = this.bytes;
    const options: CopyOptions = {
      ifAbsent: this.#noClobber,
      keepMtime: this.#preserve,
      signal,
      onBytes: (total) => this.#tell(before + total),
    };
    const { size } = await naming(
      shown(to),
      () => home.copy(from, to, options).catch(refuseOverFolder),
    );
    this.files++;
    this.bytes = before + size;
    this.#tell(this.bytes);
    const turn = this.#work.turn();
    if (turn !== undefined) await turn;
  }

  /** Into a folder that is there, or is made. Its mode is set last. */
  async folder(from: HomePath, to: HomePath, info: FileInfo): Promise<void> {
    const { home, signal } = this.#work;
    const made = await this.#try(
      to,
      () => makeMissing(home, to, signal),
    );
    if (made === null) return;
    await this.#try(from, async () => {
      for await (const page of home.list(from, signal)) {
        for (const entry of page) await this.#entry(from, to, entry);
      }
    });
    if (made === 1) await this.#try(to, () => this.#attributes(to, info));
  }

  async #entry(folder: HomePath, into: HomePath, entry: Entry): Promise<void> {
    const { name } = entry;
    await this.#try([...folder, name], async () => {
      if (!entry.reachable) throw new StorageError("bad_name", UNREACHABLE);
      const from = childOf(folder, name);
      const to = childOf(into, name);
      switch (entry.type) {
        case "folder":
          return await this.folder(from, to, entry);
        case "link":
          return await this.#link(from, to);
        case "file":
          if (this.#noClobber && await this.#found(to) !== null) return;
          return await this.file(from, to);
        case "other":
          this.others++;
      }
    });
  }

  /** A link becomes a link, with the same text. */
  async #link(from: HomePath, to: HomePath): Promise<void> {
    const { home, signal } = this.#work;
    const { text } = await home.readLink(from, signal);
    const found = await this.#found(to);
    if (found !== null) {
      if (this.#noClobber) return;
      if (found.type === "folder") {
        throw new StorageError("exists", "is a folder, and the other a link");
      }
      await home.remove(to, signal);
    }
    await home.symlink(text, to, signal);
    this.files++;
  }

  async #attributes(to: HomePath, info: FileInfo): Promise<void> {
    const { home, signal } = this.#work;
    const { mode, mtimeNs } = info;
    const attributes = {
      ...(mode !== null && home.capabilities.modes
        ? { mode: mode & 0o777 }
        : {}),
      ...(this.#preserve ? { mtimeNs } : {}),
    };
    if (Object.keys(attributes).length === 0) return;
    await home.setAttributes(to, attributes, signal);
  }

  #found(path: HomePath): Promise<FileInfo | null> {
    return foundAt(this.#work.home, path, this.#work.signal);
  }

  #tell(bytes: number): void {
    this.#work.progress({ bytes, entries: this.files });
  }

  /** @returns Null where it failed: that is kept, and the rest goes on. */
  async #try<T>(
    path: readonly string[],
    run: () => Promise<T>,
  ): Promise<T | null> {
    try {
      return await run();
    } catch (error) {
      this.#work.signal.throwIfAborted();
      this.failed ??= error instanceof NamedFailure
        ? error
        : new NamedFailure(shown(path), error);
      return null;
    }
  }
}

/** What was copied is a file: it is the target that is a folder. */
function refuseOverFolder(error: unknown): never {
  throw error instanceof StorageError && error.code === "is_folder"
    ? new StorageError("exists", "is a folder", { cause: error })
    : error;
}
