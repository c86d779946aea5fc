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
  journalText,
  readJournal,
  rootLine,
} from "./journal.ts";
import { RESUME_BYTES_MIN } from "./limits.ts";
import type { PutMemory } from "./put_side.ts";

/** What is acknowledged is gathered so long: one write for many files. */
const GATHER_MS = 20;
/** But for so much of it: a kill is not to cost more. */
const GATHER_BYTES_MAX = RESUME_BYTES_MIN;
/** Journals, and what a kill left of the writing of one. */
const OURS = /^(?:[0-9a-f]{32}\.job|\.[0-9a-f]{16}\.tmp)$/;
/** Two names in one: no name holds a NUL. */
const BETWEEN = "\0";
const encoder = new TextEncoder();

export interface JobMemoryOptions {
  readonly key: JobKey;
  /** null: nothing may be kept. */
  readonly file: JobFile | null;
  readonly clock: Clock;
  readonly timers: Timers;
  /** Do all files again. Where they belong stays as it was decided. */
  readonly restart: boolean;
}

/** Where a journal lies. */
export type JobFile = Pick<
  StateFile,
  "read" | "append" | "replace" | "remove" | "removeOthers"
>;

export class JobMemory implements PutMemory {
  readonly #options: JobMemoryOptions;
  readonly #done: ReadonlyMap<string, DoneFile>;
  readonly #begun: Map<string, BegunFile>;
  /** Of those done, what is still so. */
  readonly #known = new Map<string, DoneFile>();
  #root: string | null;
  #file: JobFile | null;
  /** There is a journal of this job. */
  #written: boolean;
  /** What its file has to say before anything is added: null, it does. */
  #head: string | null;
  #lines: string[] = [];
  #gathering: Disposable | null = null;
  #gatheredBytes = 0;

  constructor(options: JobMemoryOptions) {
    const { key, clock, file, restart } = options;
    this.#options = options;
    this.#file = file;
    const found = this.#read();
    const begunAtMs = clock.date().getTime();
    const none = { begunAtMs, done: new Map(), begun: new Map(), whole: false };
    const state = found !== null && restart ? { ...found, ...none } : found;
    this.#written = found !== null;
    this.#head = state === null
      ? headerLine(key, begunAtMs)
      // What is added behind a line that was cut would be of no use.
      : state.whole
      ? null
      : journalText(state);
    this.#root = state?.root ?? null;
    this.#done = state?.done ?? new Map();
    this.#begun = new Map(state?.begun);
    if (found !== null && restart) this.#write("");
  }

  /** What this job has left behind: files, done or begun, or their folder. */
  get goesOn(): boolean {
    return this.#known.size > 0 || this.goesOnBesides;
  }

  /** The same, but for files that are done. */
  get goesOnBesides(): boolean {
    return this.#begun.size > 0 ||
      this.#root !== null && !this.#options.restart;
  }

  /** Files that are done, and still as they were. */
  get filesDone(): number {
    return this.#known.size;
  }

  /** Whether there is a journal for the same command to go on with. */
  get isKept(): boolean {
    return this.#written || this.#lines.length > 0;
  }

  /**
   * The target that an earlier try did not find, and began to make a copy of
   * the source: by now it is there, and still nothing is to be put into it.
   */
  get root(): string | null {
    return this.#root;
  }

  /** Before it is made: else nobody knows later why it is there. */
  becomes(root: string): void {
    if (this.#root === root) return;
    this.#root = root;
    this.#lines.push(rootLine(root));
    this.flush();
  }

  /** It was not made, for certain: then there is nothing below it, either. */
  becomesNothing(): void {
    if (this.#root === null) return;
    this.#root = null;
    this.#forget();
  }

  /** Ask the server, of all at once, what it still has as it was. */
  async ask(
    client: Pick<FtpClient, "features" | "versionStates">,
    signal: AbortSignal,
  ): Promise<void> {
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
    this.#gatheredBytes += file.size;
    if (this.#gatheredBytes >= GATHER_BYTES_MAX) return this.flush();
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
    const lines = this.#taken();
    if (lines !== "") this.#write(lines);
  }

  #write(lines: string): void {
    if (this.#file === null) return;
    try {
      if (this.#head === null) {
        this.#file.append(encoder.encode(lines));
      } else {
        this.#file.replace(encoder.encode(this.#head + lines));
        this.#head = null;
        this.#written = true;
        const now = this.#options.clock.date();
        this.#file.removeOthers(OURS, JOB_MS_MAX, now);
      }
    } catch {
      this.#file = null; // the job goes on without
    }
  }

  /** @param isWhole All is done: the same command is another job then. */
  end(isWhole: boolean): void {
    if (isWhole) this.#forget();
    else this.flush();
  }

  #forget(): void {
    this.#taken();
    if (this.#written) this.#file?.remove();
    this.#written = false;
    this.#file = null;
  }

  /** What was gathered, and is no more. */
  #taken(): string {
    this.#gathering?.[Symbol.dispose]();
    this.#gathering = null;
    this.#gatheredBytes = 0;
    return this.#lines.splice(0).join("");
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

/** For --dry-run: what the command would go on with, and nothing else. */
export function readOnly(file: JobFile): JobFile {
  return {
    read: () => file.read(),
    append: () => 0,
    replace: () => true,
    remove: () => {},
    removeOthers: () => {},
  };
}
