/**
 * What requests of every kind share: whether the server can do them, what their
 * failures mean, and how a body that is not wanted any more ends.
 * @module
 */
import {
  type Answer,
  type JsonObject,
  statusName,
} from "../../protocol/mod.ts";
import { TransferError } from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import {
  cancelled,
  during,
  notSupported,
  refusedBy,
  transferFailed,
} from "../failures.ts";
import type { RequestOptions } from "../remote.ts";
import { texts } from "../texts/mod.ts";
import { CANCEL_MS_MAX, type Channel } from "./channel.ts";
import type { Exchange, ProgressNotice } from "./exchange.ts";

/** One request, as its errors tell of it. */
export interface Told {
  readonly verb: string;
  readonly name: string;
  readonly signal: AbortSignal | undefined;
}

/** @param verb Of the request, where the caller has no word for it. */
export function told(
  verb: string,
  name: string,
  options: RequestOptions,
): Told {
  return { verb: options.verb ?? verb, name, signal: options.signal };
}

export class Requests {
  readonly channel: Channel;
  readonly #features: ReadonlySet<string>;

  constructor(channel: Channel, features: ReadonlySet<string>) {
    this.channel = channel;
    this.#features = features;
  }

  /**
   * Do a request that is an answer and no more.
   * @param feature That the server has to have.
   * @param answered Takes any answer, before a bad one is thrown.
   * @throws {ClientError} What was wrong, told of this request.
   */
  async do(
    feature: string,
    request: JsonObject,
    about: Told,
    { onProgress, onAnswer }: {
      readonly onProgress?: (notice: ProgressNotice) => void;
      readonly onAnswer?: (answer: Answer) => void;
    } = {},
  ): Promise<Answer> {
    return await this.about(about, async () => {
      this.need(feature, about);
      const exchange = await this.channel.send(request, null, about.signal);
      exchange.onProgress = onProgress ?? null;
      const answer = await this.channel.answerOf(exchange, about.signal);
      onAnswer?.(answer);
      return this.good(answer, about);
    });
  }

  /** @throws {ClientError} `not_supported`: the server lacks a feature. */
  need(feature: string, { verb, name }: Told): void {
    if (!this.#features.has(feature)) throw notSupported(verb, name);
  }

  has(feature: string): boolean {
    return this.#features.has(feature);
  }

  /** @throws {ClientError} The server did not do it. */
  good(answer: Answer, about: Told): Answer {
    if (answer.status_code !== 200) throw this.refused(answer, about);
    return answer;
  }

  /** A field that an answer has to have. */
  given<Value>(value: Value | undefined, action: string, field: string): Value {
    if (value !== undefined) return value;
    throw this.channel.broken(texts.session.lacks(action, field));
  }

  /** A request that the server did not do. */
  refused(
    said: { readonly status_code: number; readonly status_msg: string },
    { verb, name, signal }: Told,
  ): ClientError {
    if (statusName(said.status_code) === "cancelled") {
      if (signal?.aborted) return cancelled(verb, name);
      // Nobody here said so: the server is ending, and may have said that.
      if (this.channel.goaway !== null) return this.channel.goaway;
    }
    return refusedBy(said, verb, name);
  }

  /** Do one request; where the connection ends, say what it ended. */
  async about<T>(about: Told, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw this.toldOf(about, error);
    }
  }

  /** What a request threw, as its caller is to hear of it. */
  toldOf({ verb, name, signal }: Told, error: unknown): unknown {
    const { failure, goaway } = this.channel;
    const ofAll = error === failure || error === goaway;
    if (!ofAll && error instanceof ClientError) return error;
    if (signal?.aborted) return cancelled(verb, name);
    return ofAll && error instanceof ClientError
      ? during(error, verb, name)
      : error;
  }

  /**
   * What the taking of a body threw: end what still comes of it.
   * @returns What it means.
   */
  async bodyFailed(
    exchange: Exchange,
    error: unknown,
    about: Told,
  ): Promise<ClientError> {
    await this.#giveUp(exchange, error, about);
    return this.#endedBy(exchange, error, about) ??
      (about.signal?.aborted ? cancelled(about.verb, about.name) : null) ??
      transferFailed(error, about.verb, about.name);
  }

  /** A body that will not be taken: have it end, and drop what still comes. */
  async #giveUp(
    exchange: Exchange,
    error: unknown,
    about: Told,
  ): Promise<void> {
    exchange.body?.drop();
    if (exchange.ended || this.channel.failure !== null) return;
    if (error instanceof TransferError && error.code === "too_large") {
      // More than was announced: such a body may have no end at all.
      const what = texts.session.moreThanAnnounced;
      this.channel.fail(transferFailed(error, about.verb, what));
      return;
    }
    await this.endEarly(exchange);
  }

  /** Have a body end that is not wanted any more; nothing of it is kept. */
  async endEarly(exchange: Exchange): Promise<void> {
    exchange.body?.drop();
    if (exchange.ended || this.channel.failure !== null) return;
    using _hangUp = this.channel.hangUpAfter(
      CANCEL_MS_MAX,
      texts.session.didNotEndBody,
    );
    this.channel.cancel(exchange);
    await exchange.over;
  }

  /** The error of all, where a body's own error only follows from it. */
  #endedBy(
    exchange: Exchange,
    error: unknown,
    about: Told,
  ): ClientError | null {
    if (!(error instanceof TransferError)) return null;
    if (error.code === "lost") return this.channel.failure;
    if (error.code !== "sender_aborted") return null;
    if (this.channel.goaway !== null) return this.channel.goaway;
    const { ending } = exchange;
    return ending?.action === "abort" ? this.refused(ending, about) : null;
  }
}
