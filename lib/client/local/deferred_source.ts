/**
 * A file that is opened only when its turn to be sent comes: thousands may wait
 * for theirs. A small one is read at once then, and never held open.
 * @module
 */
import type { InTree, LocalSource } from "./source.ts";
import { openSource, readWhole } from "./source.ts";

/**
 * @param name As the person knows it, for errors.
 * @param mtimeNs The time to send with it.
 * @param seen As the walk of its tree saw it; null: it is of no tree.
 */
export function deferSource(
  path: string,
  name: string,
  mtimeNs: bigint,
  seen: InTree | null,
): LocalSource {
  return new DeferredSource(path, name, mtimeNs, seen);
}

class DeferredSource implements LocalSource {
  readonly mtimeNs: bigint;
  readonly #path: string;
  readonly #name: string;
  readonly #seen: InTree | null;
  #opened: LocalSource | null = null;

  constructor(
    path: string,
    name: string,
    mtimeNs: bigint,
    seen: InTree | null,
  ) {
    this.#seen = seen;
    this.#path = path;
    this.#name = name;
    this.mtimeNs = mtimeNs;
  }

  /** @throws {ClientError} As `openSource`: the first look opens it. */
  get size(): number | null {
    return this.#open().size;
  }

  whole(into: Uint8Array): number | null {
    return readWhole(this.#path, this.#name, into, this.#seen);
  }

  read(into: Uint8Array, signal?: AbortSignal): Promise<number> {
    return this.#open().read(into, signal);
  }

  seek(offset: number): void | Promise<void> {
    return this.#open().seek?.(offset);
  }

  #open(): LocalSource {
    return this.#opened ??= openSource(this.#path, this.#name, this.#seen);
  }

  [Symbol.dispose](): void {
    this.#opened?.[Symbol.dispose]();
  }
}
