/**
 * put, get and sync of files and folders as one job: roots to plans, and the
 * engine that does them.
 * @module
 */
import type { ClientError } from "../error.ts";
import type { Get, Put, Sync } from "../grammar/commands.ts";
import { Connections } from "../jobs/connections.ts";
import { runPlan } from "../jobs/engine.ts";
import type { JobObserver, Room } from "../jobs/observer.ts";
import type { Side } from "../jobs/side.ts";
import { GetSide } from "../jobs/get_side.ts";
import { DoneBefore } from "../jobs/done_before.ts";
import { JobMemory, readOnly } from "../jobs/job_memory.ts";
import { type JobKey, journalName } from "../jobs/journal.ts";
import { type FileRoot, planNamed } from "../jobs/named_files.ts";
import { remoteName } from "../jobs/names.ts";
import { PartsThere } from "../jobs/parts_there.ts";
import { PutSide } from "../jobs/put_side.ts";
import { type Amount, readAhead } from "../jobs/read_ahead.ts";
import { retried } from "../jobs/retried.ts";
import { Retries, RETRIES_DEFAULT } from "../jobs/retries.ts";
import { planGetTree, planPutTree } from "../jobs/tree_job.ts";
import type { FtpClient } from "../library.ts";
import { readText } from "../local/input.ts";
import { localPath } from "../local/walk.ts";
import { type Decide, decideCopy, decideSync } from "../tree/decide.ts";
import type { Entry } from "../tree/entry.ts";
import { Filter } from "../tree/filter.ts";
import { NameList } from "../tree/name_list.ts";
import type { DeletionRules } from "../tree/plan.ts";
import type { Reason } from "../tree/reason.ts";
import type { Root } from "../tree/roots.ts";
import type { Step } from "../tree/step.ts";
import { texts } from "../texts/mod.ts";
import { STANDARD } from "./arguments.ts";
import { Asking } from "./asking.ts";
import type { Work } from "./desk.ts";
import { type JobReport, shownPath } from "./job_report.ts";

/** What a job has to know of its command. */
export interface JobRules extends
  Pick<
    Put | Get,
    | "ask"
    | "checksum"
    | "preserve"
    | "recursive"
    | "links"
    | "filters"
    | "filesFrom"
    | "maxSize"
    | "minSize"
    | "noClobber"
    | "removeSource"
    | "restart"
    | "verifyResume"
  > {
  /** Its names, and all that makes it another job than one with the same. */
  readonly words: readonly string[];
  /** As it was typed. */
  readonly command: "put" | "get" | "sync";
  /** Where the target is: `put`, on the server; `get`, here. */
  readonly direction: "put" | "get";
  readonly decide: Decide;
  /** Whether `decide` looks at what is there. */
  readonly comparesTarget: boolean;
  /** The same, beyond whether something is there at all. */
  readonly comparesFiles: boolean;
  readonly deletion?: DeletionRules;
}

export function rulesOfCopy(request: Put | Get): JobRules {
  const { command, noClobber, update, skipUnchanged } = request;
  const { names, restart: _, verifyResume: _read, progress: _told, ...flags } =
    request;
  return {
    ...request,
    words: [...names, JSON.stringify(flags)],
    direction: command,
    decide: decideCopy({ noClobber, update, skipUnchanged }),
    comparesTarget: update || skipUnchanged || noClobber,
    comparesFiles: update || skipUnchanged,
  };
}

/** @param allSent Whether nothing that was to be sent is missing. */
export function rulesOfSync(request: Sync, allSent: () => boolean): JobRules {
  const { from, compare, maxDelete, force, links, filters } = request;
  const deletion: DeletionRules = {
    ...{ max: maxDelete === "off" ? null : maxDelete, force },
    mayDelete: allSent,
  };
  return {
    ...{ command: "sync", direction: from ? "get" : "put", links, filters },
    ...{ ask: false, checksum: "crc32", preserve: false, filesFrom: null },
    ...{ maxSize: null, minSize: null, noClobber: false, removeSource: false },
    ...{ restart: request.restart, verifyResume: false, recursive: true },
    words: ["sync", ...request.names, JSON.stringify({ links, filters })],
    decide: decideSync({ checksum: compare }),
    ...{ comparesTarget: true, comparesFiles: true },
    ...(request.delete ? { deletion } : {}),
  };
}

/** Of each connection: enough to keep a line of 40 ms busy with small files. */
const FILES_AHEAD = 512;
const CONNECTIONS_DEFAULT = 1;
/** Of `--files-from`: a million names of a hundred bytes. */
const NAMES_BYTES_MAX = 100 * 1024 * 1024;

/** The names of a million files, and what is known of them. */
const JOURNAL_BYTES_MAX = 256 * 1024 * 1024;

/** Moves what the roots of one command name. */
export class TransferJob implements AsyncDisposable {
  readonly #work: Work;
  readonly #rules: JobRules;
  readonly #report: JobReport;
  readonly #connections: Connections<FtpClient>;
  readonly #retries: Retries;
  readonly #memory: JobMemory;
  readonly #parts: PartsThere | null;
  readonly #room: Room = { isFull: false };
  /** Not said yet: this job goes on with an earlier one. */
  #toSay = false;
  #gaveUp = false;
  #whole = false;
  /** There is a part of a get to go on with. */
  #left = false;
  readonly #before = new DoneBefore();
  /** How many plans it takes: what they have of files is known of one alone. */
  #plans = 1;

  /** The job of a command, with what it did before it broke off. */
  static async begin(
    work: Work,
    rules: JobRules,
    client: FtpClient,
    report: JobReport,
  ): Promise<TransferJob> {
    const { desk, settings, signal } = work;
    const { ownFiles, runtime: { clock, timers } } = desk;
    const key = keyOf(work, rules, client);
    const name = await journalName(key);
    const kept = await ownFiles.state(name, JOURNAL_BYTES_MAX);
    const file = kept !== null && settings.dryRun ? readOnly(kept) : kept;
    const { restart } = rules;
    const memory = new JobMemory({ key, file, clock, timers, restart });
    const job = new TransferJob(work, rules, client, report, memory);
    if (settings.dryRun) return job;
    try {
      await job.look((client) => memory.ask(client, signal));
      job.#toSay = memory.goesOn;
      return job;
    } catch (error) {
      await job[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(
    work: Work,
    rules: JobRules,
    client: FtpClient,
    report: JobReport,
    memory: JobMemory,
  ) {
    this.#memory = memory;
    const { settings } = work;
    const anew = rules.restart || settings.dryRun;
    this.#parts = anew ? null : new PartsThere();
    this.#work = work;
    this.#rules = rules;
    this.#report = report;
    this.#retries = this.#newRetries();
    this.#connections = new Connections(
      client,
      (signal) => work.another(signal),
      settings.connections ?? CONNECTIONS_DEFAULT,
      () => this.#retries.connected(),
    );
  }

  /**
   * Ask the server something, again where the connection is lost meanwhile.
   * @throws {ClientError} What does not pass by itself.
   */
  async look<T>(ask: (client: FtpClient) => Promise<T>): Promise<T> {
    return await retried({
      ...{ connections: this.#connections, retries: this.#retries },
      signal: this.#work.signal,
      onWaiting: this.#report.observer(() => undefined).waiting,
    }, ask);
  }

  /** Files that may be gone on with are about to be sent: see who has begun. */
  askAhead(client: FtpClient): void {
    this.#parts?.ask({ client, signal: this.#work.signal });
  }

  /** The target that an earlier try began to make the copy of its source. */
  get madeBefore(): string | null {
    return this.#memory.root;
  }

  /** @param plans Calls of `files` and `tree` that are to come. */
  expect(plans: number): void {
    this.#plans = plans;
  }

  /** @returns Whether to go on with what the command names besides. */
  async files(roots: readonly FileRoot[]): Promise<boolean> {
    if (roots.length === 0) return true;
    const rooted = new Map<Step, FileRoot>();
    const sides = new Map<Step, Side<FtpClient>>();
    const plan = this.#named(roots, rooted);
    if (this.#work.settings.dryRun) {
      for await (const page of plan) {
        for (const step of page) this.#report.would(step, rooted.get(step));
      }
      return true;
    }
    using _shown = await this.#report.show();
    const side = routed((step) => {
      const root = rooted.get(step);
      if (root === undefined) throw new TypeError(step.kind);
      const side = sides.get(step) ?? this.#side(root);
      sides.set(step, side);
      return side;
    });
    return await this.#run(plan, side, (step) => rooted.get(step));
  }

  /** @param rooted Where the root of each step is to be found. */
  async *#named(
    roots: readonly FileRoot[],
    rooted: Map<Step, FileRoot>,
  ): AsyncGenerator<readonly Step[]> {
    const { desk: { folder, remote }, settings, signal } = this.#work;
    const { direction, decide, comparesTarget, comparesFiles } = this.#rules;
    const plan = planNamed(roots, {
      ...{ connections: this.#connections, retries: this.#newRetries() },
      ...{ signal, direction, decide, sizes: this.#sizes() },
      onWaiting: this.#report.observer(() => undefined).waiting,
      // Whether something is there at all, the transfer finds.
      comparesTarget: settings.dryRun ? comparesTarget : comparesFiles,
      ...(settings.dryRun
        ? { onNoSource: (root, error) => this.#noSource(root, error) }
        : {}),
      local: (name) => folder.resolve(name),
      remote: (name) => remote.resolve(name),
    });
    for await (const page of plan) {
      for (const { step, root } of page) {
        rooted.set(step, root);
        const counts = this.#toSay && "source" in step &&
          this.#isDone(root, step.source);
        if (counts) this.#before.count(step.kind === "skip");
      }
      yield page.map(({ step }) => step);
    }
  }

  #noSource({ source, target }: FileRoot, error: ClientError): void {
    const { command } = this.#rules;
    this.#report.rootFailed({ command, source, target }, error);
  }

  /** @returns As `files`. */
  async tree(root: Root): Promise<boolean> {
    const { desk, settings, signal } = this.#work;
    const { links, preserve, comparesTarget, deletion } = this.#rules;
    const put = this.#rules.direction === "put";
    const isDone = (source: Entry) => this.#isDone(root, source);
    const decide = this.#toSay
      ? this.#before.counting(this.#rules.decide, isDone)
      : this.#rules.decide;
    const options = {
      ...{ runtime: desk.runtime, connections: this.#connections, signal },
      walkRetries: this.#newRetries(),
      local: desk.folder.resolve(put ? root.source : root.target),
      remote: desk.remote.resolve(put ? root.target : root.source),
      targetExists: root.exists,
      filter: await this.#filter(),
      sizes: this.#sizes(),
      sourceExists: root.missing !== true,
      modes: preserve,
      passes: (reason: Reason) => this.#report.passes(reason),
      ...{ links, decide, comparesTarget },
      ...(deletion === undefined ? {} : { deletion }),
    };
    const plan = put ? await planPutTree(options) : await planGetTree(options);
    if (settings.dryRun) {
      for await (const page of plan) {
        for (const step of page) this.#report.would(step, root);
      }
      return true;
    }
    if (root.becomes) this.#memory.becomes(root.target);
    using _shown = await this.#report.show();
    return await this.#run(plan, this.#side(root), () => root);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#memory.end(this.#whole);
    const { signal } = this.#work;
    const goesOn = this.#memory.isKept || this.#left && !this.#whole;
    if (signal.aborted && goesOn) {
      this.#report.note(texts.jobs.goesOn);
    }
    await this.#connections.close();
  }

  async #run(
    plan: AsyncIterable<readonly Step[]>,
    side: Side<FtpClient>,
    rootOf: (step: Step) => Root | undefined,
  ): Promise<boolean> {
    const { settings, signal } = this.#work;
    const planned = this.#rules.ask
      ? this.#asked(plan, rootOf) // nobody is asked ahead of what is done
      : readAhead(plan, (amount) => this.#amountIs(amount));
    const error = await runPlan(planned, {
      ...{ connections: this.#connections, retries: this.#retries, side },
      observer: this.#observer(rootOf),
      // Nothing is to be under way behind what fails.
      filesAhead: settings.stopOnError ? 1 : FILES_AHEAD,
      stopOnError: settings.stopOnError,
      room: this.#room,
      signal,
    });
    this.#gaveUp ||= error !== null;
    return error === null && this.#report.goesOn;
  }

  #observer(rootOf: (step: Step) => Root | undefined): JobObserver {
    const told = this.#report.observer(rootOf);
    return {
      ...told,
      ended: (step, result) => {
        told.ended(step, result);
        const isRoot = step.kind === "folder" && step.path.length === 0;
        if (!isRoot || result.kind !== "failed") return;
        // Where the connection was lost, nobody knows.
        const lost = "error" in result && result.error.exitCode === 3;
        if (!lost) this.#memory.becomesNothing();
      },
    };
  }

  #amountIs(amount: Amount): void {
    this.#report.amountIs(amount);
    if (!this.#toSay || !amount.whole) return;
    this.#toSay = false;
    const { filesDone, goesOnBesides } = this.#memory;
    const isAll = this.#plans === 1;
    const done = isAll ? this.#before.done : filesDone;
    if (done === 0 && !goesOnBesides) return;
    const files = isAll ? this.#before.all(amount.files) : null;
    this.#report.note(texts.jobs.continuing(done, files));
  }

  /** Whether the job did it before it broke off, and it is the same still. */
  #isDone({ source, target }: Root, { path, identity }: Entry): boolean {
    const { folder, remote } = this.#work.desk;
    if (this.#rules.direction === "put") {
      const name = remoteName(remote.resolve(target), path);
      return this.#memory.known(name)?.identity === identity;
    }
    const name = remoteName(remote.resolve(source), path);
    const local = localPath(folder.resolve(target), path);
    const known = this.#memory.gets.known(name, local);
    return known !== undefined &&
      (identity === "" || identity === known.version);
  }

  /** All that was to be done was tried. */
  ended(): void {
    this.#whole = !this.#gaveUp && this.#report.outcome.allSent;
    this.#report.leftOver();
  }

  #asked(
    plan: AsyncIterable<readonly Step[]>,
    rootOf: (step: Step) => Root | undefined,
  ): AsyncIterable<readonly Step[]> {
    const { desk: { terminal } } = this.#work;
    const asking = new Asking(
      terminal,
      this.#rules.command,
      (ask) => this.#report.whileAsking(ask),
    );
    return asking.ofPlan(
      plan,
      (step) => this.#report.nameOf(step, rootOf(step)),
    );
  }

  #side(root: Root): Side<FtpClient> {
    const { desk } = this.#work;
    const { checksum, preserve, recursive, removeSource } = this.#rules;
    const { restart, verifyResume } = this.#rules;
    const { random, clock } = desk.runtime;
    const both = {
      ...{ checksum, removeSource, random, clock },
      tell: (text: string) => this.#report.note(text),
      keepTimes: preserve || recursive,
      keepModes: preserve,
    };
    if (this.#rules.direction === "put") {
      return new PutSide({
        ...both,
        source: desk.folder.resolve(root.source),
        target: desk.remote.resolve(root.target),
        shown: (below) => shownPath(root.source, below),
        memory: this.#memory,
        parts: this.#parts,
        verify: verifyResume,
      });
    }
    return new GetSide({
      ...both,
      source: desk.remote.resolve(root.source),
      target: desk.folder.resolve(root.target),
      shown: (below) => shownPath(root.target, below),
      unfinished: desk.unfinished,
      server: this.#work.server,
      memory: this.#memory.gets,
      onLeft: () => this.#left = true,
      restart,
      verify: verifyResume,
    });
  }

  async #filter(): Promise<Filter> {
    const { filters: rules, filesFrom } = this.#rules;
    if (filesFrom === null) return new Filter({ rules });
    const { desk: { folder, terminal } } = this.#work;
    const text = filesFrom.name === STANDARD
      ? await terminal.input.rest(NAMES_BYTES_MAX)
      : await readText(folder.resolve(filesFrom.name), NAMES_BYTES_MAX);
    return new Filter({ rules, names: NameList.parse(text, filesFrom.nul) });
  }

  #sizes(): { max?: number; min?: number } {
    const { maxSize: max, minSize: min } = this.#rules;
    return {
      ...(max === null ? {} : { max }),
      ...(min === null ? {} : { min }),
    };
  }

  #newRetries(): Retries {
    const { desk: { runtime: { timers, random } }, settings } = this.#work;
    const limit = settings.retries ?? RETRIES_DEFAULT;
    const retries = new Retries(limit, timers, random);
    retries.connected(); // a job begins with a session
    return retries;
  }
}

/** Each step is done by the side of its own root. */
function routed(of: (step: Step) => Side<FtpClient>): Side<FtpClient> {
  return {
    folder: (step, at) => of(step).folder(step, at),
    file: (step, at) => of(step).file(step, at),
    link: (step, at) => of(step).link(step, at),
    attributes: (step, at) => of(step).attributes(step, at),
    remove: (step, at) => of(step).remove(step, at),
  };
}

function keyOf(
  { desk, server }: Work,
  { direction, words }: JobRules,
  { username }: FtpClient,
): JobKey {
  return {
    verb: direction,
    server,
    username,
    words: [...words, desk.remote.resolve(".")],
    folder: desk.folder.path,
  };
}
