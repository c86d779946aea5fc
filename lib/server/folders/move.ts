/**
 * mv: another name for a file, a link or a folder.
 * @module
 */
import type { FolderRequest } from "../../protocol/mod.ts";
import {
  type Home,
  type HomePath,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import { isWithin } from "./paths.ts";
import { type Done, naming, type Work } from "./work.ts";

type Mv = Extract<FolderRequest, { action: "mv" }>;

export async function mv(
  { home, signal }: Work,
  { filename, target, no_clobber }: Mv,
): Promise<Done> {
  const from = resolveName(filename);
  const { type } = await home.lstat(from, signal);
  await naming(target, async () => {
    const to = resolveName(target);
    if (type === "folder" && to.length > from.length && isWithin(to, from)) {
      throw new StorageError("exists", "lies in what is to be moved");
    }
    if (no_clobber && await isThere(home, to, signal)) {
      throw new StorageError("exists", "exists already");
    }
    await home.rename(from, to, signal);
  });
  return {};
}

/** Whether there is anything of this name, be it a link that leads nowhere. */
export async function isThere(
  home: Home,
  path: HomePath,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await home.lstat(path, signal);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === "not_found") {
      return false;
    }
    throw error;
  }
}
