/**
 * Does what a plan says: many files in flight at once, in order, over one
 * connection or several; one that fails keeps no other from its turn; a lost
 * connection is made again, and what was not acknowledged is done again.
 * @module
 */
import { asClientError, type ClientError } from "../error.ts";
import { liesIn, type TreePath } from "../tree/entry.ts";
import type { Reason } from "../tree/reason.ts";
import type { FileStep, Step } from "../tree/step.ts";
import type { Connections, Line } from "./connections.ts";
import { type Retries, worthOneMore } from "./retries.ts";

/** A file that is there now, verified. */
export interface Moved {
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes that crossed the wire for it, in its last try. */
  readonly sentBytes: number;
  /** It went on behind this byte; 0: from the start. */
  readonly resumedFrom: number;
  readonly checksum: string;
  readonly seconds: number;
}

export type StepResult =
  | { readonly kind: "done"; readonly moved?: Moved }
  | { readonly kind: "skipped"; readonly reason: Reason }
  | { readonly kind: "failed"; readonly reason: Reason }
  | { readonly kind: "failed"; readonly error: ClientError };

/**
 * One direction: where the steps are done. Each rejects with a ClientError;
 * those of the connection are the engine's affair. All may be called before
 * earlier ones have settled, unless it is said otherwise.
 */
export interface Side<Client> {
  folder(step: StepOf<"folder">, at: Place<Client>): Promise<StepResult>;
  file(step: FileStep, at: Place<Client>): Promise<StepResult>;
  /** Called when all files are done. */
  link(step: StepOf<"link">, at: Place<Client>): Promise<StepResult>;
  /** Called when all links are done. */
  attributes(
    step: StepOf<"attributes">,
    at: Place<Client>,
  ): Promise<StepResult>;
  /** Called with nothing else under way. */
  remove(step: StepOf<"delete">, at: Place<Client>): Promise<StepResult>;
}

/** With what a step is done. */
export interface Place<Client> {
  readonly client: Client;
  readonly signal: AbortSignal;
  /** More bytes of the file have moved: from its first byte on. */
  readonly onBytes: (bytes: number) => void;
}

/** Who is told of it. */
export interface JobObserver {
  begun(step: FileStep): void;
  moved(step: FileStep, bytes: number): void;
  ended(step: Step, result: StepResult): void;
  /** The connection is gone; the next try comes in `ms`. */
  waiting(error: ClientError, ms: number): void;
}

export interface EngineOptions<Client extends Line> {
  readonly connections: Connections<Client>;
  readonly side: Side<Client>;
  readonly retries: Retries;
  readonly observer: JobObserver;
  /** Files in flight on each connection. */
  readonly filesAhead: number;
  readonly signal: AbortSignal;
}

export type StepOf<Kind extends Step["kind"]> = Extract<
  Step,
  { readonly kind: Kind }
>;

/** Steps of one phase run at once; each phase waits for the one before. */
const PHASES = {
  skip: 0,
  trouble: 0,
  folder: 0,
  file: 0,
  link: 1,
  delete: 2,
  attributes: 3,
} as const satisfies Record<Step["kind"], number>;

/** A step on its way. */
interface Task {
  readonly step: Step;
  /** Its place in the plan: what is done again keeps it. */
  readonly at: number;
  tries: number;
}

/**
 * Do all steps of `plan`.
 * @throws {ClientError} What ends all of it: the connection is lost for good,
 * or the user said stop. What was under way is told as failed before.
 */
export async function runPlan<Client extends Line>(
  plan: AsyncIterable<Step>,
  options: EngineOptions<Client>,
): Promise<void> {
  await new Engine(plan[Symbol.asyncIterator](), options).run();
}

class Engine<Client extends Line> {
  readonly #plan: AsyncIterator<Step>;
  readonly #options: EngineOptions<Client>;
  /** Steps that have to be done again, in the order of the plan. */
  #again: Task[] = [];
  #planned = 0;
  #planOver = false;
  #phase = 0;
  #underway = 0;
  /** Resolves when a step has come to its end. */
  #oneLess: PromiseWithResolvers<void> | null = null;
  /** Folders being made: files on another connection wait for them. */
  readonly #folders = new Map<string, Promise<void>>();
  readonly #failedFolders: TreePath[] = [];
  /** Why nothing more is begun. */
  #stop: ClientError | null = null;

  constructor(plan: AsyncIterator<Step>, options: EngineOptions<Client>) {
    this.#plan = plan;
    this.#options = options;
  }

  async run(): Promise<void> {
    const { retries, observer, signal } = this.#options;
    try {
      while (!await this.#pass()) {
        const error = this.#stop;
        if (error === null) continue;
        const waitMs = signal.aborted ? null : retries.failed(error);
        if (waitMs === null) throw error;
        observer.waiting(error, waitMs);
        await retries.wait(waitMs, signal);
        this.#stop = null;
      }
    } catch (thrown) {
      const error = asClientError(thrown);
      for (const { step } of this.#again.splice(0)) this.#failed(step, error);
      throw error;
    } finally {
      await this.#settled();
      await this.#plan.return?.();
    }
  }

  /** @returns Whether all is done; else the rest waits in `#again`. */
  async #pass(): Promise<boolean> {
    while (this.#stop === null) {
      const task = await this.#next();
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

  async #next(): Promise<Task | null> {
    const again = this.#again.shift();
    if (again !== undefined) return again;
    if (this.#planOver) return null;
    const { done, value } = await this.#plan.next();
    if (done) {
      this.#planOver = true;
      return null;
    }
    return { step: value, at: this.#planned++, tries: 0 };
  }

  async #begin(task: Task): Promise<void> {
    const { step } = task;
    if (!await this.#phaseOf(task)) return;
    if (step.kind === "skip") {
      this.#ended(step, { kind: "skipped", reason: step.reason });
    } else if (step.kind === "trouble") {
      this.#ended(step, { kind: "failed", reason: step.trouble.reason });
    } else if (this.#isBelowFailed(step.path)) {
      this.#ended(step, { kind: "failed", reason: "below_failed" });
    } else {
      await this.#send(task);
    }
  }

  /**
   * Wait until the steps that have to come before this one are over.
   * @returns False: some of them have to be done again first.
   */
  async #phaseOf(task: Task): Promise<boolean> {
    const { step } = task;
    const alone = step.kind === "delete" ||
      (step.kind === "file" || step.kind === "folder") &&
        step.twin !== undefined;
    const makesWay = step.kind === "delete" && step.makesWay === true;
    const phase = makesWay ? this.#phase : PHASES[step.kind];
    if (phase <= this.#phase && !alone) return true;
    await this.#settled();
    if (this.#stop !== null || this.#again.length > 0) {
      this.#putBack(task);
      return false;
    }
    this.#phase = Math.max(this.#phase, phase);
    return true;
  }

  #putBack(task: Task): void {
    this.#again.push(task);
    this.#again.sort((a, b) => a.at - b.at);
  }

  async #send(task: Task): Promise<void> {
    const { connections, filesAhead, signal } = this.#options;
    let client: Client;
    try {
      while (
        this.#underway >= filesAhead * connections.open &&
        !connections.wantsAnother(this.#underway)
      ) await this.#less();
      if (this.#stop !== null) return this.#putBack(task);
      client = await connections.take(this.#underway, signal);
    } catch (thrown) {
      this.#stop ??= asClientError(thrown);
      return this.#putBack(task);
    }
    const doing = this.#do(task, client);
    const { step } = task;
    if (step.kind !== "folder") return;
    const key = keyOf(step.path);
    this.#folders.set(key, doing);
    doing.finally(() => this.#folders.delete(key)).catch(() => {});
  }

  async #do(task: Task, client: Client): Promise<void> {
    const { step } = task;
    const { connections, retries } = this.#options;
    this.#underway++;
    connections.begun(client);
    task.tries++;
    try {
      const result = await this.#doOn(step, client);
      if (result.kind === "done") retries.progress();
      this.#ended(step, result);
    } catch (thrown) {
      this.#troubled(task, client, asClientError(thrown));
    } finally {
      connections.ended(client);
      this.#underway--;
      this.#oneLess?.resolve();
      this.#oneLess = null;
    }
  }

  async #doOn(step: Step, client: Client): Promise<StepResult> {
    const { side, signal, observer, connections } = this.#options;
    if (step.kind === "skip" || step.kind === "trouble") {
      throw new TypeError(step.kind); // told, and never done
    }
    // On one connection the server makes it before it takes what follows.
    if (connections.open > 1) await this.#parentMade(step.path);
    const onBytes = (bytes: number) => {
      if (step.kind === "file") observer.moved(step, bytes);
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

  #troubled(task: Task, client: Client, error: ClientError): void {
    const { step } = task;
    if (error.exitCode === 130) {
      this.#stop ??= error;
      this.#failed(step, error);
    } else if (error.exitCode === 3 || !client.alive) {
      this.#stop ??= error;
      this.#putBack(task);
    } else if (worthOneMore(error) && task.tries === 1) {
      this.#putBack(task);
    } else if (
      error.code === "not_found" && this.#isBelowFailed(pathOf(step))
    ) {
      this.#ended(step, { kind: "failed", reason: "below_failed" });
    } else {
      this.#failed(step, error);
    }
  }

  #failed(step: Step, error: ClientError): void {
    this.#ended(step, { kind: "failed", error });
  }

  #ended(step: Step, result: StepResult): void {
    if (step.kind === "folder" && result.kind === "failed") {
      this.#failedFolders.push(step.path);
    }
    this.#options.observer.ended(step, result);
  }

  #isBelowFailed(path: TreePath): boolean {
    return this.#failedFolders.some((folder) =>
      folder.length < path.length && liesIn(path, folder)
    );
  }

  async #settled(): Promise<void> {
    while (this.#underway > 0) await this.#less();
  }

  async #less(): Promise<void> {
    this.#oneLess ??= Promise.withResolvers();
    await this.#oneLess.promise;
  }
}

function pathOf(step: Step): TreePath {
  return step.kind === "trouble" ? step.trouble.path : step.path;
}

/** Names hold no `/`. */
function keyOf(path: TreePath): string {
  return path.join("/");
}
