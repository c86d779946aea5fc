/**
 * A network in memory that keeps what lib/runtime promises of a real one: kill
 * settles what waits, windows are bounded, writes are taken in parts, and where
 * the bytes are cut is chosen by a seed. It says so when its user breaks a
 * promise of its own (two reads at once).
 * @module
 */
import assert from "node:assert/strict";
import {
  type Address,
  type Connection,
  type Listener,
  type Network,
  NetworkError,
} from "../../lib/runtime/mod.ts";
import { Dice } from "./dice.ts";

export interface WireOptions {
  /** Bytes on their way in one direction before a write has to wait. */
  readonly windowBytes?: number;
  /** Bytes that one read gives, and that one step of a write takes, at most. */
  readonly chunkBytes?: number;
  /** Cut at random below `chunkBytes`; the same seed cuts the same. */
  readonly seed?: number;
  /** As on the older runtime: a blocked write holds the socket when killed. */
  readonly holdsBlockedWrites?: boolean;
}

const WINDOW_BYTES = 64 * 1024;

/** Two ends of one connection. */
export function wire(
  options: WireOptions = {},
  [one, other] = [{ hostname: "192.0.2.1", port: 1 }, {
    hostname: "192.0.2.2",
    port: 2,
  }],
): [MemoryConnection, MemoryConnection] {
  const seed = options.seed ?? 0;
  const there = new Pipe(options, new Dice(seed));
  const back = new Pipe(options, new Dice(seed + 1));
  return [
    new MemoryConnection(one, other, back, there, options),
    new MemoryConnection(other, one, there, back, options),
  ];
}

/** One direction. */
class Pipe {
  /** Written and not yet read. */
  readonly #waiting: Uint8Array[] = [];
  readonly #windowBytes: number;
  readonly #chunkBytes: number;
  readonly #dice: Dice | null;
  #held = 0;
  #changed = Promise.withResolvers<void>();
  /** No more will be written; nobody will read. */
  ended = false;
  unread = false;

  constructor(options: WireOptions, dice: Dice) {
    this.#windowBytes = options.windowBytes ?? WINDOW_BYTES;
    this.#chunkBytes = options.chunkBytes ?? Infinity;
    this.#dice = options.seed === undefined ? null : dice;
  }

  /** Resolves at the next change. */
  changed(): Promise<void> {
    return this.#changed.promise;
  }

  wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }

  take(into: Uint8Array): number {
    const [first] = this.#waiting;
    if (first === undefined) return 0;
    const bytes = this.#cut(Math.min(first.length, into.length));
    into.set(first.subarray(0, bytes));
    if (bytes < first.length) this.#waiting[0] = first.subarray(bytes);
    else this.#waiting.shift();
    this.#held -= bytes;
    this.wake();
    return bytes;
  }

  put(bytes: Uint8Array): number {
    const room = Math.min(bytes.length, this.#windowBytes - this.#held);
    if (room <= 0) return 0;
    const taken = this.#cut(room);
    this.#waiting.push(bytes.slice(0, taken));
    this.#held += taken;
    this.wake();
    return taken;
  }

  #cut(bytes: number): number {
    const most = Math.min(bytes, this.#chunkBytes);
    return this.#dice === null ? most : 1 + this.#dice.below(most);
  }
}

export class MemoryConnection implements Connection {
  bytesRead = 0;
  bytesWritten = 0;
  readonly #in: Pipe;
  readonly #out: Pipe;
  readonly #holds: boolean;
  readonly #released = Promise.withResolvers<void>();
  #killed = Promise.withResolvers<never>();
  #isKilled = false;
  #reading = false;
  #writing = false;

  constructor(
    readonly local: Address,
    readonly remote: Address,
    incoming: Pipe,
    outgoing: Pipe,
    options: WireOptions,
  ) {
    this.#in = incoming;
    this.#out = outgoing;
    this.#holds = options.holdsBlockedWrites ?? false;
    this.#killed.promise.catch(() => {});
  }

  get killed(): boolean {
    return this.#isKilled;
  }

  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** A write waits for the other end to read. */
  get blocked(): boolean {
    return this.#writing;
  }

  async read(into: Uint8Array): Promise<number | null> {
    assert(!this.#reading, "two reads at once");
    assert(into.length > 0, "a read into nothing");
    this.#reading = true;
    try {
      while (true) {
        if (this.#isKilled) throw killedError();
        const bytes = this.#in.take(into);
        this.bytesRead += bytes;
        if (bytes > 0) return bytes;
        if (this.#in.ended) return null;
        await this.#orKilled(this.#in.changed());
      }
    } finally {
      this.#reading = false;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    assert(!this.#writing, "two writes at once");
    if (this.#isKilled) return Promise.reject(killedError());
    this.#writing = true;
    const taken = this.#push(bytes).finally(() => {
      this.#writing = false;
      if (this.#isKilled) this.#released.resolve();
    });
    return this.#orKilled(taken);
  }

  closeWrite(): Promise<void> {
    this.#out.ended = true;
    this.#out.wake();
    return Promise.resolve();
  }

  kill(): void {
    if (this.#isKilled) return;
    this.#isKilled = true;
    this.#in.unread = true; // what the other end still writes goes nowhere
    if (!this.#holds || !this.#writing) {
      this.#out.ended = true;
      this.#released.resolve();
    }
    this.#killed.reject(killedError());
    this.#in.wake();
    this.#out.wake();
  }

  /** Until all is taken; the part that the system does, whoever waits. */
  async #push(bytes: Uint8Array): Promise<void> {
    let rest = bytes;
    while (true) {
      if (this.#out.unread) throw lostError();
      const taken = this.#out.put(rest);
      this.bytesWritten += taken;
      rest = rest.subarray(taken);
      if (rest.length === 0) return;
      if (this.#isKilled && (taken > 0 || !this.#holds)) break;
      if (taken === 0) await this.#out.changed();
      else await Promise.resolve();
    }
    this.#out.ended = true;
    this.#out.wake();
  }

  #orKilled<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => {});
    return Promise.race([promise, this.#killed.promise]);
  }
}

/** Listeners and those who dial them, in one process and by no system. */
export class MemoryNetwork implements Network {
  readonly #listeners = new Map<number, MemoryListener>();
  readonly #options: WireOptions;
  #dialled = 0;

  constructor(options: WireOptions = {}) {
    this.#options = options;
  }

  listen(address: Address): Listener {
    const port = address.port || 1024 + this.#listeners.size;
    if (this.#listeners.has(port)) {
      throw new NetworkError("in_use", `listen on ${port}: in use`);
    }
    const listener = new MemoryListener(
      { hostname: address.hostname, port },
      () => this.#listeners.delete(port),
    );
    this.#listeners.set(port, listener);
    return listener;
  }

  connect(address: Address, signal: AbortSignal): Promise<MemoryConnection> {
    return this.connectFrom("192.0.2.1", address, signal);
  }

  /** Dial from an address of one's own choice. */
  // deno-lint-ignore require-await -- what it stands for has to wait
  async connectFrom(
    hostname: string,
    { port }: Address,
    signal?: AbortSignal,
  ): Promise<MemoryConnection> {
    if (signal?.aborted) throw new NetworkError("timed_out", "given up");
    const listener = this.#listeners.get(port);
    if (listener === undefined) {
      throw new NetworkError("refused", `${port}: nobody listens there`);
    }
    const own = { hostname, port: 40_000 + this.#dialled };
    const options = this.#options.seed === undefined
      ? this.#options
      : { ...this.#options, seed: this.#options.seed + this.#dialled * 7 };
    this.#dialled++;
    const [here, there] = wire(options, [own, listener.address]);
    listener.dialled(there);
    return here;
  }
}

class MemoryListener implements Listener {
  readonly #waiting: MemoryConnection[] = [];
  readonly #gone: () => void;
  #accepting: PromiseWithResolvers<void> | null = null;
  #closed = false;

  constructor(readonly address: Address, gone: () => void) {
    this.#gone = gone;
  }

  dialled(connection: MemoryConnection): void {
    this.#waiting.push(connection);
    this.#accepting?.resolve();
  }

  /** No accept of its own ever fails: there is no trouble to tell of. */
  async accept(): Promise<Connection | null> {
    while (!this.#closed) {
      const connection = this.#waiting.shift();
      if (connection !== undefined) return connection;
      this.#accepting = Promise.withResolvers();
      await this.#accepting.promise;
    }
    return null;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#gone();
    for (const connection of this.#waiting.splice(0)) connection.kill();
    this.#accepting?.resolve();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function killedError(): NetworkError {
  return new NetworkError("killed", "the connection was ended");
}

function lostError(): NetworkError {
  return new NetworkError("lost", "the connection was lost");
}
