/**
 * A body handed from the one who reads the connection to the one who stores
 * it, piece by piece, with nothing stored between: the reader waits until its
 * piece was used, which is what slows a sender down.
 * @module
 */
import { TransferError } from "./error.ts";
import type { BodyEnding, BodySource } from "./receive.ts";

export class BodyHandover implements BodySource {
  #piece: Uint8Array | null = null;
  /** The taker has a piece, and has not come back for the next one. */
  #inUse = false;
  #ending: BodyEnding | null = null;
  #failure: TransferError | null = null;
  /** Who waits for a piece, and who waits for its use. */
  #taker: PromiseWithResolvers<void> | null = null;
  #giver: PromiseWithResolvers<void> | null = null;

  get ending(): BodyEnding | null {
    return this.#ending;
  }

  /** For the reader: resolves once the piece was used, or is not wanted. */
  push(piece: Uint8Array): Promise<void> | undefined {
    if (this.#failure !== null) return undefined;
    this.#piece = piece;
    this.#giver = Promise.withResolvers();
    this.#wakeTaker();
    return this.#giver.promise;
  }

  /** For the reader: how the body ended. */
  finish(ending: BodyEnding): void {
    this.#ending = ending;
    this.#wakeTaker();
  }

  /**
   * The body will not come, or not be wanted: the taker gets `failure`. The
   * reader goes on, but not over a piece that is in use: a taker who was told
   * that its bytes stay good may be writing them.
   */
  fail(failure: TransferError): void {
    this.#failure ??= failure;
    this.#piece = null;
    this.#wakeTaker();
    this.#wakeGiver();
  }

  /** For the taker, once it uses no piece any more: drop what still comes. */
  drop(): void {
    this.#inUse = false;
    this.fail(new TransferError("cancelled", "the body is not wanted"));
  }

  async next(): Promise<Uint8Array | null> {
    this.#inUse = false;
    this.#wakeGiver(); // the piece before this one is used up
    while (true) {
      if (this.#failure !== null) throw this.#failure;
      const piece = this.#piece;
      if (piece !== null) {
        this.#piece = null;
        this.#inUse = true;
        return piece;
      }
      if (this.#ending !== null) return null;
      this.#taker = Promise.withResolvers();
      await this.#taker.promise;
    }
  }

  #wakeTaker(): void {
    this.#taker?.resolve();
    this.#taker = null;
  }

  #wakeGiver(): void {
    if (this.#piece !== null || this.#inUse) return; // not used yet
    this.#giver?.resolve();
    this.#giver = null;
  }
}
