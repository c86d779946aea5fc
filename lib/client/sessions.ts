/**
 * Opens sessions: who has logged in once is not asked again.
 * @module
 */
import { printable } from "../protocol/printable.ts";
import type { Runtime } from "../runtime/mod.ts";
import type { RateLimit } from "../transfer/mod.ts";
import { type LoggedIn, logIn } from "./credentials.ts";
import { asClientError } from "./error.ts";
import type { Destination } from "./grammar/command_line.ts";
import type { Settings } from "./grammar/commands.ts";
import { splitWords } from "./grammar/words.ts";
import { Retries, RETRIES_DEFAULT } from "./jobs/retries.ts";
import { waitAfter } from "./jobs/wait_after.ts";
import type { FtpClient } from "./library.ts";
import type { Surroundings } from "./main.ts";
import { hostAndPort } from "./session/connect.ts";
import { texts } from "./texts/mod.ts";

export interface SessionsOptions {
  readonly destination: Destination;
  readonly passwordCommand: string | null;
  readonly settings: Settings;
  readonly around: Pick<
    Surroundings,
    "runtime" | "terminal" | "environment" | "connect" | "permissions"
  >;
  /** Whether there may be a limit later. */
  readonly limitChanges: boolean;
  /** The first one is tried for as often as --retries says. */
  readonly isPatient: boolean;
}

export class Sessions {
  readonly #options: SessionsOptions;
  #loggedIn: LoggedIn | null = null;
  #rate: RateLimit | null = null;
  #limit: number | null;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#limit = options.settings.limit;
  }

  /** For all sessions, those that are open among them. */
  setLimit(limit: number | null): void {
    this.#limit = limit;
    this.#rate?.setRate(limit);
  }

  async open(signal: AbortSignal): Promise<FtpClient> {
    const { destination, settings, around, passwordCommand } = this.#options;
    const { hostname, port } = destination;
    const { terminal, environment, connect } = around;
    const { timeoutMs, verbose } = settings;
    const runtime = await this.#limitedRuntime();
    const given = this.#loggedIn?.credentials ?? {
      ...destination,
      ...(passwordCommand === null
        ? {}
        : { findPassword: () => this.#findPassword(signal) }),
    };
    this.#loggedIn = await logIn(
      given,
      terminal,
      environment,
      (credentials) =>
        this.#patiently(signal, () =>
          connect({
            ...{ runtime, hostname, port, ...credentials, signal },
            ...(timeoutMs === null ? {} : { timeoutMs }),
          })),
    );
    const { client } = this.#loggedIn;
    if (verbose) {
      const where = hostAndPort(hostname, port);
      terminal.say(texts.program.connected(where, printable(client.username)));
    }
    return client;
  }

  /**
   * A server that is full, or about to restart, will do later. Of a session that
   * was lost its command knows better when to ask for another.
   */
  async #patiently(
    signal: AbortSignal,
    connect: () => Promise<FtpClient>,
  ): Promise<FtpClient> {
    const { isPatient, settings, around: { runtime, terminal } } =
      this.#options;
    if (!isPatient || this.#loggedIn !== null) return await connect();
    const limit = settings.retries ?? RETRIES_DEFAULT;
    const retries = new Retries(limit, runtime.timers, runtime.random);
    while (true) {
      try {
        return await connect();
      } catch (thrown) {
        const error = asClientError(thrown);
        await waitAfter(error, retries, { signal, settings, terminal });
      }
    }
  }

  /** One limit for all connections; a shell may set it later. */
  async #limitedRuntime(): Promise<Runtime> {
    const { limitChanges, around: { runtime } } = this.#options;
    if (this.#limit === null && !limitChanges) return runtime;
    const { limitedNetwork, RateLimit } = await import("../transfer/mod.ts");
    this.#rate ??= new RateLimit(this.#limit, runtime.clock, runtime.timers);
    return { ...runtime, network: limitedNetwork(runtime.network, this.#rate) };
  }

  async #findPassword(signal: AbortSignal): Promise<string> {
    const { around, passwordCommand } = this.#options;
    const { runtime, terminal, permissions } = around;
    const command = passwordCommand ?? "";
    const [program = ""] = splitWords(command);
    await permissions.ensure([{ name: "run", command: program }]);
    const { runPasswordCommand } = await import("./local/password_command.ts");
    const interactive = terminal.inputIsTerminal && terminal.errorIsTerminal;
    return await runPasswordCommand({ runtime, command, interactive, signal });
  }
}
