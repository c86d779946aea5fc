/**
 * Pings both ways: ours, each with a token of its own and waiting for its pong,
 * and the server's, answered at once.
 * @module
 */
import type { FrameWriter } from "../../framing/mod.ts";
import { encodeObject } from "../../protocol/mod.ts";
import type { ClientError } from "../error.ts";
import { protocolBroken } from "../failures.ts";
import { raceSignal } from "../signals.ts";
import { texts } from "../texts/mod.ts";

/** Pongs that wait to be written: a server that asks for more reads none. */
const PONGS_MAX = 64;

export class Pings {
  readonly #writer: FrameWriter;
  readonly #waiting = new Map<string, PromiseWithResolvers<void>>();
  #lastToken = 0;
  #pongs = 0;

  constructor(writer: FrameWriter) {
    this.#writer = writer;
  }

  /** Whether a pong has to come. */
  get due(): boolean {
    return this.#waiting.size > 0;
  }

  /**
   * Resolves when the server has answered.
   * @throws What `fail` was told, the writer throws, or the signal's reason.
   */
  async ask(signal: AbortSignal | undefined): Promise<void> {
    const token = String(++this.#lastToken);
    const pong = Promise.withResolvers<void>();
    pong.promise.catch(() => {}); // told by the write, too
    this.#waiting.set(token, pong);
    try {
      await this.#writer.interject(encodeObject({ action: "ping", token }));
      await raceSignal(pong.promise, signal);
    } finally {
      this.#waiting.delete(token);
    }
  }

  /** The server's pong. One that nobody waits for is ignored. */
  answered(token: string): void {
    this.#waiting.get(token)?.resolve();
  }

  /**
   * The server's ping: answer it.
   * @throws {ClientError} `protocol`: it asks and asks, and reads no answer.
   */
  answer(token: string): void {
    if (this.#pongs >= PONGS_MAX) {
      throw protocolBroken(texts.session.pongsUnread(PONGS_MAX));
    }
    this.#pongs++;
    const over = () => this.#pongs--;
    this.#writer.interject(encodeObject({ action: "pong", token }))
      .then(over, over);
  }

  fail(error: ClientError): void {
    for (const pong of this.#waiting.values()) pong.reject(error);
    this.#waiting.clear();
  }
}
