/**
 * The real programs as child processes: `deno run` by default, the executables
 * where FTPD and FTPC name them. Every wait is bounded, and only what was
 * started here is ended, by its id.
 * @module
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { PROGRAMS } from "../.ci/executables.ts";

const root = path.resolve(import.meta.dirname ?? ".", "..");
/** No program of a test runs longer: what hangs is ended. */
export const PROGRAM_MS_MAX = 120_000;
const encoder = new TextEncoder();

keepApart();

/**
 * What ftpc keeps of its own (journals, history, bookmarks) goes to a folder of
 * this test file's, not to the home of the one who tests: programs that are
 * started here inherit it.
 */
function keepApart(): void {
  const kept = Deno.makeTempDirSync({ prefix: "ftpc-kept-" });
  Deno.env.set("XDG_STATE_HOME", path.join(kept, "state"));
  Deno.env.set("XDG_CONFIG_HOME", path.join(kept, "config"));
  globalThis.addEventListener("unload", () => {
    Deno.removeSync(kept, { recursive: true });
  });
}

/** The command line of a program: what to run, and the arguments before ours. */
export function commandOf(name: "ftpd" | "ftpc"): [string, string[]] {
  const executable = Deno.env.get(name.toUpperCase());
  if (executable !== undefined) return [path.resolve(root, executable), []];
  const program = PROGRAMS.find((one) => one.name === name);
  assert(program);
  return [Deno.execPath(), [
    "run",
    "--quiet",
    "--no-prompt",
    ...program.permissions,
    path.join(root, program.entry),
  ]];
}

/** Whether the programs run on the executables' older runtime (2.6). */
export const COMPILED = Deno.env.get("FTPD") !== undefined;

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly stdin?: string | Uint8Array<ArrayBuffer>;
  readonly cwd?: string;
  readonly env?: Record<string, string>;
}

/** Run a program to its end. */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: options.stdin === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
  }).spawn();
  const fed = options.stdin === undefined
    ? Promise.resolve()
    : feed(child.stdin, options.stdin);
  const { code, stdout, stderr } = await child.output();
  await fed;
  const decoder = new TextDecoder();
  return {
    code,
    stdout: decoder.decode(stdout),
    stderr: decoder.decode(stderr),
  };
}

async function feed(
  stdin: WritableStream<Uint8Array>,
  text: string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(typeof text === "string" ? encoder.encode(text) : text);
    await writer.close();
  } catch {
    // The program ended without reading it all; its exit code is what counts.
  }
}

export async function runFtpc(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const [command, before] = commandOf("ftpc");
  return await run(command, [...before, ...args], options);
}

export async function runFtpd(
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const [command, before] = commandOf("ftpd");
  return await run(command, [...before, ...args], options);
}

export interface Ftpd extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
  /** All that it has logged so far. */
  log(): string;
  /** Resolves once the log holds `pattern`. */
  logged(pattern: RegExp): Promise<void>;
  kill(signal: Deno.Signal): void;
  /** Its exit code, once it has ended. */
  readonly code: Promise<number>;
}

/**
 * Start ftpd; resolves once it says that it listens. `await using` ends it by
 * SIGTERM and asserts that it ends well.
 */
export function startFtpd(...args: string[]): Promise<Ftpd> {
  return startFtpdFor(PROGRAM_MS_MAX * 2, args);
}

/** As startFtpd; it is ended after `msMax`. */
export async function startFtpdFor(
  msMax: number,
  args: readonly string[],
): Promise<Ftpd> {
  const [command, before] = commandOf("ftpd");
  const child = new Deno.Command(command, {
    args: [...before, "start", "--port", "0", ...args],
    signal: AbortSignal.timeout(msMax),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Said(child.stdout);
  const logged = new Said(child.stderr);
  const listening = /^listening framed \S+:(\d+)\n/m;
  const match = await said.until(listening);
  if (match === null) {
    await child.status;
    await logged.over;
    throw new Error(`ftpd ended before it listened; it said "${logged.text}"`);
  }
  let killed = false;
  const code = child.status.then((status) => status.code);
  return {
    port: Number(match[1]),
    pid: child.pid,
    code,
    log: () => logged.text,
    logged: async (pattern) => {
      const found = await logged.until(pattern);
      assert(found, `the log has no ${pattern}:\n${logged.text}`);
    },
    kill: (signal) => {
      killed = true;
      child.kill(signal);
    },
    [Symbol.asyncDispose]: async () => {
      if (!killed) child.kill("SIGTERM");
      const ended = await code;
      await said.over;
      await logged.over;
      if (!killed) assert.equal(ended, 0, logged.text);
      assert.doesNotMatch(logged.text, /^\s+at .*:\d+:\d+\)?$/m, "a stack");
    },
  };
}

/** What a child says, gathered; waited for by pattern. */
class Said {
  text = "";
  readonly over: Promise<void>;
  readonly #waiting = new Set<() => void>();
  #ended = false;

  constructor(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    this.over = this.#gather(stream);
  }

  /** The first match, or null if the child ends without one. */
  async until(pattern: RegExp): Promise<RegExpExecArray | null> {
    while (true) {
      const match = pattern.exec(this.text);
      if (match !== null || this.#ended) return match;
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async #gather(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.text += text;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** A folder of a test's own, with an accounts.ini of alex/123 and test/test. */
export async function makeSite(
  accounts = "[alex]\npassword = 123\n\n[test]\npassword = test\n",
): Promise<Site> {
  const folder = await Deno.makeTempDir({ prefix: "ftpd-test-" });
  const file = path.join(folder, "accounts.ini");
  await Deno.writeTextFile(file, accounts, { mode: 0o600 });
  const home = path.join(folder, "home");
  return {
    folder,
    home,
    args: ["--accounts", file, "--home", home],
    [Symbol.asyncDispose]: async () => {
      await Deno.remove(folder, { recursive: true });
    },
  };
}

export interface Site extends AsyncDisposable {
  readonly folder: string;
  readonly home: string;
  /** What ftpd has to be told of it. */
  readonly args: string[];
}

/** The flags of ftpc for alex at `ftpd`. */
export function asAlex(ftpd: { readonly port: number }): string[] {
  // What is lost is to be told, and not tried again for half a minute.
  return [...asAlexAgain(ftpd), "--retries", "0"];
}

/** The same, as ftpc tries again by itself. */
export function asAlexAgain(ftpd: { readonly port: number }): string[] {
  const there = ["-s", "127.0.0.1", "-P", `${ftpd.port}`];
  return [...there, "-u", "alex", "-p", "123"];
}
