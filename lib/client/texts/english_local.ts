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
    nameFile: "name a file",
    otherFolder: "choose another folder",
    readerGone: "its reader is gone",
    shorterName: "choose a shorter name",
  },
  /** What failed, on what. */
  getInto: (name: string) => `get: ${name}`,
  getOnStdout: "get: stdout",
  putFromStdin: "put -",

  folderGiven: (what: string): Said => [
    `${what}: is a folder`,
    "whole folders (-r) come in a later version: name its files",
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
  notAFolder: (name: string): Said => [
    `lcd ${name}: not a folder`,
    "name a folder",
  ],
  noShell: (line: string): Said => [`!${line}`, "is there an sh?"],
};
