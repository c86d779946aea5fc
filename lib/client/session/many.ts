/**
 * Many small requests that are made in one go: what became of each, and when
 * the last of them is over.
 * @module
 */
import { asClientError, type ClientError } from "../error.ts";
import type { ManyOutcome, Receipt } from "../library.ts";
import { onAbort } from "../signals.ts";
import { texts } from "../texts/mod.ts";
import { CANCEL_MS_MAX, type Channel } from "./channel.ts";
import type { Exchange } from "./exchange.ts";
import type { Requests, Told } from "./requests.ts";

/** One of them. */
export interface Asked {
  readonly exchange: Exchange;
  readonly at: number;
  readonly sinceMs: number;
}

export class Many implements Disposable {
  readonly #requests: Requests;
  readonly #verb: string;
  readonly #names: readonly { readonly name: string }[];
  readonly #signal: AbortSignal | undefined;
  readonly #outcomes: ManyOutcome[];
  /** Asked for, and not over yet; by their places. */
  readonly #due = new Map<number, Exchange>();
  readonly #stack = new DisposableStack();
  #over: PromiseWithResolvers<void> | null = null;

  constructor(
    requests: Requests,
    verb: string,
    names: readonly { readonly name: string }[],
    signal: AbortSignal | undefined,
  ) {
    this.#requests = requests;
    this.#verb = verb;
    this.#names = names;
    this.#signal = signal;
    this.#outcomes = names.map(() => null);
    this.#stack.use(onAbort(signal, () => this.#cancel()));
  }

  get #channel(): Channel {
    return this.#requests.channel;
  }

  /** The same for errors of one alone. */
  told(at: number): Told {
    const { name = "" } = this.#names[at] ?? {};
    return { verb: this.#verb, name, signal: this.#signal };
  }

  asked(at: number, exchange: Exchange): Asked {
    this.#due.set(at, exchange);
    return { exchange, at, sinceMs: this.#nowMs() };
  }

  done(asked: Asked, receipt: Omit<Receipt, "seconds">): void {
    const seconds = (this.#nowMs() - asked.sinceMs) / 1000;
    this.#ended(asked, { ...receipt, seconds });
  }

  /** It is to be done alone: nothing came of it here. */
  alone(asked: Asked): void {
    this.#ended(asked, null);
  }

  failed(asked: Asked, thrown: unknown): void {
    this.#ended(asked, this.#errorOf(asked.at, thrown));
  }

  /** It was not asked for: there is nothing to ask with. */
  unasked(at: number, thrown: unknown): void {
    this.#outcomes[at] = this.#errorOf(at, thrown);
  }

  /** No more can be asked for: those from `at` on that were not have failed. */
  brokeOff(at: number, thrown: unknown): void {
    for (let next = at; next < this.#outcomes.length; next++) {
      if (!this.#due.has(next)) this.unasked(next, thrown);
    }
  }

  /** What became of all, once the last is over. */
  async outcomes(): Promise<readonly ManyOutcome[]> {
    if (this.#due.size > 0) {
      this.#over = Promise.withResolvers();
      await this.#over.promise;
    }
    return this.#outcomes;
  }

  [Symbol.dispose](): void {
    this.#stack.dispose();
  }

  #errorOf(at: number, thrown: unknown): ClientError {
    return asClientError(this.#requests.toldOf(this.told(at), thrown));
  }

  /** The first that is heard of it counts. */
  #ended({ at }: Asked, outcome: ManyOutcome): void {
    if (!this.#due.delete(at)) return;
    this.#outcomes[at] = outcome;
    if (this.#due.size === 0) this.#over?.resolve();
  }

  #cancel(): void {
    if (this.#due.size === 0) return;
    const itDidNot = texts.session.didNotTakeCancel;
    this.#stack.use(this.#channel.hangUpAfter(CANCEL_MS_MAX, itDidNot));
    for (const exchange of this.#due.values()) this.#channel.cancel(exchange);
  }

  #nowMs(): number {
    return this.#channel.runtime.clock.monotonicMs();
  }
}
