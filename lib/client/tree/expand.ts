/**
 * A glob to the names that it means, folder by folder: only what can match is
 * looked into, and no more often than the pattern has parts. Pure, but for the
 * lister.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { compareNames } from "./entry.ts";
import { compileGlob, type GlobSegment } from "./glob.ts";

export interface Listed {
  readonly name: string;
  readonly isFolder: boolean;
}

/**
 * @param folder As the pattern has it: empty for where it begins.
 * @returns What is in it; may reject where there is no such folder.
 */
export type List = (folder: string) => Promise<readonly Listed[]>;

/** More folders than that are a walk, and not a glob. */
const FOLDERS_MAX = 10_000;

/**
 * @returns Names in the order of their UTF-16 units; none where none match.
 * @throws {ClientError} `refused`: it means more folders than a glob should;
 * what `list` throws, but for a folder that is not there or not to be read.
 */
export async function expandGlob(
  pattern: string,
  list: List,
): Promise<string[]> {
  const { segments, absolute, foldersOnly } = compileGlob(pattern);
  const found = new Set<string>();
  const lists = new Map<string, Promise<readonly Listed[]>>();
  const listed = (folder: string) => {
    const known = lists.get(folder);
    if (known !== undefined) return known;
    if (lists.size >= FOLDERS_MAX) {
      // Half of what it means would be worse than nothing.
      const said = texts.tree.globTooWide(pattern, FOLDERS_MAX);
      throw new ClientError("refused", ...said);
    }
    const asked = list(folder === "" && absolute ? "/" : folder)
      .catch(nothingIn);
    lists.set(folder, asked);
    return asked;
  };
  // By several `**` a folder is come to in many ways: as many as there are
  // choices of which of them stands for what. One is enough.
  const been = new Set<string>();
  const expand = async (
    folder: string,
    rest: readonly GlobSegment[],
  ): Promise<void> => {
    const state = `${rest.length}/${folder}`;
    if (been.has(state)) return;
    been.add(state);
    const [segment, ...after] = rest;
    if (segment === undefined) {
      if (folder !== "") found.add(folder);
      return;
    }
    const last = after.length === 0;
    if (segment.kind === "folders") {
      // At the end it is all that lies below, and not where that begins.
      if (!last) await expand(folder, after);
      for (const { name, isFolder } of await listed(folder)) {
        if (name.startsWith(".")) continue;
        const below = join(folder, name, absolute);
        if (last && (isFolder || !foldersOnly)) found.add(below);
        if (isFolder) await expand(below, rest);
      }
      return;
    }
    if (!last && segment.literal !== null) {
      // Whether it is there shows when it is looked into.
      return await expand(join(folder, segment.literal, absolute), after);
    }
    for (const { name, isFolder } of await listed(folder)) {
      if (!segment.matches(name)) continue;
      if (last ? foldersOnly && !isFolder : !isFolder) continue;
      await expand(join(folder, name, absolute), after);
    }
  };
  await expand("", segments);
  return [...found].sort(compareNames);
}

/** It is not there, or not to be read: nothing matches in it. */
function nothingIn(error: unknown): readonly Listed[] {
  if (error instanceof ClientError && error.exitCode === 1) return [];
  throw error;
}

function join(folder: string, name: string, absolute: boolean): string {
  if (folder === "") return absolute ? `/${name}` : name;
  return `${folder}/${name}`;
}
