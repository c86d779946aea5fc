/**
 * ftpc's own files on this machine: bookmarks, which are asked for by their
 * name and so may ask for permissions; and state, which serves where it is
 * allowed and is left alone elsewhere.
 * @module
 */
import * as path from "node:path";
import type { Random } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import type { Permissions, PermissionSystem } from "../permissions.ts";
import type { Book } from "../places/book.ts";
import {
  foldersOf,
  type FolderVariable,
  variablesFor,
} from "../places/folders.ts";
import { texts } from "../texts/mod.ts";
import type { StateFile } from "./state_file.ts";

export interface OwnFiles {
  /**
   * The bookmarks, to be read or also to be changed: what is changed in those
   * to be read is looked at, and not kept.
   * @throws {ClientError} `permission_missing`; `local_failed` where nobody
   * says in which folder they are.
   */
  bookmarks(use: "read" | "write"): Promise<Book>;
  /** A file of the state folder; null where there may be none. Asks nobody. */
  state(name: string, bytesMax?: number): Promise<StateFile | null>;
}

export interface OwnFilesOptions {
  /** As Deno.build.os says. */
  readonly os: string;
  readonly system: Pick<PermissionSystem, "query">;
  readonly permissions: Permissions;
  readonly random: Random;
  /** Asked for only what may be seen. */
  readonly variable: (name: FolderVariable) => string | undefined;
  readonly uid: () => number | null;
}

export function createOwnFiles(options: OwnFilesOptions): OwnFiles {
  const { os, system, permissions, random } = options;
  const granted = async (descriptor: Deno.PermissionDescriptor) =>
    (await system.query(descriptor)).state === "granted";

  async function folder(kind: "config" | "state"): Promise<string | null> {
    const seen: Partial<Record<FolderVariable, string>> = {};
    for (const variable of variablesFor(os, kind)) {
      if (!await granted({ name: "env", variable })) continue;
      const value = options.variable(variable);
      if (value !== undefined) seen[variable] = value;
    }
    return foldersOf(os, seen)[kind];
  }

  async function fileAt(
    place: string,
    bytesMax?: number,
  ): Promise<StateFile> {
    const { StateFile } = await import("./state_file.ts");
    const known = await granted({ name: "sys", kind: "uid" });
    const uid = known ? options.uid() : null;
    return new StateFile({
      ...{ path: place, uid, random },
      ...(bytesMax === undefined ? {} : { bytesMax }),
    });
  }

  return {
    async bookmarks(use) {
      const variables = variablesFor(os, "config");
      await permissions.ensure(
        variables.map((variable) => ({ name: "env", variable })),
      );
      const place = await folder("config");
      if (place === null) {
        const said = texts.places.noConfigFolder(variables.join(", "));
        throw new ClientError("local_failed", ...said);
      }
      await permissions.ensure([
        { name: "read", path: place },
        ...(use === "write" ? [{ name: "write", path: place } as const] : []),
      ]);
      const { Book, BOOKMARKS_FILE } = await import("../places/book.ts");
      const file = await fileAt(path.join(place, BOOKMARKS_FILE));
      return new Book(file, use === "write");
    },

    async state(name, bytesMax) {
      const place = await folder("state");
      if (place === null) return null;
      const mayBeUsed = await granted({ name: "read", path: place }) &&
        await granted({ name: "write", path: place });
      return mayBeUsed ? await fileAt(path.join(place, name), bytesMax) : null;
    },
  };
}
