/**
 * What the log is told of one request, once it is over.
 * @module
 */
import { NetworkError } from "../runtime/mod.ts";
import type { LogValue } from "./log.ts";
import { type Failure, failureOf } from "./replies.ts";
import type { Session } from "./session.ts";

/** What is told, in this order; counts may still rise. */
type Told = { readonly name: string } & Record<string, LogValue>;

export class Telling<Fields extends Told> {
  readonly fields: Fields;
  readonly #session: Session;
  readonly #action: string;
  readonly #sinceMs: number;

  constructor(session: Session, action: string, fields: Fields) {
    this.fields = fields;
    this.#session = session;
    this.#action = action;
    this.#sinceMs = session.context.runtime.clock.monotonicMs();
  }

  done(): void {
    this.#tell("info", "success");
  }

  /** @throws {NetworkError} The same error, where nobody is left to answer. */
  failed(error: unknown): Failure {
    if (error instanceof NetworkError) {
      this.#tell("warn", "lost");
      throw error;
    }
    const failure = failureOf(error, this.fields.name);
    const bug = failure.status === "internal";
    this.#tell(bug ? "error" : "warn", failure.status, failure.cause);
    return failure;
  }

  #tell(level: "info" | "warn" | "error", result: string, cause?: string) {
    const { context, names } = this.#session;
    const elapsedMs = context.runtime.clock.monotonicMs() - this.#sinceMs;
    context.log[level](this.#action, {
      ...names,
      ...this.fields,
      seconds: Math.round(elapsedMs) / 1000,
      result,
      cause,
    });
  }
}
