/**
 * ftpc: joins arguments, permissions, login, commands and the shell.
 * @module
 */
import { printable } from "../protocol/printable.ts";
import type { Runtime } from "../runtime/mod.ts";
import { linesOf } from "./commands/script.ts";
import { createReporter, type Reporter } from "./commands/reporter.ts";
import {
  COMMANDS,
  type Outcome,
  readLine,
  type Ready,
} from "./commands/table.ts";
import type { Desk } from "./commands/desk.ts";
import { type Environment, type LoggedIn, logIn } from "./credentials.ts";
import { asClientError, ClientError, oneLine, stacks } from "./error.ts";
import {
  type Destination,
  destinationOf,
  type FtpcLine,
  readFtpcLine,
  versionText,
} from "./grammar/command_line.ts";
import type { Settings } from "./grammar/commands.ts";
import { programHelp } from "./grammar/help.ts";
import { SETTINGS } from "./grammar/global_flags.ts";
import { EXIT_INTERRUPTED, Interrupts } from "./interrupts.ts";
import type { FtpClient } from "./library.ts";
import { LocalFolder } from "./local/folder.ts";
import type { OwnFiles } from "./local/own_files.ts";
import type { Need, Permissions } from "./permissions.ts";
import { type ConnectOptions, hostAndPort } from "./session/connect.ts";
import { type RunCommand, runShell } from "./shell/shell.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { texts } from "./texts/mod.ts";

/** What ftpc is given of the world around it. */
export interface Surroundings {
  readonly runtime: Runtime;
  readonly terminal: Terminal;
  readonly permissions: Permissions;
  /** FTPC_PASSWORD. */
  readonly environment: Environment;
  /** Bookmarks and state. */
  readonly ownFiles: OwnFiles;
  readonly connect: (options: ConnectOptions) => Promise<FtpClient>;
  readonly runCommand: RunCommand;
  /** End the program now. */
  readonly exit: (code: number) => void;
}

/** What a command is that is no line of a shell. */
const ALONE = { inShell: false, stdinIsTaken: false };

/** @returns The exit code (README.md, "Exit codes"). Never rejects. */
export async function main(
  args: readonly string[],
  around: Surroundings,
): Promise<number> {
  const { runtime, terminal, permissions } = around;
  // Known before the flags are: they may be what is wrong.
  const complain = (error: ClientError, debug = args.includes("--debug")) => {
    terminal.say(`${oneLine(error)}\n`);
    if (debug) terminal.say(`${stacks(error)}\n`);
  };
  const desk: Desk = {
    ...{ runtime, terminal, permissions, complain },
    folder: new LocalFolder(),
    unfinished: new Set(),
  };
  let reporter = createReporter(desk, {
    ...SETTINGS,
    json: args.includes("--json"),
  });
  let exitCode: number;
  try {
    const line = readFtpcLine(args);
    if (line.kind !== "run") {
      const help = line.kind === "help";
      terminal.print(help ? programHelp(COMMANDS) : versionText());
      return 0;
    }
    const ready = line.words.length === 0 ? null : readCommand(line, desk);
    reporter = createReporter(desk, ready?.settings ?? line.settings);
    exitCode = await run(line, ready, reporter, desk, around);
  } catch (thrown) {
    const error = asClientError(thrown);
    complain(error);
    exitCode = error.exitCode;
  } finally {
    terminal.restore();
  }
  reporter.end(exitCode);
  return exitCode;
}

type RunLine = Extract<FtpcLine, { readonly kind: "run" }>;

function readCommand({ words, settings }: RunLine, desk: Desk): Ready {
  const { clock } = desk.runtime;
  return readLine(words, { settings, now: () => clock.date() }, desk, false);
}

/** @param ready The one command; null: the shell, or a script. */
async function run(
  { front, settings }: RunLine,
  ready: Ready | null,
  reporter: Reporter,
  desk: Desk,
  around: Surroundings,
): Promise<number> {
  using interrupts = new Interrupts(around.runtime, () => {
    around.terminal.restore();
    for (const one of desk.unfinished) one[Symbol.dispose]();
    around.exit(EXIT_INTERRUPTED);
  });
  if (ready !== null && !ready.needsServer) {
    return await interrupts.run(async (signal) => {
      const session = () =>
        Promise.reject(
          new ClientError("usage", ...texts.grammar.noServer),
        );
      const work = { desk, settings, reporter, signal, session, ...ALONE };
      return codeOf(await ready.run(work));
    });
  }
  const destination = destinationOf(front);
  const { hostname, port } = destination;
  const needs: Need[] = [{ name: "net", hostname, port }];
  if (ready !== null) needs.push(...ready.needs);
  const { script, commands } = front;
  if (script !== null && script !== "-") {
    needs.push({ name: "read", path: script });
  }
  await desk.permissions.ensure(needs);
  const ofAll = ready?.settings ?? settings;
  if (!ofAll.quiet) warnOfPassword(destination, around.terminal);
  const sessions = new Sessions(destination, ofAll, around);
  const openSession = (signal: AbortSignal) => sessions.open(signal);
  if (ready === null) {
    using lines = linesOf(script, commands, around.terminal);
    return await runShell({
      ...{ desk, settings, reporter, interrupts, openSession, lines },
      runCommand: around.runCommand,
    });
  }
  return await interrupts.run(async (signal) => {
    await using client = await openSession(signal);
    const session = () => Promise.resolve(client);
    const work = { desk, reporter, signal, session, settings: ofAll };
    return codeOf(await ready.run({ ...work, ...ALONE }));
  });
}

function codeOf(outcome: Outcome): number {
  return outcome === "leave" ? 0 : outcome;
}

/** Opens sessions; who has logged in once is not asked again. */
class Sessions {
  #loggedIn: LoggedIn | null = null;

  constructor(
    private readonly destination: Destination,
    private readonly settings: Settings,
    private readonly around: Surroundings,
  ) {}

  async open(signal: AbortSignal): Promise<FtpClient> {
    const { hostname, port } = this.destination;
    const { runtime, terminal, environment, connect } = this.around;
    const { timeoutMs, verbose } = this.settings;
    const given = this.#loggedIn?.credentials ?? this.destination;
    this.#loggedIn = await logIn(
      given,
      terminal,
      environment,
      (credentials) =>
        connect({
          ...{ runtime, hostname, port, ...credentials, signal },
          ...(timeoutMs === null ? {} : { timeoutMs }),
        }),
    );
    const { client } = this.#loggedIn;
    if (verbose) {
      const where = hostAndPort(hostname, port);
      terminal.say(texts.program.connected(where, printable(client.username)));
    }
    return client;
  }
}

function warnOfPassword({ password }: Destination, terminal: Terminal): void {
  if (password === undefined || password === "-") return;
  if (terminal.errorIsTerminal) terminal.say(texts.program.passwordSeen);
}
