/** @module English: what commands say. */
import { type Said, said } from "./said.ts";

export const commands = {
  nameMissing: (verb: string): Said => [
    `${verb}: a name is missing`,
    `${verb} NAME`,
  ],
  notAFolder: (verb: string, name: string): Said => [
    `${verb}: ${name}: not a folder`,
    "with more than two names the last has to be one",
  ],
  stdinNameless: (verb: string): Said => [
    `${verb}: stdin has no name of its own`,
    `${verb} - REMOTE`,
  ],
  twoBecomeOne: (verb: string, name: string): Said => [
    `${verb}: two files would become ${name}`,
    "give them names one by one",
  ],
  emptyName: (verb: string): Said => [`${verb}: an empty name`, "leave it out"],
  noNameToKeep: (verb: string, name: string): Said => [
    `${verb}: ${name} has no name to keep`,
    "give a second name",
  ],
  wants: (verb: string, name: string) =>
    `${verb} ${name}? [Yes, no, all, quit] `,
  interrupted: said("interrupted", ""),
  streamAlone: (verb: string): Said => [
    `${verb}: - goes alone`,
    "move the other files with a command of their own",
  ],
  stdoutIsTaken: said(
    "get: --json and - both want stdout",
    "leave --json out, or get it into a file",
  ),
  stats: (
    totals: {
      readonly done: number;
      readonly skipped: number;
      readonly failed: number;
      readonly sent: string;
      readonly seconds: string;
      readonly rate: string;
    },
  ) =>
    `${totals.done} done, ${totals.skipped} skipped, ${totals.failed} failed; ` +
    `${totals.sent} in ${totals.seconds} s, ${totals.rate}/s\n`,
};
