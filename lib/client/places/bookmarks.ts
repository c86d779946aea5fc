/**
 * bookmarks.ini: text to bookmarks and back. An edit changes the lines of one
 * bookmark and leaves every other byte as it is. No password stands in it.
 * @module
 */
import { splitWords } from "../grammar/words.ts";
import {
  type FileProblem,
  type IniSection,
  nearest,
  parseIni,
  shown,
} from "../../ini/mod.ts";
import { texts } from "../texts/mod.ts";
import { isBookmarkName } from "./place.ts";

export interface Bookmark {
  readonly name: string;
  /** A name or an address, without brackets. */
  readonly server: string;
  readonly port?: number;
  readonly user?: string;
  /** The folder that its names are seen from; absent: the home. */
  readonly path?: string;
  /** A command line whose first line is the password; see splitWords. */
  readonly passwordCommand?: string;
}

export interface BookmarkProblem extends FileProblem {
  /** The bookmark that cannot be used for it; absent: none of them can. */
  readonly name?: string;
}

export interface ReadBookmarks {
  /** The good ones, in their order. */
  readonly bookmarks: ReadonlyMap<string, Bookmark>;
  readonly problems: readonly BookmarkProblem[];
}

const KEYS = ["server", "port", "user", "path", "password_command"] as const;
type Key = typeof KEYS[number];

/** @param file For its problems: how it is called. */
export function readBookmarks(text: string, file: string): ReadBookmarks {
  const { sections, problems } = parseIni(text);
  const wrong: BookmarkProblem[] = problems.map(
    ({ code, line, message, key, section }) => ({
      ...{ code, file, line, message },
      ...(key === undefined ? {} : { key }),
      ...(section === undefined ? {} : { name: section }),
    }),
  );
  const bookmarks = new Map<string, Bookmark>();
  for (const section of sections) {
    const found = problemsOf(section, file);
    wrong.push(...found);
    if (wrong.some(({ name }) => name === section.name)) continue;
    bookmarks.set(section.name, bookmarkOf(section));
  }
  return { bookmarks, problems: wrong };
}

/** `text` with one bookmark more; the caller has seen that there is none. */
export function withBookmark(text: string, bookmark: Bookmark): string {
  const before = text === "" || text.endsWith("\n") ? text : `${text}\n`;
  const gap = before === "" ? "" : "\n";
  return `${before}${gap}${formatBookmark(bookmark)}`;
}

/** `text` without the lines of a bookmark. */
export function withoutBookmark(text: string, name: string): string {
  const spans = parseIni(text).sections
    .filter((section) => section.name === name).map(({ span }) => span);
  return spans.reduceRight(
    (rest, { start, end }) => rest.slice(0, start) + rest.slice(end),
    text,
  );
}

/** As it stands in the file, and as `bookmark show` prints it. */
export function formatBookmark(bookmark: Bookmark): string {
  const values: Record<Key, string | number | undefined> = {
    server: bookmark.server,
    port: bookmark.port,
    user: bookmark.user,
    path: bookmark.path,
    password_command: bookmark.passwordCommand,
  };
  const lines = KEYS.flatMap((key) =>
    values[key] === undefined ? [] : [`${key} = ${values[key]}\n`]
  );
  return `[${bookmark.name}]\n${lines.join("")}`;
}

/** What keeps a value from being kept, or null. */
export function wrongValue(key: Key, value: string): string | null {
  const words = texts.places.values;
  // What the file would not give back as it was, it must not take.
  if (value === "" || value.trim() !== value) return words.blank;
  if (/\p{Cc}|\u2028|\u2029/u.test(value)) return words.control;
  switch (key) {
    case "server":
      return /[\s\[\]@/]/.test(value) ? words.server : null;
    case "port": {
      const port = /^\d{1,5}$/.test(value) ? Number(value) : 0;
      return port >= 1 && port <= 65_535 ? null : words.port;
    }
    case "password_command":
      try {
        return splitWords(value).length > 0 ? null : words.blank;
      } catch (error) {
        return error instanceof Error ? error.message : words.control;
      }
    default:
      return null;
  }
}

function problemsOf(section: IniSection, file: string): BookmarkProblem[] {
  const { name, line, entries } = section;
  const problems: BookmarkProblem[] = [];
  const add = (at: number, message: string, key?: string) => {
    const about = key === undefined ? {} : { key };
    const problem = { code: "bad_bookmark", file, line: at, message, name };
    problems.push({ ...problem, ...about });
  };
  if (!isBookmarkName(name)) add(line, texts.places.badName(shown(name)));
  for (const { key, value, line: at } of entries) {
    const known = keyOf(key);
    if (known === null) {
      const message = key === "password"
        ? texts.places.noPasswords
        : texts.places.unknownKey(nearest(key, KEYS));
      add(at, message, shown(key));
      continue;
    }
    const wrong = wrongValue(known, value);
    if (wrong !== null) add(at, wrong, key);
  }
  if (!entries.some(({ key }) => key === "server")) {
    add(line, texts.places.noServer);
  }
  return problems;
}

function bookmarkOf({ name, entries }: IniSection): Bookmark {
  const values = new Map(entries.map(({ key, value }) => [key, value]));
  const [port, user, path, command] = [
    values.get("port"),
    values.get("user"),
    values.get("path"),
    values.get("password_command"),
  ];
  return {
    name,
    server: values.get("server") ?? "",
    ...(port === undefined ? {} : { port: Number(port) }),
    ...(user === undefined ? {} : { user }),
    ...(path === undefined ? {} : { path }),
    ...(command === undefined ? {} : { passwordCommand: command }),
  };
}

function keyOf(text: string): Key | null {
  return KEYS.find((key) => key === text) ?? null;
}
