/**
 * The framed server: one listener, one loop that never ends by itself, and
 * sessions with lives of their own.
 * @module
 */
import { encodeFrame } from "../framing/mod.ts";
import { encodeObject, type StatusName } from "../protocol/mod.ts";
import type { Address, Connection, Listener } from "../runtime/mod.ts";
import type { Admission } from "./admission.ts";
import type { ServerContext } from "./context.ts";
import { drain, Farewell } from "./farewell.ts";
import { causes, goaway } from "./replies.ts";
import { Session } from "./session.ts";

/** How often sessions are looked at: well below the smallest time-out. */
const WATCH_MS_MAX = 1000;
const WATCH_MS_MIN = 50;
/** Refused connections that may still be told why; beyond, they are killed. */
const REFUSALS_MAX = 64;
/** What aborted transfers get to say so, once the grace is over. */
const ABORT_MS_MAX = 2000;

export class Server implements AsyncDisposable {
  readonly #context: ServerContext;
  readonly #admission: Admission;
  readonly #listener: Listener;
  readonly #sessions = new Map<Session, Promise<void>>();
  readonly #watch: Disposable;
  readonly #accepting: Promise<void>;
  #refusals = new Set<Promise<void>>();
  #sessionsSoFar = 0;
  #stopping = false;

  /** Serve whoever comes to `listener`, which is its own from here on. */
  constructor(
    context: ServerContext,
    admission: Admission,
    listener: Listener,
  ) {
    this.#context = context;
    this.#admission = admission;
    this.#listener = listener;
    const { timers } = context.runtime;
    this.#watch = timers.every(watchMs(context), () => this.#look());
    this.#accepting = this.#accept();
  }

  get address(): Address {
    return this.#listener.address;
  }

  /** Sessions that are open now. */
  get sessions(): number {
    return this.#sessions.size;
  }

  /**
   * End it: take no more connections, let what was asked for be answered for
   * `graceMs`, abort what is left. Resolves once every socket is given back.
   * @param hurry Fires when even the grace is not to be waited for.
   */
  async stop(graceMs: number, hurry?: AbortSignal): Promise<void> {
    this.#stopping = true;
    this.#listener.close();
    for (const session of this.#sessions.keys()) session.leave();
    await this.#settled(graceMs, hurry);
    for (const session of this.#sessions.keys()) session.end("server_ending");
    await this.#settled(ABORT_MS_MAX, hurry);
    for (const session of this.#sessions.keys()) session.kill();
    await this.#settled(ABORT_MS_MAX);
    this.#watch[Symbol.dispose]();
    await this.#accepting;
    await Promise.all(this.#refusals);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop(0);
  }

  /** Wait until no session is left, at most `ms`, or until `hurry` fires. */
  async #settled(ms: number, hurry?: AbortSignal): Promise<void> {
    if (this.#sessions.size === 0 || hurry?.aborted) return;
    const over = Promise.withResolvers<void>();
    using _timer = this.#context.runtime.timers.after(ms, over.resolve);
    const onHurry = () => over.resolve();
    hurry?.addEventListener("abort", onHurry);
    try {
      const ended = Promise.all(this.#sessions.values());
      await Promise.race([ended, over.promise]);
    } finally {
      hurry?.removeEventListener("abort", onHurry);
    }
  }

  async #accept(): Promise<void> {
    const { log } = this.#context;
    while (true) {
      const connection = await this.#listener.accept((trouble) =>
        log.warn("accept", { result: trouble.code, cause: trouble.message })
      );
      if (connection === null) return;
      try {
        await this.#admit(connection);
      } catch (error) { // this loop has to outlive even that
        log.error("internal", { cause: causes(error) });
        connection.kill();
      }
    }
  }

  async #admit(connection: Connection): Promise<void> {
    const place = await this.#admission.connect(connection.remote.hostname);
    if ("refused" in place) return this.#refuse(connection, place.refused);
    const id = `s${++this.#sessionsSoFar}`;
    const session = new Session(this.#context, connection, place, id);
    const over = session.run().finally(() => this.#sessions.delete(session));
    this.#sessions.set(session, over);
    if (this.#stopping) session.leave();
  }

  #look(): void {
    const nowMs = this.#context.runtime.clock.monotonicMs();
    for (const session of this.#sessions.keys()) session.watch(nowMs);
  }

  #refuse(connection: Connection, status: StatusName): void {
    const { hostname, port } = connection.remote;
    const address = `${hostname}:${port}`;
    this.#context.log.warn("refuse", { address, result: status });
    if (this.#refusals.size >= REFUSALS_MAX) return connection.kill();
    const refusal = this.#tell(connection, status);
    this.#refusals.add(refusal);
    refusal.finally(() => this.#refusals.delete(refusal));
  }

  /** Say why, wait for the peer to have read it, close. Never rejects. */
  async #tell(connection: Connection, status: StatusName): Promise<void> {
    const { timers, turns } = this.#context.runtime;
    const payload = encodeObject(goaway(status, 0));
    const farewell = new Farewell(connection, timers, false);
    const bidden = farewell.bid(() =>
      connection.write(encodeFrame("message", payload))
    );
    await drain(connection, turns);
    farewell.peerClosed();
    await bidden;
  }
}

function watchMs({ limits }: ServerContext): number {
  const { loginTimeoutMs, idleTimeoutMs, stallTimeoutMs } = limits;
  const shortest = Math.min(
    loginTimeoutMs,
    idleTimeoutMs ?? Infinity,
    stallTimeoutMs ?? Infinity,
  );
  return Math.max(WATCH_MS_MIN, Math.min(WATCH_MS_MAX, shortest / 4));
}
