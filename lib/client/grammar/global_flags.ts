/**
 * The flags of ftpc that are no command's own: those that may stand before the
 * command only, and those that may stand on either side of it.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type { Settings } from "./commands.ts";
import type { Draft } from "./entry.ts";
import type { Flag } from "./flags.ts";
import {
  parseCount,
  parseCountOrOff,
  parseDuration,
  parseRate,
} from "./values.ts";

/** Before the command only. */
export interface Front {
  readonly hostname: string | null;
  readonly port: number | null;
  readonly username: string | null;
  /** `-` stands for a line of stdin. */
  readonly password: string | null;
  /** `-` is stdin. */
  readonly script: string | null;
  readonly commands: string | null;
}

/** As many as a server takes gladly from one (`max_connections_per_user`). */
const CONNECTIONS_MAX = 16;
const PORT_MAX = 65_535;
const { flags: say, labels } = texts.grammar;

export const SETTINGS: Settings = {
  json: false,
  quiet: false,
  verbose: false,
  dryRun: false,
  debug: false,
  stats: false,
  stopOnError: false,
  limit: null,
  retries: null,
  timeoutMs: null,
  connections: null,
};

export const FRONT: Front = {
  hostname: null,
  port: null,
  username: null,
  password: null,
  script: null,
  commands: null,
};

export const FRONT_FLAGS: readonly Flag<Draft<Front>>[] = [
  {
    ...{ short: "s", long: "server", value: labels.host, summary: say.server },
    set: (front, text) => front.hostname = hostnameOf(text),
  },
  {
    ...{ short: "P", long: "port", value: labels.port, summary: say.port },
    set: (front, text) => front.port = parsePort(text, "-P"),
  },
  {
    ...{ short: "u", long: "user", value: labels.user, summary: say.user },
    set(front, text) {
      if (text === "") throw usage(texts.grammar.emptyUser);
      front.username = text;
    },
  },
  {
    ...{ short: "p", long: "password", value: labels.password },
    summary: say.password,
    set(front, text) {
      if (text === "") throw usage(texts.grammar.emptyPassword);
      front.password = text;
    },
  },
  {
    ...{ short: "f", long: "file", value: labels.file, completes: "local" },
    summary: say.script,
    set: (front, text) => front.script = text,
  },
  {
    ...{ short: "c", long: "commands", value: labels.commands },
    summary: say.commands,
    set: (front, text) => front.commands = text,
  },
];

/** On either side. */
export const COMMON_FLAGS: readonly Flag<Draft<Settings>>[] = [
  {
    ...{ long: "json", summary: say.json },
    set: (settings) => settings.json = true,
  },
  {
    ...{ long: "quiet", summary: say.quiet },
    set: (settings) => settings.quiet = true,
  },
  {
    ...{ short: "v", long: "verbose", summary: say.verbose },
    set: (settings) => settings.verbose = true,
  },
  {
    ...{ long: "dry-run", summary: say.dryRun },
    set: (settings) => settings.dryRun = true,
  },
  {
    ...{ short: "j", long: "jobs", value: labels.count, summary: say.jobs },
    set(settings, text, flag) {
      settings.connections = parseCount(text, flag, 1, CONNECTIONS_MAX);
    },
  },
  {
    ...{ long: "limit", value: labels.rate, summary: say.limit },
    set: (settings, text, flag) => settings.limit = parseRate(text, flag),
  },
  {
    ...{ long: "retries", value: labels.count, summary: say.retries },
    set(settings, text, flag) {
      settings.retries = parseCountOrOff(text, flag);
    },
  },
  {
    ...{ long: "timeout", value: labels.duration, summary: say.timeout },
    set(settings, text, flag) {
      settings.timeoutMs = parseDuration(text, flag);
    },
  },
  {
    ...{ long: "stop-on-error", summary: say.stopOnError },
    set: (settings) => settings.stopOnError = true,
  },
  {
    ...{ long: "stats", summary: say.stats },
    set: (settings) => settings.stats = true,
  },
  {
    ...{ long: "debug", summary: say.debug },
    set: (settings) => settings.debug = true,
  },
];

/** As they are typed, to say where they belong. */
export const MISPLACED: ReadonlySet<string> = new Set(
  FRONT_FLAGS.flatMap(({ short, long }) => [`-${short}`, `--${long}`]),
);

function parsePort(text: string, flag: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port >= 1 && port <= PORT_MAX) return port;
  throw usage(texts.grammar.noPort(flag, text, PORT_MAX));
}

/** [::1] as in a URL; whatever else is no name is the system's to refuse. */
function hostnameOf(text: string): string {
  const [, name, port] = /^([^:]+):(\d+)$/.exec(text) ?? [];
  if (name !== undefined && port !== undefined) {
    throw usage(texts.grammar.portInServer(text, name, port));
  }
  const hostname = text.replace(/^\[(.*)\]$/, "$1");
  if (hostname === "") throw usage(texts.grammar.noServer);
  return hostname;
}

function usage(text: readonly [string, string]): ClientError {
  return new ClientError("usage", ...text);
}
