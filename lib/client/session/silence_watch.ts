/**
 * Is the server still there? While an answer is due and no byte moves, a ping
 * asks; where that moves nothing either, the connection is lost.
 * @module
 */
import { HEADER_BYTES } from "../../framing/mod.ts";
import { encodeObject } from "../../protocol/mod.ts";
import type { Connection, Runtime } from "../../runtime/mod.ts";
import type { ClientError } from "../error.ts";
import { lost } from "../failures.ts";
import { texts } from "../texts/mod.ts";

/** With no byte moved for this long while an answer is due, it is lost. */
const SILENCE_MS_MAX = 60_000;
/** After this long a ping asks whether the server is still there. */
const PING_MS = 15_000;
const WATCH_MS = 1000;

/** What the watch sees and does of a session. */
export interface Watched {
  /** Whether something has to come, or to be taken, by the server. */
  isDue(): boolean;
  /** Send it where it can go at once. @returns Whether it went. */
  ping(message: Uint8Array): boolean;
  lost(error: ClientError): void;
}

export class SilenceWatch implements Disposable {
  readonly #runtime: Runtime;
  readonly #connection: Connection;
  readonly #watched: Watched;
  readonly #timer: Disposable;
  readonly #silenceMs: number;
  readonly #pingMs: number;
  #bytesSeen = 0;
  #movedMs: number;
  #pingedMs = 0;
  #pingBytes = 0;

  constructor(
    runtime: Runtime,
    connection: Connection,
    watched: Watched,
    silenceMs = SILENCE_MS_MAX,
  ) {
    this.#silenceMs = silenceMs;
    this.#pingMs = Math.min(PING_MS, silenceMs / 4);
    this.#runtime = runtime;
    this.#connection = connection;
    this.#watched = watched;
    this.#movedMs = runtime.clock.monotonicMs();
    this.#timer = runtime.timers.every(WATCH_MS, () => this.#look());
  }

  /** Something is due from now on: the silence before it counts for nothing. */
  restart(): void {
    this.#movedMs = this.#runtime.clock.monotonicMs();
  }

  #look(): void {
    const nowMs = this.#runtime.clock.monotonicMs();
    const { bytesRead, bytesWritten } = this.#connection;
    // Our own pings are no sign of life of the server's.
    const moved = bytesRead + bytesWritten - this.#pingBytes;
    if (moved !== this.#bytesSeen || !this.#watched.isDue()) {
      this.#bytesSeen = moved;
      this.#movedMs = nowMs;
      return;
    }
    const silentMs = nowMs - this.#movedMs;
    if (silentMs >= this.#silenceMs) {
      const seconds = this.#silenceMs / 1000;
      return this.#watched.lost(lost(texts.session.nothingCame(seconds)));
    }
    if (silentMs >= this.#pingMs && nowMs - this.#pingedMs >= this.#pingMs) {
      this.#pingedMs = nowMs;
      const ping = encodeObject({ action: "ping" });
      if (this.#watched.ping(ping)) {
        this.#pingBytes += HEADER_BYTES + ping.length;
      }
    }
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}
