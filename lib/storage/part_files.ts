/**
 * What a store of kept parts (part_store.ts) asks of a home: pairs of a part's
 * bytes and its journal, under names of the store's own making.
 * @module
 */
import type { CommitOptions, FileInfo } from "./home.ts";
import type { HomePath } from "./path.ts";

export interface PartFiles {
  /** The names that have a journal. */
  names(signal?: AbortSignal): Promise<readonly string[]>;
  /** The journal of a part, or null where there is none. */
  journal(name: string, signal?: AbortSignal): Promise<Uint8Array | null>;
  /**
   * Make an empty part: it has no journal, and is gone after a restart.
   * @throws {StorageError} As `Home.openPart`.
   */
  make(
    name: string,
    target: HomePath,
    signal?: AbortSignal,
  ): Promise<PartBytes>;
  /**
   * Open an earlier part, and cut it to `bytes`.
   * @throws {StorageError} `not_found`; `changed` where it is shorter.
   */
  open(
    name: string,
    target: HomePath,
    bytes: number,
    signal?: AbortSignal,
  ): Promise<PartBytes>;
  /**
   * Write a journal anew, whole: once this has settled it, and the name of its
   * part, survive a power cut.
   */
  writeJournal(name: string, bytes: Uint8Array): Promise<void>;
  /** Add to a journal, at `offset`: the same, once it has settled. */
  appendJournal(
    name: string,
    offset: number,
    bytes: Uint8Array,
  ): Promise<void>;
  /** Remove part and journal, as far as they are there. */
  remove(name: string): Promise<void>;
  /** Bytes free for parts, or null. */
  freeBytes(signal?: AbortSignal): Promise<number | null>;
  /** The version of what is at a path, or null. */
  versionAt(path: HomePath, signal?: AbortSignal): Promise<string | null>;
}

/** The bytes of a part, open. One call at a time, but for `sync`. */
export interface PartBytes {
  readonly bytesWritten: number;
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void>;
  /**
   * Fill the start of `into` from `offset` on: only of one that was opened, not
   * of one that was made.
   * @returns Bytes read; 0 at the end.
   */
  read(
    into: Uint8Array,
    offset: number,
    signal?: AbortSignal,
  ): Promise<number>;
  /** What was written before the call survives a power cut. */
  sync(signal?: AbortSignal): Promise<void>;
  commit(options: CommitOptions): Promise<FileInfo>;
  /** Close it; the bytes stay. */
  keep(): Promise<void>;
  /** Close and remove it. */
  discard(): Promise<void>;
}
