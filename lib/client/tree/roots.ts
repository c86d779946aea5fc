/**
 * Where each name given to put -r or get -r goes, as `cp -r` has it: into a
 * folder that is there; else it gets the new name, where the folder of that is
 * there. No name comes from anywhere but what the user typed.
 * @module
 */
import { type ClientCode, ClientError } from "../error.ts";
import { type Said, texts } from "../texts/mod.ts";

/** What is at a name; null: nothing. Links are followed. */
export type Place = "file" | "folder" | "other" | null;

/** Looks at one side, and knows its names. */
export interface Looks {
  readonly source: (name: string) => Place | Promise<Place>;
  readonly target: (name: string) => Place | Promise<Place>;
  /** The last part of a source's name: it may be empty, `.` or `..`. */
  readonly baseName: (name: string) => string;
  /** Whether the target's side can hold it, and takes it for a name. */
  readonly fits: (base: string) => boolean;
  readonly join: (folder: string, base: string) => string;
  readonly parent: (name: string) => string;
}

export interface RootsRequest {
  readonly sources: readonly string[];
  readonly target: string;
  /** `--to`, or more than one source: the target has to be a folder. */
  readonly intoFolder: boolean;
  /**
   * A target that an earlier try of the same command did not find, and made: it
   * is the copy, and not what the copy is put into.
   */
  readonly madeBefore?: string | null;
}

export interface Root {
  /** As it was typed. */
  readonly source: string;
  readonly kind: "file" | "folder";
  readonly target: string;
  /** Of a folder: it is there, and is merged into. */
  readonly exists: boolean;
  /** Nothing is at the target as it was typed: it becomes a folder's copy. */
  readonly becomes?: true;
  /** Nothing is at the source, and that will do: sync --delete --force. */
  readonly missing?: true;
}

export type RootOrError =
  | Root
  | { readonly source: string; readonly error: ClientError };

/**
 * One that fails keeps no other from its turn.
 * @throws {ClientError} `usage`, `not_a_folder`, `not_found`: what concerns all
 * of them; what `look` throws.
 */
export async function treeRoots(
  { sources, target, intoFolder, madeBefore = null }: RootsRequest,
  looks: Looks,
): Promise<RootOrError[]> {
  const there = await looks.target(target);
  if (intoFolder && there !== "folder") {
    if (there === null) {
      throw failure("not_found", texts.tree.noSuchFolder(target));
    }
    throw failure("not_a_folder", texts.tree.targetNotFolder(target));
  }
  const roots: RootOrError[] = [];
  const taken = new Set<string>();
  for (const source of sources) {
    const root = await rootOf(source, target, there, looks, madeBefore);
    roots.push(root);
    if ("error" in root) continue;
    // The second would be written over the first.
    if (taken.has(root.target)) {
      throw failure("usage", texts.tree.twoBecomeOne(root.target));
    }
    taken.add(root.target);
  }
  return roots;
}

async function rootOf(
  source: string,
  target: string,
  there: Place,
  looks: Looks,
  madeBefore: string | null,
): Promise<RootOrError> {
  const no = (code: ClientCode, said: Said) => ({
    source,
    error: failure(code, said),
  });
  const kind = await looks.source(source);
  if (kind === null) return no("not_found", texts.tree.notThere(source));
  if (kind === "other") return no("not_regular", texts.tree.notRegular(source));
  const isFolder = kind === "folder";
  const base = looks.baseName(source);
  const nameless = base === "" || base === "." || base === "..";
  if (there === "folder") {
    // `put -r . B`: what is in it goes into B.
    const isCopy = nameless || madeBefore === target;
    if (isCopy && isFolder) return { source, kind, target, exists: true };
    if (nameless || !looks.fits(base)) {
      return no("usage", texts.tree.noNameToKeep(source));
    }
    const inside = looks.join(target, base);
    const has = await looks.target(inside);
    if (isFolder && has !== null && has !== "folder") {
      return no("not_a_folder", texts.tree.targetIsFile(inside));
    }
    if (!isFolder && has === "folder") {
      return no("is_folder", texts.tree.targetIsFolder(inside));
    }
    return { source, kind, target: inside, exists: has !== null };
  }
  if (there !== null) {
    if (isFolder || target.endsWith("/")) {
      return no("not_a_folder", texts.tree.targetIsFile(target));
    }
    return { source, kind, target, exists: true };
  }
  // A folder becomes `B/` as it becomes `B`; a file would need a folder there.
  const usable = isFolder || !target.endsWith("/");
  if (!usable || await looks.target(looks.parent(target)) !== "folder") {
    return no("not_found", texts.tree.noSuchFolder(target));
  }
  return {
    ...{ source, kind, target, exists: false },
    ...(isFolder ? { becomes: true } : {}),
  };
}

/**
 * sync: a folder, and what is to have the same contents; neither is put into
 * the other.
 * @param mayMiss A source that is not there is one that holds nothing.
 * @throws {ClientError} `not_found`, `not_a_folder`; what `look` throws.
 */
export async function syncRoot(
  source: string,
  target: string,
  mayMiss: boolean,
  looks: Looks,
): Promise<Root> {
  const from = await looks.source(source);
  if (from !== null && from !== "folder") {
    throw failure("not_a_folder", texts.tree.syncsFolders(source));
  }
  const to = await looks.target(target);
  if (to !== null && to !== "folder") {
    throw failure("not_a_folder", texts.tree.targetIsFile(target));
  }
  // There has to be something that it empties.
  if (from === null && (!mayMiss || to === null)) {
    throw failure("not_found", texts.tree.notThere(source));
  }
  if (to === null && await looks.target(looks.parent(target)) !== "folder") {
    throw failure("not_found", texts.tree.noSuchFolder(target));
  }
  return {
    ...{ source, kind: "folder", target, exists: to !== null },
    ...(from === null ? { missing: true } : {}),
  };
}

function failure(code: ClientCode, said: Said): ClientError {
  return new ClientError(code, ...said);
}
