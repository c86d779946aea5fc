/** Folders, words that name a place, and bookmarks: all of it pure. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Bookmark,
  formatBookmark,
  readBookmarks,
  withBookmark,
  withoutBookmark,
  wrongValue,
} from "../../lib/client/places/bookmarks.ts";
import { foldersOf } from "../../lib/client/places/folders.ts";
import { placeNames, type Roles } from "../../lib/client/places/names.ts";
import { joinRemote, readPlace } from "../../lib/client/places/place.ts";
import { ClientError } from "../../lib/client/error.ts";

const FOLDERS = [
  {
    name: "Linux",
    os: "linux",
    variables: { HOME: "/home/a" },
    config: "/home/a/.config/ftpc",
    state: "/home/a/.local/state/ftpc",
  },
  {
    name: "Linux with XDG's variables",
    os: "linux",
    variables: { HOME: "/h", XDG_CONFIG_HOME: "/c", XDG_STATE_HOME: "/s/" },
    config: "/c/ftpc",
    state: "/s/ftpc",
  },
  {
    name: "Linux with relative ones, which have to be ignored",
    os: "linux",
    variables: { HOME: "/h", XDG_CONFIG_HOME: "c", XDG_STATE_HOME: "" },
    config: "/h/.config/ftpc",
    state: "/h/.local/state/ftpc",
  },
  {
    name: "Linux with nothing but one of XDG's",
    os: "linux",
    variables: { XDG_STATE_HOME: "/s" },
    config: null,
    state: "/s/ftpc",
  },
  { name: "Linux with nothing", os: "linux", config: null, state: null },
  {
    name: "a relative HOME",
    os: "linux",
    variables: { HOME: "home" },
    config: null,
    state: null,
  },
  {
    name: "FreeBSD",
    os: "freebsd",
    variables: { HOME: "/h" },
    config: "/h/.config/ftpc",
    state: "/h/.local/state/ftpc",
  },
  {
    name: "macOS",
    os: "darwin",
    variables: { HOME: "/Users/a", XDG_CONFIG_HOME: "/c", APPDATA: "C:\\x" },
    config: "/Users/a/Library/Application Support/ftpc",
    state: "/Users/a/Library/Application Support/ftpc",
  },
  { name: "macOS with nothing", os: "darwin", config: null, state: null },
  {
    name: "Windows",
    os: "windows",
    variables: {
      HOME: "/h",
      APPDATA: "C:\\Users\\a\\AppData\\Roaming",
      LOCALAPPDATA: "C:\\Users\\a\\AppData\\Local",
    },
    config: "C:\\Users\\a\\AppData\\Roaming\\ftpc",
    state: "C:\\Users\\a\\AppData\\Local\\ftpc",
  },
  {
    name: "Windows without LOCALAPPDATA",
    os: "windows",
    variables: { APPDATA: "C:\\r" },
    config: "C:\\r\\ftpc",
    state: "C:\\r\\ftpc",
  },
  {
    name: "Windows with a relative APPDATA",
    os: "windows",
    variables: { APPDATA: "r", LOCALAPPDATA: "C:\\l" },
    config: null,
    state: "C:\\l\\ftpc",
  },
];
for (const { name, os, variables = {}, config, state } of FOLDERS) {
  Deno.test(`foldersOf() ${name}`, () => {
    assert.deepEqual(foldersOf(os, variables), { config, state });
  });
}

const local = { kind: "local" };
const WORDS: readonly [string, unknown][] = [
  ["a.txt", local],
  ["", local],
  ["-", local],
  ["C:\\x", local],
  ["C:", local],
  ["c:x", local],
  ["./x:y", local],
  ["../work:x", local],
  ["/tmp/work:x", local],
  ["dir\\work:x", local],
  [".x:y", local],
  ["_x:y", local],
  ["文件:x", local],
  ["my work:x", local],
  ["mail to a@b: c", local],
  [":x", local],
  ["[ab]:x", local],
  ["[::1]", local],
  ["work:", { kind: "bookmark", name: "work", path: "" }],
  ["work:inbox/", { kind: "bookmark", name: "work", path: "inbox/" }],
  ["work:/a:b", { kind: "bookmark", name: "work", path: "/a:b" }],
  ["7z:x", { kind: "bookmark", name: "7z", path: "x" }],
  ["a.b_c-d:x", { kind: "bookmark", name: "a.b_c-d", path: "x" }],
  ["work:a\nb", { kind: "bookmark", name: "work", path: "a\nb" }],
  ["12:30 notes", { kind: "bookmark", name: "12", path: "30 notes" }],
  ["http://h/x", { kind: "bookmark", name: "http", path: "//h/x" }],
  ["alex@host:", host("host", "", "alex")],
  ["alex@host:a b", host("host", "a b", "alex")],
  ["alex@1.2.3.4:/x", host("1.2.3.4", "/x", "alex")],
  ["a@corp@host:x", host("host", "x", "a@corp")],
  ["a@h:x", host("h", "x", "a")],
  ["[::1]:x", host("::1", "x")],
  ["[fe80::1%eth0]:x", host("fe80::1%eth0", "x")],
  ["alex@[::1]:x:y", host("::1", "x:y", "alex")],
];
function host(hostname: string, path: string, username?: string) {
  const user = username === undefined ? {} : { username };
  return { kind: "host", hostname, path, ...user };
}
for (const [word, is] of WORDS) {
  Deno.test(`readPlace(${JSON.stringify(word)})`, () => {
    assert.deepEqual(readPlace(word), is);
  });
}
for (const word of ["@host:x", "alex@:x", "@:x", "@[::1]:x"]) {
  Deno.test(`readPlace("${word}") is refused, and names ./`, () => {
    const isTold = (error: unknown) =>
      error instanceof ClientError && error.hint.includes(`./${word}`);
    assert.throws(() => readPlace(word), { code: "usage" });
    assert.throws(() => readPlace(word), isTold);
  });
}

Deno.test("readPlace() takes no path with ./ or / in front for a place", () => {
  const front = fc.constantFrom("./", "/", "../", ".\\", "x/");
  fc.assert(fc.property(front, fc.string(), (front, rest) => {
    assert.deepEqual(readPlace(front + rest), local);
  }));
});

for (
  const [folder, name, joined] of [
    ["", "", "."],
    ["", "x", "x"],
    ["", "/x", "/x"],
    ["inbox", "", "inbox"],
    ["inbox/", "x/", "inbox/x/"],
    ["/in", "x", "/in/x"],
    ["inbox", "/x", "/x"],
    ["/", "x", "/x"],
  ]
) {
  Deno.test(`joinRemote("${folder}", "${name}")`, () => {
    assert.equal(joinRemote(folder ?? "", name ?? ""), joined);
  });
}

const WORK: Bookmark = {
  name: "work",
  server: "files.example",
  port: 10022,
  user: "alex",
  path: "/projects",
  passwordCommand: "pass show work",
};
const HOME: Bookmark = { name: "home", server: "::1" };
const find = (name: string) => {
  const found = [WORK, HOME].find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new ClientError("usage", `unknown ${name}`, "");
};
const AT_WORK = {
  hostname: "files.example",
  port: 10022,
  username: "alex",
  passwordCommand: "pass show work",
};
const AT_HOME = { hostname: "::1" };

interface NamesCase {
  readonly typed: string;
  readonly to?: string;
  readonly is: unknown;
}
const NAMES: readonly NamesCase[] = [
  { typed: "put a b", is: null },
  { typed: "put C:\\x ./y:z", is: null },
  { typed: "put a work:inbox/", is: at(AT_WORK, ["a", "/projects/inbox/"]) },
  { typed: "put a b home:", is: at(AT_HOME, ["a", "b", "."]) },
  { typed: "put a work:/top", is: at(AT_WORK, ["a", "/top"]) },
  { typed: "put a b", to: "home:x", is: at(AT_HOME, ["a", "b"], "x") },
  { typed: "put - u@h:x", is: at(user("h", "u"), ["-", "x"]) },
  { typed: "put work:x", is: /put: work:x: not on this machine/ },
  { typed: "put work:x home:y", is: /put: work:x: not on this machine/ },
  { typed: "put lost:x work:", is: /unknown lost/ },
  { typed: "put a lost:x", is: /unknown lost/ },
  { typed: "put work:x b", is: /put: b: names no server/ },
  { typed: "put a work:x", to: "b", is: /put: b: names no server/ },
  { typed: "get work:a.txt", is: at(AT_WORK, ["/projects/a.txt"]) },
  { typed: "get home:a b", is: at(AT_HOME, ["a", "b"]) },
  { typed: "get home:a -", is: at(AT_HOME, ["a", "-"]) },
  { typed: "get home:a home:b", is: at(AT_HOME, ["a", "b"], ".") },
  { typed: "get home:a home:b .", is: at(AT_HOME, ["a", "b", "."]) },
  { typed: "get home:a", to: "in", is: at(AT_HOME, ["a"], "in") },
  { typed: "get home:a b c", is: /get: b: names no server/ },
  { typed: "get home:a work:b .", is: /get: the names are on different/ },
  { typed: "get home:a", to: "work:", is: /get: work:: not on this machine/ },
  { typed: "mv home:a home:b/", is: at(AT_HOME, ["a", "b/"]) },
  { typed: "mv home:a b", is: /mv: b: names no server/ },
  { typed: "mv home:a work:b", is: /mv: the names are on different/ },
  { typed: "ls [::1]:x u@[::1]:y", is: /ls: the names are on different/ },
];
function user(hostname: string, username: string) {
  return { hostname, username };
}
function at(server: unknown, names: string[], to?: string) {
  return { server, names, ...(to === undefined ? {} : { to }) };
}
for (const { typed, to, is } of NAMES) {
  Deno.test(`placeNames() ${typed}${to ? ` --to ${to}` : ""}`, () => {
    const [verb = "", ...names] = typed.split(" ");
    const roles: Roles = verb === "put" || verb === "get" ? verb : "all";
    const place = () => placeNames(verb, roles, names, to, find);
    if (is instanceof RegExp) assert.throws(place, is);
    else assert.deepEqual(place(), is);
  });
}

const FILE = `\
# mine
[work]
server = files.example
port: 10022
User = alex
path = /projects
password_command = pass show work

; the one at home
[home]
server = ::1
`;

Deno.test("readBookmarks() reads every key", () => {
  const { bookmarks, problems } = readBookmarks(FILE, "b.ini");
  assert.deepEqual(problems, []);
  assert.deepEqual([...bookmarks.values()], [WORK, HOME]);
});

const WRONG: readonly { text: string; says: RegExp; good?: string[] }[] = [
  { text: "[work]\n", says: /^1: has no server/ },
  { text: "[work]\nserver = a b\n", says: /^2 server: is no name/ },
  { text: "[work]\nserver = [::1]\n", says: /^2 server: is no name/ },
  { text: "[work]\nserver = a\nport = 0\n", says: /^3 port: is no port/ },
  { text: "[work]\nserver = a\nport = 1e3\n", says: /^3 port: is no port/ },
  { text: "[work]\nserver = a\nuser =\n", says: /^3 user: is empty/ },
  { text: "[work]\nserver = a\nuser = \x1b[2J\n", says: /^3 user: .*control/ },
  { text: "[work]\nserver = a\nserve = b\n", says: /^3 serve: .*is it server/ },
  {
    text: "[work]\nserver = a\npassword = b\n",
    says: /^3 password: no password is kept here/,
  },
  {
    text: "[work]\nserver = a\npassword_command = pass 'x\n",
    says: /^3 password_command: .*not closed/,
  },
  { text: "[w]\nserver = a\n", says: /^1: \[w\] is no name/ },
  { text: "[a b]\nserver = a\n", says: /^1: \[a b\] is no name/ },
  { text: "[.ab]\nserver = a\n", says: /^1: \[\.ab\] is no name/ },
  {
    text: "[work]\nserver = a\nport = x\n[home]\nserver = b\n",
    says: /^3 port: is no port/,
    good: ["home"],
  },
  { text: "[work]\nserver = a\n[work]\nserver = b\n", says: /^3: .*already/ },
  { text: "server = a\n", says: /^1 server: stands before/ },
];
for (const { text, says, good = [] } of WRONG) {
  Deno.test(`readBookmarks() refuses ${JSON.stringify(text)}`, () => {
    const { bookmarks, problems } = readBookmarks(text, "b.ini");
    assert.deepEqual([...bookmarks.keys()], good);
    const lines = problems.map(({ line, key, message }) =>
      `${line}${key === undefined ? "" : ` ${key}`}: ${message}`
    );
    assert.equal(lines.length, 1, lines.join("\n"));
    assert.match(lines[0] ?? "", says);
  });
}

Deno.test("an edit leaves every other byte as it is", () => {
  const added = withBookmark(FILE, { name: "third", server: "h" });
  assert.equal(added, `${FILE}\n[third]\nserver = h\n`);
  assert.equal(withoutBookmark(added, "third"), `${FILE}\n`);
  const without = withoutBookmark(FILE, "work");
  assert.equal(without, "# mine\n[home]\nserver = ::1\n");
  assert.equal(withBookmark("", HOME), "[home]\nserver = ::1\n");
  assert.equal(
    withBookmark("[x1]\nserver = a", HOME),
    "[x1]\nserver = a\n\n[home]\nserver = ::1\n",
  );
});

Deno.test("what formatBookmark() writes is read back as it was", () => {
  const text = (key: Parameters<typeof wrongValue>[0]) =>
    fc.string({ unit: "grapheme" }).filter((value) =>
      wrongValue(key, value) === null
    );
  const anyBookmark = fc.record({
    name: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]+$/)
      .filter((name) => name !== "DEFAULT"),
    server: text("server"),
    port: fc.integer({ min: 1, max: 65_535 }),
    user: text("user"),
    path: text("path"),
    passwordCommand: text("password_command"),
  }, { requiredKeys: ["name", "server"], noNullPrototype: true });
  fc.assert(fc.property(anyBookmark, (bookmark) => {
    const { bookmarks, problems } = readBookmarks(
      withBookmark("[other]\nserver = h", bookmark),
      "b.ini",
    );
    if (bookmark.name === "other") return;
    assert.deepEqual(problems, []);
    assert.deepEqual(bookmarks.get(bookmark.name), bookmark);
    assert(formatBookmark(bookmark).startsWith(`[${bookmark.name}]\n`));
  }));
});
