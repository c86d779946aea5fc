/**
 * Commands of this machine and of ftpc itself.
 * @module
 */
import { texts } from "../texts/mod.ts";
import type {
  BookmarkCommand,
  Help,
  History,
  LocalChange,
  LocalList,
  Plain,
} from "./commands.ts";
import type { Entry } from "./entry.ts";
import { NOTHING, takeNames } from "./table_files.ts";
import { parseChoice, parseCount, someText } from "./values.ts";

const { flags: say, labels, commands: does } = texts.grammar;
const BOOKMARK_DEEDS = ["add", "list", "rm", "show"] as const;

const plain = (
  command: Plain["command"],
  summary: string,
  ...aliases: string[]
): Entry<Plain> => ({
  names: [command, ...aliases],
  start: () => ({ command }),
  flags: [],
  operands: [],
  take: NOTHING,
  summary,
});

export const lpwd = plain("lpwd", does.lpwd);
export const status = plain("status", does.status);
export const exit = plain("exit", does.exit, "quit", "bye");

export const lcd: Entry<LocalChange> = {
  names: ["lcd"],
  start: () => ({ command: "lcd", name: "" }),
  flags: [],
  operands: [{ kind: "local_folder", label: labels.folder, count: "one" }],
  take: (draft, [name = ""]) => draft.name = name,
  summary: does.lcd,
};

export const lls: Entry<LocalList> = {
  names: ["lls"],
  start: () => ({ command: "lls", names: [], long: false, all: false }),
  flags: [
    {
      ...{ short: "l", long: "long", summary: say.long },
      set: (draft) => draft.long = true,
    },
    {
      ...{ short: "a", long: "all", summary: say.all },
      set: (draft) => draft.all = true,
    },
  ],
  operands: [{ kind: "local", label: labels.name, count: "any" }],
  take: takeNames,
  summary: does.lls,
};

export const history: Entry<History> = {
  names: ["history"],
  start: () => ({ command: "history", count: null }),
  flags: [],
  operands: [{ kind: "word", label: labels.count, count: "optional" }],
  take(draft, [count]) {
    draft.count = count === undefined ? null : parseCount(count, "history");
  },
  summary: does.history,
};

export const help: Entry<Help> = {
  names: ["help", "?"],
  start: () => ({ command: "help", name: null }),
  flags: [],
  operands: [{ kind: "command", label: labels.command, count: "optional" }],
  take: (draft, [name]) => draft.name = name ?? null,
  summary: does.help,
};

export const bookmark: Entry<BookmarkCommand> = {
  names: ["bookmark"],
  start: () => ({
    ...{ command: "bookmark", deed: "list", names: [], passwordCommand: null },
  }),
  flags: [{
    ...{ long: "password-command", value: labels.command },
    summary: say.passwordCommand,
    set(draft, text, flag) {
      draft.passwordCommand = someText(text, flag);
    },
  }],
  operands: [
    { kind: BOOKMARK_DEEDS, label: BOOKMARK_DEEDS.join("|"), count: "one" },
    { kind: "bookmark", label: labels.name, count: "optional" },
    { kind: "place", label: labels.place, count: "any" },
  ],
  // How many names it takes is known to who does it (places/).
  take(draft, [deed = "", ...names]) {
    draft.deed = parseChoice(deed, "bookmark", BOOKMARK_DEEDS);
    draft.names = names;
  },
  summary: does.bookmark,
};
