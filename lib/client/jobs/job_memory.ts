/**
 * What a job remembers from one command to the next: its journal in the state
 * folder, from the first file that was acknowledged until all is done. Where
 * there may be no state folder, for as long as the command runs.
 * @module
 */
import type { Clock, Timers } from "../../runtime/mod.ts";
import type { FtpClient } from "../library.ts";
import type { StateFile } from "../local/state_file.ts";
import type { GetMemory } from "./get_side.ts";
import {
  type BegunFile,
  begunLine,
  type DoneFile,
  doneLine,
  headerLine,
  isOld,
  JOB_MS_MAX,
  type JobKey,
  readJournal,
} from "./journal.ts";
import type { PutMemory } from "./put_side.ts";

/** What is acknowledged is gathered so long: one write for many files. */
const GATHER_MS = 20;
/** Two names in one: no name holds a NUL. */
const BETWEEN = "\0";
const encoder = new TextEncoder();

export interface JobMemoryOptions {
  readonly key: JobKey;
  /** null: nothing may be kept. */
  readonly file: StateFile | null;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Forget what was, and begin anew. */
  readonly restart: boolean;
}

export class JobMemory implements PutMemory {
  readonly #options: JobMemoryOptions;
  readonly #done: ReadonlyMap<string, DoneFile>;
  readonly #begun: Map<string, BegunFile>;
  /** Of those done, what is still so. */
  readonly #known = new Map<string, DoneFile>();
  #file: StateFile | null;
  /** The journal is there, with its header. */
  #written: boolean;
  #lines: string[] = [];
  #gathering: Disposable | null = null;

  constructor(options: JobMemoryOptions) {
    this.#options = options;
    this.#file = options.file;
    const state = options.restart ? null : this.#read();
    this.#written = state !== null;
    this.#done = state?.done ?? new Map();
    this.#begun = new Map(state?.begun);
  }

  /** Files that this job has left behind, done or begun. */
  get goesOn(): boolean {
    return this.#known.size + this.#begun.size > 0;
  }

  /** Files that are done, and still as they were. */
  get filesDone(): number {
    return this.#known.size;
  }

  /** Whether there is a journal for the same command to go on with. */
  get isKept(): boolean {
    return this.#written || this.#lines.length > 0;
  }

  /** Ask the server, of all at once, what it still has as it was. */
  async ask(client: FtpClient, signal: AbortSignal): Promise<void> {
    if (this.#done.size === 0 || !client.features.has("resume")) return;
    const all = [...this.#done];
    const states = await client.versionStates(
      all.map(([key, { version }]) => ({ name: remoteOf(key), version })),
      { signal },
    );
    for (const [at, [key, file]] of all.entries()) {
      if (states[at] === "same") this.#known.set(key, file);
    }
  }

  known(name: string): DoneFile | undefined {
    return this.#known.get(name);
  }

  begun(name: string): BegunFile | undefined {
    return this.#begun.get(name);
  }

  begin(name: string, file: BegunFile): void {
    this.#begun.set(name, file);
    this.#lines.push(begunLine(name, file));
    this.flush(); // before the first byte: else nobody knows whose part it is
  }

  done(name: string, file: DoneFile): void {
    this.#begun.delete(name);
    if (this.#file === null) return;
    this.#lines.push(doneLine(name, file));
    this.#gathering ??= this.#options.timers.after(
      GATHER_MS,
      () => this.flush(),
    );
  }

  /** As a get's memory: both names count. */
  get gets(): GetMemory {
    return {
      known: (remote, local) => this.known(remote + BETWEEN + local),
      done: (remote, local, file) => this.done(remote + BETWEEN + local, file),
    };
  }

  /** Write what was gathered. Nothing fails by that it cannot be written. */
  flush(): void {
    this.#gathering?.[Symbol.dispose]();
    this.#gathering = null;
    const lines = this.#lines.splice(0).join("");
    if (lines === "" || this.#file === null) return;
    try {
      if (this.#written) {
        this.#file.append(encoder.encode(lines));
      } else {
        const { key, clock } = this.#options;
        const head = headerLine(key, clock.date().getTime());
        this.#file.replace(encoder.encode(head + lines));
        this.#written = true;
        this.#file.removeOthers(
          /^[0-9a-f]{32}\.job$/,
          JOB_MS_MAX,
          clock.date(),
        );
      }
    } catch {
      this.#file = null; // the job goes on without
    }
  }

  /** @param isWhole All is done: the same command is another job then. */
  end(isWhole: boolean): void {
    if (!isWhole) return this.flush();
    this.#gathering?.[Symbol.dispose]();
    this.#gathering = null;
    this.#lines = [];
    if (this.#written) this.#file?.remove();
    this.#written = false;
  }

  #read() {
    try {
      const bytes = this.#file?.read() ?? null;
      if (bytes === null) return null;
      const state = readJournal(new TextDecoder().decode(bytes));
      const now = this.#options.clock.date().getTime();
      return state === null || isOld(state, now) ? null : state;
    } catch {
      this.#file = null; // something else is in its place
      return null;
    }
  }
}

function remoteOf(key: string): string {
  return key.split(BETWEEN, 1)[0] ?? "";
}
