/**
 * What comes in on a session's connection: messages to jobs, in the order that
 * PROTOCOL.md asks for; the bodies of puts to those who wait for them; notices
 * seen at once.
 * @module
 */
import type { FramePart } from "../framing/mod.ts";
import {
  type BodyEnd,
  type BodyMark,
  type ClientMessage,
  decodeObject,
  hasBody,
  isNotice,
  type JsonObject,
  ProtocolError,
  readClientMessage,
  type Request,
  requestIdOf,
  type StatusName,
} from "../protocol/mod.ts";
import { BodyHandover, HeldBodies, TransferError } from "../transfer/mod.ts";
import { Job, type Task } from "./job.ts";

/** What the session does with what comes in. */
export interface IntakeHost {
  /** Queue a job; a promise means: read no further before it settles. */
  accept(job: Job): Promise<void> | undefined;
  /** The job with this id that is under way or waits. */
  find(id: number): Job | undefined;
  /** Answer a ping, between two frames of whatever is being sent. */
  pong(token: string | undefined): Promise<void>;
  /** A body begins to be due, or has come to its end: may DATA come now? */
  dataDue(due: boolean): void;
}

/** The task of a message that is no good in a frame that is. */
type Refused = Extract<Task, { readonly refused: StatusName }>;

export class Intake {
  readonly #host: IntakeHost;
  #lastId = 0;
  /** The body that comes next on the connection. */
  #body: { readonly job: Job; readonly handover: BodyHandover } | null = null;
  readonly #held = new HeldBodies();
  /** Requests whose answer has a body that has not been sent to its end. */
  #bodiesUnderway = 0;
  #started = false;
  #stopped = false;

  constructor(host: IntakeHost) {
    this.#host = host;
  }

  /** The highest id so far. */
  get lastId(): number {
    return this.#lastId;
  }

  /** The requests that come from here on are not done: `lastId` stays. */
  stop(): void {
    this.#stopped = true;
  }

  /** A frame has come: the peer speaks our protocol. */
  get started(): boolean {
    return this.#started;
  }

  /** A put's body has not come to its end. */
  get bodyDue(): boolean {
    return this.#body !== null;
  }

  /**
   * Take the next part. A promise means: read no further before it settles.
   * @throws {ProtocolError} A broken frame: not UTF-8, not an object.
   */
  take(part: FramePart): Promise<void> | undefined {
    this.#started = true;
    if (part.kind === "message") return this.#message(part.payload);
    if (this.#body === null) return undefined;
    return this.#held.add(this.#body.handover, part.payload);
  }

  /**
   * Bodies whose bytes are still in the buffer that they came in: nothing more
   * may be read before this has settled and gives undefined.
   */
  unused(): Promise<void> | undefined {
    return this.#held.unused();
  }

  /** A job has had its answer, and the body that follows it its end. */
  answered(job: Job): void {
    const { task } = job;
    if ("request" in task && hasBody(task.request)) this.#bodiesUnderway--;
    job.body?.drop();
  }

  /** The connection has ended in a body: whoever waits for it hears so. */
  lost(): void {
    this.#body?.handover.fail(new TransferError("lost", "connection lost"));
    this.#body = null;
  }

  /** The session ends: the body that is due is read over, and those held. */
  cancel(): void {
    const cancelled = new TransferError("cancelled", "cancelled");
    this.#body?.handover.fail(cancelled);
    for (const handover of this.#held) handover.fail(cancelled);
  }

  #message(payload: Uint8Array): Promise<void> | undefined {
    const object = decodeObject(payload);
    let message: ClientMessage | undefined;
    let refused: Refused = { refused: "invalid_command" };
    try {
      message = readClientMessage(object);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      refused = { refused: "invalid_format", why: error.message };
    }
    if (message === undefined) {
      return this.#bad(object, payload.length, refused);
    }
    switch (message.action) {
      case "end":
      case "abort":
        return this.#bodyEnd(message);
      case "cancel":
        this.#host.find(message.id)?.cancel();
        return undefined;
      case "ping":
        return this.#host.pong(message.token);
      case "pong":
      case "progress":
        return undefined;
      case "mark":
        return this.#mark(message);
      default:
        return this.#request(message, payload.length);
    }
  }

  #request(request: Request, bytes: number): Promise<void> | undefined {
    const { id } = request;
    const body = request.action === "put" ? new BodyHandover() : null;
    const why = this.#outOfOrder(request);
    if (why !== null) {
      const task: Refused = { refused: "out_of_order", why };
      return this.#add(new Job(id, task, bytes, body));
    }
    if (!this.#stopped) this.#lastId = id;
    if (hasBody(request)) this.#bodiesUnderway++;
    return this.#add(new Job(id, { request }, bytes, body));
  }

  /** Why a request may not come now, or null. */
  #outOfOrder({ action, id }: Request): string | null {
    if (this.#body !== null) return "the body of a put is due";
    if (id <= this.#lastId) return `id ${id} after ${this.#lastId}`;
    if (action === "put" && this.#bodiesUnderway > 0) {
      return "a put before the body of a get has ended";
    }
    return null;
  }

  #bad(
    object: JsonObject,
    bytes: number,
    refused: Refused,
  ): Promise<void> | undefined {
    const { action } = object;
    if (this.#body !== null && (action === "end" || action === "abort")) {
      this.#body.handover.fail(
        new TransferError("bad_end", refused.why ?? "a bad end"),
      );
      return this.#bodyOver();
    }
    const id = requestIdOf(object);
    const mayCome = !this.#stopped && this.#body === null;
    if (!isNotice(action) && mayCome && id !== null && id > this.#lastId) {
      this.#lastId = id;
    }
    // A put has a body whatever is wrong with it: that is to be read over.
    const body = action === "put" ? new BodyHandover() : null;
    return this.#add(new Job(id, refused, bytes, body));
  }

  #add(job: Job): Promise<void> | undefined {
    // What nobody will use must not keep a cancel or a ping waiting behind it.
    if ("refused" in job.task) job.body?.drop();
    if (job.body !== null && this.#body === null) {
      this.#body = { job, handover: job.body };
      this.#host.dataDue(true);
    }
    return this.#host.accept(job);
  }

  #bodyEnd(end: BodyEnd): undefined {
    if (this.#body === null) return; // crossed an early answer
    const { job, handover } = this.#body;
    if (end.id !== job.id && job.id !== null) {
      handover.fail(new TransferError("bad_end", "id: is not the put's"));
    } else if (end.action === "end") {
      const { size, checksum } = end;
      handover.finish({ action: "end", size, checksum });
    } else {
      handover.finish({ action: "abort", reason: end.status_msg });
    }
    return this.#bodyOver();
  }

  /** It speaks of all pieces before it: they are to be used, and no others. */
  #mark(mark: BodyMark): Promise<void> | undefined {
    if (this.#body === null) return undefined;
    const { job, handover } = this.#body;
    const { task } = job;
    const isKept = "request" in task && task.request.action === "put" &&
      task.request.transfer !== undefined;
    return isKept && mark.id === job.id
      ? this.#marked(job, handover, mark)
      : undefined;
  }

  async #marked(
    job: Job,
    handover: BodyHandover,
    mark: BodyMark,
  ): Promise<void> {
    for (let used; (used = this.unused()) !== undefined;) await used;
    // Of a body that was given up the pieces were dropped, not used.
    if (handover.wanted) job.mark(mark);
  }

  #bodyOver(): undefined {
    this.#body = null;
    this.#host.dataDue(false);
  }
}
