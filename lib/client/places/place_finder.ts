/**
 * The places in one command line: its bookmarks are read before its words are,
 * and what its names say about the server is kept for the login.
 * @module
 */
import { ClientError } from "../error.ts";
import type { OwnFiles } from "../local/own_files.ts";
import { texts } from "../texts/mod.ts";
import type { FindBookmark } from "./names.ts";
import { placeNames, type PlaceServer, type Roles, serverOf } from "./names.ts";
import { readPlace } from "./place.ts";

export interface PlaceFinder {
  /** What the names have said; null: nothing so far. */
  readonly server: PlaceServer | null;
  /**
   * Take places out of a command's names; as they were where there is none.
   * @throws {ClientError} `usage`.
   */
  place(
    verb: string,
    roles: Roles,
    names: readonly string[],
    to: string | null,
  ): { readonly names: readonly string[]; readonly to: string | null };
}

/**
 * @param words The command and all behind it. Bookmarks are looked up only where
 * one of them may be a bookmark's.
 * @throws {ClientError} What the bookmarks' file throws; `permission_missing`.
 */
export async function findPlaces(
  words: readonly string[],
  ownFiles: OwnFiles,
): Promise<PlaceFinder> {
  const find = words.some(mayNameBookmark) ? await finder(ownFiles) : noBook;
  let server: PlaceServer | null = null;
  return {
    get server() {
      return server;
    },
    place(verb, roles, names, to) {
      const placed = placeNames(verb, roles, names, to ?? undefined, find);
      if (placed === null) return { names, to };
      server = placed.server;
      return { names: placed.names, to: placed.to ?? null };
    },
  };
}

/**
 * `ftpc work:inbox`: the shell there.
 * @returns Null where the words are those of a command.
 * @throws {ClientError} As `findPlaces`; `usage`: words behind the place, or a
 * bookmark that is none.
 */
export async function shellPlace(
  words: readonly string[],
  ownFiles: OwnFiles,
): Promise<{ server: PlaceServer; path: string } | null> {
  const [word = "", next] = words;
  const place = readPlace(word);
  if (place.kind === "local") return null;
  if (next !== undefined) {
    throw new ClientError("usage", ...texts.places.commandFirst(word));
  }
  const find = place.kind === "bookmark" ? await finder(ownFiles) : noBook;
  return serverOf(place, find);
}

async function finder(ownFiles: OwnFiles): Promise<FindBookmark> {
  const book = await ownFiles.bookmarks("read");
  return (name) => book.find(name);
}

function noBook(name: string): never {
  throw new ClientError("usage", ...texts.places.unknown(name, undefined));
}

/** A word, or the value of a flag in it: `--to=work:inbox`. */
function mayNameBookmark(word: string): boolean {
  const name = word.startsWith("--") ? word.replace(/^[^=]*=?/, "") : word;
  return /^[A-Za-z0-9][A-Za-z0-9._-]+:/.test(name);
}
