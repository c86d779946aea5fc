/**
 * mkdir and link.
 * @module
 */
import type { FolderRequest } from "../../protocol/mod.ts";
import {
  type Home,
  type HomePath,
  parentOf,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import type { Done, Work } from "./work.ts";

type Mkdir = Extract<FolderRequest, { action: "mkdir" }>;
type Link = Extract<FolderRequest, { action: "link" }>;

export async function mkdir(
  { home, signal }: Work,
  { filename, parents, mode }: Mkdir,
): Promise<Done> {
  const path = resolveName(filename);
  const created = parents
    ? await makeWithParents(home, path, signal)
    : await home.mkdir(path, signal).then(() => 1);
  if (created > 0 && mode !== undefined && home.capabilities.modes) {
    await home.setAttributes(path, { mode }, signal);
  }
  return { counts: { created } };
}

/** @returns How many folders had to be made. */
async function makeWithParents(
  home: Home,
  path: HomePath,
  signal: AbortSignal,
): Promise<number> {
  try {
    return await makeMissing(home, path, signal);
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "not_found") {
      throw error;
    }
    // The root is there: this comes to an end.
    const above = await makeWithParents(home, parentOf(path), signal);
    return above + await makeMissing(home, path, signal);
  }
}

/** Make a folder where there is none: others may make it meanwhile. */
export async function makeMissing(
  home: Home,
  path: HomePath,
  signal: AbortSignal,
): Promise<0 | 1> {
  try {
    await home.mkdir(path, signal);
    return 1;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== "exists") {
      throw error;
    }
    const { type } = await home.stat(path, signal);
    if (type !== "folder") throw error;
    return 0;
  }
}

/** What the text of a link may say, storage judges. */
export async function link(
  { home, signal }: Work,
  { filename, target }: Link,
): Promise<Done> {
  await home.symlink(target, resolveName(filename), signal);
  return {};
}
