/**
 * The end of a connection: say something, close our side, and wait a little for
 * the peer to close its own. A socket that is closed with bytes unread takes
 * back what was said last.
 * @module
 */
import type { Connection, Timers, Turns } from "../runtime/mod.ts";

/** A peer has this long to take the last words before the socket is killed. */
const FAREWELL_MS_MAX = 1000;

export class Farewell {
  readonly #connection: Connection;
  readonly #timers: Timers;
  #peerClosed: boolean;
  #peerClosing: PromiseWithResolvers<void> | null = null;

  /** @param peerClosed The peer has closed its side already. */
  constructor(connection: Connection, timers: Timers, peerClosed: boolean) {
    this.#connection = connection;
    this.#timers = timers;
    this.#peerClosed = peerClosed;
  }

  /** For who reads the connection: the peer has closed its side. */
  peerClosed(): void {
    this.#peerClosed = true;
    this.#peerClosing?.resolve();
  }

  /**
   * Let `say` write the last words, then end the connection. Never rejects.
   * Meanwhile the connection has to be read, or nobody learns that it closed.
   */
  async bid(say: () => Promise<void>): Promise<void> {
    using _deadline = this.#timers.after(
      FAREWELL_MS_MAX,
      () => this.#connection.kill(),
    );
    try {
      await say();
      await this.#connection.closeWrite();
      if (!this.#peerClosed) {
        this.#peerClosing = Promise.withResolvers();
        await this.#peerClosing.promise;
      }
    } catch {
      // The peer is gone already, or the time is up: it is killed either way.
    }
    this.#connection.kill();
  }
}

/** Read on until the peer closes its side, or is killed; use nothing of it. */
export async function drain(
  connection: Connection,
  turns: Turns,
): Promise<void> {
  const scratch = new Uint8Array(4096);
  try {
    while (await connection.read(scratch) !== null) {
      // Who floods us here must not keep even the timer that ends it away.
      const turn = turns.turn();
      if (turn !== undefined) await turn;
    }
  } catch {
    // Killed, or gone: what was waited for has come.
  }
}
