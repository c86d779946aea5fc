/**
 * Two ends of a connection in memory, for what the reader and the writer of
 * frames do with one: how it is cut, how little it takes, how it ends.
 * @module
 */
import { type Connection, NetworkError } from "../../lib/runtime/mod.ts";

export interface PairOptions {
  /** Bytes that one direction holds before a write has to wait. */
  readonly window?: number;
  /** Bytes that one read gives at most. */
  readonly chunk?: number;
}

export function connectionPair(options: PairOptions = {}): [End, End] {
  const [there, back] = [new Pipe(options), new Pipe(options)];
  return [new End(back, there), new End(there, back)];
}

/** One direction. */
class Pipe {
  readonly #window: number;
  readonly #chunk: number;
  #held: number[] = [];
  /** No more will be written; the other end is gone; ours is. */
  ended = false;
  lost = false;
  #changed = Promise.withResolvers<void>();

  constructor({ window = 65_536, chunk = Infinity }: PairOptions) {
    this.#window = window;
    this.#chunk = chunk;
  }

  change(): Promise<void> {
    return this.#changed.promise;
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  take(into: Uint8Array): number {
    const bytes = Math.min(into.length, this.#chunk, this.#held.length);
    into.set(this.#held.splice(0, bytes));
    if (bytes > 0) this.wake();
    return bytes;
  }

  put(bytes: Uint8Array): number {
    const room = Math.max(0, this.#window - this.#held.length);
    const taken = bytes.subarray(0, room);
    for (const byte of taken) this.#held.push(byte);
    if (taken.length > 0) this.wake();
    return taken.length;
  }
}

export class End implements Connection {
  readonly local = { hostname: "127.0.0.1", port: 1 };
  readonly remote = { hostname: "127.0.0.1", port: 2 };
  readonly released = Promise.resolve();
  bytesRead = 0;
  bytesWritten = 0;
  /** What was given to each write, in order, in bytes. */
  readonly writes: number[] = [];
  /** The lengths of what each read might have filled. */
  readonly reads: number[] = [];
  #killed = false;
  readonly #in: Pipe;
  readonly #out: Pipe;

  constructor(incoming: Pipe, outgoing: Pipe) {
    this.#in = incoming;
    this.#out = outgoing;
  }

  async read(into: Uint8Array): Promise<number | null> {
    this.reads.push(into.length);
    while (true) {
      this.#check();
      const bytes = this.#in.take(into);
      this.bytesRead += bytes;
      if (bytes > 0) return bytes;
      if (this.#in.lost) throw new NetworkError("lost", "the peer is gone");
      if (this.#in.ended) return null;
      await this.#in.change();
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    this.writes.push(bytes.length);
    let rest = bytes;
    while (true) {
      this.#check();
      if (this.#out.lost) throw new NetworkError("lost", "the peer is gone");
      const taken = this.#out.put(rest);
      this.bytesWritten += taken;
      rest = rest.subarray(taken);
      if (rest.length === 0) return;
      await this.#out.change();
    }
  }

  closeWrite(): Promise<void> {
    this.#out.ended = true;
    this.#out.wake();
    return Promise.resolve();
  }

  kill(): void {
    this.#killed = true;
    this.#out.ended = true;
    this.#in.lost = true; // what the peer still writes goes nowhere
    this.#in.wake();
    this.#out.wake();
  }

  #check(): void {
    if (this.#killed) throw new NetworkError("killed", "it was ended");
  }
}
