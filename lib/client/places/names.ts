/**
 * The names that a command was given, and the one server that they are on:
 * which of them may be places, and what is left of them there.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { type Bookmark } from "./bookmarks.ts";
import { joinRemote, type PlaceWord, readPlace } from "./place.ts";

/** A server, as a place names it. What is missing is asked for. */
export interface PlaceServer {
  readonly hostname: string;
  readonly port?: number;
  readonly username?: string;
  /** Runs for the password of `username`. */
  readonly passwordCommand?: string;
}

export interface PlacedNames {
  readonly server: PlaceServer;
  readonly names: readonly string[];
  readonly to?: string;
}

/** Which names of a command are on the server. */
export type Roles =
  | "put" // the last one, or the folder of --to
  | "get" // all but the last, unless it is a place too
  | "all";

/** Gives a bookmark. @throws {ClientError} `usage`: there is none. */
export type FindBookmark = (name: string) => Bookmark;

/** Whether any of them is a place: bookmarks are looked up only then. */
export function hasPlaces(
  names: readonly string[],
  to: string | undefined,
): boolean {
  return [...names, ...(to === undefined ? [] : [to])].some((name) =>
    readPlace(name).kind !== "local"
  );
}

/**
 * Take the places out of a command's names.
 * @returns Null where no name is a place: then `-s` has to say the server.
 * @throws {ClientError} `usage`: a place where a name of this machine is due or
 * the other way, two servers; what `find` throws.
 */
export function placeNames(
  verb: string,
  roles: Roles,
  names: readonly string[],
  to: string | undefined,
  find: FindBookmark,
): PlacedNames | null {
  if (!hasPlaces(names, to)) return null;
  const taker = new Taker(verb, find);
  const local = (name: string) => taker.local(name);
  const remote = (name: string) => taker.remote(name);
  if (roles === "put") {
    const target = to ?? names.at(-1) ?? "";
    const sources = to === undefined ? names.slice(0, -1) : names;
    if (sources.length === 0) throw taker.notLocal(target);
    const placed = remote(target);
    return to === undefined
      ? taker.placed([...sources.map(local), placed])
      : taker.placed(sources.map(local), placed);
  }
  if (roles === "all") {
    return taker.placed(names.map(remote), to && remote(to));
  }
  const last = names.at(-1) ?? "";
  const intoLast = to === undefined && names.length > 1 &&
    readPlace(last).kind === "local";
  if (intoLast) {
    return taker.placed([...names.slice(0, -1).map(remote), last]);
  }
  // Two places: both are fetched, as there is no copy from server to server.
  const into = to ?? (names.length > 1 ? "." : undefined);
  return taker.placed(names.map(remote), into && local(into));
}

/** Where a place leads. */
export function serverOf(
  place: Exclude<PlaceWord, { kind: "local" }>,
  find: FindBookmark,
): { server: PlaceServer; path: string } {
  if (place.kind === "host") {
    const { hostname, username, path } = place;
    const user = username === undefined ? {} : { username };
    return { server: { hostname, ...user }, path: joinRemote("", path) };
  }
  const { server, port, user, path, passwordCommand } = find(place.name);
  return {
    server: {
      hostname: server,
      ...(port === undefined ? {} : { port }),
      ...(user === undefined ? {} : { username: user }),
      ...(passwordCommand === undefined ? {} : { passwordCommand }),
    },
    path: joinRemote(path ?? "", place.path),
  };
}

class Taker {
  readonly #verb: string;
  readonly #find: FindBookmark;
  #server: PlaceServer | null = null;

  constructor(verb: string, find: FindBookmark) {
    this.#verb = verb;
    this.#find = find;
  }

  /** @returns What the place is called on its server. */
  remote(name: string): string {
    const place = readPlace(name);
    if (place.kind === "local") {
      const said = texts.places.placeExpected(this.#verb, name);
      throw new ClientError("usage", ...said);
    }
    const { server, path } = serverOf(place, this.#find);
    if (this.#server !== null && !sameServer(this.#server, server)) {
      throw new ClientError("usage", ...texts.places.twoServers(this.#verb));
    }
    this.#server = server;
    return path;
  }

  local(name: string): string {
    const place = readPlace(name);
    if (place.kind === "local") return name;
    if (place.kind === "bookmark") this.#find(place.name);
    throw this.notLocal(name);
  }

  notLocal(name: string): ClientError {
    const said = texts.places.localExpected(this.#verb, name);
    return new ClientError("usage", ...said);
  }

  placed(names: readonly string[], to?: string): PlacedNames | null {
    const server = this.#server;
    if (server === null) return null;
    return { server, names, ...(to === undefined ? {} : { to }) };
  }
}

function sameServer(a: PlaceServer, b: PlaceServer): boolean {
  return a.hostname === b.hostname && a.port === b.port &&
    a.username === b.username;
}
