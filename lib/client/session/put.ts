/**
 * A put: a source's bytes to the server, whole under their name or not at all.
 * @module
 */
import {
  type Answer,
  encodeObject,
  formatMtime,
  type JsonObject,
} from "../../protocol/mod.ts";
import { sendBody, TransferError } from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import { cancelled, fromServer, transferFailed } from "../failures.ts";
import type { PutOptions, Receipt, Source } from "../library.ts";
import { onAbort } from "../signals.ts";
import { texts } from "../texts/mod.ts";
import { CANCEL_MS_MAX, type Channel } from "./channel.ts";
import {
  fromChecksum,
  fromNothing,
  fromSource,
  type Start,
} from "./earlier_bytes.ts";
import type { Exchange } from "./exchange.ts";
import { MarksSet } from "./marks_set.ts";
import { readSmall, sendSmall } from "./put_small.ts";
import { type Requests, type Told, told } from "./requests.ts";

/** What was sent, the whole file counted. */
interface Sent {
  readonly bytes: number;
  readonly checksum: string;
}

export async function put(
  requests: Requests,
  source: Source,
  name: string,
  options: PutOptions,
): Promise<Receipt> {
  const about = told("put", name, options);
  return await requests.about(about, async () => {
    needFeatures(requests, options, about);
    const { channel } = requests;
    const sinceMs = channel.runtime.clock.monotonicMs();
    const starting = startOf(channel, source, options, about);
    // Without a wait where there is no need: requests keep their order.
    const start = starting instanceof Promise ? await starting : starting;
    const done = await channel.takeTurn(about.signal);
    let exchange: Exchange;
    let sent: Sent;
    try {
      // A put may not follow a get whose body is still to come.
      const before = channel.getsOver(about.signal);
      if (before !== undefined) await before;
      const reading = readSmall(channel, source, options);
      const body = reading instanceof Promise ? await reading : reading;
      if (body !== null) {
        const { checksum } = start;
        const request = requestOf(name, source, options, body.length);
        const small = { request, body, checksum, signal: about.signal };
        ({ exchange, ...sent } = await sendSmall(channel, small));
        options.onProgress?.(sent.bytes, body.length);
      } else {
        channel.flushSoon(); // a source may take its time: not those before it
        const request = requestOf(name, source, options, source.size);
        exchange = await channel.write(request, null, about.signal);
        const putting = { requests, about, exchange, source, start };
        sent = await new Putting(putting, options).send();
      }
    } finally {
      done();
    }
    const answer = requests.good(
      await channel.answerOf(exchange, about.signal),
      about,
    );
    assertSame(answer, sent, about);
    const { mtimeNs } = source;
    return {
      name,
      bytes: sent.bytes - start.from,
      seconds: (channel.runtime.clock.monotonicMs() - sinceMs) / 1000,
      checksum: sent.checksum,
      ...(mtimeNs === undefined ? {} : { mtimeNs }),
      version: answer.file_version ?? null,
    };
  });
}

function needFeatures(
  requests: Requests,
  options: PutOptions,
  about: Told,
): void {
  const { ifAbsent, ifVersion, mode, transfer, identity, offset } = options;
  const conditional = ifAbsent || ifVersion !== undefined || mode !== undefined;
  if (conditional) requests.need("conditions", about);
  const resumed = transfer !== undefined || identity !== undefined || offset ||
    options.onMark !== undefined;
  if (resumed) requests.need("resume", about);
}

function startOf(
  { runtime }: Channel,
  source: Source,
  options: PutOptions,
  about: Told,
): Start | Promise<Start> {
  const { offset, offsetChecksum: sum } = options;
  if (!offset) return fromNothing(options);
  if (sum === undefined) throw new TypeError(texts.session.needsChecksum);
  const start = source.seek === undefined || options.verifyOffset
    ? null
    : fromChecksum(offset, sum);
  return start === null
    ? fromSource(source, offset, sum, runtime.turns, about)
    : soughtTo(source, start);
}

async function soughtTo(source: Source, start: Start): Promise<Start> {
  await source.seek?.(start.from);
  return start;
}

function requestOf(
  filename: string,
  { mtimeNs }: Source,
  options: PutOptions,
  size: number | null,
): JsonObject {
  const { ifVersion, mode, transfer, identity, offset, offsetChecksum } =
    options;
  const keepsMtime = options.preserveMtime && mtimeNs !== undefined;
  return {
    action: "put",
    filename,
    checksum_type: options.checksum ?? "crc32",
    ...(size === null ? {} : { size }),
    ...(keepsMtime ? { mtime: formatMtime(mtimeNs) } : {}),
    ...(mode === undefined ? {} : { mode }),
    ...(options.ifAbsent ? { if_absent: true } : {}),
    ...(ifVersion === undefined ? {} : { if_version: ifVersion }),
    ...(transfer === undefined ? {} : { transfer }),
    ...(identity === undefined ? {} : { identity }),
    ...(offset ? { offset, offset_checksum: offsetChecksum } : {}),
    ...(offset && options.verifyOffset ? { verify: true } : {}),
  };
}

/** @throws {ClientError} `integrity`: the server has something else. */
export function assertSame(
  answer: Answer,
  sent: Sent,
  { verb, name }: Told,
): void {
  if (answer.size === sent.bytes && answer.checksum === sent.checksum) return;
  const there = { bytes: answer.size, checksum: answer.checksum };
  const what = texts.session.putDiffers(there, sent);
  throw transferFailed(
    new TransferError("checksum_differs", what),
    verb,
    name,
  );
}

interface Parts {
  readonly requests: Requests;
  readonly about: Told;
  readonly exchange: Exchange;
  readonly source: Source;
  readonly start: Start;
}

/** The body of one put, which whoever has the turn to write sends. */
class Putting {
  readonly #parts: Parts;
  readonly #options: PutOptions;
  readonly #channel: Channel;
  readonly #marks: MarksSet | null;

  constructor(parts: Parts, options: PutOptions) {
    this.#parts = parts;
    this.#options = options;
    this.#channel = parts.requests.channel;
    this.#marks = options.transfer === undefined
      ? null
      : new MarksSet(this.#channel, parts, options.onMark);
  }

  /** Write the body; its `abort` where that cannot be had. */
  async send(): Promise<Sent> {
    const { exchange, source, start, about } = this.#parts;
    const stop = new AbortController();
    using hangUp = new DisposableStack();
    const giveUp = () => {
      if (hangUp.disposed) return; // it is all sent
      stop.abort();
      // A write that waits for the server does not end by that.
      const itDidNot = texts.session.didNotTakeAbort;
      hangUp.use(this.#channel.hangUpAfter(CANCEL_MS_MAX, itDidNot));
    };
    exchange.answer.then(giveUp, giveUp); // refused: it need not be sent on
    using _onAbort = onAbort(about.signal, giveUp);
    try {
      const { writer, runtime: { turns, clock } } = this.#channel;
      const { onProgress } = this.#options;
      const marks = this.#marks;
      const bytes = await sendBody({
        source,
        writer,
        checksum: start.checksum,
        turns,
        clock,
        signal: stop.signal,
        from: start.from,
        onBytes: (total) => onProgress?.(total, source.size),
        ...(marks === null
          ? {}
          : { between: (total: number) => marks.between(total) }),
      });
      const checksum = start.checksum.digest();
      const end = { action: "end", id: exchange.id, size: bytes, checksum };
      await writer.message(encodeObject(end));
      await writer.flush();
      return { bytes, checksum };
    } catch (error) {
      throw await this.#failed(error, stop.signal.aborted);
    }
  }

  /** End the body. @returns What its failure means. */
  async #failed(error: unknown, stopped: boolean): Promise<ClientError> {
    const { requests, about } = this.#parts;
    const { verb, name, signal } = about;
    const answer = await this.#abort();
    if (signal?.aborted) return cancelled(verb, name);
    if (error instanceof ClientError) return error; // the source's own
    if (answer === null) return this.#channel.failure ?? fromServer(error);
    if (!stopped) return transferFailed(error, verb, name);
    if (answer.status_code !== 200) {
      return requests.refused(answer, { ...about, signal: undefined });
    }
    return this.#channel.broken(texts.session.successTooEarly);
  }

  /**
   * End the body by `abort`, and wait for the answer, a little.
   * @returns The answer, or null where the connection ends without one.
   */
  async #abort(): Promise<Answer | null> {
    const { exchange } = this.#parts;
    const channel = this.#channel;
    using _hangUp = channel.hangUpAfter(
      CANCEL_MS_MAX,
      texts.session.didNotTakeAbort,
    );
    try {
      if (!exchange.answered) await this.#marks?.last();
      const abort = { action: "abort", id: exchange.id };
      await channel.writer.message(encodeObject(abort));
      await channel.writer.flush();
      return await exchange.answer;
    } catch (error) {
      channel.fail(fromServer(error));
      return await exchange.answer.catch(() => null); // it may be here already
    }
  }
}
