/**
 * A body handed from the one who reads the connection to the one who stores
 * it, piece by piece, with nothing stored between: the reader waits until its
 * pieces were used, which is what slows a sender down.
 *
 * A reader that has more at hand may go on for a while before it waits: what it
 * gives by `hold` stays in its buffer until it is used, and a small body that
 * has come to its end there can be taken whole.
 * @module
 */
import { TransferError } from "./error.ts";
import type { BodyEnding, BodySource } from "./receive.ts";

export class BodyHandover implements BodySource {
  /** Given, and not taken yet. */
  #pieces: Uint8Array[] = [];
  /** The taker has come for its first piece. */
  #begun = false;
  /** The taker has a piece, and has not come back for the next one. */
  #inUse = false;
  #ending: BodyEnding | null = null;
  #failure: TransferError | null = null;
  #dropped = false;
  /** Who waits for a piece, and who waits for its use. */
  #taker: PromiseWithResolvers<void> | null = null;
  #giver: PromiseWithResolvers<void> | null = null;

  get ending(): BodyEnding | null {
    return this.#ending;
  }

  /** Neither failed nor dropped: what is given is used. */
  get wanted(): boolean {
    return this.#failure === null && !this.#dropped;
  }

  /** For the reader: resolves once the piece was used, or is not wanted. */
  push(piece: Uint8Array): Promise<void> | undefined {
    if (!this.wanted) return undefined;
    this.#pieces.push(piece);
    this.#wakeTaker();
    return this.used();
  }

  /**
   * For the reader: give a piece, and go on; before its bytes are overwritten,
   * `used` has to be waited for.
   * @returns Whether it was taken so: not once the taker has begun.
   */
  hold(piece: Uint8Array): boolean {
    if (this.#begun) return false;
    if (this.wanted) this.#pieces.push(piece);
    return true;
  }

  /** For the reader: until what it gave was used. Undefined: it was. */
  used(): Promise<void> | undefined {
    if (this.#pieces.length === 0 && !this.#inUse) return undefined;
    this.#giver ??= Promise.withResolvers();
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
    this.#pieces = [];
    this.#wakeTaker();
    this.#wakeGiver();
  }

  /** For the taker, once it uses no piece any more: drop what still comes. */
  drop(): void {
    this.#inUse = false;
    this.#dropped = true; // no error: to make one costs more than the rest
    this.#pieces = [];
    this.#wakeTaker();
    this.#wakeGiver();
  }

  /**
   * For a taker who has not begun: all of the body, where it is here and has
   * come to a good end.
   * @returns Null where it is not, or is longer than `bytesMax`.
   */
  whole(bytesMax: number): Uint8Array | null {
    if (this.#begun || !this.wanted) return null;
    if (this.#ending?.action !== "end") return null;
    if (this.#pieces.length > 1) this.#join(bytesMax);
    if (this.#pieces.length > 1) return null;
    const all = this.#pieces[0] ?? NOTHING;
    return all.length <= bytesMax ? all : null;
  }

  /**
   * For the taker: what `whole` gave is in use, until `drop`; or until `next`,
   * which gives it once more.
   */
  lend(): void {
    this.#begun = true;
    this.#inUse = true;
  }

  async next(): Promise<Uint8Array | null> {
    this.#begun = true;
    this.#inUse = false;
    this.#wakeGiver(); // the piece before this one is used up
    while (true) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#dropped) {
        throw new TransferError("cancelled", "the body is not wanted");
      }
      const piece = this.#pieces.shift();
      if (piece !== undefined) {
        this.#inUse = true;
        return piece;
      }
      if (this.#ending !== null) return null;
      this.#taker = Promise.withResolvers();
      await this.#taker.promise;
    }
  }

  /** Pieces that are cut by frames become one, where that stays small. */
  #join(bytesMax: number): void {
    const length = this.#pieces.reduce((sum, one) => sum + one.length, 0);
    if (length > bytesMax) return;
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [all];
  }

  #wakeTaker(): void {
    this.#taker?.resolve();
    this.#taker = null;
  }

  #wakeGiver(): void {
    if (this.#pieces.length > 0 || this.#inUse) return; // not used yet
    this.#giver?.resolve();
    this.#giver = null;
  }
}

const NOTHING = new Uint8Array(0);
