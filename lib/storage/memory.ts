/**
 * A home in memory, for tests: the contract of home.ts with no disk beneath it.
 * Told to by `faults`, any step of it fails, is slow, or hangs. It can be one
 * without links or modes, or one that folds names together. No program loads it.
 * @module
 */
import type { Clock } from "../runtime/mod.ts";
import { checksumOf, copyFile } from "./content.ts";
import { intoItself, storageError } from "./disk_error.ts";
import type { StorageError } from "./error.ts";
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
import { judgeLinkText } from "./link_text.ts";
import { Faults } from "./memory_faults.ts";
import { MemoryOperationsFile } from "./memory_operations.ts";
import { MemoryPartFiles } from "./memory_part_files.ts";
import { MemoryPart, MemoryReader } from "./memory_part.ts";
import { type File, type Found, type Node, Tree } from "./memory_tree.ts";
import { type HomePath, resolveName } from "./path.ts";
import { PAGE_ENTRIES, walkTree } from "./walk.ts";
import { putEach, readEach, readWholeByReader } from "./whole.ts";

export interface MemoryHomeOptions {
  readonly clock: Clock;
  /** What fits in all files and parts together: over it is `no_space`. */
  readonly bytesMax?: number;
  /** Links can be made; else it has none. */
  readonly links?: boolean;
  /** Modes are kept; else it has none. */
  readonly modes?: boolean;
  /** Names that differ in case only, or in NFC and NFD, are one name. */
  readonly foldsNames?: boolean;
}

const FILE_MODE = 0o644;
const PERMISSIONS = 0o777;

export class MemoryHome implements Home {
  readonly capabilities: Capabilities;
  readonly partFiles: MemoryPartFiles = new MemoryPartFiles(this);
  readonly operationsFile: MemoryOperationsFile = new MemoryOperationsFile();
  readonly faults = new Faults();
  readonly #bytesMax: number;
  readonly #tree: Tree;
  readonly #nowNs: () => bigint;
  #bytes = 0;
  #open = 0;

  constructor(options: MemoryHomeOptions) {
    const { links = true, modes = true, foldsNames = false } = options;
    const { clock, bytesMax = Infinity } = options;
    this.capabilities = { durable: false, modes, folderRename: true, links };
    this.#bytesMax = bytesMax;
    this.#nowNs = () => BigInt(clock.date().getTime()) * 1_000_000n;
    this.#tree = new Tree({ nowNs: this.#nowNs, foldsNames, modes });
  }

  /** Readers and parts that nobody has closed: 0 once all is over. */
  get open(): number {
    return this.#open;
  }

  /** A name that no path can say: it is listed, and cannot be opened. */
  plantUnreachable(folder: HomePath, shown: string): void {
    const { node } = this.#tree.lookUp(folder, true);
    if (node?.type !== "folder") throw storageError("not_a_folder");
    const file = this.#file(new Uint8Array(), FILE_MODE);
    this.#tree.set(node, shown, file, false);
  }

  async stat(path: HomePath, signal?: AbortSignal): Promise<FileInfo> {
    await this.faults.reach("stat", signal);
    return this.#tree.infoOf(this.#tree.find(path));
  }

  async lstat(path: HomePath, signal?: AbortSignal): Promise<FileInfo> {
    await this.faults.reach("stat", signal);
    return this.#tree.infoOf(this.#tree.findItself(path));
  }

  async *list(
    path: HomePath,
    signal?: AbortSignal,
  ): AsyncIterable<readonly Entry[]> {
    await this.faults.reach("list", signal);
    const folder = this.#tree.find(path);
    if (folder.type !== "folder") throw storageError("not_a_folder");
    const entries = [...folder.entries.values()];
    for (let from = 0; from < entries.length; from += PAGE_ENTRIES) {
      if (from > 0) await this.faults.reach("list", signal);
      yield entries.slice(from, from + PAGE_ENTRIES)
        .map((named) => this.#entryOf(named));
    }
  }

  async *walk(
    path: HomePath,
    { after = [], signal }: WalkOptions = {},
  ): AsyncIterable<readonly WalkEntry[]> {
    await this.faults.reach("stat", signal);
    const { real } = this.#tree.lookUp(path, true);
    const entriesOf = (below: readonly string[]) => {
      const at = resolveName([...real, ...below].join("/"));
      const found = this.#tree.lookUp(at, false);
      if (found.node === undefined) throw storageError("not_found");
      const isItself = found.real.join("/") === at.join("/");
      if (found.node.type !== "folder" || !isItself) {
        throw storageError("not_a_folder");
      }
      return found.node.entries;
    };
    yield* walkTree({
      names: async (below) => {
        await this.faults.reach("list", signal);
        return [...entriesOf(below).values()].map(({ name }) => name);
      },
      entries: (below, names) => {
        const wanted = new Set(names);
        const found = [...entriesOf(below).values()]
          .filter(({ name }) => wanted.has(name))
          .map((named) => ({ own: named.name, entry: this.#entryOf(named) }))
          .sort((one, other) => one.own < other.own ? -1 : 1);
        return Promise.resolve(found);
      },
    }, after);
  }

  async read(path: HomePath, options: ReadOptions = {}): Promise<Reader> {
    await this.faults.reach("open", options.signal);
    const file = this.#tree.find(path);
    if (file.type !== "file") throw storageError("is_folder");
    const { ifVersion, offset = 0, length = Infinity } = options;
    if (ifVersion !== undefined && ifVersion !== file.version) {
      throw storageError("changed");
    }
    this.#open++;
    const bytes = file.bytes.subarray(offset, offset + length);
    const info = this.#tree.infoOf(file);
    return new MemoryReader(info, bytes, this.faults, () => this.#open--);
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

  copy(
    from: HomePath,
    to: HomePath,
    options: CopyOptions = {},
  ): Promise<FileInfo> {
    return copyFile(this, from, to, options);
  }

  checksum(
    path: HomePath,
    type: ChecksumType,
    options: ChecksumOptions = {},
  ): Promise<{ checksum: string; info: FileInfo }> {
    return checksumOf(this, path, type, options);
  }

  async remove(path: HomePath, signal?: AbortSignal): Promise<void> {
    await this.faults.reach("remove", signal);
    if (path.length === 0) throw storageError("permission");
    const { node, folder, name } = this.#existing(path);
    if (node.type === "folder" && node.entries.size > 0) {
      throw storageError("not_empty");
    }
    if (node.type === "file") this.#bytes -= node.bytes.length;
    this.#tree.delete(folder, name);
  }

  async rename(
    from: HomePath,
    to: HomePath,
    signal?: AbortSignal,
    { ifAbsent = false }: RenameOptions = {},
  ): Promise<void> {
    await this.faults.reach("rename", signal);
    if (from.length === 0) throw storageError("permission");
    const source = this.#existing(from);
    const target = this.#tree.lookUp(to, false);
    const { node: found } = target;
    const isInside = target.real.length > source.real.length &&
      source.real.every((segment, at) => target.real[at] === segment);
    if (to.length === 0) throw storageError("exists");
    if (isInside) throw intoItself();
    if (found !== undefined && found !== source.node) {
      const folders = found.type === "folder" || source.node.type === "folder";
      if (ifAbsent || folders) throw storageError("exists");
      if (found.type === "file") this.#bytes -= found.bytes.length;
    }
    this.#tree.delete(source.folder, source.name);
    const name = to.at(-1) ?? "";
    this.#tree.delete(target.folder, name);
    this.#tree.set(target.folder, name, source.node);
  }

  async mkdir(path: HomePath, signal?: AbortSignal): Promise<void> {
    await this.faults.reach("mkdir", signal);
    this.#add(path, this.#tree.newFolder());
  }

  async symlink(
    text: string,
    path: HomePath,
    signal?: AbortSignal,
  ): Promise<void> {
    await this.faults.reach("symlink", signal);
    if (!this.capabilities.links) throw storageError("unsupported");
    const { real } = this.#tree.lookUp(path, false);
    judgeLinkText(text, real.slice(0, -1));
    const mtimeNs = this.#nowNs();
    const version = this.#tree.version();
    this.#add(path, { type: "link", text, mtimeNs, version });
  }

  async readLink(path: HomePath, signal?: AbortSignal): Promise<LinkInfo> {
    await this.faults.reach("readLink", signal);
    const link = this.#tree.findItself(path);
    if (link.type !== "link") throw storageError("not_a_link");
    const { text } = link;
    try {
      const { node, real } = this.#tree.lookUp(path, true);
      if (node !== undefined) {
        const leadsTo = resolveName(real.join("/"));
        return { text, leadsTo, info: this.#tree.infoOf(node) };
      }
    } catch {
      // Out of the home, or nowhere.
    }
    return { text, leadsTo: null, info: null };
  }

  async setAttributes(
    path: HomePath,
    { mtimeNs, mode }: Attributes,
    signal?: AbortSignal,
  ): Promise<FileInfo> {
    await this.faults.reach("setAttributes", signal);
    if (mode !== undefined) {
      if (!this.capabilities.modes) throw storageError("unsupported");
      if (path.length === 0) throw storageError("permission");
    }
    const node = this.#tree.findItself(path);
    if (node.type === "link") throw storageError("not_regular");
    const changed = {
      mode: mode === undefined ? node.mode : mode & PERMISSIONS,
      mtimeNs: mtimeNs ?? node.mtimeNs,
      version: this.#tree.version(),
    };
    if (node.type === "folder") {
      return this.#tree.infoOf(Object.assign(node, changed));
    }
    const file = { ...node, ...changed };
    const { folder, name } = this.#existing(path);
    this.#tree.replace(folder, name, file);
    return this.#tree.infoOf(file);
  }

  async space(signal?: AbortSignal): Promise<Space | null> {
    await this.faults.reach("space", signal);
    const totalBytes = this.#bytesMax;
    if (totalBytes === Infinity) return null;
    return { freeBytes: totalBytes - this.#bytes, totalBytes };
  }

  #publish(
    target: HomePath,
    bytes: Uint8Array,
    { ifAbsent, ifVersion, mtimeNs, mode }: CommitOptions,
  ): FileInfo {
    const { folder, name, node: before } = this.#targetOf(target);
    if (ifAbsent && before !== undefined) throw storageError("exists");
    if (ifVersion !== undefined && before?.version !== ifVersion) {
      throw storageError("changed");
    }
    const kept = before?.type === "file" ? before.mode : FILE_MODE;
    const wanted = mode === undefined ? kept : mode & PERMISSIONS;
    const file = this.#file(bytes, wanted, mtimeNs);
    this.#tree.set(folder, name, file);
    if (before?.type === "file") this.#bytes -= before.bytes.length;
    return this.#tree.infoOf(file);
  }

  #file(bytes: Uint8Array, mode: number, mtimeNs = this.#nowNs()): File {
    const version = this.#tree.version();
    return { type: "file", bytes, mtimeNs, mode, version };
  }

  #add(path: HomePath, node: Node): void {
    const { node: before, folder, name } = this.#tree.lookUp(path, false);
    if (before !== undefined) throw storageError("exists");
    this.#tree.set(folder, name, node);
  }

  #entryOf(
    named: { readonly name: string; node: Node; readonly reachable: boolean },
  ): Entry {
    const { name, node, reachable } = named;
    const entry = { name, reachable, ...this.#tree.infoOf(node) };
    return node.type === "link" ? { ...entry, target: node.text } : entry;
  }

  /** Room for more bytes, or back again. */
  #take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) throw storageError("no_space");
    this.#bytes += bytes;
  }

  #targetOf(target: HomePath): Found {
    if (target.length === 0) throw storageError("is_folder");
    const found = this.#tree.lookUp(target, false);
    if (found.node?.type === "folder") throw storageError("is_folder");
    return found;
  }

  #existing(path: HomePath): Found & { readonly node: Node } {
    const { node, ...found } = this.#tree.lookUp(path, false);
    if (node === undefined) throw storageError("not_found");
    return { ...found, node };
  }
}
