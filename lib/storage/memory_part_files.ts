/**
 * The files of kept parts in memory, for tests. A power cut drops what was not
 * synced, or leaves zeros in its place. No program loads it.
 * @module
 */
import { storageError } from "./disk_error.ts";
import type { CommitOptions, FileInfo, Home } from "./home.ts";
import type { PartBytes, PartFiles } from "./part_files.ts";
import type { HomePath } from "./path.ts";

interface Blob {
  bytes: Uint8Array;
  /** Of the first so many a power cut takes none. */
  synced: number;
}

export class MemoryPartFiles implements PartFiles {
  free: number | null = null;
  /** Called before each sync is done: a test may have the power cut there. */
  onSync: () => void = () => {};
  readonly #home: Home;
  readonly #parts = new Map<string, Blob>();
  readonly #journals = new Map<string, Blob>();
  #open = 0;

  constructor(home: Home) {
    this.#home = home;
  }

  get used(): number {
    return this.#open;
  }

  /** Parts and journals that are there. */
  get count(): { parts: number; journals: number } {
    return { parts: this.#parts.size, journals: this.#journals.size };
  }

  /** The same disk after a power cut, or after a kill -9 where nothing is lost. */
  after(cut: "dropped" | "zeros" | "killed"): MemoryPartFiles {
    const files = new MemoryPartFiles(this.#home);
    files.free = this.free;
    for (
      const [from, to] of [
        [this.#parts, files.#parts],
        [this.#journals, files.#journals],
      ] as const
    ) {
      for (const [name, { bytes, synced }] of from) {
        const kept = cut === "dropped" ? bytes.slice(0, synced) : bytes.slice();
        if (cut === "zeros") kept.fill(0, synced);
        if (cut !== "killed" && synced === 0) continue; // nor was its name
        to.set(name, { bytes: kept, synced: kept.length });
      }
    }
    return files;
  }

  names(): Promise<readonly string[]> {
    return Promise.resolve([...this.#journals.keys()]);
  }

  journal(name: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.#journals.get(name)?.bytes ?? null);
  }

  /** Damage a journal, as a disk may. */
  damage(change: (bytes: Uint8Array) => Uint8Array): void {
    for (const blob of this.#journals.values()) blob.bytes = change(blob.bytes);
  }

  async make(name: string, target: HomePath): Promise<PartBytes> {
    const blob = { bytes: new Uint8Array(), synced: 0 };
    this.#parts.set(name, blob);
    return await Promise.resolve(this.#use(name, blob, target));
  }

  async open(
    name: string,
    target: HomePath,
    bytes: number,
  ): Promise<PartBytes> {
    const blob = this.#parts.get(name);
    if (blob === undefined) throw storageError("not_found");
    if (blob.bytes.length < bytes) throw storageError("changed");
    blob.bytes = blob.bytes.slice(0, bytes);
    blob.synced = Math.min(blob.synced, bytes);
    return await Promise.resolve(this.#use(name, blob, target));
  }

  async writeJournal(name: string, bytes: Uint8Array): Promise<void> {
    this.onSync();
    this.#journals.set(name, { bytes: bytes.slice(), synced: bytes.length });
    await Promise.resolve();
  }

  async appendJournal(
    name: string,
    offset: number,
    bytes: Uint8Array,
  ): Promise<void> {
    const journal = this.#journals.get(name);
    if (journal === undefined) throw storageError("not_found");
    const all = new Uint8Array(offset + bytes.length);
    all.set(journal.bytes.subarray(0, offset));
    all.set(bytes, offset);
    journal.bytes = all;
    this.onSync();
    journal.synced = all.length;
    await Promise.resolve();
  }

  remove(name: string): Promise<void> {
    this.#parts.delete(name);
    this.#journals.delete(name);
    return Promise.resolve();
  }

  freeBytes(): Promise<number | null> {
    return Promise.resolve(this.free);
  }

  async versionAt(path: HomePath): Promise<string | null> {
    try {
      return (await this.#home.lstat(path)).version;
    } catch {
      return null;
    }
  }

  #use(name: string, blob: Blob, target: HomePath): PartBytes {
    this.#open++;
    let open = true;
    const close = () => {
      if (open) this.#open--;
      open = false;
    };
    const home = this.#home;
    return {
      get bytesWritten() {
        return blob.bytes.length;
      },
      async write(bytes) {
        const all = new Uint8Array(blob.bytes.length + bytes.length);
        all.set(blob.bytes);
        all.set(bytes, blob.bytes.length);
        blob.bytes = all;
        await Promise.resolve();
      },
      async read(into, offset) {
        const rest = blob.bytes.subarray(offset, offset + into.length);
        into.set(rest);
        return await Promise.resolve(rest.length);
      },
      sync: async () => {
        const length = blob.bytes.length;
        this.onSync();
        await Promise.resolve();
        blob.synced = Math.max(blob.synced, length);
      },
      commit: async (options: CommitOptions): Promise<FileInfo> => {
        const info = await home.putWhole(target, blob.bytes, options);
        this.#parts.delete(name);
        close();
        return info;
      },
      async keep() {
        close();
        await Promise.resolve();
      },
      discard: async () => {
        close();
        this.#parts.delete(name);
        await Promise.resolve();
      },
    };
  }
}
