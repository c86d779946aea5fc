/**
 * A line between two programs, in user space, for kernels that cannot hold
 * packets back: it forwards connections on loopback with a delay and a rate
 * that all of them share, counts what crosses, and cuts them when it is told.
 *
 * A connection reaches the target three delays after it was made, as it does
 * when a handshake goes there, back and there. The dialling side sees it made
 * at once: what it sends meanwhile waits.
 * @module
 */
import { Direction, type Tally } from "./direction.ts";
import type { LineShape } from "./line.ts";
import { Buffers, Pipe } from "./pipe.ts";

export interface Place {
  readonly hostname: string;
  readonly port: number;
}

/** Whoever dials `from` (port 0: a free one) talks to `to`. */
export interface Route {
  readonly from: Place;
  readonly to: Place;
}

export interface RelayOptions extends LineShape {
  readonly routes: readonly Route[];
}

export type Way = "up" | "down";

export interface Counts {
  /** From those who dial. */
  readonly up: Tally;
  /** To those who dial. */
  readonly down: Tally;
  /** Connections so far, and those that are open. */
  readonly connections: number;
  readonly open: number;
}

export interface Relay extends AsyncDisposable {
  /** Where each route is dialled, in their order. */
  readonly ports: readonly number[];
  counts(): Promise<Counts>;
  /** Close all connections at both ends; what is under way is lost. */
  cut(): Promise<number>;
  /** Resolves once so many bytes were taken, of all connections. */
  reached(way: Way, bytes: number): Promise<void>;
  /**
   * Take no more than `bytes` this way, and a read of each connection, until
   * `release` or `cut`: whoever is to be hit within a transfer is late for
   * nothing.
   */
  hold(way: Way, bytes: number): Promise<void>;
  release(): Promise<void>;
}

/** Open a relay in this process; `await using` closes it. */
export function openRelay(options: RelayOptions): Relay {
  const relay = new LocalRelay(options);
  return {
    ports: relay.ports,
    counts: () => Promise.resolve(relay.counts()),
    cut: () => relay.cut(),
    reached: (way, bytes) => relay[way].reached(bytes),
    // deno-lint-ignore require-await -- as of the one in another process
    hold: async (way, bytes) => relay[way].hold(bytes),
    // deno-lint-ignore require-await -- the same
    release: async () => relay.release(),
    [Symbol.asyncDispose]: () => relay.close(),
  };
}

class LocalRelay {
  readonly up: Direction;
  readonly down: Direction;
  readonly ports: readonly number[];
  readonly #delayMs: number;
  readonly #listeners: Deno.TcpListener[] = [];
  readonly #accepting: Promise<void>[] = [];
  readonly #open = new Set<Connection>();
  readonly #buffers = new Buffers();
  #connections = 0;

  constructor({ routes, ...shape }: RelayOptions) {
    this.up = new Direction(shape);
    this.down = new Direction(shape);
    this.#delayMs = shape.delayMs;
    try {
      for (const { from } of routes) this.#listeners.push(Deno.listen(from));
    } catch (error) {
      for (const listener of this.#listeners) listener.close();
      throw error;
    }
    this.ports = this.#listeners.map(({ addr }) => addr.port);
    for (const [n, { to }] of routes.entries()) {
      const listener = this.#listeners[n];
      if (listener) this.#accepting.push(this.#accept(listener, to));
    }
  }

  counts(): Counts {
    const tally = ({ taken, given }: Direction) => ({ taken, given });
    return {
      up: tally(this.up),
      down: tally(this.down),
      connections: this.#connections,
      open: this.#open.size,
    };
  }

  release(): void {
    for (const direction of [this.up, this.down]) direction.release();
  }

  async cut(): Promise<number> {
    const cut = [...this.#open];
    for (const connection of cut) connection.cut();
    this.release();
    await Promise.all(cut.map(({ over }) => over));
    return cut.length;
  }

  async close(): Promise<void> {
    for (const listener of this.#listeners) listener.close();
    await Promise.all(this.#accepting);
    const over = this.cut();
    for (const direction of [this.up, this.down]) direction.close();
    await over;
  }

  async #accept(listener: Deno.TcpListener, to: Place): Promise<void> {
    while (true) {
      let conn: Deno.TcpConn;
      try {
        conn = await listener.accept();
      } catch {
        return; // closed
      }
      this.#connections++;
      const up = new Pipe(this.up, this.#buffers);
      const down = new Pipe(this.down, this.#buffers);
      const connection = new Connection(conn, up, down);
      this.#open.add(connection);
      connection.run(to, 3 * this.#delayMs).finally(() =>
        this.#open.delete(connection)
      );
    }
  }
}

class Connection {
  /** Resolves once both sockets are closed and nothing is under way. */
  readonly over: Promise<void>;
  readonly #near: Deno.TcpConn;
  readonly #up: Pipe;
  readonly #down: Pipe;
  readonly #end = Promise.withResolvers<void>();
  #far: Deno.TcpConn | null = null;
  #wake: (() => void) | null = null;
  #cut = false;

  constructor(near: Deno.TcpConn, up: Pipe, down: Pipe) {
    this.#near = near;
    this.#up = up;
    this.#down = down;
    this.over = this.#end.promise;
  }

  /** Forward until both have ended, or one failed. Never rejects. */
  async run(to: Place, connectMs: number): Promise<void> {
    this.#near.setNoDelay(true);
    await Promise.all([
      this.#orCut(() => this.#up.read(this.#near)),
      this.#orCut(() => this.#forward(to, connectMs)),
    ]);
    this.cut(); // the sockets, where both have ended well
    this.#end.resolve();
  }

  cut(): void {
    if (this.#cut) return;
    this.#cut = true;
    this.#wake?.();
    for (const pipe of [this.#up, this.#down]) pipe.close();
    for (const conn of [this.#near, this.#far]) conn?.close();
  }

  async #forward(to: Place, connectMs: number): Promise<void> {
    await this.#held(connectMs);
    if (this.#cut) return;
    const far = await Deno.connect({ ...to });
    if (this.#cut) return far.close();
    far.setNoDelay(true);
    this.#far = far;
    await Promise.all([
      this.#orCut(() => this.#up.write(far)),
      this.#orCut(() => this.#down.read(far)),
      this.#orCut(() => this.#down.write(this.#near)),
    ]);
  }

  async #held(ms: number): Promise<void> {
    if (ms === 0) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
    });
    clearTimeout(timer);
  }

  /** One side failed: the other learns of it, as of a line that broke. */
  async #orCut(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch {
      this.cut();
    }
  }
}
