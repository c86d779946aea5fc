/**
 * Links of a local home: what they say, where they lead, and new ones.
 * @module
 */
import { storageError } from "./disk_error.ts";
import { StorageError } from "./error.ts";
import { infoOf } from "./file.ts";
import type { FileInfo, LinkInfo } from "./home.ts";
import { judgeLinkText } from "./link_text.ts";
import { type HomePath, resolveName } from "./path.ts";
import type { Root } from "./root.ts";
import { SEPARATOR } from "./working_folder.ts";

export function readLinkHere(root: Root, path: HomePath): LinkInfo {
  const text = root.parentOf(path, (place, name) => {
    if (!place.look(name).isSymlink) throw storageError("not_a_link");
    return Deno.readLinkSync(place.at(name));
  });
  return { text, ...whereTo(root, path) };
}

/** Through all links, if it stays inside. */
function whereTo(
  root: Root,
  path: HomePath,
): { leadsTo: HomePath | null; info: FileInfo | null } {
  try {
    return root.at(path, (place, name) => {
      const real = name === "." ? place.real : place.real + SEPARATOR + name;
      const leadsTo = resolveName(root.segmentsOf(real).join("/"));
      return { leadsTo, info: infoOf(place.look(name)) };
    });
  } catch (error) {
    if (error instanceof StorageError) return { leadsTo: null, info: null };
    throw error;
  }
}

export function makeLinkHere(root: Root, path: HomePath, text: string): void {
  root.parentOf(path, (place, name) => {
    judgeLinkText(text, root.segmentsOf(place.real));
    Deno.symlinkSync(text, place.at(name));
  });
}

/** Whether links can be made: that needs leave to read and write anywhere. */
export function canLink(): boolean {
  if (Deno.build.os === "windows") return false;
  return (["read", "write"] as const).every((name) =>
    Deno.permissions.querySync({ name }).state === "granted"
  );
}
