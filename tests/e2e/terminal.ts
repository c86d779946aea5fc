/**
 * A program at a terminal of its own (terminal.py, by Python's pty module):
 * keys go in, and what it shows comes out.
 * @module
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { PROGRAM_MS_MAX } from "../programs.ts";

const DRIVER = path.join(import.meta.dirname ?? ".", "terminal.py");

/** Whether there is a Python to drive terminals; in CI there has to be. */
export const HAS_TERMINALS = hasPython();

function hasPython(): boolean {
  try {
    const { success } = new Deno.Command("python3", {
      args: ["-c", "import pty, os; os.waitstatus_to_exitcode"],
      stdout: "null",
      stderr: "null",
    }).outputSync();
    assert(success || !Deno.env.has("CI"), "python3 has no pty module");
    return success;
  } catch (error) {
    assert(!Deno.env.has("CI"), `CI has no python3: ${error}`);
    console.warn("no python3: what is seen at a terminal is not tested");
    return false;
  }
}

export class Terminal implements AsyncDisposable {
  /** All that was shown, escape codes and all. */
  shown = "";
  readonly code: Promise<number>;
  readonly #keys: WritableStreamDefaultWriter<Uint8Array>;
  readonly #gathered: Promise<void>;
  /** Where ftpc keeps what it remembers: not in the home of who tests. */
  readonly #state = Deno.makeTempDirSync({ prefix: "ftpc-state-" });
  #at = 0;
  #ended = false;
  #woken: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(
    program: readonly string[],
    options: {
      readonly columns?: number;
      readonly cwd?: string;
      readonly env?: Record<string, string>;
    } = {},
  ) {
    const { columns = 80, env = {}, ...where } = options;
    const driver = new Deno.Command("python3", {
      args: [DRIVER, `${columns}`, ...program],
      ...where,
      env: {
        ...{ TERM: "xterm", NO_COLOR: "1", XDG_STATE_HOME: this.#state },
        ...env,
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    }).spawn();
    this.#keys = driver.stdin.getWriter();
    this.#gathered = this.#gather(driver.stdout);
    this.code = driver.status.then(({ code }) => code);
  }

  async type(keys: string): Promise<void> {
    await this.#tell({ keys });
  }

  async resize(columns: number): Promise<void> {
    await this.#tell({ columns });
  }

  /**
   * Wait until `what` is shown behind what was waited for before.
   * @returns What was shown since then, to the end of `what`.
   */
  async until(what: string | RegExp): Promise<string> {
    while (true) {
      const rest = this.shown.slice(this.#at);
      const found = typeof what === "string"
        ? rest.indexOf(what) + (rest.includes(what) ? what.length : 0)
        : endOf(what.exec(rest));
      if (found >= 0 && (found > 0 || what === "")) {
        this.#at += found;
        return rest.slice(0, found);
      }
      assert(!this.#ended, `it ended, and showed no ${what}:\n${this.shown}`);
      await this.#woken.promise;
    }
  }

  async #tell(line: unknown): Promise<void> {
    const bytes = new TextEncoder().encode(`${JSON.stringify(line)}\n`);
    await this.#keys.write(bytes);
  }

  async #gather(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      this.shown += text;
      this.#wake();
    }
    this.#ended = true;
    this.#wake();
  }

  #wake(): void {
    this.#woken.resolve();
    this.#woken = Promise.withResolvers();
  }

  /** Hang up, if it has not ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#keys.close().catch(() => {});
    await this.code;
    await this.#gathered;
    await Deno.remove(this.#state, { recursive: true });
  }
}

function endOf(match: RegExpExecArray | null): number {
  return match === null ? -1 : match.index + match[0].length;
}
