/**
 * ftpd and ftpc for the kill matrix: an ftpd that comes back on its port, and
 * an ftpc whose items are read as they come.
 * @module
 */
import assert from "node:assert/strict";
import { commandOf, type Ftpd, startFtpdFor } from "../programs.ts";
import type { Dice } from "../support/dice.ts";

/** Below those that a system gives to who dials: nobody takes it meanwhile. */
const PORTS = { first: 20_000, count: 10_000 };
const TRIES = 20;

/** Start ftpd on a port that it can have again after a kill. */
export async function startOnFreePort(
  msMax: number,
  args: readonly string[],
  dice: Dice,
): Promise<Ftpd> {
  for (let tries = 1;; tries++) {
    const port = PORTS.first + dice.below(PORTS.count);
    try {
      return await startOn(port, msMax, args);
    } catch (error) {
      if (tries === TRIES) throw error; // else: somebody has this one
    }
  }
}

export async function startOn(
  port: number,
  msMax: number,
  args: readonly string[],
): Promise<Ftpd> {
  return await startFtpdFor(msMax, [...args, "--port", `${port}`]);
}

/** What ftpc --json says of a file, as far as it matters here. */
export interface Item {
  readonly event: string;
  readonly result: string;
  readonly target: string;
  readonly size: number;
  readonly sent_bytes: number;
  readonly resumed_from: number | null;
  readonly reason: string | null;
  readonly message: string | null;
}

export class Ftpc {
  readonly items: Item[] = [];
  errors = "";
  readonly status: Promise<Deno.CommandStatus>;
  readonly #child: Deno.ChildProcess;
  readonly #said: Promise<unknown>;

  constructor(
    args: readonly string[],
    { cwd, env, msMax }: {
      readonly cwd: string;
      readonly env: Record<string, string>;
      readonly msMax: number;
    },
  ) {
    const [command, before] = commandOf("ftpc");
    this.#child = new Deno.Command(command, {
      args: [...before, ...args],
      ...{ cwd, env, stdin: "null", stdout: "piped", stderr: "piped" },
      signal: AbortSignal.timeout(msMax),
    }).spawn();
    this.status = this.#child.status;
    this.#said = Promise.all([this.#readItems(), this.#readErrors()]);
  }

  /** @returns How it ended, once all that it said is here. */
  async ended(): Promise<Deno.CommandStatus> {
    const status = await this.status;
    await this.#said;
    return status;
  }

  /** kill -9. It had not ended before. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    const { signal } = await this.ended();
    assert.equal(signal, "SIGKILL", this.errors);
  }

  async #readItems(): Promise<void> {
    const decoded = this.#child.stdout.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const text of decoded) {
      const lines = (rest + text).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const item: Item = JSON.parse(line);
        if (item.event === "item") this.items.push(item);
      }
    }
  }

  async #readErrors(): Promise<void> {
    const decoded = this.#child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of decoded) this.errors += text;
  }
}
