/**
 * ftpc in this process: its main() with a terminal that is none, or pretends to
 * be one, and all that it said.
 * @module
 */
import { ByteInput } from "../../lib/client/terminal/byte_input.ts";
import {
  connect,
  main,
  type Surroundings,
  systemSurroundings,
} from "../../lib/client/mod.ts";
import type { Terminal, Typed } from "../../lib/client/terminal/terminal.ts";
import { type Runtime, systemRuntime } from "../../lib/runtime/mod.ts";

export interface DeskOptions {
  readonly runtime?: Runtime;
  /** What stands in stdin. */
  readonly stdin?: string;
  /** Whether stderr, where progress goes, is a terminal. */
  readonly errorIsTerminal?: boolean;
  readonly columns?: number;
  /** Absent: where those of ftpc lie here. */
  readonly ownFiles?: Surroundings["ownFiles"];
  /** What `!command` does; absent: runs it. */
  readonly runCommand?: Surroundings["runCommand"];
}

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs ftpc; `stderr` grows while it does. */
export class Desk implements Terminal {
  readonly inputIsTerminal: boolean = false;
  readonly outputIsTerminal = false;
  readonly errorIsTerminal: boolean;
  readonly input: ByteInput;
  readonly printFailure = null;
  stdout = "";
  stderr = "";
  readonly #options: DeskOptions;

  constructor(options: DeskOptions = {}) {
    this.#options = options;
    this.errorIsTerminal = options.errorIsTerminal ?? false;
    let rest = new TextEncoder().encode(options.stdin ?? "");
    this.input = new ByteInput((into) => {
      const bytes = Math.min(rest.length, into.length);
      into.set(rest.subarray(0, bytes));
      rest = rest.subarray(bytes);
      return Promise.resolve(bytes === 0 ? null : bytes);
    });
  }

  async run(...args: string[]): Promise<Ended> {
    const { ownFiles, runCommand } = this.#options;
    const around: Surroundings = {
      ...systemSurroundings(),
      ...(ownFiles === undefined ? {} : { ownFiles }),
      ...(runCommand === undefined ? {} : { runCommand }),
      runtime: this.#options.runtime ?? systemRuntime(),
      terminal: this,
      connect,
    };
    const code = await main(args, around);
    const { stdout, stderr } = this;
    return { code, stdout, stderr };
  }

  columns(): number {
    return this.#options.columns ?? 80;
  }

  print(text: string): void {
    this.stdout += text;
  }

  say(text: string): void {
    this.stderr += text;
  }

  writeOut(bytes: Uint8Array): Promise<void> {
    this.stdout += new TextDecoder().decode(bytes);
    return Promise.resolve();
  }

  editLine(): Promise<Typed> {
    return Promise.resolve({ kind: "end" });
  }

  readSecret(): Promise<Typed> {
    return Promise.resolve({ kind: "end" });
  }

  restore(): void {}
}

/** What ftpc told with --json: `source target result` of each item. */
export function itemsOf(stdout: string): string[] {
  return stdout.split("\n").filter((line) => line !== "")
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === "item")
    .map(({ source, target, result }) => `${source} ${target} ${result}`);
}
