/**
 * Bodies whose pieces lie in a reader's buffer: the reader looks through all
 * that it has read before it waits for those who use it, so that what comes
 * behind is seen, and small bodies are whole when their turn comes.
 * @module
 */
import type { BodyHandover } from "./handover.ts";

/**
 * Pieces held at once: a buffer full of the smallest frames would be a hundred
 * thousand objects.
 */
const PIECES_MAX = 2048;

export class HeldBodies {
  /** In the order in which they came. */
  #bodies: BodyHandover[] = [];
  #pieces = 0;

  /** For each of them. */
  [Symbol.iterator](): Iterator<BodyHandover> {
    return this.#bodies.values();
  }

  /** Give a piece to a body. A promise: go on when it has settled. */
  add(body: BodyHandover, piece: Uint8Array): Promise<void> | undefined {
    if (this.#pieces >= PIECES_MAX || !body.hold(piece)) {
      return body.push(piece);
    }
    this.#pieces++;
    if (this.#bodies.at(-1) !== body) this.#bodies.push(body);
    return undefined;
  }

  /**
   * Bodies whose bytes are still in the buffer: nothing more may be read before
   * this has settled, and gives undefined.
   */
  unused(): Promise<void> | undefined {
    for (let last; (last = this.#bodies.at(-1)) !== undefined;) {
      const used = last.used();
      if (used !== undefined) return used;
      this.#bodies.pop();
    }
    this.#pieces = 0;
    return undefined;
  }
}
