/**
 * Readers and parts of a home in memory.
 * @module
 */
import type { CommitOptions, FileInfo, Part, Reader } from "./home.ts";
import type { Faults } from "./memory_faults.ts";

export class MemoryReader implements Reader {
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
export interface PartSetting {
  readonly faults: Faults;
  readonly take: (bytes: number) => void;
  readonly publish: (bytes: Uint8Array, options: CommitOptions) => FileInfo;
  readonly close: () => void;
}

export class MemoryPart implements Part {
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
