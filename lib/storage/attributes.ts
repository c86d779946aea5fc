/**
 * The time and the mode of a file or a folder. A mode is set on what is open,
 * and was compared; a time by a call that follows no link. So neither reaches
 * anything that a swap has put in the way.
 * @module
 */
import { diskError, isErrno, storageError } from "./disk_error.ts";
import {
  closeFile,
  type Handle,
  infoOf,
  openFile,
  openFileSoon,
  READING,
  READING_FOLDER,
  setMode,
  setMtime,
  stateOf,
} from "./file.ts";
import type { Attributes, FileInfo } from "./home.ts";
import type { Pace } from "./pace.ts";
import type { HomePath } from "./path.ts";
import type { Root } from "./root.ts";

export async function changeAttributes(
  root: Root,
  path: HomePath,
  { mtimeNs, mode }: Attributes,
  pace: Pace,
  signal?: AbortSignal,
): Promise<FileInfo> {
  // Who shut the root could not open it again.
  if (mode !== undefined && path.length === 0) throw storageError("permission");
  const here = pace.hold(() =>
    root.parentOf(path, (place, name) => {
      const seen = place.look(name);
      refuseOthers(seen);
      const flags = seen.isDirectory ? READING_FOLDER : READING;
      return { folder: place.real, name, whole: place.open(name), flags };
    })
  );
  let file: Handle | null = null;
  try {
    if (mode !== undefined) {
      file = pace.quick
        ? pace.hold(() => openFile(here.whole, here.flags))
        : await pace.wait(
          () => openFileSoon(here.whole, here.flags),
          signal,
          closeFile,
        );
    }
    return pace.hold(() =>
      root.insideItself(here.folder, (place) => {
        const { name } = here;
        if (file !== null && mode !== undefined) {
          if (!place.holds(name, stateOf(file))) throw storageError("changed");
          setMode(file, mode & 0o777);
        }
        if (mtimeNs !== undefined) {
          refuseOthers(place.look(name));
          setMtime(name === "." ? place.real : place.at(name), mtimeNs);
        }
        return infoOf(place.look(name));
      })
    );
  } catch (error) {
    // A link, since we looked.
    if (isErrno(error, "ELOOP")) throw storageError("changed", error);
    throw diskError(error);
  } finally {
    if (file !== null) closeFile(file);
  }
}

/** Links have no attributes of their own that count; devices are not ours. */
function refuseOthers(seen: Deno.FileInfo): void {
  if (!seen.isFile && !seen.isDirectory) throw storageError("not_regular");
}
