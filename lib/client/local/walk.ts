/**
 * All that lies below a folder of this machine, in the order of walks: for what
 * is sent, and for what is there already. By calls that do not wait: from cache
 * they are several times quicker. Memory grows with the names of the folders
 * that are open, not with the tree.
 * @module
 */
import * as path from "node:path";
import {
  childOf,
  type Entry,
  type Found,
  type TreePath,
} from "../tree/entry.ts";
import { IGNORE_FILE, unfitForServer, unfitLink } from "../tree/names.ts";
import type { Reason } from "../tree/reason.ts";
import { texts } from "../texts/mod.ts";
import { ClientError } from "../error.ts";
import { isMangled } from "../mangled.ts";
import { errnoOf, folderGiven, localError } from "./error.ts";
import { identityFrom } from "./identity.ts";

export interface LocalWalkOptions {
  /**
   * `follow`: as what they lead to, where that lies in the tree. `keep`: as
   * links, where they can be made elsewhere. `show`: as they are, whatever they
   * are: for a walk of a target, which nobody copies from.
   */
  readonly links: "follow" | "keep" | "show";
  /** What takes no part: not entered, and found as `excluded`. */
  readonly excludes?: (path: TreePath, isFolder: boolean) => boolean;
  /** Called with each `.ftpcignore`, before the rest of its folder. */
  readonly onIgnoreFile?: (folder: TreePath, text: string) => Promise<void>;
  /** Called between pages: what it returns is waited for (fair turns). */
  readonly turn?: () => Promise<void> | undefined;
  readonly signal?: AbortSignal;
}

/** Looked at without a pause: 5 to 10 µs an entry. */
const PAGE_ENTRIES = 256;
/** A file of rules that a person wrote; a longer one is none. */
const IGNORE_BYTES_MAX = 1024 * 1024;

/**
 * @param root A folder; a link to one is followed.
 * @throws {ClientError} `not_found`, `not_a_folder`, … of the root alone: what
 * is wrong with anything below is found, too.
 */
export async function* walkLocal(
  root: string,
  options: LocalWalkOptions,
): AsyncGenerator<readonly Found[]> {
  const walker = new Walker(root, options);
  yield* walker.pages();
}

/**
 * What the root of a tree is itself; a link to it is followed.
 * @throws {ClientError} `not_found`, …
 */
export function localEntry(root: string): Entry {
  try {
    return entryOf([], "folder", Deno.statSync(root));
  } catch (error) {
    throw localError(root, error);
  }
}

/**
 * A file that is to be sent, a link to it followed.
 * @param name As the person wrote it.
 * @throws {ClientError} `not_found`, `is_folder`, `not_regular`, …
 */
export function fileEntry(file: string, name: string): Entry {
  const what = `put ${name}`;
  try {
    const info = Deno.statSync(file);
    if (info.isDirectory) throw folderGiven(what);
    if (!info.isFile) {
      const said = texts.local.notRegularSource(what);
      throw new ClientError("not_regular", ...said);
    }
    return entryOf([], "file", info);
  } catch (error) {
    throw localError(what, error);
  }
}

/** Bytes of a file; of what is none, or cannot be seen, 0. */
export function bytesOf(file: string): number {
  try {
    const { isFile, size } = Deno.statSync(file);
    return isFile ? size : 0;
  } catch {
    return 0;
  }
}

/**
 * What is at a name; null: nothing. Links are followed.
 * @throws {ClientError} Where one may not look.
 */
export function placeOf(file: string): "file" | "folder" | "other" | null {
  try {
    const { isFile, isDirectory } = Deno.statSync(file);
    return isDirectory ? "folder" : isFile ? "file" : "other";
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "ENOENT" || errno === "ENOTDIR") return null;
    throw localError(file, error);
  }
}

/** A path of `localPath`, below its root: its folder, and its name. */
export function splitLocal(file: string): [folder: string, name: string] {
  const at = file.lastIndexOf(SEPARATOR);
  return [file.slice(0, at) || SEPARATOR, file.slice(at + 1)];
}

/** The file of an entry. */
export function localPath(root: string, names: TreePath): string {
  if (names.length === 0) return root;
  const folder = root.endsWith(SEPARATOR) ? root : root + SEPARATOR;
  return folder + names.join(SEPARATOR);
}

interface Folder {
  readonly path: TreePath;
  /** With every link resolved. */
  readonly real: string;
  /** The same, to put a name behind. */
  readonly prefix: string;
  /** Tells it from every other folder. */
  readonly id: string;
  readonly names: readonly string[];
  next: number;
}

class Walker {
  readonly #options: LocalWalkOptions;
  readonly #root: string;
  readonly #open: Folder[] = [];
  #page: Found[] = [];

  constructor(root: string, options: LocalWalkOptions) {
    this.#options = options;
    try {
      this.#root = Deno.realPathSync(root);
      const info = Deno.statSync(this.#root);
      if (!info.isDirectory) {
        throw new ClientError("not_a_folder", ...texts.tree.notAFolder(root));
      }
      this.#enter([], this.#root, idOf(info, this.#root));
    } catch (error) {
      throw localError(root, error);
    }
  }

  async *pages(): AsyncGenerator<readonly Found[]> {
    const { signal, turn } = this.#options;
    let rulesOf = this.#open.at(-1);
    if (rulesOf !== undefined) await this.#readRules(rulesOf);
    for (
      let folder = this.#open.at(-1);
      folder !== undefined;
      folder = this.#open.at(-1)
    ) {
      if (folder !== rulesOf && folder.next === 0) {
        await this.#readRules(folder);
        rulesOf = folder;
      }
      this.#lookOn(folder);
      if (this.#page.length >= PAGE_ENTRIES) {
        yield this.#takePage();
        signal?.throwIfAborted();
        await turn?.();
      }
    }
    if (this.#page.length > 0) yield this.#takePage();
  }

  #takePage(): readonly Found[] {
    const page = this.#page;
    this.#page = [];
    return page;
  }

  /** Up to the end of the page or of the folder, or to one that lies in it. */
  #lookOn(folder: Folder): void {
    const { names } = folder;
    while (this.#page.length < PAGE_ENTRIES) {
      const name = names[folder.next++];
      if (name === undefined) {
        this.#open.pop();
        return;
      }
      this.#look(folder, name);
      if (this.#open[this.#open.length - 1] !== folder) return;
    }
  }

  #enter(path: TreePath, real: string, id: string): void {
    const names: string[] = [];
    for (const { name } of Deno.readDirSync(real)) names.push(name);
    names.sort(); // as compareNames does
    const prefix = real.endsWith(SEPARATOR) ? real : real + SEPARATOR;
    this.#open.push({ path, real, prefix, id, names, next: 0 });
  }

  async #readRules({ path: folder, real, names }: Folder): Promise<void> {
    const { onIgnoreFile } = this.#options;
    if (onIgnoreFile === undefined || !names.includes(IGNORE_FILE)) return;
    const file = path.join(real, IGNORE_FILE);
    try {
      const { isFile, size } = Deno.statSync(file);
      if (!isFile || size > IGNORE_BYTES_MAX) throw new Error(file);
      await onIgnoreFile(folder, Deno.readTextFileSync(file));
    } catch (cause) {
      // Going on would send what somebody wanted kept here.
      throw localError([...folder, IGNORE_FILE].join("/"), cause);
    }
  }

  #look(folder: Folder, name: string): void {
    const names = childOf(folder.path, name);
    const file = folder.prefix + name;
    let info: Deno.FileInfo;
    try {
      info = Deno.lstatSync(file);
    } catch (cause) {
      // A mangled name was never there as such.
      const mangled = isMangled(name);
      return this.#trouble(
        names,
        mangled ? "name_not_utf8" : "vanished",
        cause,
      );
    }
    if (info.isSymlink) return this.#link(folder, names, file, info);
    if (this.#leftOut(names, info.isDirectory)) return;
    this.#take(names, file, info);
  }

  /** Excluded, or with a name that only this side can hold. */
  #leftOut(names: TreePath, isFolder: boolean): boolean {
    if (this.#options.excludes?.(names, isFolder)) {
      this.#page.push({ excluded: names });
      return true;
    }
    const reason = unfitForServer(names.at(-1) ?? "");
    if (reason !== null) this.#trouble(names, reason);
    return reason !== null;
  }

  /** A file or a folder; `real` leads to it through no link. */
  #take(names: TreePath, real: string, info: Deno.FileInfo): void {
    if (info.isFile) return this.#found(names, "file", info);
    if (!info.isDirectory) return this.#trouble(names, "special");
    const id = idOf(info, real);
    if (this.#open.some((folder) => folder.id === id)) {
      return this.#trouble(names, "link_loops");
    }
    this.#found(names, "folder", info);
    try {
      this.#enter(names, real, id);
    } catch (cause) {
      this.#trouble(names, "unreadable", cause);
    }
  }

  #link(
    folder: Folder,
    names: TreePath,
    file: string,
    info: Deno.FileInfo,
  ): void {
    const { links } = this.#options;
    if (links === "follow") return this.#follow(names, file);
    if (this.#leftOut(names, false)) return;
    try {
      const text = Deno.readLinkSync(file);
      // Where links are followed on the way, names tell no depth: by real path.
      const place = [...this.#below(folder.real), names.at(-1) ?? ""];
      const reason = links === "keep" ? unfitLink(place, text) : null;
      if (reason !== null) return this.#trouble(names, reason);
      this.#found(names, "link", info, text);
    } catch (cause) {
      this.#trouble(names, "unreadable", cause);
    }
  }

  #follow(names: TreePath, file: string): void {
    let real: string;
    let info: Deno.FileInfo;
    try {
      real = Deno.realPathSync(file);
      info = Deno.statSync(real);
    } catch (cause) {
      if (this.#leftOut(names, false)) return;
      const errno = errnoOf(cause);
      const reason = errno === "ELOOP"
        ? "link_loops"
        : errno === "ENOENT" || errno === "ENOTDIR"
        ? "link_dangles"
        : "unreadable";
      return this.#trouble(names, reason, cause);
    }
    if (this.#leftOut(names, info.isDirectory)) return;
    if (real !== this.#root && !real.startsWith(this.#prefix())) {
      return this.#trouble(names, "link_leaves");
    }
    this.#take(names, real, info);
  }

  #prefix(): string {
    return this.#root.endsWith(SEPARATOR) ? this.#root : this.#root + SEPARATOR;
  }

  #below(real: string): string[] {
    return real.slice(this.#prefix().length).split(SEPARATOR)
      .filter((part) => part !== "");
  }

  #found(
    names: TreePath,
    kind: Entry["kind"],
    info: Deno.FileInfo,
    link?: string,
  ): void {
    this.#page.push({ entry: entryOf(names, kind, info, link) });
  }

  #trouble(path: TreePath, reason: Reason, cause?: unknown): void {
    const trouble = cause instanceof Error
      ? { path, reason, cause }
      : { path, reason };
    this.#page.push({ trouble });
  }
}

const SEPARATOR = path.sep;

/**
 * What was seen on this machine. Most entries of a tree that is the same on the
 * other side are only compared: what takes time to make is made when asked for.
 */
class SeenEntry implements Entry {
  constructor(
    readonly path: TreePath,
    readonly kind: Entry["kind"],
    readonly size: number,
    readonly mtimeMs: number,
    readonly mode: number | null,
    private readonly ino: number,
  ) {}

  get mtimeNs(): bigint {
    return BigInt(this.mtimeMs) * 1_000_000n;
  }

  get identity(): string {
    return identityFrom(this.size, this.mtimeMs, this.ino);
  }
}

class SeenLink extends SeenEntry {
  constructor(
    path: TreePath,
    mtimeMs: number,
    mode: number | null,
    ino: number,
    readonly link: string,
  ) {
    super(path, "link", 0, mtimeMs, mode, ino);
  }
}

function entryOf(
  path: TreePath,
  kind: Entry["kind"],
  info: Deno.FileInfo,
  link?: string,
): Entry {
  const { mtime } = info;
  const ms = mtime === null ? 0 : mtime.getTime();
  const mode = info.mode === null ? null : info.mode & 0o777;
  const ino = info.ino ?? 0;
  if (link !== undefined) return new SeenLink(path, ms, mode, ino, link);
  const size = kind === "file" ? info.size : 0;
  return new SeenEntry(path, kind, size, ms, mode, ino);
}

function idOf({ dev, ino }: Deno.FileInfo, real: string): string {
  return ino === null || ino === 0 ? real : `${dev}:${ino}`;
}
