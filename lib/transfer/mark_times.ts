/**
 * When the sender of a body sets a mark in it (PROTOCOL.md, 3): often enough
 * that little is sent twice, and seldom enough for a receiver that syncs its
 * disk for each.
 * @module
 */
import type { Clock } from "../runtime/mod.ts";

const MARK_BYTES = 32 * 1024 * 1024;
const MARK_MS = 5000;
/** What is smaller is sent again as quickly as it is asked for. */
const MARKED_BYTES_MIN = 1024 * 1024;

export class MarkTimes {
  readonly #clock: Pick<Clock, "monotonicMs">;
  #total: number;
  #markedTotal: number;
  #markedMs: number;

  /** @param from The bytes that the body goes on behind. */
  constructor(clock: Pick<Clock, "monotonicMs">, from: number) {
    this.#clock = clock;
    this.#total = from;
    this.#markedTotal = from;
    this.#markedMs = clock.monotonicMs();
  }

  /** Of the whole, so far. */
  get total(): number {
    return this.#total;
  }

  /** The body has come to `total`. @returns Whether to set a mark there. */
  isDue(total: number): boolean {
    this.#total = total;
    if (total < MARKED_BYTES_MIN) return false;
    if (total - this.#markedTotal >= MARK_BYTES) return true;
    return this.#clock.monotonicMs() - this.#markedMs >= MARK_MS;
  }

  /** The body is given up. @returns Whether to set a last mark. */
  isDueAtLast(): boolean {
    return this.#total >= MARKED_BYTES_MIN && this.#total > this.#markedTotal;
  }

  /** One was set. */
  set(): void {
    this.#markedTotal = this.#total;
    this.#markedMs = this.#clock.monotonicMs();
  }
}
