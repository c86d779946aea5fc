/**
 * Who logs in: what the command line gave, what the environment holds, what a
 * bookmark's command prints, and for the rest the person at the terminal, three
 * times at most.
 * @module
 */
import { printable } from "../protocol/printable.ts";
import { ClientError } from "./error.ts";
import type { FtpClient } from "./library.ts";
import type { Terminal, Typed } from "./terminal/terminal.ts";
import { type Said, texts } from "./texts/mod.ts";

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

export interface Given {
  readonly username?: string;
  /** As given; `-` is a line of stdin. */
  readonly password?: string;
  /** Runs a bookmark's `password_command`, where nothing else says it. */
  readonly findPassword?: () => Promise<string>;
}

/** What FTPC_PASSWORD says. */
export type Environment = () => Promise<{
  readonly password?: string;
  /** False: Deno does not let us see whether there is one. */
  readonly readable: boolean;
}>;

export interface LoggedIn {
  readonly client: FtpClient;
  /** What the server took: it serves to connect again. */
  readonly credentials: Credentials;
}

const TRIES_MAX = 3;

/**
 * Log in. Who was asked may try again; what was given is tried once.
 * @throws {ClientError} `usage` where something is missing and nobody is there
 * to ask, `interrupted`; what `connect` throws.
 */
export async function logIn(
  given: Given,
  terminal: Terminal,
  environment: Environment,
  connect: (credentials: Credentials) => Promise<FtpClient>,
): Promise<LoggedIn> {
  const known = await complete(given, terminal, environment);
  const triesMax = known.username === undefined || known.password === undefined
    ? TRIES_MAX
    : 1;
  for (let tries = 1;; tries++) {
    const credentials = await ask(known, terminal, environment);
    try {
      return { client: await connect(credentials), credentials };
    } catch (error) {
      const refused = error instanceof ClientError &&
        error.code === "login_refused";
      if (!refused || tries >= triesMax) throw error;
      terminal.say(texts.program.tryAgain);
    }
  }
}

/** Add what need not be asked for. */
async function complete(
  { username, password, findPassword }: Given,
  terminal: Terminal,
  environment: Environment,
): Promise<Given> {
  const found = password === "-"
    ? await passwordFromStdin(terminal)
    : password ?? (await environment()).password ?? await findPassword?.();
  return {
    ...(username === undefined ? {} : { username }),
    ...(found === undefined ? {} : { password: found }),
  };
}

/** At a terminal there is no line to come: it is asked for. */
async function passwordFromStdin(
  terminal: Terminal,
): Promise<string | undefined> {
  if (terminal.inputIsTerminal) return undefined;
  const line = await terminal.input.line();
  if (line !== null) return line;
  throw new ClientError(
    "usage",
    ...texts.program.noLineOfStdin,
  );
}

async function ask(
  known: Given,
  terminal: Terminal,
  environment: Environment,
): Promise<Credentials> {
  const canAsk = terminal.inputIsTerminal && terminal.errorIsTerminal;
  if (!canAsk && known.username === undefined) {
    throw nobodyToAsk(texts.program.noUser);
  }
  if (!canAsk && known.password === undefined) {
    const { readable } = await environment();
    throw nobodyToAsk(texts.program.noPassword(readable));
  }
  const username = known.username ??
    lineOf(await terminal.editLine(texts.program.askUser));
  const password = known.password ??
    lineOf(
      await terminal.readSecret(texts.program.askPassword(printable(username))),
    );
  return { username, password };
}

function nobodyToAsk(text: Said): ClientError {
  return new ClientError("usage", ...text);
}

function lineOf(typed: Typed): string {
  if (typed.kind === "line") return typed.text;
  throw new ClientError("interrupted", texts.program.givenUp, "");
}
