/**
 * ftpc: joins arguments, permissions, login, commands and the shell.
 * @module
 */
import { PROGRAM_VERSION } from "../protocol/version.ts";
import type { Runtime } from "../runtime/mod.ts";
import { bang, bangOf, type RunCommand } from "./commands/bang.ts";
import { helpEvent, versionEvent } from "./commands/events.ts";
import { linesOf } from "./commands/script.ts";
import { createReporter, type Reporter } from "./commands/reporter.ts";
import {
  COMMANDS,
  type Outcome,
  readLine,
  type Ready,
} from "./commands/table.ts";
import type { Desk } from "./commands/desk.ts";
import { RemoteFolder } from "./commands/remote_folder.ts";
import type { Environment } from "./credentials.ts";
import { asClientError, ClientError, oneLine, stacks } from "./error.ts";
import {
  type Destination,
  destinationOf,
  type FtpcLine,
  readFtpcLine,
  versionText,
} from "./grammar/command_line.ts";
import { programHelp } from "./grammar/help.ts";
import { type Front, SETTINGS } from "./grammar/global_flags.ts";
import { formatRate } from "./grammar/rate.ts";
import { EXIT_INTERRUPTED, Interrupts } from "./interrupts.ts";
import type { FtpClient } from "./library.ts";
import { localError } from "./local/error.ts";
import { LocalFolder } from "./local/folder.ts";
import type { OwnFiles } from "./local/own_files.ts";
import type { Need, Permissions } from "./permissions.ts";
import type { PlaceServer } from "./places/names.ts";
import {
  findPlaces,
  type PlaceFinder,
  shellPlace,
} from "./places/place_finder.ts";
import { type ConnectOptions, hostAndPort } from "./session/connect.ts";
import { Sessions } from "./sessions.ts";
import { runShell } from "./shell/shell.ts";
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
const ALONE = { inShell: false, stdinIsTaken: false, history: null };

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
    ownFiles: around.ownFiles,
    folder: new LocalFolder(),
    remote: new RemoteFolder(),
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
      tell(line.kind, reporter);
      exitCode = 0;
    } else {
      const job = await jobOf(line, desk);
      const { ready } = job;
      reporter = createReporter(desk, ready?.settings ?? line.settings);
      exitCode = await run(line, job, reporter, desk, around);
    }
  } catch (thrown) {
    const error = asClientError(thrown);
    complain(error);
    exitCode = error.exitCode;
  } finally {
    terminal.restore();
  }
  reporter.end(exitCode);
  const { printFailure } = terminal;
  if (printFailure === null) return exitCode;
  const error = localError(texts.local.stdout, printFailure);
  complain(error);
  return exitCode === 0 ? error.exitCode : exitCode;
}

/** What needs no more than to be printed. */
function tell(kind: "help" | "version", reporter: Reporter): void {
  if (kind === "help") {
    const text = programHelp(COMMANDS);
    return reporter.shown(() => helpEvent(null, text), () => text);
  }
  reporter.shown(() => versionEvent(PROGRAM_VERSION), versionText);
}

type RunLine = Extract<FtpcLine, { readonly kind: "run" }>;

/** What a run is for. */
interface Job {
  /** `!command`: it alone, and no server. */
  readonly local: string | null;
  /** The one command; null: the shell, or a script. */
  readonly ready: Ready | null;
  /** What its names, or a place alone, say about the server. */
  readonly server: PlaceServer | null;
  /** Where a shell begins; null: in the home. */
  readonly startFolder: string | null;
}

/** Where -s names the server, no name is a place. */
async function jobOf(line: RunLine, desk: Desk): Promise<Job> {
  const { words, front } = line;
  const local = bangOf(words);
  const nothing = { local, ready: null, server: null, startFolder: null };
  if (words.length === 0 || local !== null) return nothing;
  if (front.hostname !== null) {
    return { ...nothing, ready: readCommand(line, desk, null) };
  }
  const place = await shellPlace(words, desk.ownFiles);
  if (place !== null) {
    return { ...nothing, server: place.server, startFolder: place.path };
  }
  const finder = await findPlaces(words, desk.ownFiles);
  const ready = readCommand(line, desk, finder);
  return { ...nothing, ready, server: finder.server };
}

function readCommand(
  { words, settings }: RunLine,
  desk: Desk,
  finder: PlaceFinder | null,
): Ready {
  const { clock } = desk.runtime;
  const reading = {
    ...{ settings, now: () => clock.date() },
    ...(finder === null ? {} : { place: finder.place }),
  };
  return readLine(words, reading, desk, false);
}

async function run(
  { front, settings }: RunLine,
  { local, ready, server, startFolder }: Job,
  reporter: Reporter,
  desk: Desk,
  around: Surroundings,
): Promise<number> {
  using interrupts = new Interrupts(around.runtime, () => {
    around.terminal.restore();
    for (const one of desk.unfinished) one[Symbol.dispose]();
    around.exit(EXIT_INTERRUPTED);
  });
  const { runCommand } = around;
  if (local !== null) {
    const options = {
      ...{ runCommand, interrupts, stdinIsFree: true },
      atTerminal: around.terminal.inputIsTerminal,
    };
    return await interrupts.run((signal) =>
      bang(local, { desk, settings, reporter, signal }, options)
    );
  }
  if (ready !== null && !ready.needsServer) {
    return await interrupts.run(async (signal) => {
      const session = () =>
        Promise.reject(
          new ClientError("usage", ...texts.grammar.noServer),
        );
      const another = session;
      const work = { desk, reporter, signal, session, another };
      const others = { given: front, server: "", ...ALONE };
      const { settings } = ready;
      return codeOf(await ready.run({ ...work, ...others, settings }));
    });
  }
  const destination = destinationOf(withServer(front, server));
  const { hostname, port } = destination;
  const where = hostAndPort(hostname, port);
  const needs: Need[] = [{ name: "net", hostname, port }];
  if (ready !== null) needs.push(...ready.needs);
  const { script, commands } = front;
  if (script !== null && script !== "-") {
    needs.push({ name: "read", path: script });
  }
  await desk.permissions.ensure(needs);
  const ofAll = ready?.settings ?? settings;
  if (!ofAll.quiet) warnOfPassword(destination, around.terminal);
  if (ofAll.limit !== null && !ofAll.quiet) {
    desk.terminal.say(texts.program.limit(formatRate(ofAll.limit)));
  }
  const command = passwordCommandFor(destination, server);
  const atTerminal = script === null && commands === null &&
    around.terminal.inputIsTerminal;
  const sessions = new Sessions({
    ...{ destination, passwordCommand: command, settings: ofAll, around },
    limitChanges: ready === null,
    // Who sits there sees what is the matter, and asks again.
    isPatient: ready !== null || !atTerminal,
  });
  const openSession = (signal: AbortSignal) => sessions.open(signal);
  if (ready === null) {
    using lines = linesOf(script, commands, around.terminal);
    return await runShell({
      ...{ desk, settings, reporter, interrupts, openSession, lines },
      ...{ runCommand, given: front, startFolder },
      server: where,
      setLimit: (limit) => sessions.setLimit(limit),
    });
  }
  return await interrupts.run(async (signal) => {
    await using client = await openSession(signal);
    const session = () => Promise.resolve(client);
    const another = openSession;
    const work = { desk, reporter, signal, session, another, settings: ofAll };
    const others = { given: front, server: where, ...ALONE };
    return codeOf(await ready.run({ ...work, ...others }));
  });
}

function codeOf(outcome: Outcome): number {
  return outcome === "leave" ? 0 : outcome;
}

/** Flags count; what they leave open, a place may say. */
function withServer(front: Front, server: PlaceServer | null): Front {
  if (server === null) return front;
  return {
    ...front,
    hostname: server.hostname,
    port: front.port ?? server.port ?? null,
    username: front.username ?? server.username ?? null,
  };
}

/** Of the bookmark's own user: another one's password would be wrong. */
function passwordCommandFor(
  { username }: Destination,
  server: PlaceServer | null,
): string | null {
  if (server === null || server.passwordCommand === undefined) return null;
  const another = server.username !== undefined && server.username !== username;
  return another ? null : server.passwordCommand;
}

function warnOfPassword({ password }: Destination, terminal: Terminal): void {
  if (password === undefined || password === "-") return;
  if (terminal.errorIsTerminal) terminal.say(texts.program.passwordSeen);
}
