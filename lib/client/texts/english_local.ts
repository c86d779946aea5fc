/** @module English: files of this machine. */
import type { Said } from "./said.ts";

const checkWho = "check who may use it";
const makeRoom = "make room, then run it again";

export const local = {
  hints: {
    checkDisk: "check the disk",
    checkName: "check the name",
    checkWho,
    diskTooSmall: "this disk takes no file so large",
    foldersBefore: "check the folders before it",
    giveFlag: "Deno was not given it: run it with the flag it names",
    makeRoom,
    mangled: "a name that is not valid UTF-8 cannot be opened: rename it",
    nameFile: "name a file",
    otherFolder: "choose another folder",
    readerGone: "its reader is gone",
    shorterName: "choose a shorter name",
  },
  /** What failed, on what. */
  getInto: (name: string) => `get: ${name}`,
  getOnStdout: "get: stdout",
  stdout: "stdout",
  putFromStdin: "put -",
  removeSent: (name: string) => `remove ${name}, which was sent`,

  folderGiven: (what: string): Said => [
    `${what}: is a folder`,
    "add -r to take it with all that is in it",
  ],
  notRegularSource: (what: string): Said => [
    `${what}: not a regular file`,
    "to send what it gives, pipe it into put - NAME",
  ],
  notRegularTarget: (what: string): Said => [
    `${what}: not a regular file`,
    "to write into it, use get NAME - with its output sent there",
  ],
  changed: (what: string): Said => [
    `${what}: the file changed while it was being sent`,
    "run it again when nothing writes to it",
  ],
  takenOver: (what: string): Said => [
    `${what}: another ftpc goes on with it`,
    "wait for that one",
  ],
  inUse: (what: string): Said => [
    `${what}: another ftpc goes on with it`,
    "wait for it, or run it again",
  ],
  notAFolder: (name: string): Said => [
    `lcd ${name}: not a folder`,
    "name a folder",
  ],
  tooLarge: (name: string, bytes: number): Said => [
    `${name}: over ${bytes} bytes`,
    "make it two",
  ],
  otherKind: (path: string): Said => [
    `${path}: it is another thing now`,
    "run it again when nothing else writes there",
  ],
  noShell: (line: string): Said => [`!${line}`, "is there an sh?"],

  /** Our own files, where something else stands in their place. */
  notOurs: {
    said: (path: string, why: string): Said => [
      `${path}: ${why}: it is not used`,
      "look what it is, and remove it",
    ],
    link: "is a link",
    links: "has more than one name",
    notRegular: "is not a regular file",
    otherUser: "belongs to another user",
    tooLarge: "is too large to be ours",
  },
  /** A bookmark's password_command. */
  passwordCommand: {
    hint: "ftpc bookmark show says which command it is",
    about: (program: string) => `password_command ${program}`,
    ended: (program: string, code: number) =>
      `password_command ${program}: it ended with ${code}`,
    interrupted: (program: string) => `password_command ${program}: given up`,
    nothing: (program: string) =>
      `password_command ${program}: its first line is empty`,
    notText: (program: string) =>
      `password_command ${program}: what it printed is not UTF-8`,
    tooLong: (program: string, seconds: number) =>
      `password_command ${program}: no end within ${seconds} seconds`,
    tooMuch: (program: string) =>
      `password_command ${program}: it printed too much`,
  },
};
