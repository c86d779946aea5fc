/**
 * What a command tells of its work: lines for a person, or JSON for a program;
 * and the sum of it all.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { type ClientError, reasonOf } from "../error.ts";
import type { Settings } from "../grammar/commands.ts";
import type { Moved } from "../jobs/side.ts";
import type { Receipt } from "../library.ts";
import {
  closingLine,
  formatBytes,
  progressLine,
} from "../terminal/progress.ts";
import { texts } from "../texts/mod.ts";
import type { Desk } from "./desk.ts";
import {
  endEvent,
  entryEvent,
  type EntryShown,
  type Event,
  formatEvent,
  type Item,
  itemEvent,
  type JobProgress,
  progressEvent,
} from "./events.ts";

/** What an item is about. */
export interface Subject {
  readonly command: string;
  readonly source: string | null;
  readonly target: string | null;
}

export interface Summed {
  readonly checksum: string;
  readonly size: number;
}

export interface Reporter {
  /** Whether stdout is for JSON alone. */
  readonly json: boolean;
  /** Whether what was left alone as asked is told, too. */
  readonly tellsAll: boolean;
  /** So many such that are not told. */
  passed(count: number): void;
  /** A file that was moved, of a tree: counted, and not told. */
  counted(bytes: number, sentBytes: number): void;
  /**
   * A file that was moved, verified: all that was to be, where `moving` does
   * not say otherwise.
   * @param ofMany One of a whole tree: a line for it only with -v.
   */
  moved(
    subject: Subject,
    receipt: Receipt,
    moving?: Pick<Moved, "resumedFrom" | "sentBytes">,
    ofMany?: boolean,
  ): void;
  /**
   * Another thing that was done; `line` is told where more is to be said.
   * @param statusCode Null where no server was asked.
   */
  done(subject: Subject, line: string, statusCode?: number | null): void;
  /** @param asAsked It was to be left alone: a line for it only with -v. */
  skipped(
    subject: Subject,
    reason: string,
    line: string,
    asAsked?: boolean,
  ): void;
  /**
   * --dry-run: it would be done.
   * @param size Of a file, where it is known.
   */
  would(subject: Subject, line: string, size?: number): void;
  /** The same of what is no item: for a person alone. */
  wouldAlso(line: string): void;
  /** @param ofMany For a person there is one line for all of them. */
  failed(subject: Subject, error: ClientError, ofMany?: boolean): void;
  /** One of a listing: its line, or its event. */
  entry(shown: EntryShown, line: () => string): void;
  /** Something else that was asked for: its lines, or its event. */
  shown(event: () => Event, lines: () => string): void;
  /** The checksum of a file, as the server has it. */
  summed(subject: Subject, sum: Summed, line: () => string): void;
  /**
   * Once a second, where --progress was given.
   * @param name What it is of.
   */
  progress(progress: JobProgress, name: string): void;
  /** Once, last. */
  end(exitCode: number): void;
}

/** A failure is told to a person with --json, too: a program reads stdout. */
export function createReporter(desk: Stage, settings: Settings): Reporter {
  return new LineReporter(desk, settings);
}

/** Of a desk, what is needed to tell. */
type Stage = Pick<Desk, "runtime" | "terminal" | "complain">;

const SUCCESS = 200;
/** In a log a line of progress each second would hide all else. */
const LINE_SECONDS = 3;

class LineReporter implements Reporter {
  readonly #sinceMs: number;
  #done = 0;
  #skipped = 0;
  #failed = 0;
  #bytes = 0;
  #sentBytes = 0;
  #progressTold = 0;

  constructor(
    private readonly desk: Stage,
    private readonly settings: Settings,
  ) {
    this.#sinceMs = desk.runtime.clock.monotonicMs();
  }

  get json(): boolean {
    return this.settings.json;
  }

  get tellsAll(): boolean {
    return this.json || this.settings.verbose && !this.settings.quiet;
  }

  passed(count: number): void {
    this.#skipped += count;
  }

  counted(bytes: number, sentBytes: number): void {
    this.#done++;
    this.#bytes += bytes;
    this.#sentBytes += sentBytes;
  }

  moved(
    subject: Subject,
    receipt: Receipt,
    moving: Pick<Moved, "resumedFrom" | "sentBytes"> = {
      resumedFrom: 0,
      sentBytes: receipt.bytes,
    },
    ofMany = false,
  ): void {
    const { bytes, checksum, seconds } = receipt;
    const { resumedFrom, sentBytes } = moving;
    this.counted(bytes, sentBytes);
    this.#item(subject, {
      ...{ statusCode: SUCCESS, result: "done", size: bytes, sentBytes },
      ...{ checksum, seconds },
      resumedFrom: resumedFrom === 0 ? null : resumedFrom,
    });
    // For who sits at a terminal, or wants to know.
    const { quiet, verbose } = this.settings;
    const seen = this.desk.terminal.errorIsTerminal && !ofMany;
    if (quiet || !verbose && !seen) return;
    this.desk.terminal.say(`${closingLine(receipt)}\n`);
  }

  done(
    subject: Subject,
    line: string,
    statusCode: number | null = SUCCESS,
  ): void {
    this.#done++;
    this.#item(subject, { statusCode, result: "done" });
    if (this.settings.verbose) this.desk.terminal.say(`${line}\n`);
  }

  skipped(
    subject: Subject,
    reason: string,
    line: string,
    asAsked = false,
  ): void {
    this.#skipped++;
    this.#item(subject, { result: "skipped", reason, message: line });
    const { quiet, verbose } = this.settings;
    if (!quiet && (verbose || !asAsked)) this.desk.terminal.say(`${line}\n`);
  }

  would(subject: Subject, line: string, size?: number): void {
    this.#done++;
    this.#bytes += size ?? 0;
    const known = size === undefined ? {} : { size };
    this.#item(subject, { result: "done", message: line, ...known });
    this.wouldAlso(line);
  }

  wouldAlso(line: string): void {
    if (!this.json) this.desk.terminal.print(`${printable(line)}\n`);
  }

  failed(subject: Subject, error: ClientError, ofMany = false): void {
    this.#failed++;
    this.#item(subject, {
      ...{ statusCode: error.statusCode, result: "failed" },
      ...{ reason: error.code, message: reasonOf(error) },
    });
    if (ofMany && !this.settings.verbose) return;
    this.desk.complain(error, this.settings.debug);
  }

  entry(shown: EntryShown, line: () => string): void {
    if (this.json) this.#event(entryEvent(shown));
    else this.desk.terminal.print(line());
  }

  shown(event: () => Event, lines: () => string): void {
    if (this.json) this.#event(event());
    else this.desk.terminal.print(lines());
  }

  summed(subject: Subject, { checksum, size }: Summed, line: () => string) {
    this.#done++;
    if (!this.json) return this.desk.terminal.print(line());
    const statusCode = SUCCESS;
    this.#item(subject, { statusCode, result: "done", checksum, size });
  }

  progress(progress: JobProgress, name: string): void {
    if (this.json) return this.#event(progressEvent(progress));
    const { desk: { terminal }, settings } = this;
    if (settings.quiet || terminal.errorIsTerminal) return; // drawn there
    if (++this.#progressTold % LINE_SECONDS !== 0) return;
    const { bytesDone, bytes } = progress;
    const state = { ...progress, name, bytes: bytesDone, total: bytes };
    terminal.say(`${progressLine(state)}\n`);
  }

  end(exitCode: number): void {
    const seconds = (this.desk.runtime.clock.monotonicMs() - this.#sinceMs) /
      1000;
    const totals = {
      ...{ done: this.#done, skipped: this.#skipped, failed: this.#failed },
      ...{ bytes: this.#bytes, sentBytes: this.#sentBytes },
      ...{ seconds, exitCode, dryRun: this.settings.dryRun },
    };
    if (this.json) this.#event(endEvent(totals));
    if (!this.settings.stats) return;
    this.desk.terminal.say(texts.commands.stats({
      ...totals,
      sent: formatBytes(this.#sentBytes),
      rate: formatBytes(this.#sentBytes / Math.max(seconds, 0.001)),
      seconds: seconds.toFixed(3),
    }));
  }

  #item(
    subject: Subject,
    known: Partial<Item> & Pick<Item, "result">,
  ): void {
    if (!this.json) return;
    this.#event(itemEvent({
      ...{ statusCode: null, size: null, sentBytes: null, resumedFrom: null },
      ...{ checksum: null, seconds: null, reason: null, message: null },
      ...{ dryRun: this.settings.dryRun },
      ...subject,
      ...known,
    }));
  }

  #event(event: Event): void {
    this.desk.terminal.print(formatEvent(event));
  }
}
