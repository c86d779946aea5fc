/**
 * ftpc's command line, and that of put and get in its shell: arguments to a
 * command. Commander reads them; what comes out is typed and checked.
 * @module
 */
import type { Command, CommanderError } from "commander";
import type { ChecksumType } from "../../protocol/mod.ts";
import { PROGRAM_VERSION } from "../../protocol/version.ts";
import { ClientError } from "../error.ts";

export const DEFAULT_PORT = 10021;

/** Which server, as whom. What is missing is asked for. */
export interface Destination {
  readonly hostname: string;
  readonly port: number;
  readonly username?: string;
  /** `-` stands for a line of stdin. */
  readonly password?: string;
}

/** What put and get are given, in the shell and outside of it. */
export interface TransferRequest {
  readonly verb: "put" | "get";
  readonly names: readonly string[];
  /** The folder, said plainly. */
  readonly to?: string;
  readonly checksum: ChecksumType;
  readonly preserve: boolean;
}

export type FtpcCommand =
  | {
    readonly command: "shell";
    readonly destination: Destination;
    readonly debug: boolean;
  }
  | {
    readonly command: "transfer";
    readonly destination: Destination;
    readonly debug: boolean;
    readonly request: TransferRequest;
  }
  /** Print `text`, which ends with a line feed, on stdout: exit code 0. */
  | { readonly command: "help" | "version"; readonly text: string };

/** Of CHECKSUM_TYPES: to have them from there would load the schemas. */
const CHECKSUMS = ["crc32", "sha256"] as const satisfies ChecksumType[];
const HELP_COLUMNS = 80;
const VERSION: FtpcCommand = {
  command: "version",
  text: `ftpc ${PROGRAM_VERSION}\n`,
};
const HELP = `
Commands:
  put LOCAL... [REMOTE]   send files; - is stdin
  get REMOTE... [LOCAL]   fetch files; - is stdout
Without one it is a shell: type help there.

Names go as with cp: one keeps its name; with two the second is the new name, or
the folder; with more the last has to be a folder.

FTPC_PASSWORD holds a password for scripts.
Exit codes: 0 done, 1 a file or command failed, 2 usage, 3 connection, 4 login
refused, 5 size or checksum differs, 130 interrupted.
`;

/**
 * Read `args`, without the program's own name.
 * @throws {ClientError} `usage`.
 */
export async function parseFtpcArguments(
  args: readonly string[],
): Promise<FtpcCommand> {
  // The commonest question of scripts and monitors loads nothing.
  if (args.length === 1 && args[0] === "--version") return VERSION;
  const program = (await newCommand("ftpc"))
    .usage("-s HOST [-P PORT] [-u USER] [-p PASSWORD] [put | get] [names...]")
    .description("Put files on an ftpd, and get them back.")
    .option("-s, --server <HOST>", "the server: a name or an address")
    .option("-P, --port <PORT>", `its port (${DEFAULT_PORT})`)
    .option("-u, --user <USER>", "the account; asked for where it is missing")
    .option("-p, --password <PASSWORD>", "its password; - is a line of stdin");
  addTransferOptions(program)
    .option("--debug", "show where in the program an error came from")
    .version(PROGRAM_VERSION, "--version", "print the version")
    .argument("[command]")
    .argument("[names...]")
    .configureHelp({ visibleArguments: () => [], minWidthToWrap: 30 });
  const ended = await parse(program, args);
  if (ended === "help") return helpOf(program);
  if (ended === "version") return VERSION;
  const [verb, ...names] = program.args;
  const given = new Given(program);
  switch (verb) {
    case "help":
      return helpOf(program);
    case undefined:
      given.refuseTransferFlags();
      return { command: "shell", ...given.session() };
    case "put":
    case "get":
      return {
        command: "transfer",
        ...given.session(),
        request: given.transfer(verb, names),
      };
    default:
      throw usage(
        `unknown command '${verb}'`,
        "there are put and get; without a command ftpc is a shell",
      );
  }
}

/**
 * Read what follows `put` or `get` in the shell.
 * @returns The request, or the text of its help.
 * @throws {ClientError} `usage`.
 */
export async function parseTransfer(
  verb: "put" | "get",
  args: readonly string[],
): Promise<TransferRequest | string> {
  const names = verb === "put" ? "LOCAL... [REMOTE]" : "REMOTE... [LOCAL]";
  const command = addTransferOptions(await newCommand(verb))
    .usage(`${names} [flags]`)
    .argument("[names...]")
    .configureHelp({ visibleArguments: () => [] });
  const ended = await parse(command, args, "help lists the commands");
  if (ended !== null) return command.helpInformation();
  return new Given(command).transfer(verb, command.args);
}

/** Tell commander to print nothing, exit never and ask nothing of the system. */
async function newCommand(name: string): Promise<Command> {
  const { Command } = await import("commander");
  const nothing = () => {};
  return new Command(name)
    .exitOverride()
    .helpOption("-h, --help", "print this")
    .helpCommand(false)
    .configureOutput({
      writeOut: nothing,
      writeErr: nothing,
      outputError: nothing,
      getOutHelpWidth: () => HELP_COLUMNS,
      getErrHelpWidth: () => HELP_COLUMNS,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
}

function addTransferOptions(command: Command): Command {
  return command
    .option("--to <DIR>", "put or get into this folder")
    .option("--checksum <TYPE>", `${CHECKSUMS.join(" or ")} (crc32)`)
    .option("--preserve", "keep the time of the file");
}

async function parse(
  command: Command,
  args: readonly string[],
  hint = "see ftpc --help",
): Promise<"help" | "version" | null> {
  const { CommanderError } = await import("commander");
  try {
    command.parse(args, { from: "user" });
    return null;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.helpDisplayed") return "help";
    if (error.code === "commander.version") return "version";
    throw usage(lineOf(error), hint);
  }
}

/** "error: unknown option '--prot'\n(Did you mean --port?)" */
function lineOf({ message }: CommanderError): string {
  return message.replace(/^error: |\.$/g, "")
    .replace(/\n\(Did (you mean .*)\)$/, ": did $1").replaceAll("\n", " ");
}

function helpOf(program: Command): FtpcCommand {
  return { command: "help", text: program.helpInformation() + HELP };
}

/** The flags that were given, checked. */
class Given {
  readonly #values: ReadonlyMap<string, unknown>;

  constructor(command: Command) {
    this.#values = new Map(Object.entries(command.opts()));
  }

  session(): { destination: Destination; debug: boolean } {
    const username = this.#text("user");
    const password = this.#text("password");
    if (password === "") {
      throw usage("an empty password", "leave -p out to be asked");
    }
    if (username === "") {
      throw usage("an empty user", "leave -u out to be asked");
    }
    return {
      destination: {
        hostname: this.#hostname(),
        port: this.#port(),
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
      },
      debug: this.#values.has("debug"),
    };
  }

  transfer(verb: "put" | "get", names: readonly string[]): TransferRequest {
    const to = this.#text("to");
    return {
      verb,
      names,
      ...(to === undefined ? {} : { to }),
      checksum: this.#checksum(),
      preserve: this.#values.has("preserve"),
    };
  }

  /** @throws {ClientError} Where a flag of put and get has nothing to go with. */
  refuseTransferFlags(): void {
    for (const name of ["to", "checksum", "preserve"]) {
      if (this.#values.has(name)) {
        throw usage(
          `--${name} needs put or get`,
          "in the shell, write it behind them",
        );
      }
    }
  }

  #hostname(): string {
    const server = this.#text("server") ?? "";
    // [::1] as in a URL; whatever else is no name is the system's to refuse.
    const hostname = server.replace(/^\[(.*)\]$/, "$1");
    const [, name, port] = /^([^:]+):(\d+)$/.exec(server) ?? [];
    if (name !== undefined) {
      throw usage(`-s ${server} has a port in it`, `-s ${name} -P ${port}`);
    }
    if (hostname !== "") return hostname;
    throw usage(
      "no server was named",
      "say which one: -s HOST; see ftpc --help",
    );
  }

  #port(): number {
    const text = this.#text("port") ?? String(DEFAULT_PORT);
    const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (port >= 1 && port <= 65_535) return port;
    throw usage(`-P ${text} is no port`, "ports go from 1 to 65535");
  }

  #checksum(): ChecksumType {
    const text = this.#text("checksum") ?? "crc32";
    const type = CHECKSUMS.find((known) => known === text);
    if (type !== undefined) return type;
    const known = CHECKSUMS.join(" and ");
    throw usage(`--checksum ${text} is not known`, `there are ${known}`);
  }

  #text(name: string): string | undefined {
    const value = this.#values.get(name);
    return typeof value === "string" ? value : undefined;
  }
}

function usage(what: string, hint: string): ClientError {
  return new ClientError("usage", what, hint);
}
