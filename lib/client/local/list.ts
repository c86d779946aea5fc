/** @module What a folder of this machine holds: for lls and for globs. */
import * as path from "node:path";
import type { Shown } from "../terminal/listing.ts";
import { localError } from "./error.ts";

/**
 * The entries of a folder; of a file, itself.
 * @param shown As the person wrote it.
 * @throws {ClientError} `not_found`, `local_failed`, …
 */
export function listLocal(place: string, shown: string): Shown[] {
  try {
    const info = Deno.statSync(place);
    if (!info.isDirectory) return [entry(shown, place)];
    return [...Deno.readDirSync(place)].map(({ name }) =>
      entry(name, path.join(place, name))
    );
  } catch (error) {
    throw localError(`lls ${shown}`, error);
  }
}

function entry(name: string, place: string): Shown {
  try {
    const { isDirectory, isSymlink, isFile, size, mtime, mode } = Deno
      .lstatSync(place);
    const type = isSymlink
      ? "link"
      : isDirectory
      ? "folder"
      : isFile
      ? "file"
      : "other";
    return {
      ...{ name, type, size },
      mtimeNs: BigInt(mtime?.getTime() ?? 0) * 1_000_000n,
      mode: mode === null ? null : mode & 0o7777,
      ...(isSymlink ? { target: Deno.readLinkSync(place) } : {}),
    };
  } catch {
    // It went meanwhile, or its name is none that one can ask for.
    return { name, type: "other", size: 0, mtimeNs: 0n, mode: null };
  }
}
