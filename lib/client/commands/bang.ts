/**
 * `!command`: a command line of this machine, in a shell and outside of one.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import { quoteWord } from "../grammar/words.ts";
import { EXIT_INTERRUPTED, type Interrupts } from "../interrupts.ts";
import { texts } from "../texts/mod.ts";
import type { Work } from "./desk.ts";

/** Run a command line by `sh -c`; gives its exit code. */
export type RunCommand = (
  line: string,
  how: {
    readonly cwd: string;
    /** Of our stdin: it may read that, or finds it empty. */
    readonly stdin: "inherit" | "null";
    /** Where its stdout goes. */
    readonly stdout: "stdout" | "stderr";
    /** Where nobody but us can tell it to stop. */
    readonly signal: AbortSignal | null;
  },
) => Promise<number>;

export interface BangOptions {
  readonly runCommand: RunCommand;
  readonly interrupts: Interrupts;
  /** It may have the terminal, and Ctrl-C there is for it. */
  readonly atTerminal: boolean;
  /** stdin holds nothing that is ours. */
  readonly stdinIsFree: boolean;
}

/** So long after it has ended, a Ctrl-C was for it. */
const LATE_SIGNAL_MS = 20;

/**
 * The words of `ftpc '!command' …`: the first is as sh reads it, those behind
 * it are words already.
 * @returns Null where they are no such command.
 */
export function bangOf([first, ...rest]: readonly string[]): string | null {
  if (first === undefined || !first.startsWith("!")) return null;
  return [first.slice(1), ...rest.map(quoteWord)].join(" ");
}

/**
 * @param line What stands behind the `!`.
 * @returns The exit code.
 * @throws {ClientError} `usage`, `permission_missing`, `local_failed`.
 */
export async function bang(
  line: string,
  { desk, settings, reporter, signal }: Pick<
    Work,
    "desk" | "settings" | "reporter" | "signal"
  >,
  { runCommand, interrupts, atTerminal, stdinIsFree }: BangOptions,
): Promise<number> {
  const command = line.trim();
  if (command === "") {
    throw new ClientError("usage", ...texts.shell.commandMissing);
  }
  const subject = { command: "!", source: command, target: null };
  const shown = printable(`!${command}`);
  if (settings.dryRun) {
    reporter.would(subject, shown);
    return 0;
  }
  await desk.permissions.ensure([{ name: "run", command: "sh" }]);
  using _guest = atTerminal ? interrupts.handOver() : null;
  const code = await runCommand(command, {
    cwd: desk.folder.path,
    stdin: atTerminal || stdinIsFree ? "inherit" : "null",
    stdout: reporter.json ? "stderr" : "stdout",
    signal: atTerminal ? null : signal,
  });
  // A Ctrl-C meant for it may still be on its way to us.
  if (atTerminal) await desk.runtime.timers.sleep(LATE_SIGNAL_MS);
  if (signal.aborted && !atTerminal) return EXIT_INTERRUPTED;
  if (code === 0) {
    reporter.done(subject, shown, null);
    return 0;
  }
  const said = texts.shell.commandEnded(command, code);
  const error = new ClientError("command_failed", ...said);
  reporter.failed(subject, error);
  return error.exitCode;
}
