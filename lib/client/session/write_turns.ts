/**
 * Who may write on a connection: one after the other, since a request and its
 * body are not to mix with others.
 * @module
 */
import { raceSignal } from "../signals.ts";

export class WriteTurns {
  readonly #onIdle: () => void;
  #last: Promise<void> = Promise.resolve();
  /** Who has the turn, and who waits for it. */
  #writers = 0;

  /** @param onIdle A turn is over, and nobody waits for the next. */
  constructor(onIdle: () => void) {
    this.#onIdle = onIdle;
  }

  /** @returns To be called when done. @throws The signal's reason. */
  async take(signal: AbortSignal | undefined): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#last;
    this.#last = promise;
    this.#writers++;
    const done = () => {
      if (--this.#writers === 0) this.#onIdle();
      resolve();
    };
    try {
      await raceSignal(before, signal);
      return done;
    } catch (error) {
      before.then(done); // not wanted any more: the next may have it
      throw error;
    }
  }
}
