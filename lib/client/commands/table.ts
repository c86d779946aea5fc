/**
 * Every command that ftpc has: what is typed (grammar/) joined with what it
 * does. What does not stand here is neither accepted nor shown by help.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { nearest } from "../../ini/mod.ts";
import { ClientError } from "../error.ts";
import type { Command, Settings } from "../grammar/commands.ts";
import { type Entry, readCommand, type Reading } from "../grammar/entry.ts";
import {
  commandHelp,
  type Described,
  programHelp,
  shellHelp,
} from "../grammar/help.ts";
import {
  cat,
  cd,
  checksum,
  chmod,
  cp,
  df,
  du,
  find,
  head,
  ls,
  mkdir,
  mv,
  pwd,
  rm,
  rmdir,
  stat,
  tail,
  touch,
} from "../grammar/table_files.ts";
import {
  bookmark,
  exit,
  help,
  history,
  lcd,
  lls,
  lpwd,
  status,
} from "../grammar/table_local.ts";
import {
  get,
  mget,
  mput,
  parts,
  put,
  sync,
} from "../grammar/table_transfers.ts";
import type { Need } from "../permissions.ts";
import { texts } from "../texts/mod.ts";
import * as kept from "./bookmark.ts";
import * as change from "./change.ts";
import * as content from "./content.ts";
import type { Desk, Work } from "./desk.ts";
import { helpEvent } from "./events.ts";
import { lls as localList } from "./lls.ts";
import * as look from "./look.ts";
import { ls as listed } from "./ls.ts";
import { parts as unfinished } from "./parts.ts";
import * as syncing from "./sync.ts";
import { needsOf, transfer } from "./transfers.ts";

/** An exit code, or the end of the shell. */
export type Outcome = number | "leave";

/** What a line came to be. */
export interface Ready {
  readonly settings: Settings;
  /** What Deno has to allow, the network aside. */
  readonly needs: readonly Need[];
  readonly needsServer: boolean;
  run(work: Work): Promise<Outcome>;
}

interface Joined extends Described {
  readonly shellOnly: boolean;
  read(
    verb: string,
    words: readonly string[],
    reading: Reading,
    desk: Desk,
  ): Ready;
}

interface Deed<C> {
  readonly run: (work: Work, command: C) => Promise<Outcome> | Outcome;
  /** Of the entry's flags and aliases, those that are not built yet. */
  readonly lacks?: readonly string[];
  readonly needs?: (desk: Desk, command: C) => readonly Need[];
  /** It has no use for a server. */
  readonly local?: boolean;
  /** It means nothing outside of a shell. */
  readonly shellOnly?: boolean;
}

function join<C extends Command>(entry: Entry<C>, deed: Deed<C>): Joined {
  const { operands, summary, names: [first, ...aliases] } = entry;
  const { lacks = [], local = false, shellOnly = false } = deed;
  const names: Described["names"] = [
    first,
    ...aliases.filter((alias) => !lacks.includes(alias)),
  ];
  return {
    ...{ names, operands, summary, shellOnly, flags: entry.flags, lacks },
    read(verb, words, reading, desk) {
      const read = readCommand(entry, verb, words, { ...reading, lacks });
      if (read.kind === "help") {
        return helping(first, commandHelp(this), read.settings);
      }
      const { command, settings } = read;
      return {
        settings,
        needs: deed.needs?.(desk, command) ?? [],
        needsServer: !local,
        run: async (work) => await deed.run(work, command),
      };
    },
  };
}

function helping(name: string, text: string, settings: Settings): Ready {
  return {
    settings,
    needs: [],
    needsServer: false,
    run({ reporter }) {
      reporter.shown(() => helpEvent(name, text), () => text);
      return Promise.resolve(0);
    },
  };
}

const TABLE: readonly Joined[] = [
  join(ls, { run: listed }),
  join(cd, { run: change.cd }),
  join(pwd, { run: look.pwd }),
  join(put, { run: transfer, needs: needsOf }),
  join(get, { run: transfer, needs: needsOf }),
  join(mput, { run: transfer, needs: needsOf }),
  join(mget, { run: transfer, needs: needsOf }),
  join(sync, { run: syncing.sync, needs: syncing.needsOfSync }),
  join(mkdir, { run: change.mkdir }),
  join(rm, { run: change.rm }),
  join(rmdir, { run: change.rmdir }),
  join(mv, { run: change.mv }),
  join(cp, { run: change.cp }),
  join(stat, { run: look.stat }),
  join(cat, { run: content.cat }),
  join(head, { run: content.part }),
  join(tail, { run: content.part }),
  join(du, { run: look.du }),
  join(df, { run: look.df }),
  join(find, { run: look.find }),
  join(touch, { run: change.touch }),
  join(chmod, { run: change.chmod }),
  join(checksum, { run: content.checksum }),
  join(parts, { run: unfinished }),
  join(status, { run: look.status }),
  join(lcd, {
    async run({ desk: { folder, permissions } }, { name }) {
      await permissions.ensure([{ name: "read", path: folder.resolve(name) }]);
      folder.change(name);
      return 0;
    },
    local: true,
  }),
  join(lpwd, { run: look.lpwd, local: true }),
  join(lls, { run: localList, local: true }),
  join(help, {
    run({ reporter, inShell }, { name }) {
      const all = inShell ? shellHelp : programHelp;
      const one = name === null ? null : joinedOf(name);
      const text = one === null ? all(TABLE) : commandHelp(one);
      reporter.shown(() => helpEvent(one?.names[0] ?? null, text), () => text);
      return 0;
    },
    local: true,
  }),
  join(bookmark, { run: kept.bookmark, local: true }),
  join(history, {
    run: (work, command) => kept.history(work, command, isCommand),
    local: true,
  }),
  join(exit, { run: () => "leave", local: true, shellOnly: true }),
];

/** For help and Tab completion. */
export const COMMANDS: readonly Described[] = TABLE;

/**
 * Read a command's words.
 * @throws {ClientError} `usage`.
 */
export function readLine(
  [verb = "", ...words]: readonly string[],
  reading: Reading,
  desk: Desk,
  inShell: boolean,
): Ready {
  const joined = joinedOf(verb);
  if (joined.shellOnly && !inShell) {
    throw new ClientError("usage", ...texts.grammar.shellOnly(verb));
  }
  return joined.read(verb, words, reading, desk);
}

/** Whether there is such a command. */
export function isCommand(word: string): boolean {
  return TABLE.some(({ names }) => names.includes(word));
}

function joinedOf(word: string): Joined {
  const joined = TABLE.find(({ names }) => names.includes(word));
  if (joined !== undefined) return joined;
  const near = nearest(word, TABLE.flatMap(({ names }) => names));
  throw new ClientError(
    "usage",
    ...texts.grammar.unknownCommand(printable(word), near),
  );
}
