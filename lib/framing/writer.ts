/**
 * Frames onto a connection, gathered: what is ready goes out in one write
 * (two small writes in a row may cost 40 ms), and a payload is
 * read from its file straight into its place behind the header.
 *
 * One owner adds frames and flushes; beside it `interject` may put a message
 * between two of its writes, which are always whole frames.
 * @module
 */
import type { Connection } from "../runtime/mod.ts";
import type { BufferPool } from "./buffers.ts";
import {
  DATA_BYTES_MAX,
  encodeFrame,
  HEADER_BYTES,
  type Kind,
  writeHeader,
} from "./frame.ts";

/** With less room than this for a payload, what is gathered goes out first. */
const ROOM_BYTES_MIN = 8 * 1024;

export class FrameWriter {
  readonly #connection: Connection;
  readonly #buffers: BufferPool;
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #used = 0;
  #filling = false;
  /** The last of the writes under way; it never rejects. */
  #underway: Promise<void> | null = null;

  constructor(connection: Connection, buffers: BufferPool) {
    this.#connection = connection;
    this.#buffers = buffers;
  }

  /** A write is under way: it goes on as the peer reads. */
  get writing(): boolean {
    return this.#underway !== null;
  }

  /** Bytes gathered and not yet written. */
  get gathered(): number {
    return this.#used;
  }

  /**
   * A place for a payload is given out and not yet filled. While none is,
   * others than the owner may `flush`, too: what was gathered long ago.
   */
  get filling(): boolean {
    return this.#filling;
  }

  /** Bytes that can be gathered in all. */
  get capacity(): number {
    return this.#held().length;
  }

  /** Bytes that can be gathered before anything has to be written. */
  get room(): number {
    return this.#held().length - this.#used;
  }

  /**
   * Add a MESSAGE; a promise, to be waited for, only where the buffer is full.
   * @throws {NetworkError} `killed`, `lost`.
   */
  message(payload: Uint8Array): Promise<void> | undefined {
    this.#filling = false;
    if (!this.#fits(payload)) return this.#messageAfterFlush(payload);
    this.#add("message", payload);
    return undefined;
  }

  /**
   * Add bytes as DATA, in one frame where they fit: for what is in memory
   * already. Otherwise as `message`.
   */
  data(payload: Uint8Array): Promise<void> | undefined {
    this.#filling = false;
    if (payload.length === 0) return undefined; // no frame is empty
    const one = payload.length <= DATA_BYTES_MAX && this.#fits(payload);
    if (!one) return this.#dataInPieces(payload);
    this.#add("data", payload);
    return undefined;
  }

  /**
   * The place for the payload of a DATA frame: fill its start, then say to
   * `endData` how many bytes it has. Waits only where the buffer is full.
   */
  async beginData(): Promise<Uint8Array<ArrayBuffer>> {
    let buffer = this.#held();
    const roomMin = Math.min(ROOM_BYTES_MIN, buffer.length >> 1);
    if (buffer.length - this.#used - HEADER_BYTES < roomMin && this.#used > 0) {
      await this.flush();
      buffer = this.#held();
    }
    this.#filling = true;
    const from = this.#used + HEADER_BYTES;
    return buffer.subarray(
      from,
      Math.min(buffer.length, from + DATA_BYTES_MAX),
    );
  }

  /**
   * Add the DATA frame whose payload now stands where `beginData` said.
   * @param length Its bytes; 0 adds nothing, since no frame is empty.
   */
  endData(length: number): void {
    this.#filling = false;
    if (length === 0) return;
    const end = this.#used + HEADER_BYTES + length;
    if (this.#buffer === null || end > this.#buffer.length) {
      throw new TypeError("endData() with more than beginData() had room for");
    }
    writeHeader(this.#buffer, this.#used, "data", length);
    this.#used = end;
  }

  /**
   * Write what is gathered, and hold no buffer after that. Resolves once that
   * and all that was written before is out.
   * @throws {NetworkError} `killed`, `lost`.
   */
  async flush(): Promise<void> {
    const buffer = this.#buffer;
    if (buffer === null) {
      while (this.#underway !== null) await this.#underway;
      return;
    }
    const used = this.#used;
    this.#buffer = null;
    this.#used = 0;
    if (used > 0) {
      try {
        await this.#write(buffer.subarray(0, used));
      } catch (error) {
        this.#buffers.lose(buffer); // the system may still be reading it
        throw error;
      }
    }
    this.#buffers.give(buffer);
  }

  /**
   * Write a MESSAGE at once, between two writes of the owner.
   * @throws {NetworkError} `killed`, `lost`.
   */
  async interject(payload: Uint8Array): Promise<void> {
    await this.#write(encodeFrame("message", payload));
  }

  /**
   * Drop what is gathered and hold no buffer: at the end, when no more will be
   * written and nobody fills the place that `beginData` gave. A buffer that is
   * being written is not touched: its write gives it back.
   */
  release(): void {
    if (this.#buffer !== null) this.#buffers.give(this.#buffer);
    this.#buffer = null;
    this.#used = 0;
  }

  #fits(payload: Uint8Array): boolean {
    const end = this.#used + HEADER_BYTES + payload.length;
    return end <= this.#held().length;
  }

  #add(kind: Kind, payload: Uint8Array): void {
    const buffer = this.#held();
    writeHeader(buffer, this.#used, kind, payload.length);
    buffer.set(payload, this.#used + HEADER_BYTES);
    this.#used += HEADER_BYTES + payload.length;
  }

  async #messageAfterFlush(payload: Uint8Array): Promise<void> {
    await this.flush();
    if (this.#fits(payload)) return this.#add("message", payload);
    this.release(); // a small buffer, or a test's tiny one
    await this.#write(encodeFrame("message", payload));
  }

  async #dataInPieces(payload: Uint8Array): Promise<void> {
    for (let at = 0; at < payload.length;) {
      const room = await this.beginData();
      const piece = payload.subarray(at, at + room.length);
      room.set(piece);
      this.endData(piece.length);
      at += piece.length;
    }
  }

  #held(): Uint8Array<ArrayBuffer> {
    return this.#buffer ??= this.#buffers.takeLarge();
  }

  /** In the order of the calls, whoever wakes first when a write is over. */
  async #write(bytes: Uint8Array): Promise<void> {
    const write = this.#underway === null
      ? this.#connection.write(bytes)
      : this.#underway.then(() => this.#connection.write(bytes));
    const over = write.then(ended, ended);
    this.#underway = over;
    try {
      await write;
    } finally {
      if (this.#underway === over) this.#underway = null;
    }
  }
}

function ended(): void {}
