/**
 * The names of a home in memory: files, folders and links, and how a path leads
 * to them.
 * @module
 */
import { storageError } from "./disk_error.ts";
import type { FileInfo } from "./home.ts";
import type { HomePath } from "./path.ts";

/** Never changed in place: who reads it keeps what it was. */
export interface File {
  readonly type: "file";
  readonly bytes: Uint8Array;
  readonly mtimeNs: bigint;
  readonly mode: number;
  readonly version: string;
}

export interface Folder {
  readonly type: "folder";
  /** By the name as this home tells names apart. */
  readonly entries: Map<string, Named>;
  mtimeNs: bigint;
  mode: number;
  version: string;
}

export interface Link {
  readonly type: "link";
  readonly text: string;
  readonly mtimeNs: bigint;
  readonly version: string;
}

export type Node = File | Folder | Link;

interface Named {
  /** As it was given first. */
  readonly name: string;
  readonly node: Node;
  readonly reachable: boolean;
}

/** Where a path leads: what is there, and in which folder under which name. */
export interface Found {
  readonly node: Node | undefined;
  /** The root's is the root. */
  readonly folder: Folder;
  readonly name: string;
  /** With no link among them. */
  readonly real: readonly string[];
}

const FOLDER_MODE = 0o755;
const LINK_MODE = 0o777;
const LINKS_MAX = 40;

export interface TreeOptions {
  readonly nowNs: () => bigint;
  /** Names that differ in case, or in NFC and NFD, are one. */
  readonly foldsNames: boolean;
  readonly modes: boolean;
}

export class Tree {
  readonly root: Folder;
  readonly #options: TreeOptions;
  #versions = 0;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.root = this.newFolder();
  }

  newFolder(): Folder {
    const mtimeNs = this.#options.nowNs();
    const version = this.version();
    const mode = FOLDER_MODE;
    return { type: "folder", entries: new Map(), mtimeNs, mode, version };
  }

  version(): string {
    return String(++this.#versions);
  }

  /** @throws {StorageError} `not_found`, `not_a_folder`, `outside`. */
  find(path: HomePath): Node {
    const { node } = this.lookUp(path, true);
    if (node === undefined) throw storageError("not_found");
    return node;
  }

  /** The same, but the last name is that of a link itself. */
  findItself(path: HomePath): Node {
    const { node } = this.lookUp(path, false);
    if (node === undefined) throw storageError("not_found");
    return node;
  }

  /** @throws {StorageError} As `find`, but for what only the last name lacks. */
  lookUp(path: HomePath, follow: boolean): Found {
    const todo: string[] = [...path];
    const folders = [this.root];
    const real: string[] = [];
    let links = 0;
    for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
      const folder = folders.at(-1) ?? this.root;
      if (name === "" || name === ".") continue;
      if (name === "..") {
        if (real.pop() === undefined) throw storageError("outside");
        folders.pop();
        continue;
      }
      const isLast = todo.length === 0;
      const found = folder.entries.get(this.#keyOf(name));
      const node = found?.node;
      const own = found?.name ?? name;
      if (node?.type === "link" && (!isLast || follow)) {
        if (++links > LINKS_MAX) throw storageError("not_found");
        if (node.text.startsWith("/")) throw storageError("outside");
        todo.unshift(...node.text.split("/"));
        continue;
      }
      if (isLast) return { node, folder, name: own, real: [...real, own] };
      if (node === undefined) throw storageError("not_found");
      if (node.type !== "folder") throw storageError("not_a_folder");
      folders.push(node);
      real.push(own);
    }
    return {
      node: folders.at(-1),
      folder: folders.at(-2) ?? this.root,
      name: real.at(-1) ?? "",
      real,
    };
  }

  set(folder: Folder, name: string, node: Node, reachable = true): void {
    const key = this.#keyOf(name);
    const own = folder.entries.get(key)?.name ?? name;
    folder.entries.set(key, { name: own, node, reachable });
    this.#touch(folder);
  }

  /** Another state of the same file: the folder has not changed by it. */
  replace(folder: Folder, name: string, node: Node): void {
    const key = this.#keyOf(name);
    const named = folder.entries.get(key);
    if (named !== undefined) folder.entries.set(key, { ...named, node });
  }

  delete(folder: Folder, name: string): void {
    folder.entries.delete(this.#keyOf(name));
    this.#touch(folder);
  }

  infoOf(node: Node): FileInfo {
    const { type, mtimeNs, version } = node;
    const size = type === "file" ? node.bytes.length : 0;
    const mode = type === "link" ? LINK_MODE : node.mode;
    const kept = this.#options.modes ? mode : null;
    return { type, size, mtimeNs, mode: kept, version };
  }

  #touch(folder: Folder): void {
    folder.mtimeNs = this.#options.nowNs();
    folder.version = this.version();
  }

  #keyOf(name: string): string {
    return this.#options.foldsNames
      ? name.normalize("NFC").toLowerCase()
      : name;
  }
}
