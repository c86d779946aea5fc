/**
 * One direction of a line, shared by all connections that cross it: when what
 * enters at one end comes out at the other. Pure: knows no sockets, no clock.
 * @module
 */

export interface LineShape {
  /** From one end to the other, for every byte. */
  readonly delayMs: number;
  /** Null: as quick as the machine is. */
  readonly bytesPerSecond: number | null;
}

export class Line {
  readonly #delayMs: number;
  readonly #bytesPerMs: number;
  /** When the last byte that entered is under way. */
  #freeAtMs = 0;

  constructor({ delayMs, bytesPerSecond }: LineShape) {
    this.#delayMs = delayMs;
    this.#bytesPerMs = bytesPerSecond === null
      ? Infinity
      : bytesPerSecond / 1000;
  }

  /**
   * Bytes enter, behind all that entered before them.
   * @param sinceMs From when on they were there to enter: they may be read
   * late, by a machine that is busy, and the line was not idle meanwhile.
   * @returns When the last of them comes out, in ms; it never goes back.
   */
  enter(bytes: number, sinceMs: number): number {
    const since = Math.max(sinceMs, this.#freeAtMs);
    this.#freeAtMs = since + bytes / this.#bytesPerMs;
    return this.#freeAtMs + this.#delayMs;
  }

  /** How long what enters now waits for what is before it. */
  backlogMs(nowMs: number): number {
    return Math.max(0, this.#freeAtMs - nowMs);
  }

  /** How many bytes the line takes in so many ms. */
  bytesIn(ms: number): number {
    return ms * this.#bytesPerMs;
  }
}
