/**
 * Words that name a place on some server: `work:inbox/`, `alex@host:path`,
 * `[::1]:path`. Everything else is a name of this machine.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";

/** What a word says, before anybody looks whether there is such a bookmark. */
export type PlaceWord =
  | { readonly kind: "local" }
  | {
    readonly kind: "bookmark";
    readonly name: string;
    readonly path: string;
  }
  | {
    readonly kind: "host";
    readonly hostname: string;
    readonly username?: string;
    readonly path: string;
  };

const LOCAL: PlaceWord = { kind: "local" };
/** Two characters or more, so that `C:` is never one. */
const BOOKMARK = /^[A-Za-z0-9][A-Za-z0-9._-]+$/;
/** An address of IPv6 has to be in brackets, as in a URL; a zone may follow. */
const BRACKETED = /^(?:([^\s]*)@)?\[([0-9A-Fa-f:.]*:[^\]\s]*)\]:(.*)$/s;
const HEAD = /^([^:]*):(.*)$/s;

export function isBookmarkName(text: string): boolean {
  return BOOKMARK.test(text);
}

/**
 * Read a word. A path with a slash before its first colon is one of this
 * machine: so `./x:y` is, whatever bookmarks there are.
 * @throws {ClientError} `usage`: `@host:path`, `alex@:path`.
 */
export function readPlace(word: string): PlaceWord {
  const [, bracketUser, address, bracketPath] = BRACKETED.exec(word) ?? [];
  if (address !== undefined && bracketPath !== undefined) {
    return hostPlace(word, bracketUser, address, bracketPath);
  }
  const [, head = "", path = ""] = HEAD.exec(word) ?? [];
  if (/[\\/\s]/.test(head)) return LOCAL;
  const at = head.lastIndexOf("@");
  if (at >= 0) {
    return hostPlace(word, head.slice(0, at), head.slice(at + 1), path);
  }
  return isBookmarkName(head) ? { kind: "bookmark", name: head, path } : LOCAL;
}

function hostPlace(
  word: string,
  username: string | undefined,
  hostname: string,
  path: string,
): PlaceWord {
  if (hostname === "" || username === "") {
    throw new ClientError("usage", ...texts.places.halfPlace(word));
  }
  const user = username === undefined ? {} : { username };
  return { kind: "host", hostname, path, ...user };
}

/** `name` of the server, seen from `folder`: the start of a bookmark. */
export function joinRemote(folder: string, name: string): string {
  if (folder === "" || name.startsWith("/")) return name === "" ? "." : name;
  if (name === "") return folder;
  return `${folder.replace(/\/+$/, "")}/${name}`;
}
