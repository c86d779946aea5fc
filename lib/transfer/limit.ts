/**
 * A bound on bandwidth over all connections of a network, both directions
 * together: no second, wherever it begins, sees more than 1.1 times of it. It
 * is kept below the frames, so that messages count as well as bodies.
 * @module
 */
import type { Clock, Connection, Network, Timers } from "../runtime/mod.ts";
import { NetworkError } from "../runtime/mod.ts";

/**
 * At most so much time's worth of bytes is moved at once, and so much may be
 * made up for after a timer that was late. A second then sees at most
 * 1 + 0.04 + 0.04 times the rate.
 */
const PIECE_SECONDS = 0.04;
const LATE_MS_MAX = 40;

/** The generic cell rate algorithm (ITU-T I.371, annex A), in bytes. */
export class RateLimit {
  #pieceBytesMax = Infinity;
  #msOfByte = 0;
  readonly #clock: Clock;
  readonly #timers: Timers;
  /** When all that was taken so far is paid for. */
  #paidMs = -Infinity;
  /** Who waits, in turn: no connection is served before an earlier one. */
  #last: Promise<void> | null = null;

  /** @param bytesPerSecond Null: there is none, until one is set. */
  constructor(bytesPerSecond: number | null, clock: Clock, timers: Timers) {
    this.#clock = clock;
    this.#timers = timers;
    this.setRate(bytesPerSecond);
  }

  /** For all that is taken from now on. */
  setRate(bytesPerSecond: number | null): void {
    const bytes = bytesPerSecond ?? Infinity;
    this.#pieceBytesMax = Math.max(1, Math.floor(bytes * PIECE_SECONDS));
    this.#msOfByte = 1000 / bytes;
  }

  /** Of one `take`; cut what is longer. */
  get pieceBytesMax(): number {
    return this.#pieceBytesMax;
  }

  /**
   * Take so many bytes of the rate. Undefined: they may be moved at once.
   * @param bytes At most `pieceBytesMax`.
   * @returns Resolves when they may be moved; rejects by the signal's reason,
   * with nothing taken.
   */
  take(bytes: number, signal: AbortSignal): Promise<void> | undefined {
    if (this.#last === null && this.#waitMs() <= 0) {
      this.#pay(bytes);
      return undefined;
    }
    const turn = this.#inTurn(this.#last, bytes, signal);
    const over = turn.catch(() => {}).then(() => {
      if (this.#last === over) this.#last = null;
    });
    this.#last = over;
    return turn;
  }

  async #inTurn(
    before: Promise<void> | null,
    bytes: number,
    signal: AbortSignal,
  ): Promise<void> {
    await before;
    signal.throwIfAborted();
    for (let ms = this.#waitMs(); ms > 0; ms = this.#waitMs()) {
      await this.#timers.sleep(Math.ceil(ms), signal);
    }
    this.#pay(bytes);
  }

  #waitMs(): number {
    return this.#paidMs - LATE_MS_MAX - this.#clock.monotonicMs();
  }

  #pay(bytes: number): void {
    const fromMs = Math.max(this.#paidMs, this.#clock.monotonicMs());
    this.#paidMs = fromMs + bytes * this.#msOfByte;
  }
}

/** `network`, whose connections all together keep to `limit`. */
export function limitedNetwork(network: Network, limit: RateLimit): Network {
  return {
    listen: (address) => network.listen(address),
    async connect(address, signal) {
      return new LimitedConnection(
        await network.connect(address, signal),
        limit,
      );
    },
  };
}

class LimitedConnection implements Connection {
  readonly #connection: Connection;
  readonly #limit: RateLimit;
  readonly #killed = new AbortController();

  constructor(connection: Connection, limit: RateLimit) {
    this.#connection = connection;
    this.#limit = limit;
  }

  get local() {
    return this.#connection.local;
  }
  get remote() {
    return this.#connection.remote;
  }
  get bytesRead(): number {
    return this.#connection.bytesRead;
  }
  get bytesWritten(): number {
    return this.#connection.bytesWritten;
  }
  get released(): Promise<void> {
    return this.#connection.released;
  }

  /** What was read is handed out in its time: until then nobody asks for more. */
  async read(into: Uint8Array): Promise<number | null> {
    const piece = into.subarray(0, this.#limit.pieceBytesMax);
    const bytes = await this.#connection.read(piece);
    if (bytes !== null) await this.#take(bytes);
    return bytes;
  }

  async write(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) {
      const piece = bytes.subarray(at, at + this.#limit.pieceBytesMax);
      await this.#take(piece.length);
      await this.#connection.write(piece);
      at += piece.length;
    }
  }

  async closeWrite(): Promise<void> {
    await this.#connection.closeWrite();
  }

  kill(): void {
    this.#connection.kill();
    this.#killed.abort(new NetworkError("killed", "the connection was ended"));
  }

  #take(bytes: number): Promise<void> | undefined {
    const { signal } = this.#killed;
    signal.throwIfAborted();
    return this.#limit.take(bytes, signal);
  }
}
