/**
 * What a job tells of its steps: to the reporter, to the counts, and to the
 * lines at the terminal.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import type { JobObserver, Withheld } from "../jobs/observer.ts";
import type { Moved, StepResult } from "../jobs/side.ts";
import { remoteName } from "../jobs/names.ts";
import type { Amount } from "../jobs/read_ahead.ts";
import { formatBytes } from "../terminal/progress.ts";
import { JobDisplay, type JobView } from "../terminal/job_display.ts";
import { texts } from "../texts/mod.ts";
import type { TreePath } from "../tree/entry.ts";
import { Outcome } from "../tree/outcome.ts";
import type { Reason } from "../tree/reason.ts";
import type { Root } from "../tree/roots.ts";
import type { FileStep, Step } from "../tree/step.ts";
import type { Work } from "./desk.ts";
import type { JobRules } from "./jobs.ts";
import type { Subject } from "./reporter.ts";

const PROGRESS_MS = 1000;
/** Of a tree, left alone as was asked: such lines would hide the others. */
const QUIET_REASONS: ReadonlySet<Reason> = new Set([
  "exists",
  "newer",
  "unchanged",
  "done_before",
  "too_large",
  "too_small",
]);

interface Underway {
  readonly name: string;
  total: number | null;
  bytes: number;
  begun: boolean;
}

/** Of what a job tells. */
interface Told extends Pick<JobRules, "command" | "direction"> {
  readonly progress: boolean;
}

export class JobReport {
  readonly #work: Work;
  readonly #command: JobRules["command"];
  readonly #direction: JobRules["direction"];
  readonly #wantsProgress: boolean;
  readonly #sinceMs: number;
  readonly #outcome = new Outcome();
  readonly #underway = new Map<FileStep, Underway>();
  #display: JobDisplay | null = null;
  /** While a question stands at the terminal. */
  #unsaid: (() => void)[] | null = null;
  #filesDone = 0;
  #deleted = 0;
  /** Not sent, behind the first one that found the disk full. */
  #noRoom = 0;
  #bytesDone = 0;
  /** Of all that crossed the wire, also what was lost; and when the last did. */
  #bytesMoved = 0;
  #movedMs: number;
  /** Of all, than the plan knew. */
  #bytesMore = 0;
  #amount: Amount = { files: 0, bytes: 0, whole: false };

  constructor(
    work: Work,
    { command, direction, progress }: Told,
  ) {
    this.#work = work;
    this.#command = command;
    this.#direction = direction;
    this.#wantsProgress = progress;
    this.#sinceMs = work.desk.runtime.clock.monotonicMs();
    this.#movedMs = this.#sinceMs;
  }

  get exitCode(): number {
    return this.#outcome.exitCode;
  }

  /** False: something failed, and that was to be the last thing done. */
  get goesOn(): boolean {
    return !this.#work.settings.stopOnError || this.exitCode === 0;
  }

  get outcome(): Outcome {
    return this.#outcome;
  }

  /**
   * Whether nobody hears of what is left alone for this reason: there may be a
   * million such, which are counted, no more.
   */
  passes(reason: Reason): boolean {
    return !this.#work.reporter.tellsAll && QUIET_REASONS.has(reason);
  }

  amountIs(amount: Amount): void {
    this.#amount = amount;
  }

  /** Until disposed, show how far it is, to who wants to see it. */
  async show(): Promise<Disposable> {
    const { desk: { runtime, terminal }, settings, reporter } = this.#work;
    const shown = new DisposableStack();
    if (terminal.errorIsTerminal && !settings.quiet) {
      // 20 ms to load; a job has names of all sorts.
      const { default: widthOf } = await import("string-width");
      const view: JobView = {
        state: () => this.#state(),
        moving: () => [...this.#underway.values()].filter(isMoving),
      };
      this.#display = shown.use(
        new JobDisplay(runtime, terminal, view, widthOf),
      );
      shown.defer(() => this.#display = null);
    }
    if (this.#wantsProgress) {
      const { clock } = runtime;
      const sinceMs = this.#movedMs = clock.monotonicMs();
      shown.use(runtime.timers.every(PROGRESS_MS, () => {
        const { bytesMoved, ...state } = this.#state();
        const { bytesDone, bytes } = state;
        const nowMs = clock.monotonicMs();
        const seconds = (nowMs - sinceMs) / 1000;
        const rate = bytesMoved / Math.max(seconds, 0.001);
        reporter.progress({
          ...{ ...state, bytesPerSecond: rate },
          secondsLeft: bytes === null || rate === 0
            ? null
            : Math.max(bytes - bytesDone, 0) / rate,
          silentSeconds: (nowMs - this.#movedMs) / 1000,
        }, this.#progressName());
      }));
    }
    return shown;
  }

  observer(rootOf: (step: Step) => Root | undefined): JobObserver {
    return {
      begun: (step) => {
        const earlier = this.#underway.get(step); // and it was lost
        if (earlier !== undefined) {
          this.#bytesDone -= earlier.bytes;
          this.#bytesMore -= (earlier.total ?? 0) - step.source.size;
        }
        const name = this.#subject(step, rootOf(step));
        this.#underway.set(step, {
          name: (this.#direction === "put" ? name.target : name.source) ?? "",
          total: step.source.size,
          bytes: 0,
          begun: false,
        });
      },
      moved: (step, bytes, total) => {
        const one = this.#underway.get(step);
        if (one === undefined) return;
        // What is told first is where it begins.
        if (one.begun) this.#moves(bytes - one.bytes);
        this.#bytesDone += bytes - one.bytes;
        one.bytes = bytes;
        one.begun = true;
        if (total === null) return;
        // A file may have another size than its listing said, if there was one.
        this.#bytesMore += total - (one.total ?? 0);
        one.total = total;
      },
      ended: (step, result) => this.#ended(step, result, rootOf(step)),
      passed: (count) => this.#passed(count),
      withheld: (step) => this.#withheld(step),
      waiting: (error, ms) => this.#waiting(error, ms),
    };
  }

  /** Nothing is glued to a question: what there is to say is said after it. */
  async whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    const unsaid: (() => void)[] = []; // one for each step under way, at most
    this.#unsaid = unsaid;
    try {
      using _held = this.#display?.hold();
      return await ask();
    } finally {
      this.#unsaid = null;
      for (const say of unsaid) say();
    }
  }

  /** What a step is about, as the person knows it. */
  nameOf(step: Step, root: Root | undefined): string {
    return this.#subject(step, root).source ?? "";
  }

  /** Something that is no failure; nobody hears it with --quiet. */
  note(text: string): void {
    if (this.#work.settings.quiet) return;
    this.#tell(() => this.#work.desk.terminal.say(printableLine(text)));
  }

  /** A root that there is no plan for. */
  rootFailed(subject: Subject, error: ClientError): void {
    this.#outcome.failed(error);
    this.#tell(() => this.#work.reporter.failed(subject, error));
  }

  /** What was told of no file alone. */
  leftOver(): void {
    if (this.#noRoom === 0) return;
    const said = texts.jobs.noRoom(this.#noRoom, this.#direction === "get");
    const error = new ClientError("no_space", ...said);
    this.#tell(() => this.#work.desk.complain(error));
  }

  /**
   * The sum of a job of many files.
   * @param always Where there is no terminal, too, and all went well.
   */
  summary(always: boolean): void {
    const { desk: { terminal, runtime }, settings } = this.#work;
    if (settings.quiet || settings.stats || settings.dryRun) return;
    const { bytes, ...counts } = this.#outcome.counts;
    const { done, skipped, failed } = counts;
    const others = done + skipped + this.#deleted;
    if (others === 0 && failed === 1) return; // its line has said it all
    if (!always && done + skipped + failed < 2) return;
    const isWanted = terminal.errorIsTerminal || settings.verbose ||
      !settings.json && (always || skipped + failed > 0);
    if (!isWanted) return;
    const elapsedMs = runtime.clock.monotonicMs() - this.#sinceMs;
    const seconds = Math.max(elapsedMs / 1000, 0.001);
    terminal.say(texts.jobs.summary({
      ...counts,
      deleted: this.#deleted,
      bytes: formatBytes(bytes),
      seconds: seconds.toFixed(seconds < 1 ? 3 : 2),
      rate: formatBytes(bytes / seconds),
    }));
  }

  /** --dry-run: what a step would do. */
  would(step: Step, root: Root | undefined): void {
    const { reporter } = this.#work;
    const subject = this.#subject(step, root);
    const { would } = texts.jobs;
    switch (step.kind) {
      case "file": {
        // Nothing is read for a dry run: --checksum compares later.
        const kind = step.only === "differs" ? "compared" : "file";
        const { size } = step.source;
        return reporter.would(subject, would[kind](subject), size);
      }
      case "folder":
        return reporter.wouldAlso(would.folder(subject));
      case "link":
        return reporter.would(subject, would.link(subject));
      case "delete":
        return reporter.would(subject, would.delete(subject));
      case "skip":
        return this.#left(step.reason, subject, isInTree(root));
      case "trouble": {
        const { reason, cause } = step.trouble;
        return this.#left(reason, subject, isInTree(root), cause);
      }
      case "passed":
        return this.#passed(step.count);
      case "withheld":
        return this.#withheld(step);
      case "attributes":
      case "barrier":
        return;
    }
  }

  #moves(bytes: number): void {
    if (bytes <= 0) return;
    this.#bytesMoved += bytes;
    this.#movedMs = this.#work.desk.runtime.clock.monotonicMs();
  }

  #state() {
    const { files, bytes, whole } = this.#amount;
    return {
      filesDone: this.#filesDone,
      bytesDone: this.#bytesDone,
      bytesMoved: this.#bytesMoved,
      files: whole ? files : null,
      bytes: whole ? bytes + this.#bytesMore : null,
    };
  }

  /** What a line of progress is of: one file alone has its own name. */
  #progressName(): string {
    const { filesDone, files } = this.#state();
    const [one] = this.#underway.values();
    const isAlone = files === 1 && one !== undefined;
    return isAlone ? one.name : texts.terminal.filesDone(filesDone, files);
  }

  #ended(step: Step, result: StepResult, root: Root | undefined): void {
    if (step.kind === "file") {
      this.#filesDone++;
      // Of those that go with others only the end is heard.
      const isNews = !this.#underway.delete(step);
      if (isNews && result.kind === "done" && result.moved !== undefined) {
        this.#moves(result.moved.sentBytes);
        this.#bytesDone += result.moved.size;
        this.#bytesMore += result.moved.size - step.source.size;
      }
    }
    if (isInTree(root) && this.#counts(result)) return;
    const subject = this.#subject(step, root);
    if (result.kind === "done") {
      if (step.kind === "file" && result.moved !== undefined) {
        this.#moved(subject, result.moved, isInTree(root));
      } else if (step.kind === "link") {
        this.#outcome.done(0);
        this.#tell(() =>
          this.#work.reporter.done(subject, texts.jobs.linked(subject))
        );
      } else if (step.kind === "delete") {
        this.#deleted++;
        this.#tell(() =>
          this.#work.reporter.done(subject, texts.jobs.deleted(subject))
        );
      }
    } else if ("reason" in result) {
      const cause = step.kind === "trouble" ? step.trouble.cause : undefined;
      this.#left(result.reason, subject, isInTree(root), cause);
      // It was to be sent, and is not there.
      if (step.kind !== "trouble" && result.kind === "failed") {
        this.#outcome.notSent();
      }
    } else {
      this.#outcome.failed(result.error);
      this.#tell(() => this.#work.reporter.failed(subject, result.error));
    }
  }

  #passed(count: number): void {
    this.#outcome.passed(count);
    this.#work.reporter.passed(count);
  }

  /** The same of a file that was moved. */
  #counts(result: StepResult): boolean {
    const { reporter } = this.#work;
    if (reporter.tellsAll || result.kind !== "done") return false;
    if (result.moved === undefined) return false;
    const { size, sentBytes } = result.moved;
    this.#outcome.done(size, sentBytes);
    reporter.counted(size, sentBytes);
    return true;
  }

  #moved(subject: Subject, moved: Moved, inTree: boolean): void {
    const { size, sentBytes, checksum, seconds } = moved;
    this.#outcome.done(size, sentBytes);
    const name =
      (this.#direction === "put" ? subject.target : subject.source) ??
        "";
    const receipt = { name, bytes: size, checksum, seconds, version: null };
    this.#tell(() =>
      this.#work.reporter.moved(subject, receipt, moved, inTree)
    );
  }

  #left(
    reason: Reason,
    subject: Subject,
    inTree: boolean,
    cause?: Error,
  ): void {
    const result = this.#outcome.left(reason);
    const why = texts.tree.reasons[reason];
    const isHere = reason !== "name_unreachable";
    const { source, target } = subject;
    const name = ((this.#direction === "put") === isHere ? source : target) ??
      target ?? "";
    if (result === "failed") {
      const noRoom = reason === "no_room";
      if (noRoom) this.#noRoom++;
      const error = new ClientError(
        noRoom ? "no_space" : "refused",
        ...texts.jobs.left(name, why),
        cause === undefined ? {} : { cause },
      );
      // A line for each would say the same.
      this.#tell(() => this.#work.reporter.failed(subject, error, noRoom));
      return;
    }
    const quietly = QUIET_REASONS.has(reason) &&
      (inTree || reason === "done_before");
    const line = `${printable(name)}: ${why}`;
    this.#tell(() =>
      this.#work.reporter.skipped(subject, reason, line, quietly)
    );
  }

  #withheld({ why, count }: Withheld): void {
    this.#outcome.withheld();
    const error = new ClientError(
      "refused",
      ...texts.tree.withheld[why](count),
    );
    this.#tell(() => this.#work.desk.complain(error));
  }

  #waiting(error: ClientError, ms: number): void {
    if (this.#work.settings.quiet) return;
    const { message } = error;
    this.#tell(() =>
      this.#work.desk.terminal.say(
        texts.jobs.waiting(printable(message), (ms / 1000).toFixed(0)),
      )
    );
  }

  /** Nothing is to be glued to the lines of progress. */
  #tell(say: () => void): void {
    if (this.#unsaid !== null) return void this.#unsaid.push(say);
    this.#display?.erase();
    say();
  }

  #subject(step: Step, root: Root | undefined): Subject {
    const path: TreePath = step.kind === "trouble"
      ? step.trouble.path
      : "path" in step
      ? step.path
      : [];
    const below = "source" in step ? step.source.path : path;
    const command = this.#command;
    const { source: from = "", target: to = "" } = root ?? {};
    const [source, target] = this.#direction === "put"
      ? [shownPath(from, below), remoteName(to, path)]
      : [remoteName(from, below), shownPath(to, path)];
    // Nothing is there of what is deleted for that.
    return { command, source: step.kind === "delete" ? null : source, target };
  }
}

function printableLine(text: string): string {
  return `${printable(text.trimEnd())}\n`;
}

function isInTree(root: Root | undefined): boolean {
  return root?.kind === "folder";
}

function isMoving({ bytes, total }: Underway): boolean {
  return bytes > 0 && bytes !== total;
}

/** A local path as the person knows it. */
export function shownPath(root: string, below: TreePath): string {
  if (below.length === 0) return root;
  const base = root.endsWith("/") ? root.slice(0, -1) : root;
  return [base, ...below].join("/");
}
