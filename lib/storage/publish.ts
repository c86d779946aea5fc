/**
 * Promise 1, "Nothing half-done is visible": how a part takes its target's
 * place. Up to the one rename (or link) below nothing has changed for anybody;
 * after it, everything has. Whatever breaks before leaves the earlier file, and
 * a part that no listing shows and no name reaches.
 * @module
 */
import { isErrno, storageError } from "./disk_error.ts";
import {
  type Handle,
  infoOf,
  lookAt,
  setMode,
  setMtime,
  versionOf,
} from "./file.ts";
import type { CommitOptions, FileInfo } from "./home.ts";
import { type HomePath, parentOf } from "./path.ts";
import { type FileId, type Place, type Root, sameFile } from "./root.ts";

/** A part's file: made by us under a random name, and open. */
export interface PartFile {
  /** The real path of the folder that it lies in. */
  readonly folder: string;
  readonly name: string;
  readonly file: Handle;
  readonly id: FileId;
  /** Permission bits that it was made with. */
  readonly mode: number;
}

/**
 * Put a part in its target's place.
 * @param aside A second name for the file that is replaced; see aside.ts.
 * @returns What is there now, and the real path of the folder it is in.
 * @throws {StorageError} `is_folder`, `not_regular`, `exists`, `changed`, …
 */
export function publish(
  root: Root,
  part: PartFile,
  target: HomePath,
  options: CommitOptions,
  aside: string | null = null,
): { info: FileInfo; folder: string } {
  const name = target.at(-1);
  if (name === undefined) throw storageError("is_folder");
  return root.inside(root.pathOf(parentOf(target)), (place) => {
    const at = place.at(name);
    const before = lookAt(at);
    refuseOtherVersion(before, options); // as it is judged at the beginning
    refuseBadTarget(before);
    // The last touches, while it is still nobody's file.
    if (options.mode === undefined) keepMode(part, before);
    else giveMode(part, options.mode & 0o777);
    const source = sourceOf(part, place);
    if (!sameFile(Deno.lstatSync(source), part.id)) {
      throw storageError("changed");
    }
    if (options.mtimeNs !== undefined) setMtime(source, options.mtimeNs);
    if (aside !== null && before?.isFile) tryLink(at, place.at(aside));
    if (options.ifAbsent) moveIfAbsent(source, at);
    else Deno.renameSync(source, at);
    if (!place.holds(name, part.id)) throw storageError("changed");
    return { info: infoOf(Deno.lstatSync(at)), folder: place.real };
  });
}

/** A link is replaced itself, whatever it leads to. */
export function refuseBadTarget(target: Deno.FileInfo | null): void {
  if (target === null || target.isFile || target.isSymlink) return;
  throw storageError(target.isDirectory ? "is_folder" : "not_regular");
}

export function refuseOtherVersion(
  before: Deno.FileInfo | null,
  { ifAbsent, ifVersion }: Omit<CommitOptions, "signal">,
): void {
  if (ifAbsent && before !== null) throw storageError("exists");
  if (ifVersion === undefined) return;
  if (before === null || versionOf(before) !== ifVersion) {
    throw storageError("changed");
  }
}

/** An existing file's mode stays; set-id bits are nobody's to hand on. */
function keepMode(part: PartFile, before: Deno.FileInfo | null): void {
  if (!before?.isFile || before.mode === null) return;
  giveMode(part, before.mode & 0o777);
}

function giveMode({ file, mode }: PartFile, wanted: number): void {
  if (wanted === mode || Deno.build.os === "windows") return;
  setMode(file, wanted);
}

/** Beside its target, it is reached as safely as the target; see root.ts. */
function sourceOf({ folder, name }: PartFile, place: Place): string {
  return place.real === folder ? place.at(name) : `${folder}/${name}`;
}

function tryLink(at: string, other: string): void {
  try {
    Deno.linkSync(at, other);
  } catch {
    // A disk without links: it is replaced as it is.
  }
}

/** A link fails where a rename would replace. */
export function moveIfAbsent(source: string, at: string): void {
  try {
    Deno.linkSync(source, at);
  } catch (error) {
    const linkless = ["EPERM", "EOPNOTSUPP", "ENOSYS", "EMLINK"];
    if (!linkless.some((code) => isErrno(error, code))) throw error;
    // A disk without links (FAT): looked at a moment ago has to be enough.
    return Deno.renameSync(source, at);
  }
  try {
    Deno.removeSync(source);
  } catch {
    // It is published; what is left in `.ftpd`, the next start removes.
  }
}
