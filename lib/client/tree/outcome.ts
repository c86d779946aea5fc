/**
 * What came of a job: counts, the exit code, and the line for each entry that
 * was not sent.
 * @module
 */
import type { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type { Trouble } from "./entry.ts";
import { countsAs, type Reason } from "./reason.ts";

export class Outcome {
  /** Files and links that are there as they should be. */
  #done = 0;
  #skipped = 0;
  #failed = 0;
  #bytes = 0;
  #sentBytes = 0;
  #transfersFailed = false;
  #exitCode = 0;

  /**
   * @param bytes Of the file.
   * @param sentBytes Of it over the wire: fewer where it was resumed.
   */
  done(bytes: number, sentBytes = bytes): void {
    this.#done++;
    this.#bytes += bytes;
    this.#sentBytes += sentBytes;
  }

  /** Left alone, or not to be had: see `countsAs`. */
  left(reason: Reason): "skipped" | "failed" {
    const result = countsAs(reason);
    if (result === "skipped") this.passed(1);
    else this.#fail(1);
    return result;
  }

  /** So many left alone. */
  passed(count: number): void {
    this.#skipped += count;
  }

  /** A step failed, whatever of it went over the wire. */
  failed(error: ClientError, sentBytes = 0): void {
    this.#sentBytes += sentBytes;
    this.#transfersFailed = true;
    this.#fail(error.exitCode);
  }

  /** Of what is left, something was to be sent. */
  notSent(): void {
    this.#transfersFailed = true;
  }

  /** Deletions that were due were not made: no entry has failed by that. */
  withheld(): void {
    this.#exitCode ||= 1;
  }

  #fail(exitCode: number): void {
    this.#failed++;
    this.#exitCode ||= exitCode;
  }

  /** For a sync with `--delete`: nothing that was to be sent is missing. */
  get allSent(): boolean {
    return !this.#transfersFailed;
  }

  /** That of the first failure, or 0. */
  get exitCode(): number {
    return this.#exitCode;
  }

  get counts(): {
    readonly done: number;
    readonly skipped: number;
    readonly failed: number;
    readonly bytes: number;
    readonly sentBytes: number;
  } {
    return {
      done: this.#done,
      skipped: this.#skipped,
      failed: this.#failed,
      bytes: this.#bytes,
      sentBytes: this.#sentBytes,
    };
  }
}

/** For a person; who shows it makes it printable, as all text from outside. */
export function troubleText({ path, reason, cause }: Trouble): string {
  const why = cause === undefined ? "" : `: ${cause.message}`;
  return `${path.join("/")}: ${texts.tree.reasons[reason]}${why}`;
}
