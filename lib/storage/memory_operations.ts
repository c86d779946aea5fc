/**
 * The file of remembered answers in memory, for tests. No program loads it.
 * @module
 */
import type { OperationsFile } from "./operations.ts";

export class MemoryOperationsFile implements OperationsFile {
  #bytes = new Uint8Array();

  read(): Promise<Uint8Array> {
    return Promise.resolve(this.#bytes);
  }

  async append(bytes: Uint8Array): Promise<void> {
    this.#bytes = await new Blob([this.#bytes, bytes.slice()]).bytes();
  }

  replace(bytes: Uint8Array): Promise<void> {
    this.#bytes = bytes.slice();
    return Promise.resolve();
  }
}
