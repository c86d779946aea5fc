/**
 * What a new file has of the system: of one that is made for that, as Deno
 * tells neither without a permission of its own.
 * @module
 */
import * as path from "node:path";
import type { Random } from "../../runtime/mod.ts";
import { newPartName } from "./target.ts";

const MODE_NEW = 0o644; // less umask

export interface NewFile {
  /** Whose it is; null where nobody owns files. */
  readonly uid: number | null;
  /** Less umask; null where there are no modes. */
  readonly mode: number | null;
}

/** @throws Of the system: nothing can be made there. */
export function newFile(folder: string, random: Random): NewFile {
  const probe = path.join(folder, newPartName(random));
  Deno.openSync(probe, { write: true, createNew: true, mode: MODE_NEW })
    .close();
  try {
    const { uid, mode } = Deno.lstatSync(probe);
    return { uid, mode: mode === null ? null : mode & 0o777 };
  } finally {
    Deno.removeSync(probe);
  }
}
