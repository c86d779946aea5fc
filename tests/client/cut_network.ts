/**
 * The system's network, but for connections that are lost where a test says:
 * as a line that broke, seen from this side.
 * @module
 */
import {
  NetworkError,
  type Runtime,
  systemRuntime,
} from "../../lib/runtime/mod.ts";

type Network = Runtime["network"];
type Connection = Awaited<ReturnType<Network["connect"]>>;

/** When one connection is lost; the first that comes true. */
export interface Cut {
  /** By then it is not lost: somebody types Ctrl-C. */
  readonly interrupts?: boolean;
  /** By then it is not lost: it stands still until this resolves. */
  readonly waits?: () => Promise<void>;
  /** It is lost for this side alone: the server hears nothing of it. */
  readonly silently?: boolean;
  /** So many bytes have been read. */
  readonly readBytes?: number;
  /** So many have been written. */
  readonly writtenBytes?: number;
  /** What comes first behind these words, once they were written, is lost. */
  readonly unheard?: string;
  /** The first small letter from this byte on arrives as another one. */
  readonly spoiltFrom?: number;
  /** Called before the connection is made: gives another port to go to. */
  readonly before?: () => void | number | Promise<void | number>;
}

export class CutNetwork implements Network, Disposable {
  /** Bytes read on each connection, in their order. */
  readonly read: number[] = [];
  readonly written: number[] = [];
  readonly #cuts: readonly Cut[];
  readonly #interrupted = new Set<() => void>();
  readonly #abandoned: Connection[] = [];
  readonly #system = systemRuntime().network;

  constructor(cuts: readonly Cut[]) {
    this.#cuts = cuts;
  }

  /** A runtime with this network, whose waits take no time. */
  get runtime(): Runtime {
    const system = systemRuntime();
    const timers = {
      ...system.timers,
      sleep: (_ms: number, signal?: AbortSignal) => {
        signal?.throwIfAborted();
        return Promise.resolve();
      },
    };
    const on = (name: string, run: () => void) => {
      if (name !== "SIGINT") return { [Symbol.dispose]: () => {} };
      this.#interrupted.add(run);
      return { [Symbol.dispose]: () => this.#interrupted.delete(run) };
    };
    return { ...system, timers, signals: { on }, network: this };
  }

  /** End what was lost silently. */
  [Symbol.dispose](): void {
    for (const connection of this.#abandoned) connection.kill();
  }

  get connections(): number {
    return this.read.length;
  }

  listen(address: Parameters<Network["listen"]>[0]) {
    return this.#system.listen(address);
  }

  async connect(
    address: Parameters<Network["connect"]>[0],
    signal: AbortSignal,
  ): Promise<Connection> {
    const at = this.read.push(0) - 1;
    this.written.push(0);
    const cut = this.#cuts[at] ?? {};
    const port = await cut.before?.() ?? address.port;
    const place = { ...address, port };
    return this.#cutting(await this.#system.connect(place, signal), cut, at);
  }

  #cutting(inner: Connection, cut: Cut, at: number): Connection {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => {});
    let over = false;
    const end = () => {
      if (over) return;
      over = true;
      if (cut.waits) return; // see `read` and `write`
      if (cut.interrupts) {
        for (const run of this.#interrupted) run();
      } else if (cut.silently) {
        this.#abandoned.push(inner);
        lost.reject(new NetworkError("lost", "lost"));
      } else inner.kill();
    };
    let unheard = false;
    let spoilt = false;
    const count = (counts: number[], bytes: number, max = Infinity) => {
      const all = counts[at] = (counts[at] ?? 0) + bytes;
      if (all >= max) end();
    };
    const read = async (into: Uint8Array): Promise<number | null> => {
      // Up to the cut, and not what had come behind it by then.
      const left = (cut.readBytes ?? Infinity) - (this.read[at] ?? 0);
      const room = left > 0 && left < into.length
        ? into.subarray(0, left)
        : into;
      const bytes = await Promise.race([inner.read(room), lost.promise]);
      if (bytes === null) return null;
      if (unheard) {
        end();
        return await inner.read(into);
      }
      const before = this.read[at] ?? 0;
      if (!spoilt && cut.spoiltFrom !== undefined) {
        spoilt = spoil(into.subarray(0, bytes), cut.spoiltFrom - before);
      }
      count(this.read, bytes, cut.readBytes);
      if (over) await cut.waits?.();
      return bytes;
    };
    const write = async (bytes: Uint8Array): Promise<void> => {
      if (cut.unheard !== undefined) {
        unheard ||= new TextDecoder().decode(bytes).includes(cut.unheard);
      }
      await Promise.race([inner.write(bytes), lost.promise]);
      count(this.written, bytes.length, cut.writtenBytes);
      if (over) await cut.waits?.();
    };
    const kill = () => {
      if (cut.silently && over) return;
      inner.kill();
    };
    return {
      ...{ local: inner.local, remote: inner.remote, read, write, kill },
      get bytesRead() {
        return inner.bytesRead;
      },
      get bytesWritten() {
        return inner.bytesWritten;
      },
      closeWrite: () => inner.closeWrite(),
      released: inner.released,
    };
  }
}

/** @returns Whether one was changed. */
function spoil(bytes: Uint8Array, from: number): boolean {
  const isLetter = (byte: number) => byte >= 0x61 && byte <= 0x7a;
  const start = Math.max(0, from);
  const found = bytes.subarray(start).findIndex(isLetter);
  if (found < 0) return false;
  const byte = bytes[start + found] ?? 0;
  bytes[start + found] = byte === 0x61 ? 0x62 : 0x61;
  return true;
}
