/**
 * ftpd's command line: arguments to a command. It decides nothing about the
 * values of flags: those are settings like others.
 * @module
 */
import type { Command, CommanderError } from "commander";
import { nearest, shown } from "../ini/mod.ts";
import { printable, PROGRAM_VERSION } from "../protocol/mod.ts";
import { ConfigError } from "./error.ts";
import {
  ALL_SETTINGS,
  CONFIG_FILE,
  flagOf,
  type Setting,
  variableOf,
} from "./settings.ts";

/** Settings by key (`max_connections`), as written. */
type Flags = ReadonlyMap<string, string>;

export type FtpdCommand =
  | { readonly command: "start"; readonly flags: Flags }
  | { readonly command: "check"; readonly flags: Flags }
  | { readonly command: "init"; readonly dir: string }
  /** Print `text`, which ends with a line feed, on stdout: exit code 0. */
  | { readonly command: "help" | "version"; readonly text: string };

const COMMANDS = ["start", "init", "check", "help"] as const;
const HELP_COLUMNS = 80;
const HELP = `
Commands:
  start        serve; what ftpd does without a command
  init [DIR]   make an accounts.ini and a home in DIR, or here
  check        print every setting, account and mistake

Each setting may also be given as a variable or in ftpd.ini:
  ${flagOf("max_connections")} 100   ${variableOf("max_connections")}=100   \
max_connections = 100
Flags come first, then variables, then ftpd.ini. Durations are 500ms, 30s, 15m,
24h or 7d; sizes 64K, 5M or 2G; \`off\` means that there is no limit.
`;

/**
 * Read `args`, without the program's own name.
 * @throws {ConfigError} `usage`: one line, with the nearest that exists.
 */
export async function parseFtpdArguments(
  args: readonly string[],
): Promise<FtpdCommand> {
  // 30 ms to load, on a quiet machine: not for who imports this module alone.
  const commander = await import("commander");
  const program = describe(new commander.Command("ftpd"));
  try {
    program.parse(args, { from: "user" });
  } catch (error) {
    if (error instanceof commander.CommanderError) return ended(program, error);
    throw error;
  }
  return commandOf(program);
}

/** Tell commander what there is; nothing is printed, and nothing exits. */
function describe(program: Command): Command {
  const nothing = () => {};
  program
    .exitOverride()
    // Or it would ask the environment and the terminal.
    .configureOutput({
      writeOut: nothing,
      writeErr: nothing,
      outputError: nothing,
      getOutHelpWidth: () => HELP_COLUMNS,
      getErrHelpWidth: () => HELP_COLUMNS,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .usage("[start | init [DIR] | check] [flags]")
    .description("Serve the homes of the accounts in accounts.ini.")
    .argument("[command]")
    .argument("[dir]")
    .configureHelp({ visibleArguments: () => [], minWidthToWrap: 30 })
    .version(PROGRAM_VERSION, "--version", "print the version")
    .helpOption("-h, --help", "print this")
    .helpCommand(false);
  for (const setting of [...ALL_SETTINGS, CONFIG_FILE]) {
    const shownDefault = setting.bare ? "" : ` (${setting.default})`;
    program.option(flagsOf(setting), setting.help + shownDefault);
  }
  return program;
}

function flagsOf({ key, form, short, bare }: Setting<unknown>): string {
  const names = (short ? `-${short}, ` : "") + flagOf(key);
  return bare ? names : `${names} <${form.placeholder}>`;
}

/** What commander ends with instead of a command. */
function ended(program: Command, error: CommanderError): FtpdCommand {
  switch (error.code) {
    case "commander.helpDisplayed":
      return help(program);
    case "commander.version":
      return { command: "version", text: `ftpd ${PROGRAM_VERSION}\n` };
    case "commander.excessArguments":
      throw usage("too many words: there is one command, and init's folder");
    default: {
      // "error: unknown option '--prot'\n(Did you mean --port?)"
      const line = error.message.replace(/^error: |\.$/g, "");
      throw usage(
        line.replace(/\n\(Did (you mean .*)\)$/, ": did $1")
          .replaceAll("\n", " "),
      );
    }
  }
}

function help(program: Command): FtpdCommand {
  return { command: "help", text: program.helpInformation() + HELP };
}

function commandOf(program: Command): FtpdCommand {
  const [word = "start", dir] = program.args;
  const command = COMMANDS.find((known) => known === word);
  if (command === undefined) {
    const near = nearest(word, COMMANDS);
    const hint = near ? `: did you mean ${near}?` : "";
    throw usage(`unknown command '${shown(word)}'${hint}`);
  }
  if (command === "help") return help(program);
  const flags = flagsGiven(program);
  if (command === "init") {
    const [key] = flags.keys();
    if (dir === "") throw usage("init was given an empty name of a folder");
    if (key === undefined) return { command, dir: dir ?? "." };
    throw usage(`init takes no ${flagOf(key)}: only a folder`);
  }
  if (dir === undefined) return { command, flags };
  throw usage(`${command} takes no '${shown(dir)}': only flags`);
}

function flagsGiven(program: Command): Flags {
  const values = new Map(
    Object.entries(program.opts<Record<string, unknown>>()),
  );
  const flags = new Map<string, string>();
  for (const { key } of [...ALL_SETTINGS, CONFIG_FILE]) {
    const value = values.get(camelCase(key)); // as commander names them
    if (typeof value === "string") flags.set(key, value);
    else if (value === true) flags.set(key, "on");
  }
  return flags;
}

function camelCase(key: string): string {
  return key.replaceAll(/_([a-z])/g, (_, letter) => letter.toUpperCase());
}

function usage(line: string): ConfigError {
  return new ConfigError("usage", `${printable(line)} (see ftpd --help)`);
}
