/**
 * How far requests run ahead of their answers: as far as the server's hello
 * allows (PROTOCOL.md, 2). What goes beyond it the server may leave unread, and
 * a ping or a cancel behind it, too.
 * @module
 */
import { MESSAGE_BYTES_MAX_BEFORE_LOGIN } from "../../framing/mod.ts";
import type { Limits } from "../../protocol/mod.ts";
import { raceSignal } from "../signals.ts";

export class RequestWindow {
  /**
   * The hello and the first step of the login, until the server has said more.
   * (Every server takes 8 requests before that.)
   */
  #requestsMax = 2;
  #bytesMax = 2 * MESSAGE_BYTES_MAX_BEFORE_LOGIN;
  #requests = 0;
  #bytes = 0;
  #closed = false;
  #left: PromiseWithResolvers<void> | null = null;

  set limits({ requests_ahead, bytes_ahead }: Limits) {
    this.#requestsMax = requests_ahead;
    this.#bytesMax = bytes_ahead;
    this.#wake();
  }

  /**
   * Take room for one more request. One alone always has room. For one taker
   * at a time.
   * @param bytes Of its message's payload.
   * @returns A promise where there is none yet.
   * @throws The signal's reason, with no room taken.
   */
  enter(bytes: number, signal?: AbortSignal): Promise<void> | undefined {
    signal?.throwIfAborted();
    if (!this.#hasRoom(bytes)) return this.#enterLater(bytes, signal);
    this.#take(bytes);
    return undefined;
  }

  /** As `enter`. @returns False: there is no room, and none was taken. */
  enterNow(bytes: number): boolean {
    if (!this.#hasRoom(bytes)) return false;
    this.#take(bytes);
    return true;
  }

  async #enterLater(bytes: number, signal?: AbortSignal): Promise<void> {
    while (!this.#hasRoom(bytes)) {
      this.#left = Promise.withResolvers();
      await raceSignal(this.#left.promise, signal);
    }
    this.#take(bytes);
  }

  #take(bytes: number): void {
    this.#requests++;
    this.#bytes += bytes;
  }

  /** The request was answered. */
  leave(bytes: number): void {
    this.#requests--;
    this.#bytes -= bytes;
    this.#wake();
  }

  /** Nothing will be answered any more: whoever waits goes on, to hear it. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  #hasRoom(bytes: number): boolean {
    if (this.#closed || this.#requests === 0) return true;
    return this.#requests < this.#requestsMax &&
      this.#bytes + bytes <= this.#bytesMax;
  }

  #wake(): void {
    this.#left?.resolve();
    this.#left = null;
  }
}
