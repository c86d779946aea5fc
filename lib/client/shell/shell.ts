/**
 * The shell: lines of a person, or of a script on a pipe, to commands.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { bang, bangOf, type RunCommand } from "../commands/bang.ts";
import type { Desk } from "../commands/desk.ts";
import { createReporter, type Reporter } from "../commands/reporter.ts";
import type { Lines } from "../commands/script.ts";
import {
  COMMANDS,
  isCommand,
  type Outcome,
  readLine,
} from "../commands/table.ts";
import { asClientError, ClientError } from "../error.ts";
import type { Settings } from "../grammar/commands.ts";
import type { Front } from "../grammar/global_flags.ts";
import { splitWords } from "../grammar/words.ts";
import { EXIT_INTERRUPTED, type Interrupts } from "../interrupts.ts";
import type { FtpClient } from "../library.ts";
import { texts } from "../texts/mod.ts";
import { Completer } from "./completer.ts";
import type { NameFound } from "./completion.ts";
import { type History, openHistory } from "./history.ts";

export interface ShellOptions {
  readonly desk: Desk;
  /** Of all its lines; one may have its own. */
  readonly settings: Settings;
  readonly reporter: Reporter;
  /** What it reads where nobody types. */
  readonly lines: Lines;
  readonly interrupts: Interrupts;
  /** Connect and log in, the first time and whenever the last one is gone. */
  readonly openSession: (signal: AbortSignal) => Promise<FtpClient>;
  readonly runCommand: RunCommand;
  /** What stood before it. */
  readonly given: Front;
  /** Which server, with its port. */
  readonly server: string;
  /** The folder on the server to begin in; null: the home. */
  readonly startFolder: string | null;
  /** Bytes a second for all that follows, or null. */
  readonly setLimit: (limit: number | null) => void;
}

/**
 * Run it to its end.
 * @returns At a terminal 0; of a script the exit code of its first failure.
 * @throws {ClientError} Where not even the first session can be had.
 */
export async function runShell(options: ShellOptions): Promise<number> {
  await using shell = new Shell(options);
  await options.interrupts.run((signal) => shell.begin(signal));
  return shell.interactive ? await shell.talk() : await shell.runScript();
}

class Shell implements AsyncDisposable {
  readonly interactive: boolean;
  readonly #options: ShellOptions;
  #client: FtpClient | null = null;
  #history: History | null = null;

  constructor(options: ShellOptions) {
    const { inputIsTerminal, outputIsTerminal, errorIsTerminal } =
      options.desk.terminal;
    this.#options = options;
    this.interactive = options.lines.fromStdin && inputIsTerminal &&
      (outputIsTerminal || errorIsTerminal);
  }

  /** The first session, and the folder there. */
  async begin(signal: AbortSignal): Promise<void> {
    const client = await this.session(signal);
    const { startFolder, desk } = this.#options;
    if (startFolder === null || startFolder === ".") return;
    const { type } = await client.stat(startFolder, { signal });
    if (type !== "folder") {
      const said = texts.shell.notAFolder(startFolder);
      throw new ClientError("not_a_folder", ...said);
    }
    desk.remote.change(startFolder);
  }

  async talk(): Promise<number> {
    const { desk, settings, interrupts } = this.#options;
    const { terminal } = desk;
    const history = await openHistory(desk, isCommand);
    this.#history = history;
    const completer = new Completer({
      runtime: desk.runtime,
      commands: COMMANDS,
      local: (folder) => desk.folder.names(folder),
      remote: (folder) => this.#remoteNames(folder),
    });
    if (!settings.quiet && !settings.json) terminal.print(texts.shell.welcome);
    while (true) {
      const prompt = `[${printable(this.#client?.username ?? "")}] >>> `;
      const typed = await terminal.editLine(prompt, {
        lines: history.lines,
        complete: completer.complete,
      });
      completer.forget();
      if (typed.kind === "end") return 0;
      if (typed.kind === "interrupted") {
        if (typed.text !== "") continue;
        if (settings.json) terminal.say(texts.shell.leaves);
        else terminal.print(texts.shell.leaves);
        continue;
      }
      // A paste may hold several lines.
      for (const line of typed.text.split("\n")) {
        history.add(line);
        if (await this.#execute(line) === "leave") return 0;
        if (interrupts.ending) return EXIT_INTERRUPTED;
      }
    }
  }

  /** For Tab: of the session that is there; none is opened for it. */
  async *#remoteNames(
    folder: string,
  ): AsyncGenerator<readonly NameFound[]> {
    const client = this.#client;
    if (!client?.alive || !client.features.has("list")) return;
    const name = this.#options.desk.remote.resolve(folder);
    for await (const entries of client.list(name)) {
      yield entries.filter(({ reachable }) => reachable).map((entry) => ({
        name: entry.name,
        isFolder: entry.type === "folder",
      }));
    }
  }

  /** Goes on after a line that fails, unless it was told not to. */
  async runScript(): Promise<number> {
    const { lines, settings } = this.#options;
    let exitCode = 0;
    while (true) {
      const line = await lines.line();
      if (line === null) return exitCode;
      const outcome = await this.#execute(line);
      if (outcome === "leave") return exitCode;
      if (outcome === EXIT_INTERRUPTED) return outcome;
      exitCode ||= outcome;
      if (outcome !== 0 && settings.stopOnError) return exitCode;
      // Each further line would wait in vain, too.
      if (this.#unreachable) return exitCode;
    }
  }

  /** The session that lives, or a new one. */
  async session(signal: AbortSignal): Promise<FtpClient> {
    if (this.#client?.alive) return this.#client;
    const again = this.#client !== null;
    if (again) {
      this.#options.desk.terminal.say(texts.shell.again);
      await this.#client?.quit();
    }
    this.#unreachable = true;
    this.#client = await this.#options.openSession(signal);
    this.#unreachable = false;
    return this.#client;
  }
  #unreachable = false;

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.quit();
  }

  /** Run one line; whatever goes wrong is told. */
  async #execute(line: string): Promise<Outcome> {
    const { desk, interrupts, settings } = this.#options;
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return 0;
    return await interrupts.run(async (signal) => {
      try {
        const local = bangOf([text]);
        if (local !== null) return await this.#bang(local, signal);
        return await this.#command(splitWords(text), signal);
      } catch (thrown) {
        const error = asClientError(thrown);
        desk.complain(error, settings.debug || / --debug\b/.test(text));
        return error.exitCode;
      }
    });
  }

  async #command(
    words: readonly string[],
    signal: AbortSignal,
  ): Promise<Outcome> {
    const { desk, settings, lines, given, server, setLimit } = this.#options;
    const { clock } = desk.runtime;
    const reading = { settings, now: () => clock.date() };
    const ready = readLine(words, reading, desk, true);
    const reporter = this.#reporterFor(ready.settings);
    const work = {
      ...{ desk, reporter, signal, given, server, settings: ready.settings },
      history: this.#history,
      inShell: true,
      stdinIsTaken: lines.fromStdin,
      session: () => this.session(signal),
      another: (signal: AbortSignal) => this.#options.openSession(signal),
    };
    setLimit(ready.settings.limit);
    if (reporter === this.#options.reporter) return await ready.run(work);
    let exitCode = 0;
    try {
      const outcome = await ready.run(work);
      if (outcome !== "leave") exitCode = outcome;
      return outcome;
    } catch (error) {
      exitCode = asClientError(error).exitCode;
      throw error;
    } finally {
      reporter.end(exitCode);
    }
  }

  /** A line that asks for another report than all of them has its own. */
  #reporterFor(settings: Settings): Reporter {
    const { desk, settings: ofAll, reporter } = this.#options;
    const same = settings.json === ofAll.json &&
      settings.stats === ofAll.stats && settings.quiet === ofAll.quiet &&
      settings.verbose === ofAll.verbose;
    return same ? reporter : createReporter(desk, settings);
  }

  async #bang(line: string, signal: AbortSignal): Promise<number> {
    const { desk, settings, reporter, interrupts, runCommand } = this.#options;
    return await bang(line, { desk, settings, reporter, signal }, {
      ...{ runCommand, interrupts, atTerminal: this.interactive },
      // In a script it must not read the lines that follow.
      stdinIsFree: false,
    });
  }
}
