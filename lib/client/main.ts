/**
 * ftpc: joins arguments, permissions, login, commands and the shell.
 * @module
 */
import type { Runtime } from "../runtime/mod.ts";
import {
  type Destination,
  type FtpcCommand,
  parseFtpcArguments,
} from "./grammar/command_line.ts";
import type { ConnectOptions } from "./session/connect.ts";
import { type Environment, type LoggedIn, logIn } from "./credentials.ts";
import { asClientError, type ClientError, oneLine, stacks } from "./error.ts";
import { EXIT_INTERRUPTED, Interrupts } from "./interrupts.ts";
import type { FtpClient } from "./library.ts";
import { LocalFolder } from "./local/folder.ts";
import type { OwnFiles } from "./local/own_files.ts";
import type { Need, Permissions } from "./permissions.ts";
import { type RunCommand, runShell } from "./shell/shell.ts";
import type { Terminal } from "./terminal/terminal.ts";
import { type Desk, needsOf, transfer } from "./commands/transfers.ts";
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

/** @returns The exit code (README.md, "Exit codes"). Never rejects. */
export async function main(
  args: readonly string[],
  around: Surroundings,
): Promise<number> {
  const { terminal } = around;
  // Known before the flags are: they may be what is wrong.
  const complain = (error: ClientError) => {
    terminal.say(`${oneLine(error)}\n`);
    if (args.includes("--debug")) terminal.say(`${stacks(error)}\n`);
  };
  try {
    const command = await parseFtpcArguments(args);
    if ("text" in command) {
      terminal.print(command.text);
      return 0;
    }
    const { runtime, permissions } = around;
    const folder = new LocalFolder();
    const unfinished = new Set<Disposable>();
    const desk: Desk = {
      ...{ runtime, terminal, permissions, folder, unfinished, complain },
    };
    return await run(command, desk, around);
  } catch (thrown) {
    const error = asClientError(thrown);
    complain(error);
    return error.exitCode;
  } finally {
    terminal.restore();
  }
}

async function run(
  command: Extract<FtpcCommand, { command: "shell" | "transfer" }>,
  desk: Desk,
  around: Surroundings,
): Promise<number> {
  const { destination } = command;
  using interrupts = new Interrupts(around.runtime, () => {
    around.terminal.restore();
    for (const one of desk.unfinished) one[Symbol.dispose]();
    around.exit(EXIT_INTERRUPTED);
  });
  const { hostname, port } = destination;
  const needs: Need[] = [{ name: "net", hostname, port }];
  if (command.command === "transfer") {
    needs.push(...needsOf(desk.folder, command.request));
  }
  await desk.permissions.ensure(needs);
  warnOfPassword(destination, around.terminal);
  const sessions = new Sessions(destination, around);
  if (command.command === "shell") {
    return await runShell({
      desk,
      interrupts,
      openSession: (signal) => sessions.open(signal),
      runCommand: around.runCommand,
    });
  }
  return await interrupts.run(async (signal) => {
    await using client = await sessions.open(signal);
    const openSession = () => Promise.resolve(client);
    return await transfer(desk, command.request, openSession, signal);
  });
}

/** Opens sessions; who has logged in once is not asked again. */
class Sessions {
  readonly #destination: Destination;
  readonly #around: Surroundings;
  #loggedIn: LoggedIn | null = null;

  constructor(destination: Destination, around: Surroundings) {
    this.#destination = destination;
    this.#around = around;
  }

  async open(signal: AbortSignal): Promise<FtpClient> {
    const { hostname, port } = this.#destination;
    const { runtime, terminal, environment, connect } = this.#around;
    const given = this.#loggedIn?.credentials ?? this.#destination;
    this.#loggedIn = await logIn(
      given,
      terminal,
      environment,
      (credentials) =>
        connect({ runtime, hostname, port, ...credentials, signal }),
    );
    return this.#loggedIn.client;
  }
}

function warnOfPassword({ password }: Destination, terminal: Terminal): void {
  if (password === undefined || password === "-") return;
  if (!terminal.errorIsTerminal) return;
  terminal.say(texts.program.passwordSeen);
}
