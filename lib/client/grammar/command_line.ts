/**
 * ftpc's command line: what stands before the command, and where it begins.
 * @module
 */
import { PROGRAM_VERSION } from "../../protocol/version.ts";
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type { Settings } from "./commands.ts";
import { bindFlags, readFlags } from "./flags.ts";
import {
  COMMON_FLAGS,
  FRONT,
  type Front,
  FRONT_FLAGS,
  SETTINGS,
} from "./global_flags.ts";

export const DEFAULT_PORT = 10021;

/** Which server, as whom. What is missing is asked for. */
export interface Destination {
  readonly hostname: string;
  readonly port: number;
  readonly username?: string;
  /** `-` stands for a line of stdin. */
  readonly password?: string;
}

export type FtpcLine =
  | { readonly kind: "help" | "version" }
  | {
    readonly kind: "run";
    readonly front: Front;
    readonly settings: Settings;
    /** The command and what follows it; none: the shell, or a script. */
    readonly words: readonly string[];
  };

/**
 * Read `args`, without the program's own name, up to the command.
 * @throws {ClientError} `usage`.
 */
export function readFtpcLine(args: readonly string[]): FtpcLine {
  const front = { ...FRONT };
  const settings = { ...SETTINGS };
  let asked: "help" | "version" | null = null;
  const never = () => new Date(0); // no flag here holds a time
  const words = readFlags(args, [
    ...bindFlags(FRONT_FLAGS, front, never),
    ...bindFlags(COMMON_FLAGS, settings, never),
    {
      ...{ short: "h", long: "help", takesValue: false },
      set: () => asked ??= "help",
    },
    { long: "version", takesValue: false, set: () => asked ??= "version" },
  ], {
    verb: "",
    hint: texts.grammar.seeHelp,
    upToOperand: true,
  });
  if (asked !== null) return { kind: asked };
  const sources = [front.script, front.commands, words[0] ?? null];
  if (sources.filter((source) => source !== null).length > 1) {
    throw new ClientError("usage", ...texts.grammar.twoSources);
  }
  return { kind: "run", front, settings, words };
}

export function versionText(): string {
  return `${texts.program.name} ${PROGRAM_VERSION}\n`;
}

/** @throws {ClientError} `usage`: no server was named. */
export function destinationOf(front: Front): Destination {
  const { hostname, port, username, password } = front;
  if (hostname === null) {
    throw new ClientError("usage", ...texts.grammar.noServer);
  }
  return {
    hostname,
    port: port ?? DEFAULT_PORT,
    ...(username === null ? {} : { username }),
    ...(password === null ? {} : { password }),
  };
}
