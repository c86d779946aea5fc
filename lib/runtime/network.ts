/** @module Listening and dialling on Deno's sockets. */
import { TcpConnection } from "./connection.ts";
import { networkError } from "./deno_errors.ts";
import { NetworkError } from "./error.ts";
import type {
  Address,
  Connection,
  Listener,
  Network,
  Timers,
} from "./runtime.ts";

/** Dropped SYNs come again after 1 s; the default is 511. */
const BACKLOG = 4096;
/** After an accept that failed: no descriptor left is not cured by asking. */
const PAUSE_MS_MIN = 5;
const PAUSE_MS_MAX = 1000;

export function systemNetwork(timers: Timers): Network {
  return {
    listen: (address) => listen(address, timers),
    connect,
  };
}

function listen(address: Address, timers: Timers): Listener {
  try {
    const listener = Deno.listen({ ...address, tcpBacklog: BACKLOG });
    return new TcpListener(listener, timers);
  } catch (error) {
    const { hostname, port } = address;
    throw networkError(error, `listen on ${hostname}:${port}`, true);
  }
}

class TcpListener implements Listener {
  readonly address: Address;
  readonly #listener: Deno.TcpListener;
  readonly #timers: Timers;
  #closed = false;
  #closing = new AbortController();

  constructor(listener: Deno.TcpListener, timers: Timers) {
    this.#listener = listener;
    this.#timers = timers;
    const { hostname, port } = listener.addr;
    this.address = { hostname, port };
  }

  async accept(
    onTrouble: (trouble: NetworkError) => void,
  ): Promise<Connection | null> {
    let pauseMs = PAUSE_MS_MIN;
    while (!this.#closed) {
      try {
        return new TcpConnection(await this.#listener.accept());
      } catch (error) {
        if (this.#closed) return null;
        const trouble = networkError(error, "accept");
        // Its peer has reset it already: the next one is not to wait for that.
        if (trouble.code === "lost") continue;
        // Once for each row of failures, not once for each try.
        if (pauseMs === PAUSE_MS_MIN) onTrouble(trouble);
      }
      try {
        await this.#timers.sleep(pauseMs, this.#closing.signal);
      } catch {
        return null; // closed meanwhile
      }
      pauseMs = Math.min(pauseMs * 2, PAUSE_MS_MAX);
    }
    return null;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#closing.abort();
    this.#listener.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

async function connect(
  address: Address,
  signal: AbortSignal,
): Promise<Connection> {
  const what = `connect to ${address.hostname}:${address.port}`;
  if (signal.aborted) throw timedOut(what, signal);
  const { promise, resolve, reject } = Promise.withResolvers<Deno.TcpConn>();
  let waiting = true;
  const giveUp = () => {
    waiting = false;
    reject(timedOut(what, signal));
  };
  signal.addEventListener("abort", giveUp);
  // Deno.connect takes no signal: one that comes too late is closed again.
  dial(address, signal).then((conn) => {
    if (!waiting) return conn.close();
    waiting = false;
    resolve(conn);
  }, (error) => reject(networkError(error, what, true)));
  try {
    return new TcpConnection(await promise);
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * Dial a name's addresses, one after the other. The executables' runtime (2.6)
 * tries the first alone, and `localhost` is often `::1` before it is
 * `127.0.0.1`.
 */
async function dial(
  { hostname, port }: Address,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  try {
    return await Deno.connect({ hostname, port });
  } catch (error) {
    const { code } = networkError(error, "");
    if (code !== "refused" && code !== "unreachable") throw error;
    for (const other of await addressesOf(hostname, signal)) {
      if (signal.aborted) break;
      try {
        return await Deno.connect({ hostname: other, port });
      } catch {
        // The error of the first is the one that is told.
      }
    }
    throw error;
  }
}

/** The addresses of a name; none for an address. Never rejects. */
async function addressesOf(
  hostname: string,
  signal: AbortSignal,
): Promise<string[]> {
  if (/:|^[\d.]+$/.test(hostname)) return [];
  // With less than the whole network, Deno would ask the person once more.
  const { state } = await Deno.permissions.query({ name: "net" });
  if (state !== "granted") return [];
  const found = await Promise.allSettled([
    Deno.resolveDns(hostname, "A", { signal }),
    Deno.resolveDns(hostname, "AAAA", { signal }),
  ]);
  return found.flatMap((one) => one.status === "fulfilled" ? one.value : []);
}

function timedOut(what: string, signal: AbortSignal): NetworkError {
  return new NetworkError("timed_out", `${what}: given up`, {
    cause: signal.reason,
  });
}
