/**
 * The login of one connection: its steps in order, and what its failures lead
 * to. Who the user is comes from here, and from no message after it.
 * @module
 */
import { AccountsError, type LoginStep } from "../accounts/mod.ts";
import {
  type Request,
  saslprep,
  SaslprepError,
  STATUS,
} from "../protocol/mod.ts";
import type { Job } from "./job.ts";
import { causes, failureOf } from "./replies.ts";
import type { Session } from "./session.ts";

type LoginRequest = Extract<Request, { action: "login" }>;
const FAILURES_MAX = 3;

export class LoginSteps {
  readonly #session: Session;
  #step: Extract<LoginStep, { kind: "continue" }> | null = null;
  #failures = 0;

  constructor(session: Session) {
    this.#session = session;
  }

  /** Answer one login request. */
  async step(job: Job, request: LoginRequest): Promise<void> {
    const session = this.#session;
    if (session.account !== null) {
      return await session.output.reply(job, "already_logged_in");
    }
    let step: LoginStep;
    try {
      step = await this.#next(request, job.signal);
    } catch (error) {
      return await this.#bad(job, error);
    }
    switch (step.kind) {
      case "continue":
        this.#step = step;
        return await session.output.reply(job, "login_continues", {
          data: step.reply,
        });
      case "refused":
        return await this.#refused(job, request);
      case "accepted":
        return await this.#accepted(job, request, step);
    }
  }

  /**
   * A first message starts anew; the client's last one goes to where the login
   * stands. SCRAM's tell themselves apart by how they begin (RFC 5802, 7).
   */
  async #next(request: LoginRequest, signal: AbortSignal): Promise<LoginStep> {
    const { authenticator } = this.#session.context;
    const { mechanism, data } = request;
    const step = this.#step;
    this.#step = null;
    return step !== null && data.startsWith("c=")
      ? await step.next(data, signal)
      : await authenticator.begin(mechanism, data, signal);
  }

  async #bad(job: Job, error: unknown): Promise<void> {
    if (!(error instanceof AccountsError)) throw error;
    switch (error.code) {
      case "busy":
        return await this.#session.output.reply(job, "login_busy");
      case "aborted":
        return await this.#session.output.reply(job, "cancelled");
      default:
        return await this.#session.output.reply(
          job,
          "invalid_format",
          {},
          `data: ${error.message}`,
        );
    }
  }

  async #refused(job: Job, request: LoginRequest): Promise<void> {
    const session = this.#session;
    session.context.log.warn("login", {
      ...session.names,
      name: request.username,
      result: "login_refused",
    });
    await session.output.reply(job, "login_refused");
    if (++this.#failures < FAILURES_MAX) return;
    await session.output.flush();
    session.end("too_many_failures");
  }

  async #accepted(
    job: Job,
    request: LoginRequest,
    step: Extract<LoginStep, { kind: "accepted" }>,
  ): Promise<void> {
    const session = this.#session;
    const { log, homes } = session.context;
    const { account } = step;
    if (await preparedOrNull(request.username) !== account.name) {
      const text = "username: is not the one in data";
      return await session.output.reply(job, "invalid_format", {}, text);
    }
    try {
      const home = await homes.of(account, job.signal);
      const refused = await session.admit(account, home);
      if (refused !== null) {
        const [, text] = STATUS[refused];
        log.warn("login", { ...session.names, result: refused });
        await session.output.reply(job, refused, {}, text);
        return session.quit();
      }
    } catch (error) {
      const { status, text } = failureOf(error, "");
      log.error("login", {
        ...session.names,
        name: account.name,
        result: status,
        cause: causes(error),
      });
      return await session.output.reply(job, status, {}, `your home: ${text}`);
    }
    log.info("login", { ...session.names, result: "success" });
    await session.output.reply(job, "success", { data: step.reply });
  }
}

async function preparedOrNull(username: string): Promise<string | null> {
  try {
    return await saslprep(username);
  } catch (error) {
    if (error instanceof SaslprepError) return null;
    throw error;
  }
}
