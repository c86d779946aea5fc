/**
 * A home in memory, for tests: the contract of home.ts with no disk beneath it.
 * Told to by `faults`, any step of it fails, is slow, or hangs. No program
 * loads it.
 * @module
 */
import type { Clock } from "../runtime/mod.ts";
import { storageError } from "./disk_error.ts";
import type { StorageError } from "./error.ts";
import type {
  Capabilities,
  CommitOptions,
  Entry,
  FileInfo,
  Home,
  LinkInfo,
  Part,
  PartIdentity,
  Reader,
  ReadOptions,
  Space,
  WalkEntry,
  Whole,
  WholePut,
  WholeRead,
  WholeReadOptions,
} from "./home.ts";
import { Faults } from "./memory_faults.ts";
import { type HomePath, parentOf } from "./path.ts";
import { putEach, readEach, readWholeByReader } from "./whole.ts";

interface File {
  readonly type: "file";
  readonly bytes: Uint8Array;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly version: string;
}

interface Folder {
  readonly type: "folder";
  readonly entries: Map<string, File | Folder>;
  readonly mtimeNs: bigint;
  readonly version: string;
}

export interface MemoryHomeOptions {
  readonly clock: Clock;
  /** What fits in all files and parts together: over it is `no_space`. */
  readonly bytesMax?: number;
}

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;
const PAGE_ENTRIES = 256;

export class MemoryHome implements Home {
  readonly capabilities: Capabilities = {
    durable: false,
    modes: true,
    folderRename: true,
    links: false,
  };
  readonly faults = new Faults();
  readonly #clock: Clock;
  readonly #bytesMax: number;
  readonly #root: Folder;
  #bytes = 0;
  #versions = 0;
  #open = 0;

  constructor({ clock, bytesMax = Infinity }: MemoryHomeOptions) {
    this.#clock = clock;
    this.#bytesMax = bytesMax;
    this.#root = this.#folder();
  }

  /** Readers and parts that nobody has closed: 0 once all is over. */
  get open(): number {
    return this.#open;
  }

  async stat(path: HomePath, signal?: AbortSignal): Promise<FileInfo> {
    await this.faults.reach("stat", signal);
    return infoOf(this.#find(path));
  }

  async *list(
    path: HomePath,
    signal?: AbortSignal,
  ): AsyncIterable<readonly Entry[]> {
    await this.faults.reach("list", signal);
    const folder = this.#find(path);
    if (folder.type !== "folder") throw storageError("not_a_folder");
    const entries = [...folder.entries];
    for (let from = 0; from < entries.length; from += PAGE_ENTRIES) {
      if (from > 0) await this.faults.reach("list", signal);
      yield entries.slice(from, from + PAGE_ENTRIES)
        .map(([name, one]) => ({ name, reachable: true, ...infoOf(one) }));
    }
  }

  async read(path: HomePath, options: ReadOptions = {}): Promise<Reader> {
    await this.faults.reach("open", options.signal);
    const file = this.#find(path);
    if (file.type !== "file") throw storageError("is_folder");
    const { ifVersion, offset = 0, length = Infinity } = options;
    if (ifVersion !== undefined && ifVersion !== file.version) {
      throw storageError("changed");
    }
    this.#open++;
    const bytes = file.bytes.subarray(offset, offset + length);
    return new MemoryReader(infoOf(file), bytes, this.faults, () => {
      this.#open--;
    });
  }

  async putWhole(
    path: HomePath,
    bytes: Uint8Array,
    options: CommitOptions = {},
  ): Promise<FileInfo> {
    await using part = await this.openPart({ target: path }, options.signal);
    await part.write(bytes, options.signal);
    return await part.commit(options);
  }

  putMany(
    files: readonly WholePut[],
    signal?: AbortSignal,
  ): Promise<readonly (FileInfo | StorageError)[]> {
    return putEach(this, files, signal);
  }

  readWhole(
    path: HomePath,
    options: WholeReadOptions,
    signal?: AbortSignal,
  ): Promise<Whole> {
    return readWholeByReader(this, path, options, signal);
  }

  readMany(
    files: readonly WholeRead[],
    signal?: AbortSignal,
  ): Promise<readonly (Whole | StorageError)[]> {
    return readEach(this, files, signal);
  }

  async openPart(
    { target }: PartIdentity,
    signal?: AbortSignal,
  ): Promise<Part> {
    await this.faults.reach("openPart", signal);
    this.#targetOf(target);
    this.#open++;
    return new MemoryPart({
      faults: this.faults,
      take: (bytes) => this.#take(bytes),
      publish: (bytes, options) => this.#publish(target, bytes, options),
      close: () => this.#open--,
    });
  }

  async remove(path: HomePath, signal?: AbortSignal): Promise<void> {
    await this.faults.reach("remove", signal);
    if (path.length === 0) throw storageError("permission");
    const found = this.#find(path);
    if (found.type === "folder" && found.entries.size > 0) {
      throw storageError("not_empty");
    }
    if (found.type === "file") this.#bytes -= found.bytes.length;
    this.#parentOf(path).entries.delete(nameOf(path));
  }

  async rename(
    from: HomePath,
    to: HomePath,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.faults.reach("rename", signal);
    if (from.length === 0) throw storageError("permission");
    const moved = this.#find(from);
    const parent = this.#parentOf(to);
    const found = to.length === 0 ? this.#root : parent.entries.get(nameOf(to));
    if (found === moved) return;
    const isInside = from.every((segment, at) => to[at] === segment);
    const folders = found?.type === "folder" || moved.type === "folder";
    if (isInside || found !== undefined && folders) {
      throw storageError("exists");
    }
    if (found?.type === "file") this.#bytes -= found.bytes.length;
    this.#parentOf(from).entries.delete(nameOf(from));
    parent.entries.set(nameOf(to), moved);
  }

  async mkdir(path: HomePath, signal?: AbortSignal): Promise<void> {
    await this.faults.reach("mkdir", signal);
    const parent = this.#parentOf(path);
    if (path.length === 0 || parent.entries.has(nameOf(path))) {
      throw storageError("exists");
    }
    parent.entries.set(nameOf(path), this.#folder());
  }

  async space(signal?: AbortSignal): Promise<Space | null> {
    await this.faults.reach("space", signal);
    const totalBytes = this.#bytesMax;
    if (totalBytes === Infinity) return null;
    return { freeBytes: totalBytes - this.#bytes, totalBytes };
  }

  lstat(path: HomePath, signal?: AbortSignal): Promise<FileInfo> {
    return this.stat(path, signal);
  }

  walk(): AsyncIterable<readonly WalkEntry[]> {
    throw storageError("unsupported");
  }

  copy(): Promise<FileInfo> {
    return Promise.reject(storageError("unsupported"));
  }

  setAttributes(): Promise<FileInfo> {
    return Promise.reject(storageError("unsupported"));
  }

  readLink(): Promise<LinkInfo> {
    return Promise.reject(storageError("unsupported"));
  }

  symlink(): Promise<void> {
    return Promise.reject(storageError("unsupported"));
  }

  checksum(): Promise<{ checksum: string; info: FileInfo }> {
    return Promise.reject(storageError("unsupported"));
  }

  #publish(
    target: HomePath,
    bytes: Uint8Array,
    { ifAbsent, ifVersion, mtimeNs }: CommitOptions,
  ): FileInfo {
    const { parent, before } = this.#targetOf(target);
    if (ifAbsent && before !== null) throw storageError("exists");
    if (ifVersion !== undefined && before?.version !== ifVersion) {
      throw storageError("changed");
    }
    const nowNs = BigInt(this.#clock.date().getTime()) * 1_000_000n;
    const file: File = {
      type: "file",
      bytes,
      mtimeNs: mtimeNs ?? nowNs,
      mode: before?.mode ?? FILE_MODE,
      version: this.#version(),
    };
    parent.entries.set(nameOf(target), file);
    this.#bytes -= before?.bytes.length ?? 0;
    return infoOf(file);
  }

  /** Room for more bytes, or back again. */
  #take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) throw storageError("no_space");
    this.#bytes += bytes;
  }

  #targetOf(target: HomePath): { parent: Folder; before: File | null } {
    if (target.length === 0) throw storageError("is_folder");
    const parent = this.#parentOf(target);
    const before = parent.entries.get(nameOf(target)) ?? null;
    if (before?.type === "folder") throw storageError("is_folder");
    return { parent, before };
  }

  #parentOf(path: HomePath): Folder {
    const parent = this.#find(parentOf(path));
    if (parent.type !== "folder") throw storageError("not_a_folder");
    return parent;
  }

  #find(path: HomePath): File | Folder {
    let found: File | Folder = this.#root;
    for (const segment of path) {
      if (found.type !== "folder") throw storageError("not_a_folder");
      const next: File | Folder | undefined = found.entries.get(segment);
      if (next === undefined) throw storageError("not_found");
      found = next;
    }
    return found;
  }

  #folder(): Folder {
    const mtimeNs = BigInt(this.#clock.date().getTime()) * 1_000_000n;
    const version = this.#version();
    return { type: "folder", entries: new Map(), mtimeNs, version };
  }

  #version(): string {
    return String(++this.#versions);
  }
}

class MemoryReader implements Reader {
  readonly info: FileInfo;
  readonly #bytes: Uint8Array;
  readonly #faults: Faults;
  readonly #close: () => void;
  #position = 0;
  #closed = false;

  constructor(
    info: FileInfo,
    bytes: Uint8Array,
    faults: Faults,
    close: () => void,
  ) {
    this.info = info;
    this.#bytes = bytes;
    this.#faults = faults;
    this.#close = close;
  }

  async read(into: Uint8Array, signal?: AbortSignal): Promise<number> {
    if (this.#closed) throw new TypeError("this reader is closed");
    await this.#faults.reach("read", signal);
    const end = this.#position + into.length;
    const some = this.#bytes.subarray(this.#position, end);
    into.set(some);
    this.#position += some.length;
    return some.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#closed) this.#close();
    this.#closed = true;
    await Promise.resolve();
  }
}

/** What a part needs of its home. */
interface PartSetting {
  readonly faults: Faults;
  readonly take: (bytes: number) => void;
  readonly publish: (bytes: Uint8Array, options: CommitOptions) => FileInfo;
  readonly close: () => void;
}

class MemoryPart implements Part {
  bytesWritten = 0;
  readonly #setting: PartSetting;
  readonly #chunks: Uint8Array[] = [];
  #failed: unknown = null;
  #over = false;

  constructor(setting: PartSetting) {
    this.#setting = setting;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    this.#refuseOver();
    try {
      await this.#setting.faults.reach("write", signal);
      this.#setting.take(bytes.length);
    } catch (error) {
      this.#failed = error;
      throw error;
    }
    this.#chunks.push(bytes.slice());
    this.bytesWritten += bytes.length;
  }

  async checkpoint(signal?: AbortSignal): Promise<void> {
    this.#refuseOver();
    await this.#setting.faults.reach("checkpoint", signal);
  }

  async commit(options: CommitOptions = {}): Promise<FileInfo> {
    this.#refuseOver();
    if (this.#failed !== null) throw this.#failed;
    await this.#setting.faults.reach("commit", options.signal);
    this.#refuseOver();
    const bytes = new Uint8Array(this.bytesWritten);
    let at = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, at);
      at += chunk.length;
    }
    const info = this.#setting.publish(bytes, options);
    this.#over = true;
    this.#setting.close();
    return info;
  }

  async discard(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    this.#setting.take(-this.bytesWritten);
    this.#setting.close();
    await Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }

  #refuseOver(): void {
    if (this.#over) throw new TypeError("this part is over");
  }
}

function infoOf(found: File | Folder): FileInfo {
  const { type, mtimeNs, version } = found;
  return found.type === "file"
    ? { type, size: found.bytes.length, mtimeNs, mode: found.mode, version }
    : { type, size: 0, mtimeNs, mode: FOLDER_MODE, version };
}

function nameOf(path: HomePath): string {
  return path.at(-1) ?? "";
}
