/**
 * Flags, then the environment, then ftpd.ini, then defaults, to one typed
 * configuration; every problem of all of them at once. Pure: text in.
 * @module
 */
import * as path from "node:path";
import { type IniSection, nearest, parseIni, shown } from "../ini/mod.ts";
import { printable } from "../protocol/mod.ts";
import {
  ALL_SETTINGS,
  CONFIG_FILE,
  flagOf,
  type Setting,
  SETTINGS,
  VARIABLE_PREFIX,
  variableOf,
} from "./settings.ts";

/** What ftpd runs with. Times are milliseconds; null: there is no limit. */
export interface ServerConfig {
  readonly host: string;
  readonly port: number;
  /** Null: off. */
  readonly ftpPort: number | null;
  /** Absolute path of accounts.ini. */
  readonly accounts: string;
  /** Absolute path of the folder that the homes are in. */
  readonly home: string;
  readonly loginTimeoutMs: number;
  readonly idleTimeoutMs: number | null;
  readonly stallTimeoutMs: number | null;
  /** After SIGTERM; 0 ends transfers at once. */
  readonly graceMs: number;
  /** At most: the server lowers it to the files that it may open. */
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxConnectionsPerUser: number;
  readonly maxUnauthenticated: number;
  readonly maxUploadBytes: number | null;
  /** How long a part of an upload that broke off stays. */
  readonly partTtlMs: number;
  /** Of one account. */
  readonly partsMax: number;
  readonly minRateBytesPerSecond: number | null;
  readonly requestsAhead: number;
  readonly durable: boolean;
  readonly logLevel: "debug" | "info" | "warn" | "error";
  readonly logFormat: "text" | "json";
  readonly debug: boolean;
}

export interface ConfigInputs {
  /** By key (`max_connections`), as written on the command line. */
  readonly flags: ReadonlyMap<string, string>;
  /** By name: those that start with `FTPD_` are looked at. */
  readonly env: Readonly<Record<string, string>>;
  /** ftpd.ini, if there is one. */
  readonly ini?: { readonly file: string; readonly text: string };
  /** Absolute path of the working directory. */
  readonly cwd: string;
}

export type SettingProblemCode =
  | "unknown" // no such variable, section or key
  | "bad_value"
  | "bad_line" // ftpd.ini breaks the rules of its dialect
  | "missing" // the file named is not there
  | "unreadable";

export interface SettingProblem {
  readonly code: SettingProblemCode;
  /** `--port`, `FTPD_PORT`, `ftpd.ini:3: port`. */
  readonly where: string;
  /** Of ftpd.ini, from 1. */
  readonly line?: number;
  readonly message: string;
}

/** What became of a setting. */
export interface SettingSource {
  /** As a person would write it; paths are absolute. */
  readonly value: string;
  /** `--port`, `FTPD_PORT`, `ftpd.ini:3`, `default`. */
  readonly from: string;
}

export interface ResolvedConfig {
  /** Complete; where there are problems, not to be run with. */
  readonly config: ServerConfig;
  /** By key, in the order of the table. */
  readonly sources: ReadonlyMap<string, SettingSource>;
  readonly problems: readonly SettingProblem[];
  /** Absolute path of the ftpd.ini that was read; null where none was. */
  readonly iniFile: string | null;
}

/** One line: `FTPD_PORT: "x" has not the right form: write a number …`. */
export function formatSettingProblem(problem: SettingProblem): string {
  return printable(`${problem.where}: ${problem.message}`);
}

export function resolveConfig(inputs: ConfigInputs): ResolvedConfig {
  const resolver = new Resolver(inputs);
  const take = <T>(setting: Setting<T>) => resolver.take(setting);
  const config: ServerConfig = {
    host: take(SETTINGS.host),
    port: take(SETTINGS.port),
    ftpPort: take(SETTINGS.ftpPort),
    accounts: take(SETTINGS.accounts),
    home: take(SETTINGS.home),
    loginTimeoutMs: take(SETTINGS.loginTimeout),
    idleTimeoutMs: take(SETTINGS.idleTimeout),
    stallTimeoutMs: take(SETTINGS.stallTimeout),
    minRateBytesPerSecond: take(SETTINGS.minRate),
    maxConnections: take(SETTINGS.maxConnections),
    maxConnectionsPerAddress: take(SETTINGS.maxConnectionsPerAddress),
    maxConnectionsPerUser: take(SETTINGS.maxConnectionsPerUser),
    maxUnauthenticated: take(SETTINGS.maxUnauthenticated),
    maxUploadBytes: take(SETTINGS.maxUpload),
    partTtlMs: take(SETTINGS.partTtl),
    partsMax: take(SETTINGS.partsMax),
    requestsAhead: take(SETTINGS.requestsAhead),
    durable: take(SETTINGS.durable),
    graceMs: take(SETTINGS.grace),
    logLevel: take(SETTINGS.logLevel),
    logFormat: take(SETTINGS.logFormat),
    debug: take(SETTINGS.debug),
  };
  const { sources } = resolver;
  // As one walks through the file; then variables and flags.
  const lineOf = ({ line = Number.MAX_SAFE_INTEGER }: SettingProblem) => line;
  const problems = resolver.problems
    .toSorted((a, b) => lineOf(a) - lineOf(b));
  return { config, sources, problems, iniFile: inputs.ini?.file ?? null };
}

/** Where ftpd.ini is looked for, and whether somebody named it. */
export function configFileOf(
  { flags, env, cwd }: Omit<ConfigInputs, "ini">,
): { file: string; namedBy: string | null } | { problem: SettingProblem } {
  const { key, form } = CONFIG_FILE;
  const written = flags.get(key);
  const text = written ?? env[variableOf(key)];
  const from = written === undefined ? variableOf(key) : flagOf(key);
  const parsed = form.parse(text ?? CONFIG_FILE.default, cwd);
  if ("problem" in parsed) {
    const message = parsed.problem;
    return { problem: { code: "bad_value", where: from, message } };
  }
  return { file: parsed.value, namedBy: text === undefined ? null : from };
}

/** One written value, and where it was. */
interface Written {
  readonly text: string;
  /** What a relative path is relative to. */
  readonly base: string;
  /** `ftpd.ini:3`. */
  readonly from: string;
  /** `ftpd.ini:3: port`. */
  readonly where: string;
  /** Of ftpd.ini. */
  readonly line?: number;
}

class Resolver {
  readonly sources = new Map<string, SettingSource>();
  readonly problems: SettingProblem[] = [];
  readonly #cwd: string;
  /** By key: the one that counts comes last. */
  readonly #written = new Map<string, Written[]>();

  constructor({ flags, env, ini, cwd }: ConfigInputs) {
    this.#cwd = cwd;
    if (ini !== undefined) this.#readIni(ini.file, ini.text);
    this.#readEnvironment(env);
    for (const [key, text] of flags) {
      const where = flagOf(key);
      this.#add(key, { text, base: cwd, from: where, where });
    }
  }

  /** The value that counts; those that it hides are checked all the same. */
  take<T>(setting: Setting<T>): T {
    const { key, form, default: byDefault } = setting;
    const start = form.parse(byDefault, this.#cwd);
    // A bug of ours; a test takes every setting.
    if ("problem" in start) throw new Error(`the default of ${key} is wrong`);
    let value = start.value;
    let source = { value: start.shown ?? byDefault, from: "default" };
    for (const written of this.#written.get(key) ?? []) {
      const { text, base, from, where, line } = written;
      const parsed = form.parse(text, base);
      if ("value" in parsed) {
        value = parsed.value;
        source = { value: parsed.shown ?? text, from };
      } else {
        const message = `"${
          shown(text)
        }" ${parsed.problem}: write ${form.hint}`;
        this.#problem("bad_value", where, message, line);
      }
    }
    this.sources.set(key, source);
    return value;
  }

  #readEnvironment(env: Readonly<Record<string, string>>): void {
    const keys = [...ALL_SETTINGS, CONFIG_FILE].map(({ key }) => key);
    for (const [name, text] of Object.entries(env)) {
      if (!name.startsWith(VARIABLE_PREFIX)) continue;
      const key = keys.find((key) => variableOf(key) === name);
      if (key === undefined) {
        const rest = name.slice(VARIABLE_PREFIX.length);
        const near = nearest(rest, keys);
        this.#unknown(shown(name), near && variableOf(near));
      } else {
        this.#add(key, { text, base: this.#cwd, from: name, where: name });
      }
    }
  }

  #readIni(file: string, text: string): void {
    const ini = parseIni(text);
    const relative = path.relative(this.#cwd, file);
    const name = relative.startsWith("..") ? file : relative;
    for (const { line, key, message } of ini.problems) {
      const where = `${name}:${line}${
        key === undefined ? "" : `: ${shown(key)}`
      }`;
      this.#problem("bad_line", where, message, line);
    }
    for (const section of ini.sections) {
      if (section.name === SECTION) this.#readSection(name, file, section);
      else {
        const where = `${name}:${section.line}: [${shown(section.name)}]`;
        this.#unknown(where, `[${SECTION}]`, section.line);
      }
    }
  }

  #readSection(name: string, file: string, section: IniSection): void {
    const keys = ALL_SETTINGS.map(({ key }) => key);
    for (const { key, value, line } of section.entries) {
      const from = `${name}:${line}`;
      const where = `${from}: ${shown(key)}`;
      if (!keys.includes(key)) this.#unknown(where, nearest(key, keys), line);
      else {
        const base = path.dirname(file);
        this.#add(key, { text: value, base, from, where, line });
      }
    }
  }

  #add(key: string, written: Written): void {
    this.#written.set(key, [...this.#written.get(key) ?? [], written]);
  }

  #unknown(where: string, near: string | undefined, line?: number): void {
    const hint = near === undefined
      ? "`ftpd --help` lists the settings"
      : `did you mean ${near}?`;
    this.#problem("unknown", where, `is not known: ${hint}`, line);
  }

  #problem(
    code: SettingProblemCode,
    where: string,
    message: string,
    line?: number,
  ): void {
    const at = line === undefined ? {} : { line };
    this.problems.push({ code, where, message, ...at });
  }
}

const SECTION = "ftpd";
