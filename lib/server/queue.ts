/**
 * The requests of one session that wait for their turn, bounded by number and
 * by bytes: whoever reads the connection waits while there is no room.
 * @module
 */
import type { Job } from "./job.ts";

/** Bytes of MESSAGE payloads waiting (PROTOCOL.md, "Pipelining"). */
export const BYTES_AHEAD_MAX = 256 * 1024;

export class JobQueue {
  /** Jobs waiting at most; smaller before login. */
  jobsMax: number;
  readonly #bytesMax: number;
  #jobs: Job[] = [];
  #first = 0;
  #bytes = 0;
  #room: PromiseWithResolvers<void> | null = null;

  constructor(jobsMax: number, bytesMax: number = BYTES_AHEAD_MAX) {
    this.jobsMax = jobsMax;
    this.#bytesMax = bytesMax;
  }

  get length(): number {
    return this.#jobs.length - this.#first;
  }

  /** Add a job; a promise means: wait for it before the next one. */
  push(job: Job): Promise<void> | undefined {
    this.#jobs.push(job);
    this.#bytes += job.bytes;
    if (this.#hasRoom()) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  shift(): Job | undefined {
    const job = this.#jobs[this.#first];
    if (job === undefined) return undefined;
    // Taken off in blocks: a shift of a thousand-job array moves them all.
    if (++this.#first >= 64 || this.#first === this.#jobs.length) {
      this.#jobs = this.#jobs.slice(this.#first);
      this.#first = 0;
    }
    this.#bytes -= job.bytes;
    if (this.#hasRoom()) this.#letIn();
    return job;
  }

  /** Take the first `count` off it. */
  take(count: number): readonly Job[] {
    const jobs: Job[] = [];
    while (jobs.length < count) {
      const job = this.shift();
      if (job === undefined) break;
      jobs.push(job);
    }
    return jobs;
  }

  /** Jobs that were taken off it, and come first once more. */
  putBack(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    this.#jobs = [...jobs, ...this.#jobs.slice(this.#first)];
    this.#first = 0;
    for (const job of jobs) this.#bytes += job.bytes;
  }

  /** The job that is `nth` in the row; 0 is the one that comes next. */
  at(nth: number): Job | undefined {
    return this.#jobs[this.#first + nth];
  }

  /** The waiting job with this id. */
  find(id: number): Job | undefined {
    return this.#jobs.find((job, at) => at >= this.#first && job.id === id);
  }

  /** The jobs that wait, in order. */
  [Symbol.iterator](): Iterator<Job> {
    return this.#jobs.slice(this.#first).values();
  }

  /** Drop all jobs, and let the one that waits for room go on. */
  clear(): void {
    this.#jobs = [];
    this.#first = 0;
    this.#bytes = 0;
    this.#letIn();
  }

  #hasRoom(): boolean {
    return this.length < this.jobsMax && this.#bytes < this.#bytesMax;
  }

  #letIn(): void {
    this.#room?.resolve();
    this.#room = null;
  }
}
