/**
 * The body of a small get: put together as it comes, and handed over when it
 * has come to its end. It needs no one who waits for it.
 * @module
 */
import type { BodyEnding, TransferError } from "../../transfer/mod.ts";

/** What there is at the end: all that came, or why there is nothing. */
export type SmallEnd =
  /** Its bytes stay good until the call returns. Null: more than is small. */
  | { readonly ending: BodyEnding; readonly bytes: Uint8Array | null }
  | { readonly failure: TransferError };

export class SmallBody {
  readonly #room: Uint8Array;
  readonly #onEnd: (end: SmallEnd) => void;
  #bytes = 0;
  #wanted = true;

  /** @param room Bodies come one after the other: all may have the same. */
  constructor(room: Uint8Array, onEnd: (end: SmallEnd) => void) {
    this.#room = room;
    this.#onEnd = onEnd;
  }

  add(piece: Uint8Array): void {
    if (this.#bytes + piece.length > this.#room.length) this.#wanted = false;
    if (!this.#wanted) return;
    this.#room.set(piece, this.#bytes);
    this.#bytes += piece.length;
  }

  finish(ending: BodyEnding): void {
    const bytes = this.#wanted ? this.#room.subarray(0, this.#bytes) : null;
    this.#onEnd({ ending, bytes });
  }

  fail(failure: TransferError): void {
    this.#onEnd({ failure });
  }

  /** What comes of it is not wanted: it is too large. */
  drop(): void {
    this.#wanted = false;
  }
}
