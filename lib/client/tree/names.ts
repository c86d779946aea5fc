/**
 * Which names each side can hold. Names are never mangled to fit: what does
 * not is told and left out.
 * @module
 */
import type { TreePath } from "./entry.ts";
import type { Reason } from "./reason.ts";

/** NAME_MAX and PATH_MAX of Linux; the server's limits, too (PROTOCOL.md). */
const SEGMENT_BYTES_MAX = 255;
const PATH_BYTES_MAX = 4096;

/** The names of our own unfinished files begin so, on either side. */
const OURS = /^\.ftp[cd]-/i;
/** Rules for what is not sent; they are not sent themselves. */
export const IGNORE_FILE = ".ftpcignore";

const encoder = new TextEncoder();
const bytesOf = (text: string) =>
  text.length * 3 <= SEGMENT_BYTES_MAX
    ? text.length
    : encoder.encode(text).length;

/** Nearly every name, and none that a rule below refuses. */
const PLAIN = /^[\w -][\w .-]{0,84}$/;

/** Why the server cannot hold a name of this machine, or null. */
export function unfitForServer(name: string): Reason | null {
  if (PLAIN.test(name)) return null;
  if (name.startsWith(".") && OURS.test(name)) return "unfinished";
  if (/[\\\p{Cc}]/u.test(name) || !name.isWellFormed()) return "name_unfit";
  return bytesOf(name) > SEGMENT_BYTES_MAX ? "name_too_long" : null;
}

/** The whole name on the server, of as many bytes at most as it takes. */
export function pathTooLong(name: string): boolean {
  return name.length > PATH_BYTES_MAX / 3 &&
    encoder.encode(name).length > PATH_BYTES_MAX;
}

/** Whether to ask `pathTooLong`: the name need not be made to tell. */
export function mayBeTooLong(root: string, path: TreePath): boolean {
  let { length } = root;
  for (let at = 0; at < path.length; at++) {
    length += 1 + (path[at]?.length ?? 0);
  }
  return length > PATH_BYTES_MAX / 3;
}

/** For plans of puts: below `root`, a name on the server. */
export function unfitBelow(root: string): (path: TreePath) => Reason | null {
  return (path) =>
    mayBeTooLong(root, path) && pathTooLong(`${root}/${path.join("/")}`)
      ? "name_too_long"
      : null;
}

/** For plans of gets: each folder was asked about before what is in it. */
export function unfitHere(path: TreePath): Reason | null {
  return unfitForDisk(path.at(-1) ?? "");
}

/**
 * Why a name that a server said is no name of an entry: it would lead
 * elsewhere, or steer what shows it. An honest server sends none of these.
 */
export function unfitFromServer(name: string): Reason | null {
  if (PLAIN.test(name)) return null;
  if (name === "" || name === "." || name === ".." || name.includes("/")) {
    return "listing_name";
  }
  const reason = unfitForServer(name);
  // Our own files: a get must not write what the next one goes on with.
  return reason === "unfinished" ? "name_reserved" : reason;
}

export type Platform = "posix" | "windows";
export const HERE: Platform = Deno.build.os === "windows" ? "windows" : "posix";

/** Why this machine cannot hold a name that the server can, or null. */
export function unfitForDisk(
  name: string,
  platform: Platform = HERE,
): Reason | null {
  if (platform === "posix") return null;
  // Streams, drives and patterns; what Windows drops; devices.
  const unfit = /[:*?"<>|]|[. ]$/.test(name) ||
    /^(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³]) *(?:\.|$)/i
      .test(name);
  return unfit ? "name_unfit" : null;
}

/**
 * Why a link with this text, at `path`, must not be made in a tree: only what
 * surely stays inside is. `..` may stand at the start alone: there it climbs
 * real folders, behind a name it would climb from wherever that name leads.
 */
export function unfitLink(path: TreePath, text: string): Reason | null {
  if (text === "" || /[\\\p{Cc}]/u.test(text) || !text.isWellFormed()) {
    return "name_unfit";
  }
  if (text.startsWith("/") || /^[a-z]:/i.test(text)) return "link_absolute";
  let depth = path.length - 1;
  let named = false;
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") named = true;
    else if (named) return "link_winding";
    else if (--depth < 0) return "link_leaves";
  }
  return null;
}

/** Where a link leads by its text, or why that cannot be told. */
export function linkTarget(
  path: TreePath,
  text: string,
): { readonly path: TreePath } | { readonly reason: Reason } {
  const reason = unfitLink(path, text);
  if (reason !== null) {
    return { reason: reason === "link_absolute" ? "link_leaves" : reason };
  }
  const target = path.slice(0, -1);
  for (const part of text.split("/")) {
    if (part === "..") target.pop();
    else if (part !== "" && part !== ".") target.push(part);
  }
  return { path: target };
}
