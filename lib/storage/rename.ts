/**
 * Another name for a file, a link or a folder: one step of the disk, between
 * two folders that were both judged.
 * @module
 */
import { heldFolder, isAnchored } from "./anchor.ts";
import { intoItself, isErrno, storageError } from "./disk_error.ts";
import {
  closeFile,
  lookAt,
  openFile,
  READING_FOLDER,
  stateOf,
} from "./file.ts";
import type { RenameOptions } from "./home.ts";
import { type HomePath, parentOf } from "./path.ts";
import { moveIfAbsent } from "./publish.ts";
import { type Place, type Root, sameFile } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

export function renameHere(
  root: Root,
  from: HomePath,
  to: HomePath,
  options: RenameOptions,
): void {
  if (parentOf(from).join("/") === parentOf(to).join("/")) {
    const old = from.at(-1) ?? ".";
    return root.parentOf(to, (place, name) => {
      move(place.at(old), place.look(old), place, name, options);
    });
  }
  const { folder, moved, whole } = root.parentOf(from, (place, name) => {
    const moved = place.look(name);
    const folder = openFile(place.real, READING_FOLDER);
    if (!sameFile(stateOf(folder), place.look("."))) {
      closeFile(folder);
      throw storageError("changed");
    }
    return { folder, moved, whole: place.real + SEPARATOR + name };
  });
  try {
    root.parentOf(to, (place, name) => {
      const held = heldFolder(folder);
      // Where there might be one, none is used without it.
      if (held === null && isAnchored()) throw storageError("changed");
      const source = held === null ? whole : `${held}/${from.at(-1)}`;
      if (!sameFile(Deno.lstatSync(source), moved)) {
        throw storageError("changed");
      }
      move(source, moved, place, name, options);
    });
  } finally {
    closeFile(folder);
  }
}

function move(
  source: string,
  moved: Deno.FileInfo,
  place: Place,
  name: string,
  { ifAbsent = false }: RenameOptions,
): void {
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
    if (isErrno(error, "EINVAL")) throw intoItself(error);
    throw error;
  }
  if (!place.holds(name, moved)) throw storageError("changed");
}

/** Only a file is moved over a file. */
function refuseOver(found: Deno.FileInfo, moved: Deno.FileInfo): void {
  if (found.isDirectory || moved.isDirectory) throw storageError("exists");
}
