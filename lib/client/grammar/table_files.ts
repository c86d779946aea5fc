/**
 * Commands on the server's files, as their users know them from POSIX.
 * @module
 */
import { texts } from "../texts/mod.ts";
import type {
  Cat,
  ChangeFolder,
  ChangeMode,
  Checksum,
  Copy,
  DiskFree,
  DiskUsage,
  Find,
  List,
  MakeFolder,
  Move,
  Part,
  Plain,
  Remove,
  RemoveFolder,
  Stat,
  Touch,
} from "./commands.ts";
import type { Draft, Entry, Operand, PlaceNames } from "./entry.ts";
import type { Flag } from "./flags.ts";
import { parseTime } from "./times.ts";
import { parseChoice, parseCount, parseMode, someText } from "./values.ts";

const { flags: say, labels, commands: does } = texts.grammar;

/** Of CHECKSUM_TYPES: to have them from there would load the schemas. */
export const CHECKSUMS = ["crc32", "sha256"] as const;

const FIND_TYPES = ["f", "d"] as const;

interface Named {
  names: readonly string[];
}

export const takeNames = (draft: Named, operands: readonly string[]) => {
  draft.names = operands;
};
const placeAll = (draft: Named, verb: string, place: PlaceNames) => {
  draft.names = place(verb, "all", draft.names, null).names;
};
export const NOTHING = () => {};

const NAMES: readonly Operand[] = [
  { kind: "remote", label: labels.name, count: "some" },
];
const ANY_NAMES: readonly Operand[] = [
  { kind: "remote", label: labels.name, count: "any" },
];
const FOLDERS: readonly Operand[] = [
  { kind: "remote_folder", label: labels.folder, count: "some" },
];
const SOURCES_AND_TARGET: readonly Operand[] = [
  ...NAMES,
  { kind: "remote", label: labels.target, count: "one" },
];

const human: Flag<{ human: boolean }> = {
  ...{ short: "h", long: "human", summary: say.human },
  set: (draft) => draft.human = true,
};
const recursive: Flag<{ recursive: boolean }> = {
  ...{ short: "r", long: "recursive", summary: say.recursive },
  set: (draft) => draft.recursive = true,
};
const noClobber: Flag<{ noClobber: boolean }> = {
  ...{ short: "n", long: "no-clobber", summary: say.noClobber },
  set: (draft) => draft.noClobber = true,
};
/** Of all that takes its time. */
export const progress: Flag<{ progress: boolean }> = {
  ...{ long: "progress", summary: say.progress },
  set: (draft) => draft.progress = true,
};
const raw: Flag<{ raw: boolean }> = {
  ...{ long: "raw", summary: say.raw },
  set: (draft) => draft.raw = true,
};

export const ls: Entry<List> = {
  names: ["ls", "dir"],
  start: () => ({
    ...{ command: "ls", names: [], format: "auto", all: false, sort: "name" },
    ...{ reverse: false, recursive: false, human: false },
  }),
  flags: [
    {
      ...{ short: "1", summary: say.single },
      set: (draft) => draft.format = "single",
    },
    {
      ...{ short: "l", long: "long", summary: say.long },
      set: (draft) => draft.format = "long",
    },
    {
      ...{ short: "a", long: "all", summary: say.all },
      set: (draft) => draft.all = true,
    },
    {
      ...{ short: "t", summary: say.byTime },
      set: (draft) => draft.sort = "time",
    },
    {
      ...{ short: "S", summary: say.bySize },
      set: (draft) => draft.sort = "size",
    },
    {
      ...{ short: "r", long: "reverse", summary: say.reverse },
      set: (draft) => draft.reverse = true,
    },
    {
      ...{ short: "R", long: "recursive", summary: say.listBelow },
      set: (draft) => draft.recursive = true,
    },
    human,
  ],
  operands: ANY_NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.ls,
};

export const cd: Entry<ChangeFolder> = {
  names: ["cd"],
  start: () => ({ command: "cd", name: null }),
  flags: [],
  operands: [{
    kind: "remote_folder",
    label: labels.folder,
    count: "optional",
  }],
  take: (draft, [name]) => draft.name = name ?? null,
  summary: does.cd,
};

export const pwd: Entry<Plain> = {
  names: ["pwd"],
  start: () => ({ command: "pwd" }),
  flags: [],
  operands: [],
  take: NOTHING,
  summary: does.pwd,
};

export const mkdir: Entry<MakeFolder> = {
  names: ["mkdir"],
  start: () => ({ command: "mkdir", names: [], parents: false }),
  flags: [{
    ...{ short: "p", long: "parents", summary: say.parents },
    set: (draft) => draft.parents = true,
  }],
  operands: FOLDERS,
  take: takeNames,
  place: placeAll,
  summary: does.mkdir,
};

export const rm: Entry<Remove> = {
  names: ["rm", "del"],
  start: () => ({ command: "rm", names: [], recursive: false, force: false }),
  flags: [
    recursive,
    // As people's fingers have it from rm -R.
    {
      ...{ short: "R", summary: say.recursive },
      set: (draft) => draft.recursive = true,
    },
    {
      ...{ short: "f", long: "force", summary: say.forceRemove },
      set: (draft) => draft.force = true,
    },
  ],
  operands: NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.rm,
};

export const rmdir: Entry<RemoveFolder> = {
  names: ["rmdir"],
  start: () => ({ command: "rmdir", names: [] }),
  flags: [],
  operands: FOLDERS,
  take: takeNames,
  place: placeAll,
  summary: does.rmdir,
};

export const mv: Entry<Move> = {
  names: ["mv", "rename"],
  start: () => ({ command: "mv", names: [], noClobber: false }),
  flags: [noClobber],
  operands: SOURCES_AND_TARGET,
  take: takeNames,
  place: placeAll,
  summary: does.mv,
};

export const cp: Entry<Copy> = {
  names: ["cp"],
  start: () => ({
    ...{ command: "cp", names: [], recursive: false, noClobber: false },
    ...{ preserve: false, progress: false },
  }),
  flags: [recursive, noClobber, {
    ...{ short: "p", long: "preserve", summary: say.preserveCopy },
    set: (draft) => draft.preserve = true,
  }, progress],
  operands: SOURCES_AND_TARGET,
  take: takeNames,
  place: placeAll,
  summary: does.cp,
};

export const stat: Entry<Stat> = {
  names: ["stat"],
  start: () => ({ command: "stat", names: [] }),
  flags: [],
  operands: NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.stat,
};

export const cat: Entry<Cat> = {
  names: ["cat"],
  start: () => ({ command: "cat", names: [], raw: false }),
  flags: [raw],
  operands: NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.cat,
};

const part = (command: "head" | "tail"): Entry<Part> => ({
  names: [command],
  start: () => ({
    ...{ command, names: [], unit: "lines", count: 10, raw: false },
  }),
  flags: [
    {
      ...{ short: "n", long: "lines", value: labels.count, summary: say.lines },
      set(draft, text, flag) {
        [draft.unit, draft.count] = ["lines", parseCount(text, flag)];
      },
    },
    {
      ...{ short: "c", long: "bytes", value: labels.count, summary: say.bytes },
      set(draft, text, flag) {
        [draft.unit, draft.count] = ["bytes", parseCount(text, flag)];
      },
    },
    raw,
  ],
  operands: NAMES,
  take: takeNames,
  place: placeAll,
  onNumber(draft, digits, flag) {
    [draft.unit, draft.count] = ["lines", parseCount(digits, flag)];
  },
  summary: does[command],
});
export const head = part("head");
export const tail = part("tail");

export const du: Entry<DiskUsage> = {
  names: ["du"],
  start: () => ({ command: "du", names: [], summary: false, human: false }),
  flags: [{
    ...{ short: "s", long: "summarize", summary: say.summarize },
    set: (draft) => draft.summary = true,
  }, human],
  operands: ANY_NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.du,
};

export const df: Entry<DiskFree> = {
  names: ["df"],
  start: () => ({ command: "df", human: false }),
  flags: [human],
  operands: [],
  take: NOTHING,
  summary: does.df,
};

export const find: Entry<Find> = {
  names: ["find"],
  start: () => ({
    ...{ command: "find", names: [], glob: null, type: null, newerNs: null },
  }),
  flags: [
    {
      ...{ long: "name", value: labels.glob, summary: say.findName },
      set: (draft, text, flag) => draft.glob = someText(text, flag),
    },
    {
      ...{ long: "type", value: FIND_TYPES.join("|"), completes: FIND_TYPES },
      summary: say.findType,
      set(draft, text, flag) {
        draft.type = parseChoice(text, flag, FIND_TYPES);
      },
    },
    {
      ...{ long: "newermt", value: labels.time, summary: say.findNewer },
      set(draft, text, flag, now) {
        draft.newerNs = parseTime(text, flag, now());
      },
    },
  ],
  operands: [{ kind: "remote_folder", label: labels.folder, count: "any" }],
  take: takeNames,
  place: placeAll,
  singleDash: true,
  summary: does.find,
};

export const touch: Entry<Touch> = {
  names: ["touch"],
  start: () => ({ command: "touch", names: [] }),
  flags: [],
  operands: NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.touch,
};

export const chmod: Entry<ChangeMode> = {
  names: ["chmod"],
  start: () => ({ command: "chmod", mode: 0, names: [] }),
  flags: [],
  operands: [{ kind: "word", label: labels.mode, count: "one" }, ...NAMES],
  take(draft: Draft<ChangeMode>, [mode = "", ...names]) {
    draft.mode = parseMode(mode, "chmod");
    draft.names = names;
  },
  place: placeAll,
  summary: does.chmod,
};

export const checksum: Entry<Checksum> = {
  names: ["checksum"],
  start: () => ({ command: "checksum", names: [], type: "sha256" }),
  flags: [{
    ...{ short: "a", long: "algorithm", value: labels.type },
    ...{ completes: CHECKSUMS, summary: say.algorithm },
    set(draft, text, flag) {
      draft.type = parseChoice(text, flag, CHECKSUMS);
    },
  }],
  operands: NAMES,
  take: takeNames,
  place: placeAll,
  summary: does.checksum,
};
