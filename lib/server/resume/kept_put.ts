/**
 * A put whose part is kept when it breaks off, and that goes on with one
 * (PROTOCOL.md, 4, "Going on with a put").
 * @module
 */
import type { PutRequest } from "../../protocol/mod.ts";
import {
  type Home,
  type HomePath,
  type KeptPart,
  type PartStore,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import {
  type Checksum,
  createChecksum,
  receiveBody,
  TransferError,
} from "../../transfer/mod.ts";
import type { Job } from "../job.ts";
import {
  cannotGoOn,
  commitOptions,
  putFacts,
  refuseEarly,
  refuseTooLarge,
} from "../put_terms.ts";
import { causes } from "../replies.ts";
import type { Session } from "../session.ts";
import { Telling } from "../telling.ts";
import { checksumAlone, rereadBefore } from "./bytes_before.ts";
import { MarksTaken } from "./marks_taken.ts";

/** What a part survives: the next try may end well. */
const KEPT_AFTER: ReadonlySet<string> = new Set([
  ...["sender_aborted", "cancelled", "lost"], // of a transfer
  ...["aborted", "no_space", "failed"], // of a disk
]);

export interface KeptPutSetting {
  readonly home: Home;
  readonly parts: PartStore;
  readonly transfer: string;
}

export async function putKept(
  session: Session,
  setting: KeptPutSetting,
  job: Job,
  request: PutRequest,
): Promise<void> {
  const told = new Telling(session, "put", { name: request.filename });
  const putting = new Putting(session, setting, job, request);
  try {
    const { info, checksum } = await putting.run();
    told.done({ bytes: putting.bytes });
    await session.output.reply(job, "success", putFacts(info, checksum));
  } catch (error) {
    const cause = await putting.leave(error);
    const failure = told.failed(cause, { bytes: putting.bytes });
    await session.output.reply(job, failure.status, {}, failure.text);
  }
}

class Putting {
  /** Of this body. */
  bytes = 0;
  readonly #session: Session;
  readonly #setting: KeptPutSetting;
  readonly #job: Job;
  readonly #request: PutRequest;
  #part: KeptPart | null = null;
  #marks: MarksTaken | null = null;

  constructor(
    session: Session,
    setting: KeptPutSetting,
    job: Job,
    request: PutRequest,
  ) {
    this.#session = session;
    this.#setting = setting;
    this.#job = job;
    this.#request = request;
  }

  async run() {
    const { runtime, limits: { maxUploadBytes } } = this.#session.context;
    const { body, signal } = this.#job;
    if (body === null) throw new TypeError("a put without a body");
    const { filename, offset, size } = this.#request;
    const target = resolveName(filename);
    refuseTooLarge(this.#request, maxUploadBytes);
    await refuseEarly(this.#setting.home, target, this.#request, signal);
    const part = await this.#open(target);
    const onTaken = () =>
      body.fail(new TransferError("cancelled", "taken over"));
    part.taken.addEventListener("abort", onTaken);
    const checksum = await this.#begin(part);
    const marks = new MarksTaken({
      part,
      checksum,
      from: offset,
      timers: runtime.timers,
      fail: (error) => body.fail(error),
    });
    this.#marks = marks;
    this.#job.onMark = (mark) => marks.take(mark);
    const received = await receiveBody({
      body,
      sink: part,
      checksum,
      turns: runtime.turns,
      signal,
      from: offset,
      onBytes: (total) => {
        this.bytes = total - offset;
        marks.took(total);
      },
      ...(maxUploadBytes === null ? {} : { bytesMax: maxUploadBytes }),
      ...(size === undefined ? {} : { size }),
    });
    await marks.settled();
    if (marks.failure !== null) throw marks.failure.error;
    const options = commitOptions(this.#request, received.checksum);
    const info = await part.commit({ ...options, signal });
    return { info, checksum: received.checksum };
  }

  /**
   * It failed: keep the part, as far as it is proved and may be of use.
   * @returns What it failed by.
   */
  async leave(error: unknown): Promise<unknown> {
    const part = this.#part;
    if (part === null) return error;
    const marks = this.#marks;
    const cause = marks?.failure?.error ?? error;
    try {
      await marks?.last();
      if (part.taken.aborted) return part.taken.reason;
      const worthIt = marks?.wrong !== true && isWorthKeeping(cause);
      await (worthIt ? part.keep() : part.discard());
    } catch (trouble) {
      const { names, context: { log } } = this.#session;
      log.warn("part", { ...names, cause: causes(trouble) });
    }
    return part.taken.aborted ? part.taken.reason : cause;
  }

  async #open(target: HomePath): Promise<KeptPart> {
    const { parts, transfer } = this.#setting;
    const { identity, size, offset, offset_checksum } = this.#request;
    const owner = this.#session.account?.name;
    if (owner === undefined) throw new TypeError("a put before the login");
    const claim = { owner, target, transfer, identity };
    const point = offset === 0
      ? null
      : { offset, checksum: offset_checksum ?? "" };
    const part = await parts.open(
      size === undefined ? claim : { ...claim, size },
      point,
      this.#job.signal,
    );
    if (part === null) throw cannotGoOn();
    this.#part = part;
    return part;
  }

  /** The checksum of the bytes before the body's. */
  async #begin(part: KeptPart): Promise<Checksum> {
    const { checksum_type, offset, offset_checksum = "" } = this.#request;
    if (offset === 0) return createChecksum(checksum_type);
    const said = { ...this.#request, offset_checksum };
    const alone = checksumAlone(said);
    if (alone !== null) return alone;
    let at = 0;
    const read = async (into: Uint8Array, signal?: AbortSignal) => {
      const bytes = await part.read(into, at, signal);
      at += bytes;
      this.#job.progress = { bytes: at };
      return bytes;
    };
    const checksum = await rereadBefore(said, {
      source: { read },
      turns: this.#session.context.runtime.turns,
      signal: this.#job.signal,
    });
    if (checksum === null) throw cannotGoOn();
    return checksum;
  }
}

function isWorthKeeping(error: unknown): boolean {
  return (error instanceof StorageError || error instanceof TransferError) &&
    KEPT_AFTER.has(error.code);
}
