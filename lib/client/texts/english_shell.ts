/** @module English: the shell. */
import { type Said, said } from "./said.ts";

export const shell = {
  welcome: "Logged in; help lists the commands.\n",
  leaves: "exit or Ctrl-D leaves\n",
  again: "ftpc: the connection was lost: connecting again\n",
  stdinIsTaken: said(
    "put -: here stdin is the shell's own",
    "use it on the command line: ftpc … put - NAME",
  ),
  folderMissing: said("lcd: a folder is missing", "lcd FOLDER"),
  commandMissing: said("!: a command is missing", "!COMMAND"),
  commandEnded: (command: string, code: number): Said => [
    `!${command}: it ended with ${code}`,
    "",
  ],
  notAFolder: (name: string): Said => [
    `${name}: not a folder`,
    "the shell begins in a folder: name one",
  ],
};
