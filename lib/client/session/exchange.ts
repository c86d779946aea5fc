/**
 * One request of a client, from its sending to its answer and the end of its
 * body.
 * @module
 */
import {
  type Answer,
  type ServerNotice,
  statusName,
} from "../../protocol/mod.ts";
import type { BodyHandover } from "../../transfer/mod.ts";
import type { ClientError } from "../error.ts";

export class Exchange {
  /** The server was asked to cancel it: once is enough. */
  cancelled = false;
  /** What the server said at the end of its body. */
  ending: BodyEndNotice | null = null;
  /** For who wants to hear of them. */
  onProgress: ((notice: ProgressNotice) => void) | null = null;
  onMark: ((notice: MarkNotice) => void) | null = null;
  readonly #answer = Promise.withResolvers<Answer>();
  readonly #over = Promise.withResolvers<void>();
  #answered = false;
  #ended = false;

  constructor(
    readonly id: number,
    /** Of a get: takes the body that follows a good answer. */
    readonly body: BodyHandover | null,
    /** Of the request's own payload. */
    readonly messageBytes: number,
  ) {
    // Whoever waits hears of a failure; a failure nobody waits for is no bug.
    this.#answer.promise.catch(() => {});
  }

  /** Settles when the answer is here. */
  get answer(): Promise<Answer> {
    return this.#answer.promise;
  }

  /** Resolves once nothing more will come for it, whatever became of it. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get answered(): boolean {
    return this.#answered;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @param bodyFollows Its body comes next on the connection. */
  take(answer: Answer, bodyFollows: boolean): void {
    this.#answered = true;
    this.#answer.resolve(answer);
    if (!bodyFollows) this.end();
  }

  end(): void {
    this.#ended = true;
    this.#over.resolve();
  }

  fail(error: ClientError, asBody: () => void): void {
    this.#answered = true;
    this.#answer.reject(error);
    asBody();
    this.end();
  }
}

type NoticeOf<Action> = Extract<ServerNotice, { readonly action: Action }>;
export type BodyEndNotice = NoticeOf<"end" | "abort">;
export type ProgressNotice = NoticeOf<"progress">;
export type MarkNotice = NoticeOf<"mark">;

/** The end of a body as who receives it understands it. */
export function bodyEndOf(
  notice: BodyEndNotice,
): Parameters<BodyHandover["finish"]>[0] {
  if (notice.action === "end") {
    const { size, checksum } = notice;
    return { action: "end", size, checksum };
  }
  const { status_code, status_msg } = notice;
  const name = statusName(status_code) ?? String(status_code);
  return { action: "abort", reason: status_msg || name };
}
