/**
 * One connection of a client, and the requests under way on it: written one
 * after the other, each with its body behind it, as far ahead as the server
 * takes them. A loop reads all that comes, always, so that the server never
 * waits for us (PROTOCOL.md, 2).
 * @module
 */
import {
  type BufferPool,
  FrameReader,
  FrameWriter,
  MESSAGE_BYTES_MAX,
} from "../../framing/mod.ts";
import {
  type Answer,
  decodeObject,
  encodeObject,
  type JsonObject,
  type Limits,
  readServerMessage,
  type ServerNotice,
} from "../../protocol/mod.ts";
import { type Connection, type Runtime } from "../../runtime/mod.ts";
import { type BodyHandover, TransferError } from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import { type BodyEndNotice, bodyEndOf, Exchange } from "./exchange.ts";
import {
  cancelled,
  fromServer,
  lost,
  nameTooLong,
  protocolBroken,
  refusedBy,
} from "../failures.ts";
import { Pings } from "./pings.ts";
import { RequestWindow } from "./request_window.ts";
import { onAbort, raceSignal } from "../signals.ts";
import { SilenceWatch } from "./silence_watch.ts";
import { texts } from "../texts/mod.ts";

/** What a server gets to answer a `cancel`, or an `abort`, before we hang up. */
export const CANCEL_MS_MAX = 10_000;
const QUIT_MS_MAX = 3000;

export class Channel {
  readonly runtime: Runtime;
  /** For who has the turn to write. */
  readonly writer: FrameWriter;
  readonly #connection: Connection;
  readonly #reader: FrameReader;
  readonly #pings: Pings;
  readonly #window = new RequestWindow();
  readonly #watch: SilenceWatch;
  readonly #reading: Promise<void>;
  /** Sent and not yet over, in the order of their ids. */
  readonly #underway: Exchange[] = [];
  #lastId = 0;
  /** The turn to write: requests with their bodies do not mix. */
  #writing: Promise<void> = Promise.resolve();
  #failure: ClientError | null = null;
  #goaway: ClientError | null = null;
  #quitting = false;

  /** @param silenceMs For so long nothing may move while something is due. */
  constructor(
    runtime: Runtime,
    connection: Connection,
    buffers: BufferPool,
    silenceMs?: number,
  ) {
    this.runtime = runtime;
    this.#connection = connection;
    this.#reader = new FrameReader(connection, buffers);
    this.writer = new FrameWriter(connection, buffers);
    this.#pings = new Pings(this.writer);
    this.#watch = new SilenceWatch(runtime, connection, {
      isDue: () =>
        (this.#underway.length > 0 || this.#pings.due) &&
        (this.#reader.waiting || this.writer.writing),
      // While something is being written it would only wait behind that.
      ping: (message) => {
        if (this.writer.writing) return false;
        this.writer.interject(message).catch(() => {});
        return true;
      },
      lost: (error) => this.fail(error),
    }, silenceMs);
    this.#reading = this.#read();
  }

  get alive(): boolean {
    return this.#failure === null && this.#goaway === null && !this.#quitting;
  }

  /** What ended it; then everything that waits has heard of it. */
  get failure(): ClientError | null {
    return this.#failure;
  }

  /** The server said that it is about to end it. */
  get goaway(): ClientError | null {
    return this.#goaway;
  }

  /** How far requests may run ahead; before it is said, hello and a login. */
  set limits(limits: Limits) {
    this.#window.limits = limits;
  }

  /**
   * Send a request that has no body either way, and give its answer.
   * @throws {ClientError} The connection's failures; a bad status is given.
   */
  async ask(request: JsonObject, signal?: AbortSignal): Promise<Answer> {
    const exchange = await this.send(request, null, signal);
    return await this.answerOf(exchange, signal);
  }

  /**
   * Take the turn to write; call what it gives when done.
   * @throws The signal's reason.
   */
  async takeTurn(signal: AbortSignal | undefined): Promise<() => void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = this.#writing;
    this.#writing = promise;
    try {
      await raceSignal(before, signal);
      return resolve;
    } catch (error) {
      before.then(resolve); // not wanted any more: the next may have it
      throw error;
    }
  }

  /**
   * Send a request that has no body of ours.
   * @param body Of a get: takes what follows a good answer.
   * @throws {ClientError} `refused` (too long), the connection's failures; or
   * the signal's reason, with nothing sent.
   */
  async send(
    request: JsonObject,
    body: BodyHandover | null,
    signal?: AbortSignal,
  ): Promise<Exchange> {
    const done = await this.takeTurn(signal);
    try {
      const exchange = await this.write(request, body, signal);
      await this.writer.flush();
      return exchange;
    } catch (error) {
      if (error instanceof ClientError || signal?.aborted) throw error;
      throw this.#failure ?? fromServer(error);
    } finally {
      done();
    }
  }

  /** Send two requests that have no bodies, in one write. */
  async sendBoth(
    request: JsonObject,
    next: JsonObject,
  ): Promise<[Exchange, Exchange]> {
    const done = await this.takeTurn(undefined);
    try {
      const first = await this.write(request, null, undefined);
      const second = await this.write(next, null, undefined);
      await this.writer.flush();
      return [first, second];
    } catch (error) {
      throw error instanceof ClientError
        ? error
        : this.#failure ?? fromServer(error);
    } finally {
      done();
    }
  }

  /** As `send`, for who has the turn: what is gathered may still grow. */
  async write(
    request: JsonObject,
    body: BodyHandover | null,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    const message = encodeObject({ ...request, id: this.#lastId + 1 });
    if (message.length > MESSAGE_BYTES_MAX) {
      throw nameTooLong(MESSAGE_BYTES_MAX);
    }
    await this.#window.enter(message.length, signal);
    const closed = this.#failure ?? this.#goaway;
    if (closed !== null) throw closed;
    const exchange = new Exchange(++this.#lastId, body, message.length);
    if (this.#underway.length === 0) this.#watch.restart();
    this.#underway.push(exchange);
    try {
      await this.writer.message(message);
    } catch (error) {
      throw this.#failure ?? fromServer(error);
    }
    return exchange;
  }

  /** Resolves once no get is under way any more. */
  async getsOver(signal: AbortSignal | undefined): Promise<void> {
    const gets = this.#underway.filter(({ body }) => body !== null);
    await raceSignal(Promise.all(gets.map(({ over }) => over)), signal);
  }

  /**
   * The answer to a request; when the signal fires, it is cancelled.
   * @throws {ClientError} What ended the connection.
   */
  async answerOf(exchange: Exchange, signal?: AbortSignal): Promise<Answer> {
    using hangUp = new DisposableStack();
    using _onAbort = onAbort(signal, () => {
      hangUp.use(
        this.hangUpAfter(CANCEL_MS_MAX, texts.session.didNotTakeCancel),
      );
      this.cancel(exchange);
    });
    return await exchange.answer;
  }

  /** Give the server that long, until disposed. */
  hangUpAfter(ms: number, itDidNot: string): Disposable {
    return this.runtime.timers.after(ms, () => {
      this.fail(lost(texts.session.serverDidNot(itDidNot, ms / 1000)));
    });
  }

  /** Tell the server; where that fails, all of the connection does. */
  cancel(exchange: Exchange): void {
    if (exchange.cancelled) return;
    exchange.cancelled = true;
    const { id } = exchange;
    this.writer.interject(encodeObject({ action: "cancel", id }))
      .catch(() => {});
  }

  /** @throws {ClientError} `cancelled`, the connection's failures. */
  async ping(signal?: AbortSignal): Promise<void> {
    if (this.#failure !== null) throw this.#failure;
    if (this.#underway.length === 0) this.#watch.restart();
    try {
      await this.#pings.ask(signal);
    } catch (error) {
      if (signal?.aborted) throw cancelled("ping", "");
      throw this.#failure ?? fromServer(error);
    }
  }

  /** Say goodbye after all that was asked for, and hang up. Never rejects. */
  async quit(): Promise<void> {
    if (this.alive) {
      this.#quitting = true;
      try {
        const quit = await this.send({ action: "quit" }, null);
        const earlier = this.#underway.filter((one) => one !== quit);
        await Promise.all(earlier.map(({ over }) => over));
        using _hangUp = this.hangUpAfter(
          QUIT_MS_MAX,
          texts.session.didNotSayGoodbye,
        );
        await quit.answer;
      } catch {
        // It is over either way; nothing that was acknowledged depends on it.
      }
    }
    await this.close();
  }

  /** Hang up: what is under way fails. */
  async close(): Promise<void> {
    this.#quitting = true;
    this.#watch[Symbol.dispose]();
    this.fail(this.#goaway ?? lost(texts.session.sessionClosed));
    await this.#reading;
    this.#reader.release();
  }

  /** The server broke the protocol: the connection ends. @returns The error. */
  broken(what: string): ClientError {
    const error = protocolBroken(what);
    this.fail(error);
    return error;
  }

  async #read(): Promise<void> {
    try {
      while (true) {
        const part = this.#reader.here() ?? await this.#reader.next();
        if (part === null) break;
        if (part.kind === "message") this.#message(part.payload);
        const used = part.kind === "data"
          ? this.#underway[0]?.body?.push(part.payload)
          : undefined;
        // What nobody takes must not keep timers and signals waiting, either.
        const wait = used ?? this.runtime.turns.turn();
        if (wait !== undefined) await wait;
      }
      this.fail(this.#goaway ?? lost(texts.session.serverClosed));
    } catch (error) {
      this.fail(this.#goaway ?? fromServer(error));
    }
  }

  #message(payload: Uint8Array): void {
    const message = readServerMessage(decodeObject(payload));
    if (message === null) return;
    if ("answer" in message) this.#answer(message.answer);
    else this.#notice(message.notice);
  }

  #answer(answer: Answer): void {
    const exchange = this.#underway[0];
    if (exchange === undefined || exchange.answered) {
      throw protocolBroken(texts.session.answerToNothing);
    }
    if (answer.id !== exchange.id) {
      throw protocolBroken(texts.session.answerNotDue(answer.id, exchange.id));
    }
    const bodyFollows = exchange.body !== null && answer.status_code === 200;
    this.#reader.dataDue = bodyFollows;
    this.#window.leave(exchange.messageBytes);
    exchange.take(answer, bodyFollows);
    if (!bodyFollows) this.#underway.shift();
  }

  #notice(notice: ServerNotice): void {
    switch (notice.action) {
      case "end":
      case "abort":
        return this.#bodyEnd(notice);
      case "goaway":
        this.#goaway = refusedBy(notice, "", "");
        return;
      case "ping":
        return this.#pings.answer(notice.token);
      case "pong":
        return this.#pings.answered(notice.token);
      case "progress":
        return this.#about(notice.id)?.onProgress?.(notice);
      case "mark":
        return this.#about(notice.id)?.onMark?.(notice);
    }
  }

  /** The request that is worked on, if a notice is about it. */
  #about(id: number): Exchange | undefined {
    const exchange = this.#underway[0];
    return exchange?.id === id ? exchange : undefined;
  }

  #bodyEnd(notice: BodyEndNotice): void {
    const exchange = this.#underway[0];
    if (!exchange?.answered || exchange.id !== notice.id) {
      throw protocolBroken(texts.session.endNotDue(notice.id));
    }
    exchange.ending = notice;
    exchange.body?.finish(bodyEndOf(notice));
    this.#reader.dataDue = false;
    this.#underway.shift();
    exchange.end();
  }

  /** The connection is over: everything that waits hears why. */
  fail(error: ClientError): void {
    this.#failure ??= error;
    this.#connection.kill();
    this.#window.close();
    for (const exchange of this.#underway.splice(0)) {
      exchange.fail(this.#failure, () => {
        exchange.body?.fail(new TransferError("lost", error.message));
      });
    }
    this.#pings.fail(this.#failure);
  }
}
