/**
 * Large files that are replaced. To free their room takes a disk long (1 GiB:
 * 45 to 75 ms on tmpfs, 100 to 200 on ext4), and a rename over one would do
 * that while it holds the loop. So a large file is first given a second name
 * beside its own, like a part's and with a note like a part's; the rename then
 * frees nothing, and the second name is removed off the loop. After a kill in
 * between, the next start removes it. Where that cannot be done (a disk without
 * links), the rename takes its time. So does ext4 still, 300 ms for 1 GiB: it
 * places the new file's bytes when a rename replaces a file.
 * @module
 */
import { lookAt } from "./file.ts";
import { noteOf, writeNote } from "./part_file.ts";
import { type HomePath, parentOf, PART_BESIDE_PREFIX } from "./path.ts";
import { type Root } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

/** Some 4 ms of a disk: as long as others may be kept waiting. */
export const LARGE_BYTES = 8 * 1024 * 1024;

export interface Aside {
  /** The second name, in the folder of the first. */
  readonly name: string;
  readonly random: string;
}

/** Whether what is there now is large; only a hint, by its whole path. */
export function isLarge(root: Root, target: HomePath): boolean {
  try {
    const found = lookAt(root.pathOf(target));
    return found !== null && found.isFile && found.size >= LARGE_BYTES;
  } catch {
    return false; // publish will say why
  }
}

/** Note a second name for what `target` names; null where there is no need. */
export function noteAside(
  root: Root,
  target: HomePath,
  random: string,
): Aside | null {
  if (!isLarge(root, target)) return null;
  try {
    writeNote(root, random, parentOf(target));
    return { name: PART_BESIDE_PREFIX + random, random };
  } catch {
    return null; // a full disk: the rename takes its time
  }
}

/** Remove the second name, and then its note: else the next start does. */
export async function removeAside(
  root: Root,
  target: HomePath,
  { name, random }: Aside,
): Promise<void> {
  try {
    await Deno.remove(root.pathOf(parentOf(target)) + SEPARATOR + name);
    await Deno.remove(noteOf(root, random));
  } catch {
    // It was never made, or its folder is somewhere else by now.
  }
}
