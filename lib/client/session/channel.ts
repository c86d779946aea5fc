/**
 * One connection of a client, and the requests under way on it: written one
 * after the other, each with its body behind it, as far ahead as the server
 * takes them. A loop reads all that comes, always, so that the server never
 * waits for us (PROTOCOL.md, 2).
 * @module
 */
import {
  type BufferPool,
  type FramePart,
  FrameReader,
  FrameWriter,
  HEADER_BYTES,
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
import { BodyHandover, HeldBodies, TransferError } from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import {
  type BodyEndNotice,
  bodyEndOf,
  Exchange,
  type MarkNotice,
} from "./exchange.ts";
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
import type { SmallBody } from "./small_body.ts";
import { texts } from "../texts/mod.ts";
import { WriteTurns } from "./write_turns.ts";

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
  readonly #held = new HeldBodies();
  #wakeReader: (() => void) | null = null;
  /** Those of them that have a body to come. */
  #bodiesUnderway = 0;
  readonly #turns = new WriteTurns(() => this.flushSoon());
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
   * Take the turn to write; call what it gives when done. What was gathered
   * goes out when nobody waits for the turn, or when the buffer is full.
   * @throws The signal's reason.
   */
  async takeTurn(signal: AbortSignal | undefined): Promise<() => void> {
    return await this.#turns.take(signal);
  }

  /** Send what is gathered; where that fails, all of the connection does. */
  flushSoon(): void {
    if (this.writer.filling) return; // it goes out with that
    this.writer.flush().catch((error) => this.fail(fromServer(error)));
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
      return await this.write(request, body, signal);
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
    body: BodyHandover | SmallBody | null,
    signal: AbortSignal | undefined,
  ): Promise<Exchange> {
    const message = encodeObject({ ...request, id: this.#lastId + 1 });
    if (message.length > MESSAGE_BYTES_MAX) {
      throw nameTooLong(MESSAGE_BYTES_MAX);
    }
    const room = this.#window.enter(message.length, signal);
    if (room !== undefined) {
      this.flushSoon(); // what is to be answered before there is room
      await room;
    }
    const closed = this.#failure ?? this.#goaway;
    if (closed !== null) throw closed;
    const exchange = new Exchange(++this.#lastId, body, message.length);
    if (this.#underway.length === 0) this.#watch.restart();
    this.#underway.push(exchange);
    if (body !== null) this.#bodiesUnderway++;
    try {
      await this.writer.message(message);
    } catch (error) {
      throw this.#failure ?? fromServer(error);
    }
    return exchange;
  }

  /**
   * As `write`, at once; for small files, of which there may be thousands.
   * @param behind Bytes of the frames that are added behind it, at once, too.
   * @returns Null: it would have to wait, and nothing was done.
   */
  writeNow(
    request: JsonObject,
    body: SmallBody | null,
    behind: number,
  ): Exchange | null {
    const message = encodeObject({ ...request, id: this.#lastId + 1 });
    const { length } = message;
    if (length > MESSAGE_BYTES_MAX || !this.alive) return null;
    if (this.writer.room < HEADER_BYTES + length + behind) return null;
    if (!this.#window.enterNow(length)) return null;
    if (this.#underway.length === 0) this.#watch.restart();
    const exchange = new Exchange(++this.#lastId, body, length);
    this.#underway.push(exchange);
    if (body !== null) this.#bodiesUnderway++;
    this.writer.message(message);
    return exchange;
  }

  /** Until no get is under way any more; undefined: none is. */
  getsOver(signal: AbortSignal | undefined): Promise<void> | undefined {
    if (this.#bodiesUnderway === 0) return undefined;
    this.flushSoon();
    return this.#getsOver(signal);
  }

  async #getsOver(signal: AbortSignal | undefined): Promise<void> {
    const gets = this.#underway.filter(({ body }) => body !== null);
    await raceSignal(Promise.all(gets.map(({ over }) => over)), signal);
  }

  /**
   * The answer to a request; when the signal fires, it is cancelled.
   * @throws {ClientError} What ended the connection.
   */
  answerOf(exchange: Exchange, signal?: AbortSignal): Promise<Answer> {
    return signal === undefined
      ? exchange.answer
      : this.#answerOrCancel(exchange, signal);
  }

  async #answerOrCancel(
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<Answer> {
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
    this.flushSoon(); // it is not to come before its request
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
        const part = this.#reader.here() ?? await this.#readOn();
        if (part === null) break;
        const told = part.kind === "message"
          ? this.#message(part.payload)
          : undefined;
        if (told !== undefined) await told;
        const body = this.#underway[0]?.body ?? null;
        const used = part.kind === "data" && body !== null
          ? this.#take(body, part.payload)
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

  #take(
    body: BodyHandover | SmallBody,
    piece: Uint8Array,
  ): Promise<void> | undefined {
    if (body instanceof BodyHandover) return this.#held.add(body, piece);
    body.add(piece);
    return undefined;
  }

  /** What was read is looked through: have it used, then read more. */
  async #readOn(): Promise<FramePart | null> {
    await this.#allUsed();
    return await this.#reader.next();
  }

  /** Resolves once nothing that was read waits for its use. */
  async #allUsed(): Promise<void> {
    while (this.#failure === null) {
      const used = this.#held.unused();
      if (used === undefined) break;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wakeReader = resolve; // at the end nobody may be left to use them
      used.then(resolve);
      await promise;
    }
  }

  /** @returns What has to be waited for before more is looked at. */
  #message(payload: Uint8Array): Promise<void> | undefined {
    const message = readServerMessage(decodeObject(payload));
    if (message === null) return undefined;
    if ("notice" in message) return this.#notice(message.notice);
    this.#answer(message.answer);
    return undefined;
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
    if (!bodyFollows) this.#first();
  }

  #notice(notice: ServerNotice): Promise<void> | undefined {
    switch (notice.action) {
      case "end":
      case "abort":
        this.#bodyEnd(notice);
        break;
      case "goaway":
        this.#goaway = refusedBy(notice, "", "");
        break;
      case "ping":
        this.#pings.answer(notice.token);
        break;
      case "pong":
        this.#pings.answered(notice.token);
        break;
      case "progress":
        this.#about(notice.id)?.onProgress?.(notice);
        break;
      case "mark":
        return this.#mark(notice);
    }
    return undefined;
  }

  /** It speaks of all pieces before it: they are to be used, and no others. */
  #mark(notice: MarkNotice): Promise<void> | undefined {
    const exchange = this.#about(notice.id);
    if (!exchange?.onMark) return undefined;
    return this.#allUsed().then(() => exchange.onMark?.(notice));
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
    this.#first();
    exchange.end();
  }

  /** Take the first one off: it is over. */
  #first(): void {
    const over = this.#underway.shift();
    if (over !== undefined && over.body !== null) this.#bodiesUnderway--;
  }

  /** The connection is over: everything that waits hears why. */
  fail(error: ClientError): void {
    this.#failure ??= error;
    this.#connection.kill();
    this.#window.close();
    this.#bodiesUnderway = 0;
    this.#wakeReader?.();
    for (const exchange of this.#underway.splice(0)) {
      exchange.fail(this.#failure, () => {
        exchange.body?.fail(new TransferError("lost", error.message));
      });
    }
    this.#pings.fail(this.#failure);
  }
}
