/**
 * The bookmarks of a user: bookmarks.ini, read when a place is named and
 * changed by `bookmark add` and `bookmark rm`.
 * @module
 */
import { ClientError } from "../error.ts";
import { decodeText, nearest } from "../../ini/mod.ts";
import { texts } from "../texts/mod.ts";
import {
  type Bookmark,
  type BookmarkProblem,
  type ReadBookmarks,
  readBookmarks,
  withBookmark,
  withoutBookmark,
  wrongValue,
} from "./bookmarks.ts";
import { isBookmarkName } from "./place.ts";

/** Where the text is kept; see StateFile. */
export interface BookFile {
  readonly path: string;
  read(): Uint8Array | null;
  replace(bytes: Uint8Array): void;
}

export const BOOKMARKS_FILE = "bookmarks.ini";

export class Book {
  readonly #file: BookFile;
  readonly #writes: boolean;

  /** @param writes Whether changes are kept, or only looked at. */
  constructor(file: BookFile, writes: boolean) {
    this.#file = file;
    this.#writes = writes;
  }

  /** For `bookmark list`: the good ones, and what is wrong with the others. */
  list(): ReadBookmarks {
    return readBookmarks(this.#text(), this.#file.path);
  }

  /** @throws {ClientError} `usage`: there is none, or something is wrong. */
  find(name: string): Bookmark {
    const { bookmarks, problems } = this.list();
    const found = bookmarks.get(name);
    const wrong = problems.find((one) => one.name === name);
    if (wrong !== undefined) throw problemError(wrong);
    if (found !== undefined) return found;
    const near = nearest(name, bookmarks.keys());
    throw new ClientError("usage", ...texts.places.unknown(name, near));
  }

  /** @throws {ClientError} `usage`: a bad name or value, or it is there. */
  add(bookmark: Bookmark): void {
    checkBookmark(bookmark);
    const text = this.#text();
    const { bookmarks, problems } = readBookmarks(text, this.#file.path);
    const taken = bookmarks.has(bookmark.name) ||
      problems.some(({ name }) => name === bookmark.name);
    if (taken) {
      throw new ClientError("usage", ...texts.places.taken(bookmark.name));
    }
    this.#write(withBookmark(text, bookmark));
  }

  /** All of them or, where one is missing, none. */
  remove(names: readonly string[]): void {
    const before = this.#text();
    const after = names.reduce((text, name) => {
      const rest = withoutBookmark(text, name);
      if (rest !== text) return rest;
      throw new ClientError("usage", ...texts.places.noSuch(name));
    }, before);
    this.#write(after);
  }

  #text(): string {
    const bytes = this.#file.read();
    const text = bytes === null ? "" : decodeText(bytes);
    if (typeof text === "string") return text;
    const said = texts.places.notText(this.#file.path, text.badLine);
    throw new ClientError("usage", ...said);
  }

  #write(text: string): void {
    if (this.#writes) this.#file.replace(new TextEncoder().encode(text));
  }
}

function checkBookmark(bookmark: Bookmark): void {
  const { name, server, port, user, path, passwordCommand } = bookmark;
  // [DEFAULT] is no section that this dialect has.
  if (!isBookmarkName(name) || name === "DEFAULT") {
    throw new ClientError("usage", ...texts.places.badNewName(name));
  }
  const values = [
    ["server", server],
    ["port", port === undefined ? undefined : String(port)],
    ["user", user],
    ["path", path],
    ["password_command", passwordCommand],
  ] as const;
  for (const [key, value] of values) {
    const wrong = value === undefined ? null : wrongValue(key, value);
    if (wrong === null) continue;
    throw new ClientError("usage", ...texts.places.badNewValue(key, wrong));
  }
}

function problemError(problem: BookmarkProblem): ClientError {
  const { file, line, key, message } = problem;
  const where = line === undefined ? file : `${file}:${line}`;
  const about = key === undefined ? "" : `${key}: `;
  const said = texts.places.problem(`${where}: ${about}${message}`);
  return new ClientError("usage", ...said);
}
