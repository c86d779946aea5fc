/**
 * What goes out on a session's connection, as intake.ts is what comes in:
 * answers, gathered so that many small ones go out in one write, and notices
 * between two writes.
 * @module
 */
import { type BufferPool, FrameWriter, HEADER_BYTES } from "../framing/mod.ts";
import {
  encodeObject,
  type JsonObject,
  STATUS,
  type StatusName,
} from "../protocol/mod.ts";
import type { Connection, Timers } from "../runtime/mod.ts";
import type { Job } from "./job.ts";

/** An answer waits for the next one, to go out with it, for this long. */
const GATHER_MS_MAX = 10;

const NOTHING = new Uint8Array(0);

export class Output {
  /** For the bodies of gets. */
  readonly writer: FrameWriter;
  readonly #timers: Timers;
  readonly #onLost: () => void;
  /** Sends what is gathered, while the next answer takes its time. */
  #soon: Disposable | null = null;

  /** @param onLost A write that nobody waits for has failed. */
  constructor(
    connection: Connection,
    buffers: BufferPool,
    timers: Timers,
    onLost: () => void,
  ) {
    this.writer = new FrameWriter(connection, buffers);
    this.#timers = timers;
    this.#onLost = onLost;
  }

  /**
   * Answer a request: gathered, and sent with what follows it. A promise only
   * where what is gathered has to go out first.
   * @throws {NetworkError} `killed`, `lost`.
   */
  reply(
    job: Job,
    status: StatusName,
    fields: JsonObject = {},
    text?: string,
  ): Promise<void> | undefined {
    const [status_code, words] = STATUS[status];
    const status_msg = text ?? words;
    return this.writer.message(
      encodeObject({ id: job.id, status_code, status_msg, ...fields }),
    );
  }

  /**
   * Answer a get by all at once: the answer, the body and its end. Otherwise as
   * `reply`.
   */
  whole(
    job: Job,
    fields: JsonObject,
    bytes: Uint8Array,
    end: Uint8Array,
  ): Promise<void> | undefined {
    const { writer } = this;
    const wait = this.reply(job, "success", fields);
    if (wait !== undefined) return this.#after(wait, bytes, end);
    const more = writer.data(bytes);
    if (more !== undefined) return this.#after(more, NOTHING, end);
    return writer.message(end);
  }

  async #after(
    wait: Promise<void>,
    bytes: Uint8Array,
    end: Uint8Array,
  ): Promise<void> {
    await wait;
    await this.writer.data(bytes);
    await this.writer.message(end);
  }

  /** Something is gathered, or on its way: `flush` has to be waited for. */
  get pending(): boolean {
    return this.writer.gathered > 0 || this.writer.writing;
  }

  /** What is gathered goes out soon, whether or not more comes to it. */
  sendSoon(): void {
    if (this.writer.gathered === 0) return;
    this.#soon ??= this.#timers.after(GATHER_MS_MAX, () => {
      this.#soon = null;
      if (this.writer.filling) return; // it goes out with that
      this.writer.flush().catch(this.#onLost);
    });
  }

  /** @throws {NetworkError} `killed`, `lost`. */
  async flush(): Promise<void> {
    await this.writer.flush();
  }

  /**
   * Say something between two writes, and wait until it is out.
   * @throws {NetworkError} `killed`, `lost`.
   */
  async say(notice: JsonObject): Promise<void> {
    await this.writer.interject(encodeObject(notice));
  }

  /**
   * The same, and nobody waits. Where work hangs and the peer has closed its
   * side, only this shows that it is gone altogether.
   * @returns The bytes that go out for it.
   */
  notify(notice: JsonObject): number {
    const payload = encodeObject(notice);
    this.writer.interject(payload).catch(this.#onLost);
    return HEADER_BYTES + payload.length;
  }

  /** At the end: drop what is gathered. */
  release(): void {
    this.#soon?.[Symbol.dispose]();
    this.writer.release();
  }
}
