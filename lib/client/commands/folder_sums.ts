/**
 * The bytes of files, summed up by the folders that they are in, over a walk:
 * no more is kept than the folders that are open. Pure.
 * @module
 */
import type { RemoteEntry } from "../remote.ts";

/** What is told of a folder beside its bytes. */
type Of = Pick<RemoteEntry, "mtimeNs" | "mode">;

export interface FolderSum extends Of {
  /** From the folder walked; empty: itself. */
  readonly path: string;
  readonly bytes: number;
}

export class FolderSums {
  readonly #open: (Of & { readonly path: string; bytes: number })[];

  /** @param root The folder walked. */
  constructor({ mtimeNs, mode }: Of) {
    this.#open = [{ path: "", bytes: 0, mtimeNs, mode }];
  }

  /** @returns The folders that are through, the deepest first. */
  add(
    { path, type, size, reachable, mtimeNs, mode }:
      & Of
      & Pick<RemoteEntry, "path" | "type" | "size" | "reachable">,
  ): FolderSum[] {
    if (!reachable) return [];
    const through = this.#closeUpTo(path);
    const last = this.#open.at(-1);
    if (type === "folder") this.#open.push({ path, bytes: 0, mtimeNs, mode });
    else if (type === "file" && last !== undefined) last.bytes += size;
    return through;
  }

  end(): FolderSum[] {
    return this.#closeUpTo(null);
  }

  /** Close what does not hold `path`; null: all. */
  #closeUpTo(path: string | null): FolderSum[] {
    const through: FolderSum[] = [];
    while (true) {
      const last = this.#open.at(-1);
      if (last === undefined) return through;
      const holds = path !== null &&
        (last.path === "" || path.startsWith(`${last.path}/`));
      if (holds) return through;
      through.push(last);
      this.#open.pop();
      const above = this.#open.at(-1);
      if (above !== undefined) above.bytes += last.bytes;
    }
  }
}
