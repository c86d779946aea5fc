/**
 * The framed client: stat, get and put on the channel of one connection.
 * @module
 */
import {
  type Answer,
  encodeObject,
  formatMtime,
  statusName,
} from "../../protocol/mod.ts";
import {
  BodyHandover,
  createChecksum,
  receiveBody,
  sendBody,
  TransferError,
} from "../../transfer/mod.ts";
import { CANCEL_MS_MAX, type Channel } from "./channel.ts";
import { ClientError } from "../error.ts";
import type { Exchange } from "./exchange.ts";
import {
  cancelled,
  during,
  fromServer,
  notSupported,
  refusedBy,
  transferFailed,
} from "../failures.ts";
import type {
  Copied,
  FileChecksum,
  FileStat,
  PartState,
  RemoteEntry,
  RemotePart,
  ServerLimits,
  Space,
  Usage,
  VersionState,
} from "../remote.ts";
import type {
  FtpClient,
  GetOptions,
  PutOptions,
  Receipt,
  RemoteFile,
  Sink,
  Source,
  TransferOptions,
} from "../library.ts";
import { onAbort } from "../signals.ts";
import { texts } from "../texts/mod.ts";

export class ClientSession implements FtpClient {
  readonly #channel: Channel;

  /** @param channel Of a connection that has logged in. */
  constructor(
    readonly username: string,
    readonly features: ReadonlySet<string>,
    readonly limits: ServerLimits,
    channel: Channel,
  ) {
    this.#channel = channel;
  }

  get alive(): boolean {
    return this.#channel.alive;
  }

  async stat(
    name: string,
    { signal }: { signal?: AbortSignal } = {},
  ): Promise<FileStat> {
    const stat = () => this.#stat(name, signal);
    return await this.#about("stat", name, signal, stat);
  }

  async get(
    name: string,
    open: (info: RemoteFile) => Sink | Promise<Sink>,
    options: GetOptions = {},
  ): Promise<Receipt> {
    const get = () => this.#get(name, open, options);
    return await this.#about("get", name, options.signal, get);
  }

  async put(
    source: Source,
    name: string,
    options: PutOptions = {},
  ): Promise<Receipt> {
    const put = () => this.#put(source, name, options);
    return await this.#about("put", name, options.signal, put);
  }

  list(): AsyncIterable<readonly RemoteEntry[]> {
    throw notSupported("list");
  }

  walk(): AsyncIterable<readonly RemoteEntry[]> {
    throw notSupported("walk");
  }

  mkdir(): Promise<number> {
    return Promise.reject(notSupported("mkdir"));
  }

  remove(): Promise<number> {
    return Promise.reject(notSupported("remove"));
  }

  rmdir(): Promise<void> {
    return Promise.reject(notSupported("rmdir"));
  }

  rename(): Promise<void> {
    return Promise.reject(notSupported("rename"));
  }

  copy(): Promise<Copied> {
    return Promise.reject(notSupported("copy"));
  }

  setAttributes(): Promise<FileStat> {
    return Promise.reject(notSupported("setAttributes"));
  }

  checksum(): Promise<FileChecksum> {
    return Promise.reject(notSupported("checksum"));
  }

  du(): Promise<Usage> {
    return Promise.reject(notSupported("du"));
  }

  space(): Promise<Space> {
    return Promise.reject(notSupported("space"));
  }

  link(): Promise<void> {
    return Promise.reject(notSupported("link"));
  }

  resumeStates(): Promise<readonly PartState[]> {
    return Promise.reject(notSupported("resumeStates"));
  }

  versionStates(): Promise<readonly VersionState[]> {
    return Promise.reject(notSupported("versionStates"));
  }

  parts(): Promise<readonly RemotePart[]> {
    return Promise.reject(notSupported("parts"));
  }

  discardParts(): Promise<number> {
    return Promise.reject(notSupported("discardParts"));
  }

  async ping(signal?: AbortSignal): Promise<void> {
    await this.#channel.ping(signal);
  }

  async quit(): Promise<void> {
    await this.#channel.quit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit();
  }

  async #stat(
    name: string,
    signal: AbortSignal | undefined,
  ): Promise<FileStat> {
    const answer = await this.#channel.ask(
      { action: "stat", filename: name },
      signal,
    );
    if (answer.status_code !== 200) {
      throw this.#refused(answer, "stat", name, signal);
    }
    const { type, size, mtime } = answer;
    if (type === undefined || size === undefined || mtime === undefined) {
      throw this.#channel.broken(texts.session.statLacks);
    }
    return { type, size, mtimeNs: mtime, mode: null, version: null };
  }

  async #get(
    name: string,
    open: (info: RemoteFile) => Sink | Promise<Sink>,
    options: GetOptions,
  ): Promise<Receipt> {
    const { signal, onProgress } = options;
    const type = options.checksum ?? "crc32";
    const sinceMs = this.#channel.runtime.clock.monotonicMs();
    const body = new BodyHandover();
    const exchange = await this.#channel.send(
      { action: "get", filename: name, checksum_type: type },
      body,
      signal,
    );
    const answer = await this.#channel.answerOf(exchange, signal);
    if (answer.status_code !== 200) {
      throw this.#refused(answer, "get", name, signal);
    }
    const { size, mtime } = answer;
    if (size === undefined || mtime === undefined) {
      throw this.#channel.broken(texts.session.getLacks);
    }
    using _onAbort = onAbort(signal, () => {
      body.fail(new TransferError("cancelled", "cancelled"));
    });
    try {
      const sink = await open({
        size,
        mtimeNs: mtime,
        mode: null,
        version: null,
        fileSize: size,
      });
      const received = await receiveBody({
        body,
        sink,
        checksum: createChecksum(type),
        turns: this.#channel.runtime.turns,
        size,
        bytesMax: size,
        onBytes: (bytes) => onProgress?.(bytes, size),
      });
      const { bytes, checksum } = received;
      return this.#receipt(sinceMs, {
        name,
        bytes,
        checksum,
        mtimeNs: mtime,
        version: null,
      });
    } catch (error) {
      await this.#giveUp(exchange, error);
      const ours = signal?.aborted ? cancelled("get", name) : null;
      throw this.#endedBy(error) ?? ours ?? transferFailed(error, "get", name);
    }
  }

  async #put(
    source: Source,
    name: string,
    options: PutOptions,
  ): Promise<Receipt> {
    const sinceMs = this.#channel.runtime.clock.monotonicMs();
    const type = options.checksum ?? "crc32";
    const { mtimeNs, size } = source;
    const request = {
      action: "put",
      filename: name,
      checksum_type: type,
      ...(size === null ? {} : { size }),
      ...(options.preserveMtime && mtimeNs !== undefined
        ? { mtime: formatMtime(mtimeNs) }
        : {}),
    };
    const done = await this.#channel.takeTurn(options.signal);
    let exchange: Exchange;
    let sent: { bytes: number; checksum: string };
    try {
      // A put may not follow a get whose body is still to come.
      await this.#channel.getsOver(options.signal);
      exchange = await this.#channel.write(request, null, options.signal);
      sent = await this.#sendBody(exchange, source, name, options);
    } finally {
      done();
    }
    const answer = await this.#channel.answerOf(exchange, options.signal);
    if (answer.status_code !== 200) {
      throw this.#refused(answer, "put", name, options.signal);
    }
    if (answer.size !== sent.bytes || answer.checksum !== sent.checksum) {
      throw transferFailed(
        new TransferError(
          "checksum_differs",
          texts.session.putDiffers(
            { bytes: answer.size, checksum: answer.checksum },
            sent,
          ),
        ),
        "put",
        name,
      );
    }
    const time = mtimeNs === undefined ? {} : { mtimeNs };
    return this.#receipt(sinceMs, { name, ...sent, ...time, version: null });
  }

  /** Write the body of a put; its `abort` where that cannot be had. */
  async #sendBody(
    exchange: Exchange,
    source: Source,
    name: string,
    options: TransferOptions,
  ): Promise<{ bytes: number; checksum: string }> {
    const { id } = exchange;
    const checksum = createChecksum(options.checksum ?? "crc32");
    const stop = new AbortController();
    using hangUp = new DisposableStack();
    const giveUp = () => {
      if (hangUp.disposed) return; // it is all sent
      stop.abort();
      // A write that waits for the server does not end by that.
      hangUp.use(
        this.#channel.hangUpAfter(CANCEL_MS_MAX, texts.session.didNotTakeAbort),
      );
    };
    exchange.answer.then(giveUp, giveUp); // refused: it need not be sent on
    using _onAbort = onAbort(options.signal, giveUp);
    try {
      const bytes = await sendBody({
        source,
        writer: this.#channel.writer,
        checksum,
        turns: this.#channel.runtime.turns,
        clock: this.#channel.runtime.clock,
        signal: stop.signal,
        onBytes: (total) => options.onProgress?.(total, source.size),
      });
      const sent = { bytes, checksum: checksum.digest() };
      await this.#channel.writer.message(
        encodeObject({
          action: "end",
          id,
          size: bytes,
          checksum: sent.checksum,
        }),
      );
      await this.#channel.writer.flush();
      return sent;
    } catch (error) {
      const answer = await this.#abortBody(exchange);
      if (options.signal?.aborted) throw cancelled("put", name);
      if (error instanceof ClientError) throw error; // the source's own
      if (answer === null) throw this.#channel.failure ?? fromServer(error);
      if (!stop.signal.aborted) throw transferFailed(error, "put", name);
      if (answer.status_code !== 200) {
        throw this.#refused(answer, "put", name, undefined);
      }
      throw this.#channel.broken(texts.session.successTooEarly);
    }
  }

  /**
   * End a put's body by `abort`, and wait for the answer, a little.
   * @returns The answer, or null where the connection ends without one.
   */
  async #abortBody(exchange: Exchange): Promise<Answer | null> {
    using _hangUp = this.#channel.hangUpAfter(
      CANCEL_MS_MAX,
      texts.session.didNotTakeAbort,
    );
    try {
      const abort = { action: "abort", id: exchange.id };
      await this.#channel.writer.message(encodeObject(abort));
      await this.#channel.writer.flush();
      return await exchange.answer;
    } catch (error) {
      this.#channel.fail(fromServer(error));
      return await exchange.answer.catch(() => null); // it may be here already
    }
  }

  /** A get that will not be taken: have it end, and drop what still comes. */
  async #giveUp(exchange: Exchange, error: unknown): Promise<void> {
    exchange.body?.drop();
    if (exchange.ended || this.#channel.failure !== null) return;
    if (error instanceof TransferError && error.code === "too_large") {
      // More than was announced: such a body may have no end at all.
      this.#channel.fail(
        transferFailed(error, "get", texts.session.moreThanAnnounced),
      );
      return;
    }
    using _hangUp = this.#channel.hangUpAfter(
      CANCEL_MS_MAX,
      texts.session.didNotEndBody,
    );
    this.#channel.cancel(exchange);
    await exchange.over;
  }

  /** The error of all, where a body's own error only follows from it. */
  #endedBy(error: unknown): ClientError | null {
    if (!(error instanceof TransferError)) return null;
    if (error.code === "lost") return this.#channel.failure;
    return error.code === "sender_aborted" ? this.#channel.goaway : null;
  }

  /** A request that the server did not do. */
  #refused(
    answer: Answer,
    verb: string,
    name: string,
    signal: AbortSignal | undefined,
  ): ClientError {
    if (statusName(answer.status_code) === "cancelled") {
      if (signal?.aborted) return cancelled(verb, name);
      // Nobody here said so: the server is ending, and may have said that.
      if (this.#channel.goaway !== null) return this.#channel.goaway;
    }
    return refusedBy(answer, verb, name);
  }

  /** Do one request; where the connection ends, say what it ended. */
  async #about<T>(
    verb: string,
    name: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const { failure, goaway } = this.#channel;
      const ofAll = error === failure || error === goaway;
      if (!ofAll && error instanceof ClientError) throw error;
      if (signal?.aborted) throw cancelled(verb, name);
      throw ofAll && error instanceof ClientError
        ? during(error, verb, name)
        : error;
    }
  }

  #receipt(sinceMs: number, moved: Omit<Receipt, "seconds">): Receipt {
    const nowMs = this.#channel.runtime.clock.monotonicMs();
    return { ...moved, seconds: (nowMs - sinceMs) / 1000 };
  }
}
