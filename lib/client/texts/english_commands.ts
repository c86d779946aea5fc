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
  stdinIsGone:
    "what came from stdin cannot be sent again: start over with what feeds it",
  changedBehind: (verb: string, name: string): Said => [
    `${verb} ${name}: it is not what it was when its start was printed`,
    "throw away what was printed, and run it again",
  ],
  noJson: (verb: string): Said => [
    `${verb}: it prints what is in files, and no JSON`,
    "leave --json out",
  ],
  noMatch: (verb: string, glob: string): Said => [
    `${verb} ${glob}: nothing matches`,
    "check the pattern; ls shows what is there",
  ],
  cannotList: (verb: string, glob: string): Said => [
    `${verb} ${glob}: this server cannot list what it has`,
    "name the files; a newer ftpd may list them",
  ],
  dotsStay: (name: string): Said => [
    `rm: ${name} is refused`,
    "name what is to be removed, from the folder above it",
  ],
  rootStays: said("rm: / is refused", "name what is in it"),
  removeAll: (name: string) =>
    `rm: remove ${name} and all that is in it? [no] `,
  noFolderBefore: said("cd -: there was no folder before", "cd FOLDER"),
  cdToFile: (name: string): Said => [
    `cd ${name}: not a folder`,
    "name a folder",
  ],
  noContent: (verb: string, name: string): Said => [
    `${verb} ${name}: not a file`,
    "name a file",
  ],
  nameTaken: (verb: string, source: string, target: string) =>
    `${verb} ${source}: skipped: ${target} exists`,
  sameFile: (verb: string, source: string): Said => [
    `${verb} ${source}: the source is the target, too`,
    "choose another name",
  ],

  /** Listings. */
  folderTitle: (name: string, isFirst: boolean) =>
    `${isFirst ? "" : "\n"}${name}:\n`,
  notSorted: (max: number) =>
    `ftpc: more than ${max} entries: in the server's order, not sorted\n`,
  unreachable: "(its name cannot be used)",
  partTitle: (name: string, isFirst: boolean) =>
    `${isFirst ? "" : "\n"}==> ${name} <==\n`,
  types: { file: "file", folder: "folder", link: "link", other: "other" },
  stat: (
    shown: {
      readonly name: string;
      readonly type: string;
      readonly size: string;
      readonly mtime: string;
      readonly mode: string | null;
    },
  ) =>
    `${shown.name}\n  type   ${shown.type}\n  size   ${shown.size}\n` +
    `  time   ${shown.mtime}\n` +
    (shown.mode === null ? "" : `  mode   ${shown.mode}\n`),
  bytes: (count: string) => count === "1" ? "1 byte" : `${count} bytes`,
  space: (
    { free, total, upload }: {
      readonly free: string | null;
      readonly total: string | null;
      readonly upload: string | null;
    },
  ) => {
    const rows = [
      ["free", free ?? "not known"],
      ["total", total ?? "not known"],
      ["largest file", upload ?? "no limit"],
    ];
    const width = Math.max(...rows.map(([, value = ""]) => value.length));
    return rows.map(([label = "", value = ""]) =>
      `${label.padEnd("largest file".length)}  ${value.padStart(width)}\n`
    ).join("");
  },
  status: (
    { server, user, remote, local, features, limits }: {
      readonly server: string;
      readonly user: string;
      readonly remote: string;
      readonly local: string;
      /** A line each. */
      readonly features: readonly string[];
      readonly limits: string;
    },
  ) =>
    [
      ["server", server],
      ["user", user],
      ["folder", remote],
      ["here", local],
      ["largest file", limits],
      ...features.map((line, at) => [at === 0 ? "features" : "", line]),
    ].map(([label = "", value]) =>
      `${label.padEnd("largest file".length)}  ${value}\n`
    ).join(""),
  noLimit: "no limit",
  part: (
    part: {
      readonly id: string;
      readonly bytes: string;
      readonly size: string | null;
      readonly time: string;
      readonly name: string;
      readonly inUse: boolean;
    },
  ) => {
    const of = part.size === null ? "" : ` of ${part.size}`;
    const use = part.inUse ? "  (in use)" : "";
    return `${part.id}  ${part.time}  ${part.bytes}${of}  ${part.name}${use}\n`;
  },
  crc32Line: (name: string, digits: string) => `CRC32 (${name}) = ${digits}\n`,
  noParts: "no unfinished files\n",
  discards: (id: string, name: string) => `parts discard ${id} ${name}`,
  noPart: (id: string): Said => [
    `parts discard ${id}: there is no such part`,
    "parts lists them",
  ],

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
