/**
 * A Home: every path that an account may name, and nothing else. Today folders
 * on a local disk (local.ts), one day object storage: nothing here assumes
 * descriptors, writing in place, appending, or renames of folders that cost
 * nothing. In memory, and failing when told to: memory.ts.
 *
 * Whatever takes a signal rejects with `aborted` once it fires, even where the
 * disk hangs; what was begun is undone when the disk comes back.
 * @module
 */
import type { StorageError } from "./error.ts";
import type { OperationsFile } from "./operations.ts";
import type { PartFiles } from "./part_files.ts";
import type { HomePath } from "./path.ts";

export interface Home {
  readonly capabilities: Capabilities;
  /** For a `PartStore`; null where parts cannot be kept. */
  readonly partFiles: PartFiles | null;
  /** For `Operations`. */
  readonly operationsFile: OperationsFile;
  /**
   * What `path` names; a link that stays inside is followed.
   * @throws {StorageError} `not_found`, `outside`, `permission`, `failed`.
   */
  stat(path: HomePath, signal?: AbortSignal): Promise<FileInfo>;
  /** The same of a link itself: `link`, and not what it leads to. */
  lstat(path: HomePath, signal?: AbortSignal): Promise<FileInfo>;
  /**
   * The entries of a folder, a page at a time, in no order. Never fails on a
   * name, whatever bytes it holds; our own parts are left out. A link is listed
   * as `link`, and not followed.
   * @throws {StorageError} `not_found`, `not_a_folder`, `outside`, …
   */
  list(
    path: HomePath,
    signal?: AbortSignal,
  ): AsyncIterable<readonly Entry[]>;
  /**
   * Open a file for reading.
   * @throws {StorageError} `not_found`, `is_folder`, `not_regular`, `outside`,
   * `permission`, `changed` (it is not at `ifVersion`), `failed`.
   */
  read(path: HomePath, options?: ReadOptions): Promise<Reader>;
  /**
   * Make or replace a file in one call: for what fits in memory. As careful as
   * `openPart` and `commit`, and quicker.
   */
  putWhole(
    path: HomePath,
    bytes: Uint8Array,
    options?: CommitOptions,
  ): Promise<FileInfo>;
  /**
   * `putWhole` of many, in their order, and quicker: what files of one folder
   * need in common is done once. Each has an outcome of its own, and one that
   * fails stops no other. It may hold the loop for as long as these files take:
   * give it no more than may be (64 files, 1 MiB), and ask for a turn between.
   * @returns An outcome for each, in their order. Never rejects: where the
   * signal fires, those not begun end by `aborted`.
   */
  putMany(
    files: readonly WholePut[],
    signal?: AbortSignal,
  ): Promise<readonly (FileInfo | StorageError)[]>;
  /**
   * Read a small file in one call, as carefully as by `read`.
   * @returns No bytes where it is longer than `bytesMax`.
   * @throws {StorageError} As `read`.
   */
  readWhole(
    path: HomePath,
    options: WholeReadOptions,
    signal?: AbortSignal,
  ): Promise<Whole>;
  /** `readWhole` of many, as `putMany` is `putWhole` of many. */
  readMany(
    files: readonly WholeRead[],
    signal?: AbortSignal,
  ): Promise<readonly (Whole | StorageError)[]>;
  /**
   * Open a part: bytes that no listing shows until they are committed. Checks
   * first what can be known first (a bad target, a missing folder).
   * @throws {StorageError} `not_found` (the parent folder), `is_folder`,
   * `not_a_folder`, `outside`, `permission`, `no_space`, `failed`.
   */
  openPart(identity: PartIdentity, signal?: AbortSignal): Promise<Part>;
  /**
   * Remove a file, a link (itself), or an empty folder.
   * @throws {StorageError} `not_found`, `not_empty`, `permission` (the root), …
   */
  remove(path: HomePath, signal?: AbortSignal): Promise<void>;
  /**
   * Give a file, a link (itself) or a folder another name. A file replaces a
   * file.
   * @throws {StorageError} `not_found`, `exists` (one of both is a folder, or
   * a folder is to go into itself), `permission` (the root), …
   */
  rename(
    from: HomePath,
    to: HomePath,
    signal?: AbortSignal,
    options?: RenameOptions,
  ): Promise<void>;
  /** @throws {StorageError} `exists`, `not_found` (the parent folder), … */
  mkdir(path: HomePath, signal?: AbortSignal): Promise<void>;
  /** Room for this account, or null where that cannot be told. */
  space(signal?: AbortSignal): Promise<Space | null>;
  /**
   * All that lies below a folder, a page at a time: a folder before what is in
   * it, the names of each folder in the order of their UTF-16 units. Links are
   * entries, and not followed; a folder that cannot be read is an entry with
   * `failure`. Memory grows with the folders that are open, not with the tree.
   * @throws {StorageError} `not_found`, `not_a_folder`, `outside`, …
   */
  walk(
    path: HomePath,
    options?: WalkOptions,
  ): AsyncIterable<readonly WalkEntry[]>;
  /**
   * Make a copy of a file: whole, under a name of its own, as `commit` does.
   * Its mode is kept where modes are.
   * @throws {StorageError} `is_folder`, `not_regular`, `exists`, …
   */
  copy(from: HomePath, to: HomePath, options?: CopyOptions): Promise<FileInfo>;
  /**
   * Change the time or the mode of a file or a folder.
   * @throws {StorageError} `unsupported` (modes, where there are none), …
   */
  setAttributes(
    path: HomePath,
    attributes: Attributes,
    signal?: AbortSignal,
  ): Promise<FileInfo>;
  /**
   * The text of a link, and the path in this home that it leads to.
   * @throws {StorageError} `not_a_link`, `unsupported`, …
   */
  readLink(path: HomePath, signal?: AbortSignal): Promise<LinkInfo>;
  /**
   * Make a link. Only a relative one that stays inside the home, by its text.
   * @throws {StorageError} `exists`, `outside`, `unsupported`, …
   */
  symlink(
    text: string,
    path: HomePath,
    signal?: AbortSignal,
  ): Promise<void>;
  /**
   * The checksum of a file's content (`crc32:…`, `sha256:…`).
   * @throws {StorageError} `changed` (it is not at `ifVersion`, or was written
   * to meanwhile), `is_folder`, …
   */
  checksum(
    path: HomePath,
    type: ChecksumType,
    options?: ChecksumOptions,
  ): Promise<{ readonly checksum: string; readonly info: FileInfo }>;
}

export interface Space {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A file of `putMany`. */
export interface WholePut {
  readonly path: HomePath;
  readonly bytes: Uint8Array;
  readonly options?: Omit<CommitOptions, "signal">;
}

export interface WholeReadOptions {
  /** What is longer is not read: open it by `read`. */
  readonly bytesMax: number;
  readonly ifVersion?: string;
}

/** A file of `readMany`. */
export interface WholeRead extends WholeReadOptions {
  readonly path: HomePath;
}

export interface Whole {
  readonly info: FileInfo;
  /** All of it, and the caller's; null: longer than `bytesMax`. */
  readonly bytes: Uint8Array | null;
}

/** As the protocol has them; storage knows no protocol. */
export type ChecksumType = "crc32" | "sha256";

export interface Capabilities {
  /** A commit survives a power cut once it is answered. */
  readonly durable: boolean;
  /** Modes (POSIX permission bits) are kept. */
  readonly modes: boolean;
  /** A rename of a folder is one step. */
  readonly folderRename: boolean;
  /** There are symbolic links, and they can be made. */
  readonly links: boolean;
}

export type EntryType = "file" | "folder" | "link" | "other";

export interface FileInfo {
  readonly type: EntryType;
  /** Bytes; 0 for what is no file. */
  readonly size: number;
  /** Last change of the content: nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
  /** POSIX permission bits (0o7777), or null where there are none. */
  readonly mode: number | null;
  /** Differs whenever the content may: opaque, compare for equality only. */
  readonly version: string;
}

export interface Entry extends FileInfo {
  /** As on disk; where `reachable` is false, escaped for a person. */
  readonly name: string;
  /** False: no path can name it (it is not UTF-8, say), it is only shown. */
  readonly reachable: boolean;
  /** The text of a link, as it is on disk: show it escaped. */
  readonly target?: string;
}

/** What a walk finds. */
export interface WalkEntry extends Entry {
  /** Relative to the folder that it began at; the names as on disk. */
  readonly path: readonly string[];
  /** Why a folder's content is not there: the rest of the walk is. */
  readonly failure?: StorageError;
}

export interface WalkOptions {
  /** The `path` of the last entry seen: go on behind it. */
  readonly after?: readonly string[];
  readonly signal?: AbortSignal;
}

export interface RenameOptions {
  /** Only if nothing has the new name yet. */
  readonly ifAbsent?: boolean;
}

export interface CopyOptions {
  /** Only if the target does not exist yet. */
  readonly ifAbsent?: boolean;
  /** Keep the time of the original. */
  readonly keepMtime?: boolean;
  /** Called now and then with the bytes copied so far. */
  readonly onBytes?: (total: number) => void;
  readonly signal?: AbortSignal;
}

export interface Attributes {
  readonly mtimeNs?: bigint;
  /** POSIX permission bits; masked with 0o777. */
  readonly mode?: number;
}

export interface LinkInfo {
  /** As it is on disk; a person's own text: show it escaped. */
  readonly text: string;
  /** Where it ends up, or null: out of the home, or nowhere. */
  readonly leadsTo: HomePath | null;
  /** What is there, or null. */
  readonly info: FileInfo | null;
}

export interface ChecksumOptions {
  /** Of the first so many bytes; of all where it is left out. */
  readonly length?: number;
  readonly ifVersion?: string;
  readonly onBytes?: (total: number) => void;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** The first byte wanted; 0 where it is left out. */
  readonly offset?: number;
  /** How many bytes at most; to the end where it is left out. */
  readonly length?: number;
  readonly ifVersion?: string;
  readonly signal?: AbortSignal;
}

/** An open file. Dispose of it: that closes it. */
export interface Reader extends AsyncDisposable {
  /** As it was when opened. */
  readonly info: FileInfo;
  /**
   * Fill the start of `into`; fewer bytes only at the end.
   * @returns Bytes read; 0 at the end.
   * @throws {StorageError} `failed`; `changed` when the file is not as long as,
   * or not the version, that it was when it was opened.
   */
  read(into: Uint8Array, signal?: AbortSignal): Promise<number>;
}

/** Whose part it is: what is needed to find it again (resume: later). */
export interface PartIdentity {
  readonly target: HomePath;
  /** The size announced, if any: refused early where it cannot fit. */
  readonly size?: number;
}

export interface CommitOptions {
  /** Only if the target does not exist yet. */
  readonly ifAbsent?: boolean;
  /** Only if the target is at this version. */
  readonly ifVersion?: string;
  readonly mtimeNs?: bigint;
  /** POSIX permission bits, masked with 0o777; else an existing file's stay. */
  readonly mode?: number;
  /** What was verified of the bytes, to be kept where that is possible. */
  readonly checksum?: string;
  readonly signal?: AbortSignal;
}

/** Bytes on their way. Disposed of without a commit, it leaves nothing. */
export interface Part extends AsyncDisposable {
  readonly bytesWritten: number;
  /**
   * Add to the end. `bytes` may be reused once this has settled.
   * @throws {StorageError} `no_space`, `failed`.
   */
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /** Make what was written so far survive a crash. */
  checkpoint(signal?: AbortSignal): Promise<void>;
  /**
   * Put it in its target's place, whole, in one step. An existing file's mode
   * stays; a link is itself replaced.
   * @throws {StorageError} `is_folder`, `outside`, `changed`, `exists`, …: then
   * the earlier file is untouched. Only where a durable home says `failed` or
   * `aborted`, it may be published, and not be on disk for certain.
   */
  commit(options?: CommitOptions): Promise<FileInfo>;
  /** Remove it, unless it was committed. May be called twice. */
  discard(): Promise<void>;
}
