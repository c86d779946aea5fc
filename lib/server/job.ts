/**
 * A request on its way through a session: from the frame that brought it to
 * its one answer.
 * @module
 */
import type { BodyMark, Request, StatusName } from "../protocol/mod.ts";
import { type BodyHandover, TransferError } from "../transfer/mod.ts";

/** What is to be done: a request, or the answer that one was refused by. */
export type Task =
  | { readonly request: Request }
  | { readonly refused: StatusName; readonly why?: string };

/** How far a request has come, for `progress`. */
export interface Progress {
  readonly bytes?: number;
  readonly entries?: number;
}

/** Two that differ are a fault, however many there are. */
const EARLY_MARKS_MAX = 2;

export class Job {
  progress: Progress = {};
  #controller: AbortController | null = null;
  #cancelled = false;
  #onMark: ((mark: BodyMark) => void) | null = null;
  /** Of a body that nobody has begun to take: all of them say the same. */
  readonly #early: BodyMark[] = [];

  constructor(
    /** Null where a bad request's id could not be read. */
    readonly id: number | null,
    readonly task: Task,
    /** Bytes of its MESSAGE, for the queue's bound. */
    readonly bytes: number,
    /** A put's body, which follows it. */
    readonly body: BodyHandover | null,
  ) {}

  get cancelled(): boolean {
    return this.#cancelled;
  }

  /** Fires when it is cancelled or its session ends; made on first use. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#cancelled) this.#controller.abort(cancelledError());
    return this.#controller.signal;
  }

  /** Work on it with others, all of which one controller stops. */
  join(controller: AbortController): void {
    this.#controller = controller;
  }

  /** Work on it alone again. */
  leave(): void {
    this.#controller = null;
  }

  /** Who compares the marks of its body, in their place. */
  set onMark(onMark: (mark: BodyMark) => void) {
    this.#onMark = onMark;
    for (const mark of this.#early.splice(0)) onMark(mark);
  }

  /** A mark, once all that came before it was used. */
  mark(mark: BodyMark): void {
    if (this.#onMark !== null) this.#onMark(mark);
    else if (this.#early.length < EARLY_MARKS_MAX) this.#early.push(mark);
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.body?.fail(cancelledError());
    this.#controller?.abort(cancelledError());
  }
}

function cancelledError(): TransferError {
  return new TransferError("cancelled", "cancelled");
}
