/**
 * Frames off a connection. Nobody reads ahead: no byte is taken from the
 * kernel before `next` is called for it, so that a slow taker slows the sender.
 * @module
 */
import type { Connection } from "../runtime/mod.ts";
import type { BufferPool } from "./buffers.ts";
import { FrameDecoder } from "./decoder.ts";
import { FramingError } from "./error.ts";
import { type FramePart, HEADER_BYTES } from "./frame.ts";

export class FrameReader {
  readonly #connection: Connection;
  readonly #buffers: BufferPool;
  readonly #decoder = new FrameDecoder();
  /** All that a waiting connection holds: room for one header. */
  readonly #waiting = new Uint8Array(HEADER_BYTES);
  #buffer: Uint8Array<ArrayBuffer> | null = null;
  #filled = false;
  #reading = false;

  constructor(connection: Connection, buffers: BufferPool) {
    this.#connection = connection;
    this.#buffers = buffers;
  }

  set messageBytesMax(bytes: number) {
    this.#decoder.messageBytesMax = bytes;
  }

  /** Say whether a DATA frame may come; where it may not, one is an error. */
  set dataDue(due: boolean) {
    this.#decoder.dataDue = due;
  }

  /** A read is under way: what happens next is up to the peer. */
  get waiting(): boolean {
    return this.#reading;
  }

  /**
   * While `waiting`: the peer has sent a part of a frame, and the rest is still
   * to come. At other times frames that are here already count, too.
   */
  get midFrame(): boolean {
    return !this.#decoder.atBoundary;
  }

  /** The next part that is here already, or null: then `next` has to wait. */
  here(): FramePart | null {
    return this.#decoder.next();
  }

  /**
   * The next part; null where the peer closed between two frames. The payload
   * is good until the next call.
   * @throws {FramingError} See `FrameDecoder.next`; `cut` where the peer closed
   * within a frame.
   * @throws {NetworkError} `killed`, `lost`.
   */
  async next(): Promise<FramePart | null> {
    while (true) {
      const part = this.#decoder.next();
      if (part !== null) return part;
      const into = this.#upToFrame(this.#room());
      let bytes: number | null;
      this.#reading = true;
      try {
        bytes = await this.#connection.read(into);
      } catch (error) {
        // Who knows whether the system still holds it: it serves nobody else.
        if (this.#buffer !== null) this.#buffers.lose(this.#buffer);
        this.#buffer = null;
        throw error;
      } finally {
        this.#reading = false;
      }
      if (bytes === null) {
        const cut = !this.#decoder.atBoundary;
        this.release();
        if (cut) throw new FramingError("cut", "the stream ended in a frame");
        return null;
      }
      this.#filled = bytes === into.length;
      this.#decoder.feed(into.subarray(0, bytes));
    }
  }

  /** Give the buffer back: once no read is under way, and none will come. */
  release(): void {
    if (this.#buffer !== null) this.#buffers.give(this.#buffer);
    this.#buffer = null;
  }

  /**
   * The part of `room` that takes the rest of a DATA frame and the next header:
   * so a large frame's payload comes in one piece, and is written by one call.
   * Not for small frames, of which many are to come in one read.
   */
  #upToFrame(room: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (room.length <= this.#buffers.smallBytes) return room;
    const { dataLength, dataLeft } = this.#decoder;
    const bytes = dataLeft + HEADER_BYTES;
    const isLarge = 2 * dataLength >= room.length;
    return isLarge && bytes < room.length ? room.subarray(0, bytes) : room;
  }

  /**
   * Where to read to: a header's room between frames, a small buffer for what
   * follows, a large one where a body is due or the small one was not enough.
   */
  #room(): Uint8Array<ArrayBuffer> {
    const decoder = this.#decoder;
    if (decoder.atBoundary && !decoder.dataDue && !this.#filled) {
      this.release();
      return this.#waiting;
    }
    const large = decoder.dataDue || this.#filled && this.#buffer !== null;
    const held = this.#buffer;
    if (held !== null && (!large || held.length > this.#buffers.smallBytes)) {
      return held;
    }
    this.release();
    return this.#buffer = large
      ? this.#buffers.takeLarge()
      : this.#buffers.takeSmall();
  }
}
