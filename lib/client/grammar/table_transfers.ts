/**
 * Commands that move files between here and the server.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type {
  FilterRule,
  Get,
  Parts,
  Put,
  Sync,
  Transfer,
} from "./commands.ts";
import type { Draft, Entry, Operand } from "./entry.ts";
import type { Flag, WordKind } from "./flags.ts";
import { CHECKSUMS, progress, takeNames } from "./table_files.ts";
import { parseChoice, parseCountOrOff, parseSize, someText } from "./values.ts";

const { flags: say, labels, commands: does } = texts.grammar;

/** More deletions than that are a mistake, rather. */
const MAX_DELETE = 1000;

const START: Omit<Transfer, "names"> = {
  to: null,
  ask: false,
  checksum: "crc32",
  recursive: false,
  preserve: false,
  links: false,
  filters: [],
  filesFrom: null,
  maxSize: null,
  minSize: null,
  noClobber: false,
  update: false,
  skipUnchanged: false,
  removeSource: false,
  restart: false,
  verifyResume: false,
  progress: false,
};

/** In the order in which they were given: both go to one list. */
const FILTERS: readonly Flag<{ filters: readonly FilterRule[] }>[] = [
  {
    ...{ long: "include", value: labels.glob, summary: say.include },
    set(draft, text, flag) {
      const glob = someText(text, flag);
      draft.filters = [...draft.filters, { include: true, glob }];
    },
  },
  {
    ...{ long: "exclude", value: labels.glob, summary: say.exclude },
    set(draft, text, flag) {
      const glob = someText(text, flag);
      draft.filters = [...draft.filters, { include: false, glob }];
    },
  },
];
const links: Flag<{ links: boolean }> = {
  ...{ long: "links", summary: say.links },
  set: (draft) => draft.links = true,
};

const restart: Flag<{ restart: boolean }> = {
  ...{ long: "restart", summary: say.restart },
  set: (draft) => draft.restart = true,
};

function transferFlags(to: WordKind): readonly Flag<Draft<Transfer>>[] {
  return [
    {
      ...{ long: "to", value: labels.dir, completes: to, summary: say.to },
      set: (draft, text, flag) => draft.to = someText(text, flag),
    },
    {
      ...{ long: "checksum", value: labels.type, completes: CHECKSUMS },
      summary: say.checksum(CHECKSUMS),
      set(draft, text, flag) {
        draft.checksum = parseChoice(text, flag, CHECKSUMS);
      },
    },
    {
      ...{ long: "preserve", summary: say.preserve },
      set: (draft) => draft.preserve = true,
    },
    {
      ...{ short: "r", long: "recursive", summary: say.recursive },
      set: (draft) => draft.recursive = true,
    },
    links,
    ...FILTERS,
    {
      ...{ long: "files-from", value: labels.file, completes: "local" },
      summary: say.filesFrom,
      set(draft, text, flag) {
        const name = someText(text, flag);
        draft.filesFrom = { name, nul: draft.filesFrom?.nul ?? false };
      },
    },
    {
      ...{ short: "0", long: "null", summary: say.nul },
      set(draft) {
        draft.filesFrom = { name: draft.filesFrom?.name ?? "", nul: true };
      },
    },
    {
      ...{ long: "max-size", value: labels.size, summary: say.maxSize },
      set: (draft, text, flag) => draft.maxSize = parseSize(text, flag),
    },
    {
      ...{ long: "min-size", value: labels.size, summary: say.minSize },
      set: (draft, text, flag) => draft.minSize = parseSize(text, flag),
    },
    {
      ...{ short: "n", long: "no-clobber", summary: say.noClobber },
      set: (draft) => draft.noClobber = true,
    },
    {
      ...{ long: "update", summary: say.update },
      set: (draft) => draft.update = true,
    },
    {
      ...{ long: "skip-unchanged", summary: say.skipUnchanged },
      set: (draft) => draft.skipUnchanged = true,
    },
    {
      ...{ long: "remove-source", summary: say.removeSource },
      set: (draft) => draft.removeSource = true,
    },
    restart,
    {
      ...{ long: "verify-resume", summary: say.verifyResume },
      set: (draft) => draft.verifyResume = true,
    },
    progress,
  ];
}

function checkTransfer(draft: Draft<Transfer>, verb: string): void {
  if (draft.filesFrom?.name === "") {
    throw new ClientError("usage", ...texts.grammar.nulAlone(verb));
  }
}

const PUT_OPERANDS: readonly Operand[] = [
  { kind: "local", label: labels.local, count: "some" },
  { kind: "remote", label: labels.remote, count: "optional" },
];
const GET_OPERANDS: readonly Operand[] = [
  { kind: "remote", label: labels.remote, count: "some" },
  { kind: "local", label: labels.local, count: "optional" },
];

export const put: Entry<Put> = {
  // What broke goes on by itself: reput is for fingers that know it.
  names: ["put", "reput"],
  start: () => ({ ...START, command: "put", names: [] }),
  flags: transferFlags("remote_folder"),
  operands: PUT_OPERANDS,
  take: takeNames,
  check: checkTransfer,
  place(draft, verb, place) {
    const { names, to } = place(verb, "put", draft.names, draft.to);
    [draft.names, draft.to] = [names, to];
  },
  summary: does.put,
};

export const get: Entry<Get> = {
  names: ["get", "reget"],
  start: () => ({ ...START, command: "get", names: [] }),
  flags: transferFlags("local_folder"),
  operands: GET_OPERANDS,
  take: takeNames,
  check: checkTransfer,
  place(draft, verb, place) {
    const { names, to } = place(verb, "get", draft.names, draft.to);
    [draft.names, draft.to] = [names, to];
  },
  summary: does.get,
};

export const mput: Entry<Put> = {
  ...put,
  names: ["mput"],
  start: () => ({ ...put.start(), ask: true }),
  operands: PUT_OPERANDS.slice(0, 1),
  summary: does.mput,
};

export const mget: Entry<Get> = {
  ...get,
  names: ["mget"],
  start: () => ({ ...get.start(), ask: true }),
  operands: GET_OPERANDS.slice(0, 1),
  summary: does.mget,
};

export const sync: Entry<Sync> = {
  names: ["sync"],
  start: () => ({
    ...{ command: "sync", names: [], from: false, compare: false },
    ...{ delete: false, maxDelete: MAX_DELETE, force: false, links: false },
    ...{ filters: [], restart: false, progress: false },
  }),
  flags: [
    {
      ...{ long: "from", summary: say.from },
      set: (draft) => draft.from = true,
    },
    {
      ...{ long: "checksum", summary: say.compare },
      set: (draft) => draft.compare = true,
    },
    {
      ...{ long: "delete", summary: say.delete },
      set: (draft) => draft.delete = true,
    },
    {
      ...{ long: "max-delete", value: labels.countOrOff },
      summary: say.maxDelete(MAX_DELETE),
      set(draft, text, flag) {
        draft.maxDelete = parseCountOrOff(text, flag);
      },
    },
    {
      ...{ long: "force", summary: say.forceDelete },
      set: (draft) => draft.force = true,
    },
    links,
    ...FILTERS,
    restart,
    progress,
  ],
  operands: [
    { kind: "local_folder", label: labels.source, count: "one" },
    { kind: "remote_folder", label: labels.target, count: "one" },
  ],
  take: takeNames,
  place(draft, verb, place) {
    const roles = draft.from ? "get" : "put";
    draft.names = place(verb, roles, draft.names, null).names;
  },
  summary: does.sync,
};

export const parts: Entry<Parts> = {
  names: ["parts"],
  start: () => ({ command: "parts", discard: null }),
  flags: [{
    ...{ long: "all", summary: say.discardAll },
    set: (draft) => draft.discard = "all",
  }],
  operands: [
    { kind: ["discard"], label: labels.discard, count: "optional" },
    { kind: "transfer", label: labels.id, count: "any" },
  ],
  take(draft, [deed, ...ids]) {
    const all = draft.discard === "all";
    const wellSaid = deed === undefined
      ? !all
      : deed === "discard" && all === (ids.length === 0);
    if (!wellSaid) {
      throw new ClientError("usage", ...texts.grammar.partsUsage);
    }
    if (deed !== undefined && !all) draft.discard = ids;
  },
  summary: does.parts,
};
