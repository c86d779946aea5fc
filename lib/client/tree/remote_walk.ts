/**
 * What a server says lies in a tree, made into entries that can be trusted to
 * be names and nothing else. A server may lie, be broken or hostile: what makes
 * no sense is told, and nothing of it is used.
 * @module
 */
import { ClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import type { RequestOptions } from "../remote.ts";
import {
  childOf,
  comparePaths,
  type Entry,
  type Found,
  liesIn,
  type TreePath,
  type Walk,
} from "./entry.ts";
import { linkTarget, unfitFromServer, unfitLink } from "./names.ts";
import type { Reason } from "./reason.ts";

/** An entry as the server listed it: FtpClient's RemoteEntry. */
export interface ListedEntry {
  /** `a/b`, from the folder that was walked. */
  readonly path: string;
  readonly reachable: boolean;
  readonly type: "file" | "folder" | "link" | "other";
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly mode: number | null;
  readonly version: string | null;
  readonly target?: string;
  /** Why it is not reachable, or a folder's content is not there. */
  readonly failure?: Error;
}

/** What is asked of the server; names are whole paths there. */
export interface RemoteTree {
  walk(name: string): AsyncIterable<readonly ListedEntry[]>;
  /** Links are followed. */
  stat(name: string): Promise<
    Pick<ListedEntry, "type" | "size" | "mtimeNs" | "mode" | "version">
  >;
  /** Whether an error says that nothing is there: not that the line is dead. */
  isMissing(error: unknown): boolean;
}

export interface RemoteWalkOptions {
  /** As in a walk of this machine. */
  readonly links: "follow" | "keep" | "show";
}

/** The files and folders of a connection. */
export function serverTree(
  client: Pick<FtpClient, "walk" | "stat">,
  options: RequestOptions = {},
): RemoteTree {
  return {
    walk: (name) => client.walk(name, options),
    stat: (name) => client.stat(name, options),
    isMissing: (error) => error instanceof ClientError && error.exitCode === 1,
  };
}

/** One link in another, at most: as systems have it (ELOOP). */
const LINKS_MAX = 40;
/** Of a path: names are at least a byte, and 4,096 bytes are the limit. */
const PATH_LENGTH_MAX = 4096;

/** @param root The folder on the server. */
export async function* walkRemote(
  tree: RemoteTree,
  root: string,
  { links }: RemoteWalkOptions,
): AsyncGenerator<readonly Found[]> {
  yield* new RemoteWalker(tree, root, links).walk([], [], [[]]);
}

class RemoteWalker {
  readonly #tree: RemoteTree;
  readonly #root: string;
  readonly #links: RemoteWalkOptions["links"];

  constructor(
    tree: RemoteTree,
    root: string,
    links: RemoteWalkOptions["links"],
  ) {
    this.#tree = tree;
    this.#root = root;
    this.#links = links;
  }

  /**
   * @param shown Where the folder is in the walk.
   * @param real Where it is on the server, by the links followed so far.
   * @param entered The folders, by where they are, that it was reached through
   * by links: none of them, nor what they lie in, is entered again.
   */
  async *walk(
    shown: TreePath,
    real: TreePath,
    entered: readonly TreePath[],
  ): Walk {
    const check = new ListingCheck();
    for await (const page of this.#tree.walk(this.#name(real))) {
      let found: Found[] = [];
      for (const listed of page) {
        const checked = check.take(listed);
        if ("reason" in checked) {
          const { reason } = checked;
          // Of such a name the reason says all that there is to say.
          const cause = reason === "name_unreachable"
            ? undefined
            : listed.failure;
          found.push(troubleOf([...shown, ...checked.path], reason, cause));
          continue;
        }
        const path = shown.length === 0
          ? checked.path
          : [...shown, ...checked.path];
        if (listed.type === "link") {
          const at = [...real, ...checked.path];
          if (this.#links === "follow") {
            if (found.length > 0) yield found;
            found = [];
            yield* this.#follow(path, at, listed, entered);
            continue;
          }
          found.push(this.#link(path, at, listed));
        } else if (listed.type === "other") {
          found.push(troubleOf(path, "special"));
        } else {
          found.push({ entry: entryOf(path, listed.type, listed) });
        }
        const { failure } = listed;
        if (failure !== undefined) {
          found.push(troubleOf(path, "unreadable", failure));
        }
      }
      if (found.length > 0) yield found;
    }
  }

  #link(path: TreePath, at: TreePath, listed: ListedEntry): Found {
    const { target = "" } = listed;
    const reason = this.#links === "keep" ? unfitLink(at, target) : null;
    return reason === null
      ? { entry: { ...entryOf(path, "link", listed), link: target } }
      : troubleOf(path, reason);
  }

  async *#follow(
    path: TreePath,
    at: TreePath,
    { target = "" }: ListedEntry,
    entered: readonly TreePath[],
  ): Walk {
    const leads = linkTarget(at, target);
    if ("reason" in leads) return yield [troubleOf(path, leads.reason)];
    // A folder that this one lies in, or that a link led here from.
    if ([at, ...entered].some((place) => liesIn(place, leads.path))) {
      return yield [troubleOf(path, "link_loops")];
    }
    if (entered.length >= LINKS_MAX) {
      return yield [troubleOf(path, "link_deep")];
    }
    let info: Awaited<ReturnType<RemoteTree["stat"]>>;
    try {
      info = await this.#tree.stat(this.#name(leads.path));
    } catch (error) {
      if (!this.#tree.isMissing(error)) throw error;
      return yield [troubleOf(path, "link_dangles", error)];
    }
    if (info.type === "file") {
      return yield [{ entry: entryOf(path, "file", info) }];
    }
    if (info.type !== "folder") return yield [troubleOf(path, "special")];
    yield [{ entry: entryOf(path, "folder", info) }];
    try {
      yield* this.walk(path, leads.path, [...entered, at]);
    } catch (error) {
      if (!this.#tree.isMissing(error)) throw error;
      yield [troubleOf(path, "unreadable", error)];
    }
  }

  #name(path: TreePath): string {
    if (path.length === 0) return this.#root;
    return `${this.#root.replace(/\/+$/, "")}/${path.join("/")}`;
  }
}

type Checked =
  | { readonly path: TreePath }
  | { readonly path: TreePath; readonly reason: Reason };

/** The sense of one listing: names, their order, the folders that they lie in. */
class ListingCheck {
  #last: TreePath = [];
  /** The folders that are open; what is listed lies in one of them. */
  #folder: TreePath = [];
  /** The innermost of them as text, with a slash behind it. */
  #prefix = "";
  /** The last name in it; empty for none. */
  #name = "";

  take(listed: ListedEntry): Checked {
    return this.#next(listed) ?? this.#judge(listed);
  }

  /** What nearly every entry is: the next one in the innermost folder. */
  #next({ path: text, type, reachable }: ListedEntry): Checked | null {
    const prefix = this.#prefix;
    if (!reachable || text.length > PATH_LENGTH_MAX) return null;
    if (!text.startsWith(prefix)) return null;
    const name = text.slice(prefix.length);
    // It holds no slash, either.
    if (unfitFromServer(name) !== null || name <= this.#name) return null;
    const path = childOf(this.#folder, name);
    this.#took(path, type === "folder" ? `${text}/` : null);
    return { path };
  }

  /** @param prefix Of a folder, for what lies in it. */
  #took(path: TreePath, prefix: string | null): void {
    this.#last = path;
    if (prefix === null) {
      this.#name = path[path.length - 1] ?? "";
    } else {
      this.#folder = path;
      this.#prefix = prefix;
      this.#name = "";
    }
  }

  #judge({ path: text, type, reachable }: ListedEntry): Checked {
    const path = text.slice(0, PATH_LENGTH_MAX + 1).split("/");
    if (text.length > PATH_LENGTH_MAX) {
      return { path: path.slice(0, 1), reason: "name_too_long" };
    }
    for (const name of path) {
      const reason = unfitFromServer(name);
      // It is shown with escapes, and may be unfit by them.
      if (reason === "name_unfit" && !reachable) {
        return { path, reason: "name_unreachable" };
      }
      if (reason !== null) return { path, reason };
    }
    const order = comparePaths(path, this.#last);
    if (order <= 0) {
      return { path, reason: order === 0 ? "listing_twice" : "listing_order" };
    }
    if (!liesIn(this.#folder, path.slice(0, -1))) {
      return { path, reason: "listing_parent" };
    }
    if (!reachable) return { path, reason: "name_unreachable" };
    this.#folder = path.slice(0, -1);
    this.#prefix = this.#folder.map((name) => `${name}/`).join("");
    this.#took(path, type === "folder" ? `${text}/` : null);
    return { path };
  }
}

function entryOf(
  path: TreePath,
  kind: Entry["kind"],
  { size, mtimeNs, mode, version }: Pick<
    ListedEntry,
    "size" | "mtimeNs" | "mode" | "version"
  >,
): Entry {
  return {
    path,
    kind,
    size: kind === "file" ? size : 0,
    mtimeNs,
    mode: mode === null ? null : mode & 0o777,
    identity: version ?? `${size}-${mtimeNs}`,
  };
}

function troubleOf(path: TreePath, reason: Reason, cause?: unknown): Found {
  return cause instanceof Error
    ? { trouble: { path, reason, cause } }
    : { trouble: { path, reason } };
}
