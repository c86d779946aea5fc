/**
 * The shell: lines of a person, or of a script on a pipe, to commands.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { parseTransfer } from "../grammar/command_line.ts";
import { asClientError, ClientError } from "../error.ts";
import { EXIT_INTERRUPTED, type Interrupts } from "../interrupts.ts";
import { STANDARD } from "../commands/arguments.ts";
import type { FtpClient } from "../library.ts";
import { type Desk, transfer } from "../commands/transfers.ts";
import { splitWords } from "../grammar/words.ts";
import { texts } from "../texts/mod.ts";

export interface ShellOptions {
  readonly desk: Desk;
  readonly interrupts: Interrupts;
  /** Connect and log in, the first time and whenever the last one is gone. */
  readonly openSession: (signal: AbortSignal) => Promise<FtpClient>;
  /** Run a command line by `sh -c`; gives its exit code. */
  readonly runCommand: RunCommand;
}

/** @param signal Fires where nobody but us can tell the command to stop. */
export type RunCommand = (
  line: string,
  cwd: string,
  interactive: boolean,
  signal: AbortSignal,
) => Promise<number>;

interface Command {
  /** @returns Its exit code, or `leave`. */
  readonly run: (
    shell: Shell,
    args: readonly string[],
    signal: AbortSignal,
  ) => Promise<number | "leave"> | number | "leave";
  readonly usage: string;
  readonly help: string;
  /** Absent: it looks at its arguments itself. */
  readonly argsMax?: number;
}

/** Every command of the shell, but `!`; help comes from it. */
export const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ["put", {
    run: (shell, args, signal) => shell.transfer("put", args, signal),
    usage: "put LOCAL... [REMOTE]",
    help: "send files; as cp, with the last name on the server",
  }],
  ["get", {
    run: (shell, args, signal) => shell.transfer("get", args, signal),
    usage: "get REMOTE... [LOCAL]",
    help: "fetch files; get NAME - shows one",
  }],
  ["lcd", {
    run: (shell, [name]) => shell.changeFolder(name),
    usage: "lcd FOLDER",
    help: "change the local folder",
    argsMax: 1,
  }],
  ["lpwd", {
    run: (shell) => shell.printFolder(),
    usage: "lpwd",
    help: "print the local folder",
    argsMax: 0,
  }],
  ["help", {
    run: (shell) => shell.help(),
    usage: "help",
    help: "print this",
    argsMax: 0,
  }],
  ["exit", {
    run: () => "leave",
    usage: "exit, quit",
    help: "say goodbye; so does Ctrl-D",
    argsMax: 0,
  }],
  ["quit", { run: () => "leave", usage: "", help: "", argsMax: 0 }],
]);

/** So long after the program behind `!` has ended, a Ctrl-C was for it. */
const LATE_SIGNAL_MS = 20;
const BANG = { usage: "!COMMAND", help: "run a command on this machine" };
const HELP_FOOT = `\
put and get take --to FOLDER, --checksum sha256, --preserve, and -- before names
that start with -. Names with blanks are quoted: 'a b', "a b" or a\\ b.
`;

/**
 * Run it to its end.
 * @returns At a terminal 0; of a script the exit code of its first failure.
 * @throws {ClientError} Where not even the first session can be had.
 */
export async function runShell(options: ShellOptions): Promise<number> {
  await using shell = new Shell(options);
  await options.interrupts.run((signal) => shell.session(signal));
  return shell.interactive ? await shell.talk() : await shell.runScript();
}

class Shell implements AsyncDisposable {
  readonly interactive: boolean;
  readonly #options: ShellOptions;
  #client: FtpClient | null = null;

  constructor(options: ShellOptions) {
    const { inputIsTerminal, outputIsTerminal, errorIsTerminal } =
      options.desk.terminal;
    this.#options = options;
    this.interactive = inputIsTerminal && (outputIsTerminal || errorIsTerminal);
  }

  async talk(): Promise<number> {
    const { desk: { terminal }, interrupts } = this.#options;
    terminal.print(texts.shell.welcome);
    while (true) {
      const prompt = `[${printable(this.#client?.username ?? "")}] >>> `;
      const typed = await terminal.editLine(prompt, true);
      if (typed.kind === "end") return 0;
      if (typed.kind === "interrupted") {
        if (typed.text === "") terminal.print(texts.shell.leaves);
        continue;
      }
      if (await this.#execute(typed.text) === "leave") return 0;
      if (interrupts.ending) return EXIT_INTERRUPTED;
    }
  }

  /** Goes on after a line that fails. */
  async runScript(): Promise<number> {
    const { terminal } = this.#options.desk;
    let exitCode = 0;
    while (true) {
      const line = await terminal.input.line();
      if (line === null) return exitCode;
      const outcome = await this.#execute(line);
      if (outcome === "leave") return exitCode;
      if (outcome === EXIT_INTERRUPTED) return outcome;
      exitCode ||= outcome;
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

  async transfer(
    verb: "put" | "get",
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<number> {
    const { desk } = this.#options;
    const request = await parseTransfer(verb, args);
    if (typeof request === "string") {
      desk.terminal.print(request);
      return 0;
    }
    if (verb === "put" && request.names.includes(STANDARD)) {
      throw new ClientError(
        "usage",
        ...texts.shell.stdinIsTaken,
      );
    }
    return await transfer(desk, request, () => this.session(signal), signal);
  }

  async changeFolder(name: string | undefined): Promise<number> {
    if (name === undefined) {
      throw new ClientError("usage", ...texts.shell.folderMissing);
    }
    const { folder, permissions } = this.#options.desk;
    await permissions.ensure([{ name: "read", path: folder.resolve(name) }]);
    folder.change(name);
    return 0;
  }

  printFolder(): number {
    const { folder, terminal } = this.#options.desk;
    terminal.print(`${printable(folder.path)}\n`);
    return 0;
  }

  help(): number {
    const rows = [...COMMANDS.values(), BANG].filter(({ usage }) => usage);
    const width = Math.max(...rows.map(({ usage }) => usage.length)) + 2;
    const lines = rows.map(({ usage, help }) =>
      `${usage.padEnd(width)}${help}\n`
    );
    this.#options.desk.terminal.print(lines.join("") + HELP_FOOT);
    return 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client?.quit();
  }

  /** Run one line; whatever goes wrong is told. */
  async #execute(line: string): Promise<number | "leave"> {
    const { desk, interrupts } = this.#options;
    const text = line.trim();
    if (text === "" || text.startsWith("#")) return 0;
    return await interrupts.run(async (signal) => {
      try {
        if (text.startsWith("!")) return await this.#bang(text, signal);
        const [word = "", ...args] = splitWords(text);
        return await this.#command(word, args, signal);
      } catch (thrown) {
        const error = asClientError(thrown);
        desk.complain(error);
        return error.exitCode;
      }
    });
  }

  async #command(
    word: string,
    args: readonly string[],
    signal: AbortSignal,
  ): Promise<number | "leave"> {
    const command = COMMANDS.get(word);
    if (command === undefined) {
      throw new ClientError(
        "usage",
        `${word}: unknown command`,
        "help lists the commands",
      );
    }
    const { argsMax = Infinity } = command;
    if (args.length > argsMax) {
      throw new ClientError(
        "usage",
        `${word}: too many words`,
        `usage: ${command.usage || word}`,
      );
    }
    return await command.run(this, args, signal);
  }

  async #bang(text: string, signal: AbortSignal): Promise<number> {
    const { desk, interrupts, runCommand } = this.#options;
    const command = text.slice(1).trim();
    if (command === "") {
      throw new ClientError("usage", ...texts.shell.commandMissing);
    }
    await desk.permissions.ensure([{ name: "run", command: "sh" }]);
    const cwd = desk.folder.path;
    using _guest = this.interactive ? interrupts.handOver() : null;
    const code = await runCommand(command, cwd, this.interactive, signal);
    // A Ctrl-C meant for it may still be on its way to us.
    if (this.interactive) await desk.runtime.timers.sleep(LATE_SIGNAL_MS);
    if (signal.aborted && !this.interactive) return EXIT_INTERRUPTED;
    if (code === 0) return 0;
    throw new ClientError(
      "command_failed",
      ...texts.shell.commandEnded(command, code),
    );
  }
}
