/**
 * `bookmark add|list|rm|show`: what was typed to a deed, and its result to what
 * is printed.
 * @module
 */
import { formatProblem } from "../../ini/mod.ts";
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import { quoteWord } from "../grammar/words.ts";
import { texts } from "../texts/mod.ts";
import type { Book } from "./book.ts";
import {
  type Bookmark,
  type BookmarkProblem,
  formatBookmark,
} from "./bookmarks.ts";
import { readPlace } from "./place.ts";

export interface BookmarkRequest {
  readonly deed: "add" | "list" | "rm" | "show";
  /** Of `add`: the bookmark, and the place or, with `-s`, a path of it. */
  readonly names: readonly string[];
  readonly passwordCommand: string | null;
  /** What `-s`, `-P` and `-u` say. */
  readonly hostname?: string;
  readonly port?: number;
  readonly username?: string;
}

export type BookmarkResult =
  | { readonly deed: "add" | "show"; readonly bookmark: Bookmark }
  | { readonly deed: "rm"; readonly names: readonly string[] }
  | {
    readonly deed: "list";
    readonly bookmarks: readonly Bookmark[];
    readonly problems: readonly BookmarkProblem[];
  };

/** @throws {ClientError} `usage`; what the file's reading and writing throw. */
export function runBookmark(
  request: BookmarkRequest,
  book: Book,
): BookmarkResult {
  const { deed, names } = request;
  const [name] = names;
  if (deed === "list") {
    if (name !== undefined) throw usage(texts.places.usages.list);
    const { bookmarks, problems } = book.list();
    return { deed, bookmarks: [...bookmarks.values()], problems };
  }
  if (name === undefined) throw usage(texts.places.usages[deed]);
  if (deed === "rm") {
    book.remove(names);
    return { deed, names };
  }
  if (deed === "show") {
    if (names.length > 1) throw usage(texts.places.usages.show);
    return { deed, bookmark: book.find(name) };
  }
  const bookmark = newBookmark(name, request);
  book.add(bookmark);
  return { deed, bookmark };
}

/** A bookmark that came or went. */
export interface BookmarkChange {
  readonly source: string;
  /** What it stands for now. */
  readonly target: string | null;
}

export function bookmarkChanges(result: BookmarkResult): BookmarkChange[] {
  switch (result.deed) {
    case "add": {
      const { bookmark } = result;
      return [{ source: bookmark.name, target: placeOf(bookmark) }];
    }
    case "rm":
      return result.names.map((source) => ({ source, target: null }));
    case "show":
    case "list":
      return [];
  }
}

/** Those that were asked for. */
export function bookmarksShown(result: BookmarkResult): readonly Bookmark[] {
  switch (result.deed) {
    case "list":
      return result.bookmarks;
    case "show":
      return [result.bookmark];
    case "add":
    case "rm":
      return [];
  }
}

/** For stdout. A deed that is done is not commented. */
export function formatBookmarkResult(result: BookmarkResult): string {
  switch (result.deed) {
    case "add":
    case "rm":
      return "";
    case "show":
      return escaped(formatBookmark(result.bookmark));
    case "list": {
      const { bookmarks } = result;
      const width = Math.max(...bookmarks.map(({ name }) => name.length));
      const rows = bookmarks.map((bookmark) =>
        `${bookmark.name.padEnd(width)}  ${placeOf(bookmark)}\n`
      );
      return escaped(rows.join(""));
    }
  }
}

/** What is wrong in the file, a line each. */
export function bookmarkProblems(result: BookmarkResult): string[] {
  return result.deed === "list" ? result.problems.map(formatProblem) : [];
}

function newBookmark(name: string, request: BookmarkRequest): Bookmark {
  const { names, hostname, port, username, passwordCommand } = request;
  const [, target, extra] = names;
  if (extra !== undefined) throw usage(texts.places.usages.add);
  const there = hostname === undefined
    ? placeGiven(target)
    : { hostname, path: pathGiven(target ?? ""), username: undefined };
  const user = username ?? there.username;
  return {
    name,
    server: there.hostname,
    ...(port === undefined ? {} : { port }),
    ...(user === undefined ? {} : { user }),
    ...(there.path === "" ? {} : { path: there.path }),
    ...(passwordCommand === null ? {} : { passwordCommand }),
  };
}

function placeGiven(target: string | undefined) {
  if (target === undefined) throw usage(texts.places.usages.add);
  const place = readPlace(target);
  if (place.kind !== "host") {
    throw new ClientError("usage", ...texts.places.notAHost(target));
  }
  const { hostname, path, username } = place;
  const [, port] = /^(\d+):/.exec(path) ?? [];
  if (port !== undefined) {
    throw new ClientError("usage", ...texts.places.portInPlace(target, port));
  }
  return { hostname, path, username };
}

/** With `-s`: the place is named already. */
function pathGiven(path: string): string {
  if (readPlace(path).kind !== "host") return path;
  throw new ClientError("usage", ...texts.places.namedTwice(path));
}

/** `alex@host:inbox`, and its port where it has one of its own. */
function placeOf({ server, port, user, path }: Bookmark): string {
  const who = user === undefined ? "" : `${user}@`;
  const host = server.includes(":") ? `[${server}]` : server;
  const place = quoteWord(`${who}${host}:${path ?? ""}`);
  return port === undefined ? place : `${place} -P ${port}`;
}

function escaped(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

function usage(how: string): ClientError {
  return new ClientError("usage", ...texts.places.usage(how));
}
