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
import { ClientError } from "../error.ts";
import type { SmallBody } from "./small_body.ts";

export class Exchange {
  /** The server was asked to cancel it: once is enough. */
  cancelled = false;
  /** What the server said at the end of its body. */
  ending: BodyEndNotice | null = null;
  /** For who wants to hear of them. */
  onProgress: ((notice: ProgressNotice) => void) | null = null;
  onMark: ((notice: MarkNotice) => void) | null = null;
  /** Promises are made for who asks: of thousands of small files nobody does. */
  #answer: PromiseWithResolvers<Answer> | null = null;
  #over: PromiseWithResolvers<void> | null = null;
  #onAnswer: ((said: Answer | ClientError) => void) | null = null;
  #said: Answer | ClientError | null = null;
  #ended = false;

  constructor(
    readonly id: number,
    /** Of a get: takes the body that follows a good answer. */
    readonly body: BodyHandover | SmallBody | null,
    /** Of the request's own payload. */
    readonly messageBytes: number,
  ) {}

  /** Settles when the answer is here. */
  get answer(): Promise<Answer> {
    if (this.#answer === null) {
      this.#answer = Promise.withResolvers();
      // Whoever waits hears of a failure; one nobody waits for is no bug.
      this.#answer.promise.catch(() => {});
      if (this.#said !== null) settle(this.#answer, this.#said);
    }
    return this.#answer.promise;
  }

  /** For who needs no promise: the answer, or what came in its place. */
  whenAnswered(run: (said: Answer | ClientError) => void): void {
    if (this.#said === null) this.#onAnswer = run;
    else run(this.#said);
  }

  /** Resolves once nothing more will come for it, whatever became of it. */
  get over(): Promise<void> {
    if (this.#over === null) {
      this.#over = Promise.withResolvers();
      if (this.#ended) this.#over.resolve();
    }
    return this.#over.promise;
  }

  get answered(): boolean {
    return this.#said !== null;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** @param bodyFollows Its body comes next on the connection. */
  take(answer: Answer, bodyFollows: boolean): void {
    this.#say(answer);
    if (!bodyFollows) this.end();
  }

  end(): void {
    this.#ended = true;
    this.#over?.resolve();
  }

  fail(error: ClientError, asBody: () => void): void {
    this.#say(error);
    asBody();
    this.end();
  }

  #say(said: Answer | ClientError): void {
    if (this.#said !== null) return;
    this.#said = said;
    if (this.#answer !== null) settle(this.#answer, said);
    this.#onAnswer?.(said);
  }
}

function settle(
  { resolve, reject }: PromiseWithResolvers<Answer>,
  said: Answer | ClientError,
): void {
  if (said instanceof ClientError) reject(said);
  else resolve(said);
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
