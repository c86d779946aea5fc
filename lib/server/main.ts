/**
 * ftpd, the program: from its arguments to its exit code.
 * @module
 */
import {
  type Account,
  AccountsError,
  createAuthenticator,
  homeFolder,
  initFolder,
  loadAccounts,
  type LoadedAccounts,
} from "../accounts/mod.ts";
import {
  ALL_SETTINGS,
  ConfigError,
  formatCheck,
  formatSettingProblem,
  loadConfig,
  parseFtpdArguments,
  type ResolvedConfig,
  type ServerConfig,
  variableOf,
  warningsAbout,
} from "../config/mod.ts";
import { BufferPool } from "../framing/mod.ts";
import { formatProblem } from "../ini/mod.ts";
import { printable } from "../protocol/mod.ts";
import { type Listener, NetworkError, type Runtime } from "../runtime/mod.ts";
import {
  cleanParts,
  hasKeptParts,
  isAnchored,
  LocalHomes,
  removeAnchor,
  StorageError,
} from "../storage/mod.ts";
import { LocalAdmission } from "./admission.ts";
import { connectionsPossible } from "./descriptors.ts";
import type { ServerContext } from "./context.ts";
import { Homes } from "./homes.ts";
import { createLog, LineWriter, type Log, logLine } from "./log.ts";
import { causes } from "./replies.ts";
import { Server } from "./server.ts";

/** How long a start waits for homes that are to be cleaned. */
const CLEAN_MS_MAX = 5000;
/** How often parts that have had their time are looked for. */
const TIDY_MS = 10 * 60_000;
/** Exit codes (README.md, "Exit codes"). */
const DONE = 0;
const SYSTEM_REFUSED = 1;
const WRITTEN_WRONG = 2;

/** Run ftpd. @returns Its exit code. */
export async function main(
  args: readonly string[],
  runtime: Runtime,
): Promise<number> {
  const debug = args.includes("--debug");
  try {
    return await run(args, runtime);
  } catch (error) {
    if (error instanceof ConfigError) return fail(WRITTEN_WRONG, error.message);
    const code = fail(SYSTEM_REFUSED, causes(error));
    if (debug && error instanceof Error) console.error(error.stack);
    return code;
  }
}

async function run(args: readonly string[], runtime: Runtime): Promise<number> {
  const command = await parseFtpdArguments(args);
  switch (command.command) {
    case "help":
    case "version":
      await print(command.text);
      return DONE;
    case "init":
      return await init(command.dir, runtime);
    case "check":
      return await check(command.flags);
    case "start":
      return await start(command.flags, runtime);
  }
}

async function init(dir: string, runtime: Runtime): Promise<number> {
  try {
    const { argv0: called } = await import("node:process");
    const { lines } = await initFolder(dir, runtime, {
      cwd: Deno.cwd(),
      ...(Deno.build.standalone ? { executable: Deno.execPath(), called } : {}),
    });
    await print(lines.map((line) => `${line}\n`).join(""));
    return DONE;
  } catch (error) {
    if (!(error instanceof AccountsError)) throw error;
    const theirs = error.code === "exists" ? WRITTEN_WRONG : SYSTEM_REFUSED;
    return fail(theirs, causes(error));
  }
}

async function check(flags: ReadonlyMap<string, string>): Promise<number> {
  const { resolved, accounts } = await load(flags);
  const { lines, ok } = formatCheck(resolved, accounts);
  await print(lines.map((line) => `${line}\n`).join(""));
  return ok ? DONE : WRITTEN_WRONG;
}

async function start(
  flags: ReadonlyMap<string, string>,
  runtime: Runtime,
): Promise<number> {
  const { resolved, accounts } = await load(flags);
  const problems = [
    ...resolved.problems.map(formatSettingProblem),
    ...accounts.problems.map(formatProblem),
  ];
  const [first] = problems;
  if (first !== undefined) {
    const more = problems.length - 1;
    const rest = more > 0 ? ` (and ${more} more: run \`ftpd check\`)` : "";
    return fail(WRITTEN_WRONG, first + rest);
  }
  const { config } = resolved;
  const form = { format: config.logFormat, clock: runtime.clock };
  const lines = new LineWriter(
    (bytes) => Deno.stderr.write(bytes),
    runtime.timers,
    (lines) => logLine(form, "warn", "dropped", { lines }),
  );
  const level = config.logLevel;
  const log = createLog({ ...form, level, write: lines.add });
  try {
    return await serve(config, resolved, accounts, log, runtime);
  } finally {
    await lines.flush();
    removeAnchor();
  }
}

async function serve(
  config: ServerConfig,
  resolved: ResolvedConfig,
  accounts: LoadedAccounts,
  log: Log,
  runtime: Runtime,
): Promise<number> {
  using stopping = stopSignals(runtime);
  // Before a home is touched: where another ftpd has the port, its parts are
  // not ours to clean.
  const listener = listen(config, runtime);
  if (typeof listener === "string") return fail(SYSTEM_REFUSED, listener);
  using _listener = listener;
  const prepared = prepare(config, accounts, log, runtime);
  const context = await Promise.race([prepared, stopping.first]);
  if (typeof context === "string") { // a signal
    log.info("stopped", { signal: context });
    return DONE;
  }
  const admission = new LocalAdmission(config);
  admission.maxConnections = connectionsPossible(
    config.maxConnections,
    config.accounts,
  );
  const server = new Server(context, admission, listener);
  await announce(server, config, resolved, accounts, admission, log);
  using _tidying = runtime.timers.every(TIDY_MS, () => {
    const failed = (error: unknown) =>
      log.warn("tidy", { cause: causes(error) });
    context.homes.tidy(failed).catch(failed);
  });
  const signal = await stopping.first;
  log.info("stop", { signal, grace: config.graceMs / 1000 });
  await server.stop(config.graceMs, stopping.second);
  log.info("stopped");
  return DONE;
}

/** @returns Why it cannot, where it cannot. */
function listen(
  { host: hostname, port }: ServerConfig,
  { network }: Runtime,
): Listener | string {
  try {
    return network.listen({ hostname, port });
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    return `${error.message}${hintOf(error)}`;
  }
}

/** What takes its time before the first one can be served. */
async function prepare(
  config: ServerConfig,
  accounts: LoadedAccounts,
  log: Log,
  runtime: Runtime,
): Promise<ServerContext> {
  const authenticator = await createAuthenticator(accounts.accounts, runtime);
  const { durable, partTtlMs, partsMax } = config;
  const local = new LocalHomes({ runtime, durable });
  const homes = new Homes(
    (account) => local.open(homeFolder(account, config.home)),
    { runtime, partTtlMs, partsMax },
  );
  await clean(accounts, config, log, { runtime, homes });
  const buffers = new BufferPool();
  return { runtime, log, buffers, authenticator, homes, limits: config };
}

/** The line on stdout that others wait for; the rest goes to the log. */
async function announce(
  server: Server,
  config: ServerConfig,
  resolved: ResolvedConfig,
  accounts: LoadedAccounts,
  admission: LocalAdmission,
  log: Log,
): Promise<void> {
  const { hostname, port } = server.address;
  const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
  await print(`listening framed ${shown}:${port}\n`);
  const [user] = accounts.accounts.keys();
  log.info("start", {
    listening: `${shown}:${port}`,
    accounts: config.accounts,
    users: accounts.accounts.size,
    home: config.home,
    max_connections: admission.maxConnections,
  });
  for (const warning of warningsAbout(resolved, accounts)) {
    log.warn("warning", { text: warning });
  }
  if (Deno.build.os === "linux" && !isAnchored()) {
    log.warn("warning", {
      text: "without /proc and a folder for temporary files, folders that " +
        "another program swaps for links are found out too late",
    });
  }
  log.info("try", {
    command: `ftpc -s ${dialled(hostname)} -P ${port} -u ${user ?? "USER"}`,
  });
}

/** What to dial on this machine: nobody can dial "every address". */
function dialled(hostname: string): string {
  if (hostname === "0.0.0.0") return "127.0.0.1";
  return hostname === "::" ? "::1" : hostname;
}

/** What an earlier run left in the homes; one that hangs holds up no start. */
async function clean(
  accounts: LoadedAccounts,
  config: ServerConfig,
  log: Log,
  { runtime, homes }: { readonly runtime: Runtime; readonly homes: Homes },
): Promise<void> {
  const folders = new Map<string, Account>();
  for (const account of accounts.accounts.values()) {
    folders.set(homeFolder(account, config.home), account);
  }
  using deadline = runtime.timers.deadline(CLEAN_MS_MAX);
  const { signal } = deadline;
  await Promise.all([...folders].map(async ([home, account]) => {
    try {
      const parts = await cleanParts(home, signal);
      if (parts > 0) log.info("clean", { home, parts });
      if (!await hasKeptParts(home, signal)) return;
      const opened = await homes.of(account, signal);
      await orAborted(opened.parts?.tidy(), signal);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      log.warn("clean", { home, result: error.code });
    }
  }));
}

/** A disk that hangs heeds no signal. */
async function orAborted(
  call: Promise<void> | undefined,
  signal: AbortSignal,
): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(new StorageError("aborted", "given up"));
  signal.addEventListener("abort", onAbort);
  try {
    await Promise.race([call, promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

interface Stopping extends Disposable {
  /** The name of the first SIGTERM or SIGINT. */
  readonly first: Promise<string>;
  /** Fires at the second. */
  readonly second: AbortSignal;
}

function stopSignals({ signals }: Runtime): Stopping {
  const first = Promise.withResolvers<string>();
  const second = new AbortController();
  let seen = 0;
  const names = ["SIGTERM", "SIGINT"] as const;
  const listening = names.map((name) =>
    signals.on(name, () => {
      if (seen++ === 0) first.resolve(name);
      else second.abort();
    })
  );
  return {
    first: first.promise,
    second: second.signal,
    [Symbol.dispose]: () => listening.forEach((one) => one[Symbol.dispose]()),
  };
}

async function load(
  flags: ReadonlyMap<string, string>,
): Promise<{ resolved: ResolvedConfig; accounts: LoadedAccounts }> {
  const env = ownVariables();
  const resolved = await loadConfig({ flags, env, cwd: Deno.cwd() });
  const accounts = await loadAccounts(resolved.config.accounts);
  return { resolved, accounts };
}

/** By name, one by one: ftpd has no business with other variables. */
function ownVariables(): Record<string, string> {
  const keys = [...ALL_SETTINGS.map(({ key }) => key), "config"];
  const own: Record<string, string> = {};
  for (const key of keys) {
    const name = variableOf(key);
    const value = Deno.env.get(name);
    if (value !== undefined) own[name] = value;
  }
  dropEnv();
  return own;
}

/**
 * Not needed from here on. Where all is allowed (`-A`), dropping one would
 * protect nothing, and Deno would refuse a home below /dev (/dev/shm) for it.
 */
function dropEnv(): void {
  const { state } = Deno.permissions.querySync({ name: "ffi" });
  if (state !== "granted") Deno.permissions.revokeSync({ name: "env" });
}

function hintOf(error: NetworkError): string {
  switch (error.code) {
    case "in_use":
      return ": stop it, or choose another by --port";
    case "permission":
      return ": ports below 1024 need more rights; choose another by --port";
    case "bad_address":
    case "unknown_host":
      return ": choose one of this machine's by --host";
    default:
      return "";
  }
}

function fail(code: number, message: string): number {
  console.error(printable(`ftpd: ${message}`));
  return code;
}

async function print(text: string): Promise<void> {
  let rest: Uint8Array = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await Deno.stdout.write(rest));
}
