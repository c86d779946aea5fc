/**
 * When a session has had its time: pure bookkeeping, asked now and then by one
 * timer of the whole server (a timer for each of thousands of sessions would
 * cost more than the sessions).
 * @module
 */
import type { StatusName } from "../protocol/mod.ts";
import type { SessionLimits } from "./context.ts";

/** What a session is doing, as its limits see it. */
export interface Activity {
  readonly loggedIn: boolean;
  /** A request is worked on, or waits; or a body is due. */
  readonly busy: boolean;
  /** It goes on only when the peer sends or takes bytes of what is due. */
  readonly upToPeer: boolean;
  /** As above, and what is due is a body. */
  readonly bodyUpToPeer: boolean;
  /** Bytes read and written so far. */
  readonly bytesMoved: number;
}

/** `min_rate` is an average over this long. */
const RATE_WINDOW_MS = 60_000;

export class TimeLimits {
  readonly #limits: SessionLimits;
  readonly #startedMs: number;
  #seenMs: number;
  #bytesSeen = 0;
  /** When a byte moved last; and when one did, or it was not up to the peer. */
  #byteMs: number;
  #movedMs: number;
  #busyMs: number;
  #slowMs = 0;
  #slowBytes = 0;

  constructor(limits: SessionLimits, nowMs: number) {
    this.#limits = limits;
    this.#startedMs = nowMs;
    this.#seenMs = nowMs;
    this.#byteMs = nowMs;
    this.#movedMs = nowMs;
    this.#busyMs = nowMs;
  }

  /** How long no byte has moved, whosever turn it was. */
  silentMs(nowMs: number): number {
    return nowMs - this.#byteMs;
  }

  /** We sent a notice of so many bytes: a sign of life, but nothing is due. */
  told(nowMs: number, bytes: number): void {
    this.#byteMs = nowMs;
    this.#bytesSeen += bytes;
  }

  /** The session worked on a request at `nowMs`: it is not idle. */
  worked(nowMs: number): void {
    this.#busyMs = nowMs;
  }

  /** Look at the session; a status says by what it has to end. */
  look(nowMs: number, activity: Activity): StatusName | null {
    const moved = activity.bytesMoved - this.#bytesSeen;
    const elapsedMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    this.#bytesSeen = activity.bytesMoved;
    if (activity.busy) this.#busyMs = nowMs;
    if (moved > 0) this.#byteMs = nowMs;
    // Time that the peer could do nothing in does not count against it.
    if (moved > 0 || !activity.upToPeer) this.#movedMs = nowMs;
    const { loginTimeoutMs, idleTimeoutMs, stallTimeoutMs } = this.#limits;
    if (!activity.loggedIn) {
      return nowMs - this.#startedMs >= loginTimeoutMs ? "login_timeout" : null;
    }
    if (activity.upToPeer && over(this.#movedMs, stallTimeoutMs, nowMs)) {
      return "stalled";
    }
    if (this.#tooSlow(activity, moved, elapsedMs)) return "stalled";
    return over(this.#busyMs, idleTimeoutMs, nowMs) ? "idle_timeout" : null;
  }

  #tooSlow(activity: Activity, moved: number, elapsedMs: number): boolean {
    const rate = this.#limits.minRateBytesPerSecond;
    if (rate === null) return false;
    if (!activity.busy) { // each transfer is measured on its own
      this.#slowMs = 0;
      this.#slowBytes = 0;
      return false;
    }
    this.#slowBytes += moved;
    if (activity.bodyUpToPeer) this.#slowMs += elapsedMs;
    if (this.#slowMs < RATE_WINDOW_MS) return false;
    const slow = this.#slowBytes * 1000 < rate * this.#slowMs;
    this.#slowMs = 0;
    this.#slowBytes = 0;
    return slow;
  }
}

function over(sinceMs: number, limitMs: number | null, nowMs: number): boolean {
  return limitMs !== null && nowMs - sinceMs >= limitMs;
}
