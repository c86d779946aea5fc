/**
 * What makes up a command of ftpc, and how its words are read. An entry alone
 * does nothing: commands/table.ts joins it with what it does, and what is not
 * joined there is neither accepted nor shown.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type { Command, Settings } from "./commands.ts";
import { bindFlags, type Flag, readFlags, type WordKind } from "./flags.ts";
import { COMMON_FLAGS, MISPLACED } from "./global_flags.ts";

/** A command while it is being read. */
export type Draft<C> = { -readonly [Key in keyof C]: C[Key] };

/** One operand, or several of a kind, in their order. */
export interface Operand {
  readonly kind: WordKind | readonly string[];
  /** As usage shows it: `NAME`. */
  readonly label: string;
  readonly count: "one" | "optional" | "some" | "any";
}

/**
 * Takes places (`alex@host:path`, `work:path`) out of the names of a command
 * that ftpc was started with.
 */
export type PlaceNames = (
  verb: string,
  roles: "put" | "get" | "all",
  names: readonly string[],
  to: string | null,
) => { readonly names: readonly string[]; readonly to: string | null };

export interface Entry<C extends Command> {
  /** The name, then its aliases. */
  readonly names: readonly [string, ...string[]];
  readonly start: () => Draft<C>;
  readonly flags: readonly Flag<Draft<C>>[];
  readonly operands: readonly Operand[];
  /** @throws {ClientError} `usage`. */
  readonly take: (draft: Draft<C>, operands: readonly string[]) => void;
  /** What fits or not with all flags known. @throws {ClientError} `usage`. */
  readonly check?: (draft: Draft<C>, verb: string) => void;
  /** Which of its names may be places. */
  readonly place?: (draft: Draft<C>, verb: string, place: PlaceNames) => void;
  /** find's flags with one dash. */
  readonly singleDash?: boolean;
  /** `-5`. */
  readonly onNumber?: (draft: Draft<C>, digits: string, flag: string) => void;
  readonly summary: string;
}

/** What a command is read with. */
export interface Reading {
  readonly settings: Settings;
  readonly now: () => Date;
  /** Flags that are not built yet, as they are typed: `--to`, `-r`. */
  readonly lacks?: readonly string[];
  readonly place?: PlaceNames;
}

export type Read<C> =
  | { readonly kind: "help"; readonly settings: Settings }
  | {
    readonly kind: "command";
    readonly command: C;
    readonly settings: Settings;
  };

/**
 * Read what follows the command's name.
 * @param verb The name or alias that was typed.
 * @throws {ClientError} `usage`.
 */
export function readCommand<C extends Command>(
  entry: Entry<C>,
  verb: string,
  words: readonly string[],
  { settings, now, lacks = [], place }: Reading,
): Read<C> {
  const draft = entry.start();
  const common = { ...settings };
  let asked = false;
  const own = entry.flags.filter((flag) => !isLacking(flag, lacks));
  const help = { long: "help", takesValue: false, set: () => asked = true };
  const { onNumber } = entry;
  const operands = readFlags(words, [
    ...bindFlags(COMMON_FLAGS, common, now),
    help,
    // Where a command has none of its own.
    ...own.some(({ short }) => short === "h") ? [] : [{ ...help, short: "h" }],
    ...bindFlags(own, draft, now),
  ], {
    verb,
    hint: texts.grammar.seeHelpOf(verb),
    misplaced: (flag) =>
      MISPLACED.has(flag)
        ? new ClientError("usage", ...texts.grammar.beforeOnly(verb, flag))
        : null,
    ...(entry.singleDash ? { singleDash: true } : {}),
    ...(onNumber === undefined
      ? {}
      : { onNumber: (digits, flag) => onNumber(draft, digits, flag) }),
  });
  if (asked) return { kind: "help", settings: common };
  checkNumber(entry, verb, operands);
  entry.take(draft, operands);
  entry.check?.(draft, verb);
  if (place !== undefined) entry.place?.(draft, verb, place);
  return { kind: "command", command: draft, settings: common };
}

export function isLacking(
  { short, long }: { readonly short?: string; readonly long?: string },
  lacks: readonly string[],
): boolean {
  return lacks.includes(`--${long}`) || lacks.includes(`-${short}`);
}

/** `put [FLAGS] LOCAL... [REMOTE]` */
export function usageOf(
  { names: [name], operands, flags }: {
    readonly names: readonly [string, ...string[]];
    readonly operands: readonly Operand[];
    readonly flags: readonly unknown[];
  },
): string {
  const words = operands.map(({ label, count }) => {
    const many = count === "some" || count === "any" ? `${label}...` : label;
    return count === "optional" || count === "any" ? `[${many}]` : many;
  });
  const some = flags.length > 0 ? [texts.grammar.labels.flags] : [];
  return [name, ...some, ...words].join(" ");
}

function checkNumber<C extends Command>(
  entry: Entry<C>,
  verb: string,
  operands: readonly string[],
): void {
  const counts = entry.operands.map(({ count }) => count);
  const min =
    counts.filter((count) => count === "one" || count === "some").length;
  const max = counts.some((count) => count === "some" || count === "any")
    ? Infinity
    : counts.length;
  const usage = usageOf(entry);
  if (operands.length < min) {
    throw new ClientError("usage", ...texts.grammar.nameMissing(verb, usage));
  }
  if (operands.length > max) {
    throw new ClientError("usage", ...texts.grammar.tooMany(verb, usage));
  }
  if (operands.includes("")) {
    throw new ClientError("usage", ...texts.grammar.emptyName(verb));
  }
}
