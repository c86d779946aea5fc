/**
 * Another name for a file, a link or a folder: one step of the disk, between
 * two folders that were both judged.
 * @module
 */
import { isErrno, storageError } from "./disk_error.ts";
import { lookAt } from "./file.ts";
import type { RenameOptions } from "./home.ts";
import type { HomePath } from "./path.ts";
import { moveIfAbsent } from "./publish.ts";
import { type Root, sameFile } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

export function renameHere(
  root: Root,
  from: HomePath,
  to: HomePath,
  { ifAbsent = false }: RenameOptions,
): void {
  const { source, moved } = root.parentOf(from, (place, name) => ({
    source: place.real + SEPARATOR + name,
    moved: place.look(name),
  }));
  root.parentOf(to, (place, name) => {
    const found = lookAt(place.at(name));
    if (found !== null && !sameFile(found, moved)) {
      if (ifAbsent) throw storageError("exists");
      refuseOver(found, moved);
    }
    try {
      // A folder has no second name: what a moment ago was not there is enough.
      if (ifAbsent && found === null && !moved.isDirectory) {
        moveIfAbsent(source, place.at(name));
      } else Deno.renameSync(source, place.at(name));
    } catch (error) {
      // A folder into itself is the one thing that this can mean here.
      if (isErrno(error, "EINVAL")) throw storageError("exists", error);
      throw error;
    }
    if (!place.holds(name, moved)) throw storageError("changed");
  });
}

/** Only a file is moved over a file. */
function refuseOver(found: Deno.FileInfo, moved: Deno.FileInfo): void {
  if (found.isDirectory || moved.isDirectory) throw storageError("exists");
}
