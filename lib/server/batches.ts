/**
 * Many small files at once: requests that stand next to each other in the
 * queue, each with all that it needs at hand, are done in one go. Their homes
 * are asked once, their answers leave together, and nothing is waited for
 * between them. A put that is here to its end goes so even where it is alone;
 * a get may turn out to be large, and does not.
 *
 * Only the plain case is done so. Whatever is odd about a request (a checksum
 * that differs, a bad name, a body that is not here yet, a cancel) makes it go
 * the long way, in its turn, so that each answer has one place where it is
 * made.
 * @module
 */
import {
  encodeObject,
  type GetRequest,
  type PutRequest,
  type Request,
} from "../protocol/mod.ts";
import {
  type FileInfo,
  type Home,
  type HomePath,
  resolveName,
  StorageError,
  type Whole,
  type WholePut,
} from "../storage/mod.ts";
import { createChecksum } from "../transfer/mod.ts";
import { answerRequest } from "./actions.ts";
import { getFacts } from "./files.ts";
import type { Job } from "./job.ts";
import { commitOptions, putFacts } from "./put_terms.ts";
import type { JobQueue } from "./queue.ts";
import type { Session } from "./session.ts";
import { Telling } from "./telling.ts";

/** What a home may do in one go, for the sake of all others (home.ts). */
const FILES_MAX = 64;
const BYTES_MAX = 1024 * 1024;
/** A body over this is not worth it: it is moved as quickly by itself. */
export const WHOLE_BYTES_MAX = 64 * 1024;
/** How small a file that is asked for is taken to be, before one was seen. */
const READ_BYTES_FIRST = 16 * 1024;
const READ_BYTES_MIN = 4 * 1024;
/** Room for an answer and an end, or for the reason why not. */
const ANSWERS_BYTES = 1024;

export interface Batch {
  readonly jobs: readonly Job[];
  /**
   * Answer them. Rejects only when the connection is lost.
   * @returns How many were answered: the first so many. The rest is still to
   * be done.
   */
  run(): Promise<number>;
}

export class Batches {
  readonly #session: Session;
  /** Of a file that is asked for; what is longer goes the long way. */
  #readBytesMax = READ_BYTES_FIRST;

  constructor(session: Session) {
    this.#session = session;
  }

  /** What stands at the head of the queue and is done together; else null. */
  next(queue: JobQueue): Batch | null {
    const { home } = this.#session;
    if (home === null) return null;
    return this.#puts(home, queue) ?? this.#gets(home, queue);
  }

  #puts(home: Home, queue: JobQueue): Batch | null {
    const { maxUploadBytes } = this.#session.context.limits;
    const puts: Put[] = [];
    let bytes = 0;
    while (puts.length < FILES_MAX) {
      const put = putOf(queue.at(puts.length), maxUploadBytes ?? Infinity);
      if (put === null || !this.#isFree(put)) break;
      bytes += put.file.bytes.length;
      if (bytes > BYTES_MAX) break;
      puts.push(put);
    }
    if (puts.length === 0) return null;
    const jobs = puts.map(({ job }) => job);
    return { jobs, run: () => this.#putAll(home, puts) };
  }

  /** A put that may be kept, and one that nothing is kept of: both alike. */
  #isFree({ request: { transfer }, file: { path } }: Put): boolean {
    const { parts, account } = this.#session;
    if (transfer === undefined || parts === null || account === null) {
      return true;
    }
    return parts.isFree(account.name, path);
  }

  async #putAll(home: Home, puts: readonly Put[]): Promise<number> {
    const session = this.#session;
    const controller = new AbortController();
    const tellings = puts.map(({ job, request }) => {
      job.join(controller);
      job.body?.lend();
      return new Telling(session, "put", { name: request.filename });
    });
    const files = puts.map(({ file }) => file);
    const outcomes = await home.putMany(files, controller.signal);
    for (const [at, { job, file, checksum }] of puts.entries()) {
      const outcome = outcomes[at];
      const told = tellings[at];
      if (outcome === undefined || told === undefined) continue;
      // Stopped by the cancel of another one of them: it is to be done still.
      if (isAborted(outcome) && !job.cancelled) {
        job.leave();
        await answerRequest(session, job);
        continue;
      }
      const counts = { bytes: file.bytes.length };
      let sent: Promise<void> | undefined;
      if (outcome instanceof StorageError) {
        const { status, text } = told.failed(outcome, counts);
        sent = session.output.reply(job, status, {}, text);
      } else {
        told.done(counts);
        const facts = putFacts(outcome, checksum);
        sent = session.output.reply(job, "success", facts);
      }
      if (sent !== undefined) await sent;
    }
    return puts.length;
  }

  #gets(home: Home, queue: JobQueue): Batch | null {
    if (getOf(queue.at(0)) === null || getOf(queue.at(1)) === null) return null;
    const { writer } = this.#session.output;
    const each = this.#readBytesMax + ANSWERS_BYTES;
    // All of it goes into one buffer: nothing is held while a peer is slow.
    const filesMax = Math.min(
      FILES_MAX,
      Math.floor(writer.capacity / 2 / each),
    );
    const gets: Get[] = [];
    while (gets.length < filesMax) {
      const get = getOf(queue.at(gets.length));
      if (get === null) break;
      gets.push(get);
    }
    if (gets.length < 2) return null;
    const jobs = gets.map(({ job }) => job);
    return { jobs, run: () => this.#getAll(home, gets, each) };
  }

  async #getAll(
    home: Home,
    gets: readonly Get[],
    each: number,
  ): Promise<number> {
    const { writer } = this.#session.output;
    if (writer.room < gets.length * each) await writer.flush();
    const done = await this.#readAndSend(home, gets);
    // What was read behind an odd one is dropped: nothing is held meanwhile.
    const odd = gets[done];
    if (odd === undefined) return done;
    await answerRequest(this.#session, odd.job);
    return done + 1;
  }

  /** @returns How many went: up to the first one that goes the long way. */
  async #readAndSend(home: Home, gets: readonly Get[]): Promise<number> {
    const session = this.#session;
    const controller = new AbortController();
    const bytesMax = this.#readBytesMax;
    const tellings = gets.map(({ job, request }) => {
      job.join(controller);
      return new Telling(session, "get", { name: request.filename });
    });
    const files = gets.map(({ path, request: { if_version } }) =>
      if_version === undefined
        ? { path, bytesMax }
        : { path, bytesMax, ifVersion: if_version }
    );
    const outcomes = await home.readMany(files, controller.signal);
    for (const { job } of gets) job.leave();
    this.#learn(outcomes);
    for (const [at, { job, request }] of gets.entries()) {
      const outcome = outcomes[at];
      const told = tellings[at];
      if (outcome === undefined || told === undefined) return at;
      if (job.cancelled || outcome instanceof StorageError) return at;
      if (outcome.bytes === null) return at;
      const sent = this.#send(job, request, outcome.info, outcome.bytes);
      if (sent !== undefined) await sent;
      told.done({ bytes: outcome.bytes.length });
    }
    return gets.length;
  }

  #send(
    job: Job,
    request: GetRequest,
    info: FileInfo,
    bytes: Uint8Array,
  ): Promise<void> | undefined {
    const { output } = this.#session;
    const checksum = createChecksum(request.checksum_type);
    checksum.update(bytes);
    const end = encodeObject({
      action: "end",
      id: request.id,
      size: bytes.length,
      checksum: checksum.digest(),
    });
    return output.whole(job, getFacts(request, info), bytes, end);
  }

  /** The next files are taken to be like these. */
  #learn(outcomes: readonly (Whole | StorageError)[]): void {
    let largest = 0;
    for (const outcome of outcomes) {
      if (outcome instanceof StorageError) continue;
      const { size } = outcome.info;
      if (size <= WHOLE_BYTES_MAX) largest = Math.max(largest, size);
    }
    while (this.#readBytesMax < largest) this.#readBytesMax *= 2;
    const less = this.#readBytesMax / 2;
    if (largest <= less / 2 && less >= READ_BYTES_MIN) {
      this.#readBytesMax = less;
    }
  }
}

interface Put {
  readonly job: Job;
  readonly request: PutRequest;
  readonly file: WholePut;
  readonly checksum: string;
}

/** A put that is here to its end, and in order as far as can be seen. */
function putOf(job: Job | undefined, maxUploadBytes: number): Put | null {
  const request = plainRequestOf(job);
  if (job === undefined || request?.action !== "put") return null;
  const { body } = job;
  const bytes = body?.whole(WHOLE_BYTES_MAX) ?? null;
  const said = body?.ending;
  if (bytes === null || said?.action !== "end") return null;
  const { length } = bytes;
  if (length > maxUploadBytes || length !== said.size) return null;
  if (length !== (request.size ?? length) || request.offset > 0) return null;
  const sum = createChecksum(request.checksum_type);
  sum.update(bytes);
  const checksum = sum.digest();
  if (checksum !== said.checksum) return null;
  const path = pathOf(request.filename);
  if (path === null || path.length === 0) return null;
  const options = commitOptions(request, checksum);
  return { job, request, file: { path, bytes, options }, checksum };
}

interface Get {
  readonly job: Job;
  readonly request: GetRequest;
  readonly path: HomePath;
}

function getOf(job: Job | undefined): Get | null {
  const request = plainRequestOf(job);
  if (job === undefined || request?.action !== "get") return null;
  if (request.offset > 0 || request.length !== undefined) return null;
  const path = pathOf(request.filename);
  return path === null ? null : { job, request, path };
}

function plainRequestOf(job: Job | undefined): Request | null {
  if (job === undefined || job.cancelled) return null;
  const { task } = job;
  if ("refused" in task || task.request.requires.length > 0) return null;
  return task.request;
}

function pathOf(name: string): HomePath | null {
  try {
    return resolveName(name);
  } catch (error) {
    if (error instanceof StorageError) return null;
    throw error;
  }
}

function isAborted(outcome: FileInfo | StorageError): boolean {
  return outcome instanceof StorageError && outcome.code === "aborted";
}
