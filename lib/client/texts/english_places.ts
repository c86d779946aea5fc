/** @module English: bookmarks, targets, folders of state and configuration. */
import type { Said } from "./said.ts";

export const places = {
  /** Words that name a place. */
  halfPlace: (word: string): Said => [
    `${word}: neither a place nor a name`,
    `write USER@HOST:PATH, or ./${word} for a file of that name`,
  ],
  unknown: (name: string, near: string | undefined): Said => [
    `${name}: no such bookmark${near === undefined ? "" : `: is it ${near}?`}`,
    `for a local file write ./${name}:…; ftpc bookmark add makes one`,
  ],
  placeExpected: (verb: string, name: string): Said => [
    `${verb}: ${name}: names no server`,
    "write each name as the first one: BOOKMARK:PATH or USER@HOST:PATH",
  ],
  localExpected: (verb: string, name: string): Said => [
    `${verb}: ${name}: not on this machine`,
    `where a local file is due, write ./${name} for one of that name`,
  ],
  commandFirst: (word: string): Said => [
    `${word}: a place where a command is due`,
    `write the command first: ftpc get ${word}; the place alone is a shell`,
  ],
  twoServers: (verb: string): Said => [
    `${verb}: the names are on different servers`,
    "one command goes to one server: do it in two steps",
  ],
  /** bookmarks.ini. */
  values: {
    blank: "is empty, or has a blank at an end",
    control: "holds a control character",
    server: "is no name or address of a server",
    port: "is no port: they go from 1 to 65535",
  },
  badName: (name: string) =>
    `[${name}] is no name: two or more of A-Z a-z 0-9 . _ -, and first a ` +
    "letter or digit",
  unknownKey: (near: string | undefined) =>
    near === undefined ? "is not known" : `is not known: is it ${near}?`,
  noPasswords: "no password is kept here: password_command names a program " +
    "that prints it",
  noServer: "has no server: write server = HOST",
  problem: (problem: string): Said => [problem, "mend it there"],
  notText: (file: string, line: number): Said => [
    `${file}:${line}: is not UTF-8`,
    "save the file as UTF-8",
  ],

  /** The command bookmark. */
  noSuch: (name: string): Said => [
    `bookmark ${name}: there is none`,
    "ftpc bookmark list shows them",
  ],
  taken: (name: string): Said => [
    `bookmark add ${name}: it is there already`,
    `ftpc bookmark rm ${name} removes it`,
  ],
  badNewName: (name: string): Said => [
    `bookmark add ${name}: no name for a bookmark`,
    "two or more of A-Z a-z 0-9 . _ -, and first a letter or digit",
  ],
  badNewValue: (key: string, why: string): Said => [
    `bookmark add: the ${key} ${why}`,
    "ftpc bookmark --help",
  ],
  notAHost: (target: string): Said => [
    `bookmark add: ${target}: names no server`,
    "write USER@HOST:PATH, or name the server with -s",
  ],
  portInPlace: (target: string, port: string): Said => [
    `bookmark add: ${target}: a place holds no port`,
    `write ftpc -P ${port} bookmark add …, or ./${port}:… for such a folder`,
  ],
  namedTwice: (target: string): Said => [
    `bookmark add: ${target}: -s has named the server already`,
    `write the folder alone, ./${target} for one of that name; or leave out -s`,
  ],
  usage: (how: string): Said => ["bookmark: what is meant?", `usage: ${how}`],
  usages: {
    add: "ftpc [-P PORT] bookmark add NAME USER@HOST:[PATH]",
    list: "ftpc bookmark list",
    rm: "ftpc bookmark rm NAME...",
    show: "ftpc bookmark show NAME",
  },
  noConfigFolder: (variables: string): Said => [
    "bookmarks: no folder to keep them in",
    `set one of ${variables}`,
  ],
};
