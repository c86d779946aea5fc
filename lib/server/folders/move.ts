/**
 * mv: another name for a file, a link or a folder.
 * @module
 */
import type { FolderRequest } from "../../protocol/mod.ts";
import { intoItself, resolveName } from "../../storage/mod.ts";
import { isWithin, refuseRoot } from "./paths.ts";
import { type Done, naming, type Work } from "./work.ts";

type Mv = Extract<FolderRequest, { action: "mv" }>;

export async function mv(
  { home, signal }: Work,
  { filename, target, no_clobber }: Mv,
): Promise<Done> {
  const from = resolveName(filename);
  refuseRoot(from);
  const { type } = await home.lstat(from, signal);
  await naming(target, async () => {
    const to = resolveName(target);
    if (type === "folder" && to.length > from.length && isWithin(to, from)) {
      throw intoItself();
    }
    await home.rename(from, to, signal, { ifAbsent: no_clobber });
  });
  return {};
}
