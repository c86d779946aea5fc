/**
 * Does what a plan says: many files in flight at once, in order, over one
 * connection or several; one that fails keeps no other from its turn; a lost
 * connection is made again, and what was not acknowledged is done again.
 * @module
 */
import { asClientError, ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { liesIn, type TreePath } from "../tree/entry.ts";
import { countsAs } from "../tree/reason.ts";
import type {
  AttributesStep,
  DeleteStep,
  FileStep,
  FolderStep,
  LinkStep,
  Step,
} from "../tree/step.ts";
import type { Connections, Line } from "./connections.ts";
import type { JobObserver, Room } from "./observer.ts";
import type { Retries } from "./retries.ts";
import type { Side, StepResult } from "./side.ts";

export interface EngineOptions<Client extends Line> {
  readonly connections: Connections<Client>;
  readonly side: Side<Client>;
  readonly retries: Retries;
  readonly observer: JobObserver;
  /** Files in flight on each connection. */
  readonly filesAhead: number;
  /** The first failure is the last thing done. */
  readonly stopOnError?: boolean;
  readonly room?: Room;
  readonly signal: AbortSignal;
}

/** What is done by a side. */
type Deed = FolderStep | FileStep | LinkStep | DeleteStep | AttributesStep;

/** A step on its way. */
interface Task<S = Deed | Extract<Step, { readonly kind: "barrier" }>> {
  readonly step: S;
  /** Its place in the plan: what is done again keeps it. */
  readonly at: number;
  tries: number;
  /** It was tried with others, and nothing came of it. */
  alone?: true;
}

/** Files in one go: enough to share what a go costs, and no more. */
const TOGETHER_FILES = 32;
const TOGETHER_BYTES = 256 * 1024;

/**
 * Do all steps of `plan`.
 * @returns Why it was given up, or null: the connection is lost for good, or
 * the user said stop. Of what was under way, the first is told as failed.
 * @throws {ClientError} What the plan throws.
 */
export async function runPlan<Client extends Line>(
  plan: AsyncIterable<readonly Step[]>,
  options: EngineOptions<Client>,
): Promise<ClientError | null> {
  return await new Engine(plan[Symbol.asyncIterator](), options).run();
}

class Engine<Client extends Line> {
  readonly #plan: AsyncIterator<readonly Step[]>;
  readonly #options: EngineOptions<Client>;
  /** Steps that have to be done again, in the order of the plan. */
  #again: Task[] = [];
  /** The plan's page, and what of it was not begun. */
  #page: readonly Step[] = [];
  #next = 0;
  #tasks = 0;
  #planOver = false;
  /** Something failed, and that was to be the last thing done. */
  #enough = false;
  #underway = 0;
  /** Resolves when a step has come to its end. */
  #oneLess: PromiseWithResolvers<void> | null = null;
  /** Folders being made: files on another connection wait for them. */
  readonly #folders = new Map<string, Promise<void>>();
  readonly #failedFolders: TreePath[] = [];
  readonly #room: Room;
  /** Folders that there was no room for. */
  readonly #unmade = new Set<string>();
  /** Why nothing more is begun. */
  #stop: ClientError | null = null;
  #stoppedAt: Task | null = null;

  constructor(
    plan: AsyncIterator<readonly Step[]>,
    options: EngineOptions<Client>,
  ) {
    this.#plan = plan;
    this.#options = options;
    this.#room = options.room ?? { isFull: false };
  }

  async run(): Promise<ClientError | null> {
    const { retries, signal } = this.#options;
    try {
      while (!await this.#pass()) {
        const error = this.#stop;
        if (error === null) continue;
        const waitMs = signal.aborted ? null : retries.failed(error);
        if (waitMs === null) return this.#stoppedBy(error);
        if (!await this.#waited(error, waitMs)) {
          const said = texts.commands.interrupted;
          return this.#stoppedBy(new ClientError("interrupted", ...said));
        }
        this.#stop = null;
        this.#stoppedAt = null;
      }
      return null;
    } finally {
      await this.#settled();
      await this.#plan.return?.();
    }
  }

  /** @returns False: the user said stop meanwhile. */
  async #waited(error: ClientError, ms: number): Promise<boolean> {
    const { retries, observer, signal } = this.#options;
    observer.waiting(error, ms);
    try {
      await retries.wait(ms, signal);
    } catch (thrown) {
      if (!signal.aborted) throw thrown;
    }
    return !signal.aborted;
  }

  /** Of all that was under way, the first in the plan is told. */
  #stoppedBy(error: ClientError): ClientError {
    const tasks = [...this.#again];
    if (this.#stoppedAt !== null) tasks.push(this.#stoppedAt);
    tasks.sort((a, b) => a.at - b.at);
    const first = tasks.map(({ step }) => step)
      .find((step): step is Deed => step.kind !== "barrier");
    if (first !== undefined) this.#failed(first, error);
    return error;
  }

  #stopFor(task: Task, error: ClientError): void {
    // Of those that fail alike, the first in the plan is told of.
    const earlier = this.#stoppedAt !== null && task.at < this.#stoppedAt.at &&
      error.exitCode === this.#stop?.exitCode;
    if (this.#stop !== null && !earlier) return;
    this.#stop = error;
    this.#stoppedAt = task;
  }

  /** @returns Whether all is done; else the rest waits in `#again`. */
  async #pass(): Promise<boolean> {
    while (this.#stop === null) {
      const task = this.#ready() ?? await this.#planned();
      if (task === null) {
        await this.#settled();
        if (this.#stop === null && this.#again.length === 0) return true;
      } else {
        await this.#begin(task);
      }
    }
    await this.#settled();
    return false;
  }

  /** The next thing to do; null: the plan is to be asked. */
  #ready(): Task | null {
    const again = this.#again.shift();
    if (again !== undefined) return again;
    while (true) {
      const step = this.#page[this.#next];
      if (step === undefined) return null;
      this.#next++;
      const task = this.#told(step);
      if (task !== null) return task;
    }
  }

  /** The same, or null: nothing is left, as far as one knows. */
  async #planned(): Promise<Task | null> {
    while (!this.#planOver) {
      const { done, value } = await this.#plan.next();
      this.#page = done ? [] : value;
      this.#next = 0;
      this.#planOver ||= done === true;
      const task = this.#ready();
      if (task !== null) return task;
    }
    return null;
  }

  /** The files that go with the first one, from the head of the page. */
  #together(first: Task<FileStep>, client: Client): Task<FileStep>[] {
    const tasks = [first];
    const { side: { many }, filesAhead } = this.#options;
    if (many === undefined || first.tries > 0 || first.alone) return tasks;
    if (!many.takes(first.step, client)) return tasks;
    const filesMax = Math.min(TOGETHER_FILES, filesAhead);
    let bytes = first.step.source.size;
    while (tasks.length < filesMax && this.#again.length === 0) {
      const step = this.#page[this.#next];
      if (step?.kind !== "file" || this.#isBelowFailed(step.path)) break;
      bytes += step.source.size;
      if (bytes > TOGETHER_BYTES || !many.takes(step, client)) break;
      this.#next++;
      tasks.push({ step, at: this.#tasks++, tries: 0 });
    }
    return tasks;
  }

  /** Tell of a step that has only to be told. @returns The others. */
  #told(step: Step): Task | null {
    switch (step.kind) {
      case "skip":
        this.#ended(step, { kind: "skipped", reason: step.reason });
        return null;
      case "passed":
        this.#options.observer.passed(step.count);
        return null;
      case "trouble": {
        const { reason } = step.trouble;
        this.#ended(step, { kind: countsAs(reason), reason });
        return null;
      }
      case "withheld":
        this.#options.observer.withheld(step);
        return null;
      default:
        return { step, at: this.#tasks++, tries: 0 };
    }
  }

  async #begin(task: Task): Promise<void> {
    const { step } = task;
    // What may be one with an earlier step is looked at when that is over.
    const alone = step.kind === "barrier" ||
      "twin" in step && step.twin !== undefined ||
      // One connection does them in order, several may not.
      this.#options.connections.open > 1 && closesFolder(step);
    if (alone) {
      await this.#settled();
      if (this.#stop !== null || this.#again.length > 0) {
        return this.#putBack(task);
      }
    }
    if (step.kind === "barrier") return;
    // What stands in the place of a folder is not to have its time or mode.
    if (step.kind === "attributes" && this.#hasFailed(step.path)) return;
    if (this.#room.isFull && needsRoom(step)) return this.#noRoom(step);
    if (this.#isBelowFailed(step.path)) {
      this.#ended(step, { kind: "failed", reason: "below_failed" });
    } else {
      await this.#send(task, step);
    }
  }

  #putBack(task: Task): void {
    this.#again.push(task);
    this.#again.sort((a, b) => a.at - b.at);
  }

  async #send(task: Task, step: Deed): Promise<void> {
    const { connections, filesAhead, signal } = this.#options;
    let client: Client;
    try {
      while (
        this.#underway >= filesAhead * connections.open &&
        !connections.wantsAnother(this.#underway)
      ) await this.#less();
      if (this.#enough) return;
      if (this.#room.isFull && needsRoom(step)) return this.#noRoom(step);
      if (this.#stop !== null) return this.#putBack(task);
      client = await connections.take(this.#underway, signal);
    } catch (thrown) {
      this.#stopFor(task, asClientError(thrown));
      return this.#putBack(task);
    }
    if (step.kind === "file") {
      const tasks = this.#together({ ...task, step }, client);
      if (tasks.length > 1) return void this.#doTogether(tasks, client);
    }
    const doing = this.#do(task, step, client);
    if (step.kind !== "folder") return;
    const key = keyOf(step.path);
    this.#folders.set(key, doing);
    doing.finally(() => this.#folders.delete(key)).catch(() => {});
    // Where it is the same as its twin, nothing may be written into it.
    if (step.twin !== undefined) await doing;
  }

  async #do(task: Task, step: Deed, client: Client): Promise<void> {
    const { connections, retries } = this.#options;
    this.#underway++;
    connections.begun(client, 1);
    task.tries++;
    try {
      const result = await this.#doOn(step, client);
      if (result.kind === "done") retries.progress();
      this.#ended(step, result);
    } catch (thrown) {
      const error = asClientError(thrown);
      if (lacksParent(error)) await this.#parentMade(step.path);
      this.#troubled(task, step, client, error);
    } finally {
      connections.ended(client, 1);
      this.#underway--;
      this.#oneLess?.resolve();
      this.#oneLess = null;
    }
  }

  /** Never rejects. */
  async #doTogether(
    tasks: readonly Task<FileStep>[],
    client: Client,
  ): Promise<void> {
    const { connections, side, signal } = this.#options;
    this.#underway += tasks.length;
    connections.begun(client, tasks.length);
    try {
      if (connections.open > 1) {
        for (const { step } of tasks) await this.#parentMade(step.path);
      }
      const steps = tasks.map(({ step }) => step);
      const results = await side.many?.files(steps, { client, signal });
      for (const [at, task] of tasks.entries()) {
        const result = results?.[at] ?? null;
        if (result instanceof Error && lacksParent(result)) {
          await this.#parentMade(task.step.path);
        }
        this.#endedTogether(task, client, result);
      }
    } catch (thrown) {
      const error = asClientError(thrown);
      for (const task of tasks) this.#troubled(task, task.step, client, error);
    } finally {
      connections.ended(client, tasks.length);
      this.#underway -= tasks.length;
      this.#oneLess?.resolve();
      this.#oneLess = null;
    }
  }

  #endedTogether(
    task: Task<FileStep>,
    client: Client,
    result: StepResult | ClientError | null,
  ): void {
    const { step } = task;
    if (result === null) {
      task.alone = true;
      return this.#putBack(task);
    }
    task.tries++;
    if (!(result instanceof Error)) {
      if (result.kind === "done") this.#options.retries.progress();
      return this.#ended(step, result);
    }
    this.#troubled(task, step, client, result);
  }

  async #doOn(step: Deed, client: Client): Promise<StepResult> {
    const { side, signal, observer, connections } = this.#options;
    // On one connection the server makes it before it takes what follows.
    if (connections.open > 1) await this.#parentMade(step.path);
    const onBytes = (bytes: number, total: number | null) => {
      if (step.kind === "file") observer.moved(step, bytes, total);
    };
    const place = { client, signal, onBytes };
    switch (step.kind) {
      case "folder":
        return await side.folder(step, place);
      case "file":
        observer.begun(step);
        return await side.file(step, place);
      case "link":
        return await side.link(step, place);
      case "attributes":
        return await side.attributes(step, place);
      case "delete":
        return await side.remove(step, place);
    }
  }

  async #parentMade(path: TreePath): Promise<void> {
    if (path.length > 0) await this.#folders.get(keyOf(path.slice(0, -1)));
  }

  #troubled(
    task: Task,
    step: Deed,
    client: Client,
    error: ClientError,
  ): void {
    if (error.exitCode === 130) {
      this.#stopFor(task, error);
    } else if (error.exitCode === 3 || !client.alive) {
      this.#stopFor(task, error);
      this.#putBack(task);
    } else if (this.#options.retries.worthOneMore(error) && task.tries === 1) {
      this.#putBack(task);
    } else if (lacksParent(error) && this.#isBelowFailed(step.path)) {
      this.#ended(step, { kind: "failed", reason: "below_failed" });
    } else {
      this.#failed(step, error);
    }
  }

  #failed(step: Step, error: ClientError): void {
    if (error.code === "no_space" && needsRoom(step)) {
      // Those that were under way with the first one fail as it did.
      if (this.#room.isFull) return this.#noRoom(step);
      this.#room.isFull = true;
    }
    this.#ended(step, { kind: "failed", error });
  }

  /** Told, and not tried: there may be a million such. */
  #noRoom(step: Step): void {
    if (step.kind === "folder") this.#unmade.add(keyOf(step.path));
    this.#ended(step, { kind: "failed", reason: "no_room" });
  }

  #ended(step: Step, result: StepResult): void {
    const isUnmade = "reason" in result && result.reason === "no_room";
    if (step.kind === "folder" && result.kind === "failed" && !isUnmade) {
      this.#failedFolders.push(step.path);
    }
    this.#options.observer.ended(step, result);
    if (result.kind !== "failed" || !this.#options.stopOnError) return;
    this.#enough = true;
    this.#planOver = true;
    this.#page = [];
    this.#next = 0;
    this.#again = [];
  }

  #isBelowFailed(path: TreePath): boolean {
    if (this.#failedFolders.length + this.#unmade.size === 0) return false;
    return path.length > 0 && this.#hasFailed(path.slice(0, -1));
  }

  /** It, or a folder that it lies in. */
  #hasFailed(path: TreePath): boolean {
    return this.#unmade.has(keyOf(path)) ||
      this.#failedFolders.some((folder) => liesIn(path, folder));
  }

  async #settled(): Promise<void> {
    while (this.#underway > 0) await this.#less();
  }

  async #less(): Promise<void> {
    this.#oneLess ??= Promise.withResolvers();
    await this.#oneLess.promise;
  }
}

function needsRoom({ kind }: Step): boolean {
  return kind === "folder" || kind === "file" || kind === "link";
}

/** What is below it has to be done by then. */
function closesFolder(step: Task["step"]): boolean {
  if (step.kind === "delete") return step.target.kind === "folder";
  if (step.kind !== "attributes" || step.mode === null) return false;
  return (step.mode & 0o300) !== 0o300; // behind it nobody enters
}

/** The folder that it lies in is not there, or something else is. */
function lacksParent({ code }: ClientError): boolean {
  return code === "not_found" || code === "not_a_folder";
}

/** Names hold no `/`. */
function keyOf(path: TreePath): string {
  return path.join("/");
}
