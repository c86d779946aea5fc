/**
 * What the log is told of one request, once it is over.
 * @module
 */
import type { StatusName } from "../protocol/mod.ts";
import { NetworkError } from "../runtime/mod.ts";
import type { LogFields } from "./log.ts";
import { type Failure, failureOf } from "./replies.ts";
import type { Session } from "./session.ts";

type Counts = Readonly<Record<string, number>>;

export class Telling {
  readonly #names: LogFields & { readonly name: string };
  readonly #session: Session;
  readonly #action: string;
  readonly #sinceMs: number;

  /** @param names What it is about, as the peer said. */
  constructor(
    session: Session,
    action: string,
    names: LogFields & { readonly name: string },
  ) {
    this.#names = names;
    this.#session = session;
    this.#action = action;
    this.#sinceMs = session.context.runtime.clock.monotonicMs();
  }

  done(counts: Counts): void {
    this.#tell("info", counts, "success");
  }

  /** It was done before, and is only answered once more. */
  again(result: StatusName): void {
    this.#tell("info", {}, result);
  }

  /**
   * @param name What failed, where it is not what the request names first.
   * @throws {NetworkError} The same error, where nobody is left to answer.
   */
  failed(error: unknown, counts: Counts, name = this.#names.name): Failure {
    if (error instanceof NetworkError) {
      this.#tell("warn", counts, "lost");
      throw error;
    }
    const failure = failureOf(error, name);
    const { status, cause } = failure;
    const level = status === "internal" ? "error" : "warn";
    this.#tell(level, counts, status, cause);
    return failure;
  }

  #tell(
    level: "info" | "warn" | "error",
    counts: Counts,
    result: string,
    cause?: string,
  ): void {
    const { context, names } = this.#session;
    const elapsedMs = context.runtime.clock.monotonicMs() - this.#sinceMs;
    context.log[level](this.#action, {
      ...names,
      ...this.#names,
      ...counts,
      seconds: Math.round(elapsedMs) / 1000,
      result,
      cause,
    });
  }
}
