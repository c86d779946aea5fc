/**
 * A home that is a folder on a local disk. Where the promises are kept: root.ts
 * (nobody leaves home), publish.ts (nothing half-done is visible), pace.ts (a
 * slow disk holds up nobody else).
 *
 * While the disk has not proved quick, each step asks it off the loop first, for
 * the very names that it will use, and opens, reads, writes and syncs off the
 * loop as well. Only the looks and the rename are synchronous nevertheless, as
 * they need the working folder: a disk that answers and then stops, within that
 * millisecond, holds the loop until it goes on.
 * @module
 */
import type { Clock, Random, Turns } from "../runtime/mod.ts";
import { changeAttributes } from "./attributes.ts";
import { isLarge } from "./aside.ts";
import { checksumOf, copyFile } from "./content.ts";
import { diskError, isErrno, storageError } from "./disk_error.ts";
import {
  closeFile,
  infoOf,
  lookAt,
  spaceOf,
  syncFolder,
  writeAt,
} from "./file.ts";
import { FolderSync } from "./folder_sync.ts";
import { StorageError } from "./error.ts";
import type {
  Attributes,
  Capabilities,
  ChecksumOptions,
  ChecksumType,
  CommitOptions,
  CopyOptions,
  Entry,
  FileInfo,
  Home,
  LinkInfo,
  Part,
  PartIdentity,
  Reader,
  ReadOptions,
  RenameOptions,
  Space,
  WalkEntry,
  WalkOptions,
  Whole,
  WholePut,
  WholeRead,
  WholeReadOptions,
} from "./home.ts";
import { listFolder, walkFolder } from "./listing.ts";
import { canLink, makeLinkHere, readLinkHere } from "./local_links.ts";
import { LocalPart, type PartSetting } from "./local_part.ts";
import { LocalOperationsFile } from "./local_operations.ts";
import { LocalPartFiles } from "./local_part_files.ts";
import { openReader } from "./local_reader.ts";
import { putBlock, readBlock } from "./many.ts";
import { Pace } from "./pace.ts";
import {
  makePart,
  makePartSoon,
  type PartPlace,
  removePart,
} from "./part_file.ts";
import type { OperationsFile } from "./operations.ts";
import type { PartFiles } from "./part_files.ts";
import { type HomePath, parentOf } from "./path.ts";
import { inBlocks, putEach, readEach, readWholeByReader } from "./whole.ts";
import { type PartFile, publish, refuseBadTarget } from "./publish.ts";
import { renameHere } from "./rename.ts";
import { type Place, Root } from "./root.ts";

export interface LocalHomeOptions {
  readonly runtime: {
    readonly clock: Clock;
    readonly random: Random;
    readonly turns: Turns;
  };
  /** Sync file and folder before a commit is done. */
  readonly durable: boolean;
}

const HOME_MODE = 0o700;
/** Less umask, which the system takes away itself. */
const FILE_MODE = 0o644;
const PART_RANDOM_BYTES = 16;
/** A `putWhole` over this goes in steps: it would hold everybody up. */
const AT_ONCE_BYTES_MAX = 1024 * 1024;

/**
 * Open a folder as a home; it is made, with its parents, where it is missing.
 * @throws {StorageError} `not_a_folder`, `permission`, `failed`, …
 */
export async function openLocalHome(
  folder: string,
  options: LocalHomeOptions,
): Promise<Home> {
  return (await openRealHome(folder, options)).home;
}

/** The same, and the real path of what was opened. */
export async function openRealHome(
  folder: string,
  options: LocalHomeOptions,
): Promise<{ home: Home; real: string }> {
  try {
    await Deno.mkdir(folder, { recursive: true, mode: HOME_MODE });
    const real = await Deno.realPath(folder);
    const { dev, isDirectory } = await Deno.stat(real);
    if (!isDirectory) throw storageError("not_a_folder");
    return { home: new LocalHome(new Root(real), dev, options), real };
  } catch (error) {
    throw isErrno(error, "EEXIST")
      ? storageError("not_a_folder", error)
      : diskError(error);
  }
}

class LocalHome implements Home {
  readonly capabilities: Capabilities;
  readonly partFiles: PartFiles;
  readonly operationsFile: OperationsFile;
  readonly #root: Root;
  readonly #device: number;
  /** A new name for a part at each call. */
  readonly #name: () => string;
  readonly #pace: Pace;
  readonly #turns: Turns;
  readonly #parts: PartSetting;

  constructor(
    root: Root,
    device: number,
    { runtime, durable }: LocalHomeOptions,
  ) {
    const pace = new Pace(runtime.clock);
    const syncs = new FolderSync((folder) =>
      pace.wait(() => syncFolder(folder))
    );
    this.#root = root;
    this.#device = device;
    this.#name = () => runtime.random.bytes(PART_RANDOM_BYTES).toHex();
    this.#pace = pace;
    this.#turns = runtime.turns;
    this.#parts = {
      root,
      pace,
      durable,
      random: this.#name,
      ask: (path, signal) => this.#ask(path, signal),
      syncFolder: (folder) => syncs.sync(folder),
    };
    this.partFiles = new LocalPartFiles({
      parts: this.#parts,
      home: this,
      make: (name, target, signal) =>
        this.#makePart(target, () => name, signal),
    });
    this.operationsFile = new LocalOperationsFile(this.#parts);
    const modes = Deno.build.os !== "windows";
    this.capabilities = {
      durable,
      modes,
      folderRename: true,
      links: canLink(),
    };
  }

  async stat(target: HomePath, signal?: AbortSignal): Promise<FileInfo> {
    await this.#ask(target, signal);
    return this.#pace.hold(() =>
      this.#root.at(target, (place, name) => infoOf(place.look(name)))
    );
  }

  async *list(
    target: HomePath,
    signal?: AbortSignal,
  ): AsyncIterable<readonly Entry[]> {
    await this.#ask(target, signal);
    yield* listFolder(this.#root, target, this.#pace, signal);
  }

  async read(target: HomePath, options: ReadOptions = {}): Promise<Reader> {
    await this.#ask(target, options.signal);
    return await openReader(this.#root, target, options, this.#pace);
  }

  async putWhole(
    target: HomePath,
    bytes: Uint8Array,
    options: CommitOptions = {},
  ): Promise<FileInfo> {
    const { signal } = options;
    await this.#ask(parentOf(target), signal);
    const atOnce = this.#pace.quick && !this.#parts.durable &&
      bytes.length <= AT_ONCE_BYTES_MAX;
    const info = atOnce
      ? this.#pace.hold(() => this.#putAtOnce(target, bytes, options))
      : null;
    if (info !== null) return info;
    await using part = await this.openPart({ target }, signal);
    await part.write(bytes, signal);
    return await part.commit(options);
  }

  putMany(
    files: readonly WholePut[],
    signal?: AbortSignal,
  ): Promise<readonly (FileInfo | StorageError)[]> {
    return inBlocks({
      files,
      signal,
      pace: this.#pace,
      fits: ({ bytes }) =>
        !this.#parts.durable && bytes.length <= AT_ONCE_BYTES_MAX,
      block: (some) => putBlock(this.#root, some, this.#name),
      alone: (file) => putEach(this, [file], signal),
    });
  }

  async readWhole(
    path: HomePath,
    options: WholeReadOptions,
    signal?: AbortSignal,
  ): Promise<Whole> {
    if (!this.#pace.quick) await this.#ask(path, signal);
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    const [whole] = this.#pace.quick
      ? this.#pace.hold(() => readBlock(this.#root, [{ path, ...options }]))
      : [];
    if (whole instanceof StorageError) throw whole;
    return whole ?? await readWholeByReader(this, path, options, signal);
  }

  readMany(
    files: readonly WholeRead[],
    signal?: AbortSignal,
  ): Promise<readonly (Whole | StorageError)[]> {
    return inBlocks({
      files,
      signal,
      pace: this.#pace,
      fits: () => true,
      block: (some) => readBlock(this.#root, some),
      alone: (file) => readEach(this, [file], signal),
    });
  }

  async openPart(
    { target }: PartIdentity,
    signal?: AbortSignal,
  ): Promise<Part> {
    const file = await this.#makePart(target, this.#name, signal);
    return new LocalPart(this.#parts, target, file, signal);
  }

  async remove(target: HomePath, signal?: AbortSignal): Promise<void> {
    if (target.length === 0) throw storageError("permission");
    await this.#ask(parentOf(target), signal);
    this.#pace.hold(() =>
      this.#in(target, (place, name) => Deno.removeSync(place.at(name)))
    );
  }

  async rename(
    from: HomePath,
    to: HomePath,
    signal?: AbortSignal,
    options: RenameOptions = {},
  ): Promise<void> {
    if (from.length === 0) throw storageError("permission");
    if (to.length === 0) throw storageError("exists");
    await this.#ask(parentOf(from), signal);
    await this.#ask(parentOf(to), signal);
    this.#pace.hold(() => renameHere(this.#root, from, to, options));
  }

  async mkdir(target: HomePath, signal?: AbortSignal): Promise<void> {
    if (target.length === 0) throw storageError("exists");
    await this.#ask(parentOf(target), signal);
    this.#pace.hold(() =>
      this.#in(target, (place, name) => Deno.mkdirSync(place.at(name)))
    );
  }

  async space(signal?: AbortSignal): Promise<Space | null> {
    const { real } = this.#root;
    try {
      return await this.#pace.wait(() => spaceOf(real), signal);
    } catch (error) {
      throw diskError(error);
    }
  }

  async lstat(target: HomePath, signal?: AbortSignal): Promise<FileInfo> {
    await this.#ask(parentOf(target), signal);
    return this.#pace.hold(() =>
      this.#root.parentOf(target, (place, name) => infoOf(place.look(name)))
    );
  }

  async *walk(
    target: HomePath,
    options: WalkOptions = {},
  ): AsyncIterable<readonly WalkEntry[]> {
    await this.#ask(target, options.signal);
    yield* walkFolder(this.#root, target, this.#pace, options);
  }

  copy(
    from: HomePath,
    to: HomePath,
    options: CopyOptions = {},
  ): Promise<FileInfo> {
    return copyFile(this, from, to, options, this.#turns);
  }

  async setAttributes(
    target: HomePath,
    attributes: Attributes,
    signal?: AbortSignal,
  ): Promise<FileInfo> {
    const { modes } = this.capabilities;
    if (attributes.mode !== undefined && !modes) {
      throw storageError("unsupported");
    }
    await this.#ask(parentOf(target), signal);
    return await changeAttributes(
      this.#root,
      target,
      attributes,
      this.#pace,
      signal,
    );
  }

  async readLink(target: HomePath, signal?: AbortSignal): Promise<LinkInfo> {
    if (target.length === 0) throw storageError("not_a_link");
    await this.#ask(target, signal);
    return this.#pace.hold(() => readLinkHere(this.#root, target));
  }

  async symlink(
    text: string,
    target: HomePath,
    signal?: AbortSignal,
  ): Promise<void> {
    if (!this.capabilities.links) throw storageError("unsupported");
    if (target.length === 0) throw storageError("exists");
    await this.#ask(parentOf(target), signal);
    this.#pace.hold(() => makeLinkHere(this.#root, target, text));
  }

  checksum(
    target: HomePath,
    type: ChecksumType,
    options: ChecksumOptions = {},
  ): Promise<{ checksum: string; info: FileInfo }> {
    return checksumOf(this, target, type, options, this.#turns);
  }

  /** In one block: no other work of this process, and few calls of the disk. */
  #putAtOnce(
    target: HomePath,
    bytes: Uint8Array,
    options: CommitOptions,
  ): FileInfo | null {
    if (target.length === 0) throw storageError("is_folder");
    if (isLarge(this.#root, target)) return null; // the long way
    const where = { beside: null, mode: FILE_MODE };
    const part = makePart(this.#root, where, this.#name);
    try {
      for (let from = 0; from < bytes.length;) {
        const taken = writeAt(part.file, bytes.subarray(from), from);
        if (taken === 0) throw storageError("no_space");
        from += taken;
      }
      return publish(this.#root, part, target, options).info;
    } catch (error) {
      removePart(this.#root, part);
      const failure = diskError(error);
      if (isErrno(failure.cause, "EXDEV")) return null; // the long way
      throw failure;
    } finally {
      closeFile(part.file);
    }
  }

  async #makePart(
    target: HomePath,
    name: () => string,
    signal: AbortSignal | undefined,
  ): Promise<PartFile> {
    await this.#ask(parentOf(target), signal);
    const where = this.#pace.hold(() => this.#placeFor(target));
    return this.#pace.quick
      ? this.#pace.hold(() => makePart(this.#root, where, name))
      : await makePartSoon(this.#root, where, name, this.#pace, signal);
  }

  /** Refuses what can be refused before a byte has come. */
  #placeFor(target: HomePath): PartPlace {
    return this.#in(target, (place, name) => {
      const found = lookAt(place.at(name));
      refuseBadTarget(found);
      const mode = found?.isFile && found.mode !== null
        ? found.mode & 0o777
        : FILE_MODE;
      const near = place.look(".").dev === this.#device;
      const beside = near ? null : place.real;
      return { beside, mode };
    });
  }

  /** Be in the folder that holds `target` itself, be it a link. */
  #in<T>(target: HomePath, use: (place: Place, name: string) => T): T {
    if (target.length === 0) throw storageError("is_folder");
    return this.#root.parentOf(target, use);
  }

  /**
   * While the disk is not quick, have it look a path up off the loop first: one
   * that hangs then stops this request alone. What it finds does not matter;
   * the steps that follow look for themselves.
   */
  async #ask(path: HomePath, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    if (this.#pace.quick) return;
    const look = () =>
      Deno.stat(this.#root.pathOf(path)).then(() => {}, () => {});
    await this.#pace.wait(look, signal);
  }
}
