/**
 * When a command that lost its connection tries again, and for how long it
 * waits before that: a pure policy, and one count for each command.
 * @module
 */
import type { Random, Timers } from "../../runtime/mod.ts";
import type { ClientCode, ClientError } from "../error.ts";

/** How many tries in a row may fail without progress; `off`: never give up. */
export type RetryLimit = number | "off";

export const RETRIES_DEFAULT = 5;
const FIRST_WAIT_MS = 1000;
const WAIT_MS_MAX = 30_000;
/** A server that names a later day is not waited for so long. */
const RETRY_AFTER_S_MAX = 300;
/** A part of the wait, either way: many who were cut off do not come as one. */
const SPREAD = 0.2;

/** Whether an error is one that passes by itself. */
type Passes = "again" | "once" | "never";

const PASSES: Partial<Record<ClientCode, Passes>> = {
  connection_lost: "again", // silence and goaway, too
  connect_failed: "again", // over a limit, too; see `Retries.failed`
  integrity: "once", // from the start
};

/**
 * The tries of one command. Progress (a byte that was proved to have arrived, a
 * file acknowledged) starts the count anew.
 */
export class Retries {
  readonly #limit: RetryLimit;
  readonly #timers: Timers;
  readonly #random: Random;
  #failures = 0;
  #connectedOnce = false;

  constructor(limit: RetryLimit, timers: Timers, random: Random) {
    this.#limit = limit;
    this.#timers = timers;
    this.#random = random;
  }

  /** Something was moved for good. */
  progress(): void {
    this.#failures = 0;
  }

  /** There was a session: from here on a server that is not there may return. */
  connected(): void {
    this.#connectedOnce = true;
  }

  /**
   * Count a failure.
   * @returns How long to wait before the next try, or null: give up.
   */
  failed(error: ClientError): number | null {
    if (PASSES[error.code] !== "again") return null;
    // A wrong address never passes; a server that is full, or restarts, does.
    const isThere = this.#connectedOnce || error.statusCode !== null;
    if (error.code === "connect_failed" && !isThere) return null;
    this.#failures++;
    if (this.#limit !== "off" && this.#failures > this.#limit) return null;
    const { retryAfterSeconds } = error;
    return retryAfterSeconds === null
      ? waitMs(this.#failures, this.#random)
      : Math.min(Math.max(retryAfterSeconds, 0), RETRY_AFTER_S_MAX) * 1000;
  }

  /** Whether one file is worth a second try at once, from its first byte. */
  worthOneMore(error: ClientError): boolean {
    return this.#limit !== 0 && PASSES[error.code] === "once";
  }

  /** @throws The signal's reason, if it fires first. */
  async wait(ms: number, signal: AbortSignal): Promise<void> {
    await this.#timers.sleep(ms, signal);
  }
}

/**
 * 1, 2, 4 … 30 s, each up to 20 % longer or shorter.
 * @param failures In a row: 1 or more.
 */
export function waitMs(failures: number, random: Random): number {
  const plain = Math.min(FIRST_WAIT_MS * 2 ** (failures - 1), WAIT_MS_MAX);
  const [high = 0, low = 0] = random.bytes(2);
  const part = (high * 256 + low) / 65_535; // 0 to 1
  return Math.round(plain * (1 - SPREAD + 2 * SPREAD * part));
}
