/**
 * Every setting of ftpd: flags, variables, keys of ftpd.ini, defaults and help
 * come from this table and from nowhere else.
 * @module
 */
import {
  choice,
  count,
  DURATION,
  DURATION_OR_ZERO,
  type Form,
  HOST,
  onlyOff,
  orOff,
  PATH,
  PORT,
  RATE,
  SIZE,
  SWITCH,
} from "./values.ts";

export interface Setting<T> {
  /** In ftpd.ini; `--max-connections` and `FTPD_MAX_CONNECTIONS` follow. */
  readonly key: string;
  readonly form: Form<T>;
  /** As a person would write it. */
  readonly default: string;
  readonly help: string;
  /** A flag of one letter beside the long one. */
  readonly short?: string;
  /** The flag has no value, and means `on`. */
  readonly bare?: true;
}

const CONNECTIONS = count(1_000_000); // more than ports, or files, there are
/** Each has two files in one folder. */
const PARTS = count(65_536);
/** The server's hello names it, and each may hold 64 KiB. */
const REQUESTS = count(65_536);

/** In the order of the help and of `ftpd check`. */
export const SETTINGS = {
  host: setting("host", HOST, "127.0.0.1", "address to listen on"),
  port: {
    ...setting("port", PORT, "10021", "port of the framed protocol"),
    short: "P",
  },
  ftpPort: setting(
    "ftp_port",
    onlyOff("cannot be given yet: standard FTP comes in a later version"),
    "off",
    "port of standard FTP: not there yet",
  ),
  accounts: setting("accounts", PATH, "accounts.ini", "who may log in"),
  home: setting("home", PATH, "home", "folder that the homes are in"),
  loginTimeout: setting(
    "login_timeout",
    DURATION, // never off: it frees the places of those who say nothing
    "30s",
    "time from connecting until logged in",
  ),
  idleTimeout: setting(
    "idle_timeout",
    orOff(DURATION),
    "15m",
    "time without a request until a session ends",
  ),
  stallTimeout: setting(
    "stall_timeout",
    orOff(DURATION),
    "60s",
    "time without a byte moved until a transfer ends",
  ),
  minRate: setting(
    "min_rate",
    orOff(RATE),
    "1K",
    "bytes a second, on average over 60s, below which a transfer ends",
  ),
  maxConnections: setting(
    "max_connections",
    CONNECTIONS,
    "4096",
    "connections at once; fewer if fewer files may be open",
  ),
  maxConnectionsPerAddress: setting(
    "max_connections_per_address",
    CONNECTIONS,
    "256",
    "connections at once from one address",
  ),
  maxConnectionsPerUser: setting(
    "max_connections_per_user",
    CONNECTIONS,
    "64",
    "connections at once of one account",
  ),
  maxUnauthenticated: setting(
    "max_unauthenticated",
    CONNECTIONS,
    "1024",
    "connections at once not logged in yet",
  ),
  maxUpload: setting(
    "max_upload",
    orOff(SIZE),
    "off",
    "largest file that is taken",
  ),
  partTtl: setting(
    "part_ttl",
    DURATION,
    "24h",
    "time that what came of a broken upload is kept, to go on with",
  ),
  partsMax: setting(
    "parts_max",
    PARTS,
    "64",
    "broken uploads of one account that are kept; the oldest goes first",
  ),
  requestsAhead: setting(
    "requests_ahead",
    REQUESTS,
    "1024",
    "requests that a client may send before the first answer",
  ),
  durable: setting(
    "durable",
    SWITCH,
    "off",
    "answer an upload only once a power cut cannot lose it",
  ),
  grace: setting(
    "grace",
    DURATION_OR_ZERO,
    "10s",
    "time that transfers get to finish when ftpd ends",
  ),
  logLevel: setting(
    "log_level",
    choice(["debug", "info", "warn", "error"]),
    "info",
    "least important lines that are logged",
  ),
  logFormat: setting(
    "log_format",
    choice(["text", "json"]),
    "text",
    "lines for people, or JSON",
  ),
  debug: {
    ...setting("debug", SWITCH, "off", "show where in the code errors arose"),
    bare: true,
  },
} as const;

/** The table without the types of its values. */
export const ALL_SETTINGS: readonly Setting<unknown>[] = Object.values(
  SETTINGS,
);

/** `--max-connections`. */
export function flagOf(key: string): string {
  return `--${key.replaceAll("_", "-")}`;
}

/** `FTPD_MAX_CONNECTIONS`. */
export function variableOf(key: string): string {
  return VARIABLE_PREFIX + key.toUpperCase();
}

export const VARIABLE_PREFIX = "FTPD_";

/** Where ftpd.ini is: a flag and a variable, and of course no key in it. */
export const CONFIG_FILE: Setting<string> = setting(
  "config",
  PATH,
  "ftpd.ini",
  "file of settings; need not be there unless named",
);

function setting<T>(
  key: string,
  form: Form<T>,
  byDefault: string,
  help: string,
): Setting<T> {
  return { key, form, default: byDefault, help };
}
