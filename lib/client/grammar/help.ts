/**
 * Help, made of the same tables as the reading: of ftpc, of its shell, of one
 * command. Within 80 columns.
 * @module
 */
import { texts } from "../texts/mod.ts";
import { isLacking, type Operand, usageOf } from "./entry.ts";
import type { Flag } from "./flags.ts";
import { COMMON_FLAGS, FRONT_FLAGS } from "./global_flags.ts";
import { wrapped } from "../terminal/wrapped.ts";

/** What help says of a command. */
export interface Described {
  readonly names: readonly [string, ...string[]];
  readonly operands: readonly Operand[];
  readonly flags: readonly FlagWords[];
  /** Flags that are not built yet. */
  readonly lacks: readonly string[];
  readonly summary: string;
}

export type FlagWords = Pick<
  Flag<unknown>,
  "short" | "long" | "value" | "completes" | "summary"
>;

const COLUMNS = 80;
const GAP = "  ";
/** Wider usages have their summary on the next line. */
const USAGE_COLUMNS_MAX = 30;
const { help: say, flags: of, commands: does } = texts.grammar;
const HELP: FlagWords = { short: "h", long: "help", summary: of.help };
/** No entry of the grammar: all behind it is its own. */
const BANG = [say.bang, does.bang] as const;
const VERSION: FlagWords = { long: "version", summary: of.version };

/** `ftpc --help` */
export function programHelp(commands: readonly Described[]): string {
  const options = [...FRONT_FLAGS, ...COMMON_FLAGS, VERSION, HELP];
  return [
    say.usage(say.programUsage),
    `${say.about}\n`,
    `${say.options}\n${rows(options.map(flagRow))}`,
    `${say.commands}\n${rows([...commands.map(commandRow), BANG])}`,
    say.foot,
  ].join("\n");
}

/** `help` in the shell. */
export function shellHelp(commands: readonly Described[]): string {
  return `${rows([...commands.map(commandRow), BANG], "")}\n${say.shellFoot}`;
}

/** `help put` and `put --help`. */
export function commandHelp(command: Described): string {
  const flags = command.flags.filter((flag) => !isLacking(flag, command.lacks));
  const taken = flags.some(({ short }) => short === "h");
  const { short: _, ...longHelp } = HELP;
  const [, ...aliases] = command.names;
  const common = COMMON_FLAGS.map(({ short, long }) =>
    short === undefined ? `--${long}` : `-${short}`
  );
  return [
    say.usage(usageOf(command)),
    `${command.summary}\n`,
    `${say.options}\n${rows([...flags, taken ? longHelp : HELP].map(flagRow))}`,
    ...aliases.length === 0 ? [] : [`${say.aliases(aliases)}\n`],
    paragraph(say.common(common)),
  ].join("\n");
}

function flagRow(
  { short, long, value, summary }: FlagWords,
): readonly [string, string] {
  const forms = [
    ...(short === undefined ? [] : [`-${short}`]),
    ...(long === undefined ? [] : [`--${long}`]),
  ].join(", ");
  return [value === undefined ? forms : `${forms} <${value}>`, summary];
}

function commandRow(
  { names, operands, summary }: Described,
): readonly [string, string] {
  return [usageOf({ names, operands, flags: [] }), summary];
}

/** Two columns. */
function rows(
  lines: readonly (readonly [string, string])[],
  indent = GAP,
): string {
  const fitting = lines.map(([left]) => left.length)
    .filter((length) => length <= USAGE_COLUMNS_MAX);
  const width = Math.max(0, ...fitting);
  return lines.map(([left, right]) => {
    const head = left.length <= width
      ? `${indent}${left.padEnd(width)}${GAP}`
      : `${indent}${left}\n${" ".repeat(indent.length + width)}${GAP}`;
    return `${head}${right}\n`;
  }).join("");
}

/** Words to lines. */

function paragraph(text: string): string {
  return `${wrapped(text, COLUMNS).join("\n")}\n`;
}
