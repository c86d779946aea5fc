/**
 * Bytes to frames, wherever the bytes are cut. Pure: it reads nothing by
 * itself and is tested with bytes in memory.
 *
 * Feed it a chunk, then call `next` until it gives null, then feed the next
 * chunk. A DATA payload is handed on as views of the chunk, never copied; of a
 * MESSAGE only one that is cut by the end of a chunk is put together in memory
 * of its own.
 * @module
 */
import { FramingError } from "./error.ts";
import {
  DATA_BYTES_MAX,
  type FramePart,
  HEADER_BYTES,
  KIND,
  MESSAGE_BYTES_MAX,
} from "./frame.ts";

const NOTHING = new Uint8Array(0);

export class FrameDecoder {
  /** Payload bytes that a MESSAGE may have from here on. */
  messageBytesMax = MESSAGE_BYTES_MAX;
  /** Whether a DATA frame may come now; its owner knows, message by message. */
  dataDue = false;

  #chunk = NOTHING;
  #at = 0;
  // The header is gathered in numbers: an idle connection has one decoder, and
  // an array for it would cost more than all of these.
  #headerBytes = 0;
  #kind = 0;
  #length = 0;
  #payloadLeft = 0;
  #message: Uint8Array<ArrayBuffer> | null = null;
  #broken: FramingError | null = null;

  /** Nothing of a frame is held: the stream may end here. */
  get atBoundary(): boolean {
    return this.#headerBytes === 0 && this.#at === this.#chunk.length;
  }

  /** Bytes of the payload of the DATA frame under way; 0 where none is. */
  get dataLength(): number {
    const underway = this.#headerBytes === HEADER_BYTES;
    return underway && this.#kind === KIND.data ? this.#length : 0;
  }

  /** Bytes of it that are still to come. */
  get dataLeft(): number {
    return this.dataLength > 0 ? this.#payloadLeft : 0;
  }

  /**
   * Give it the next bytes of the stream, once `next` has given null. They
   * must stay as they are until `next` gives null again.
   */
  feed(chunk: Uint8Array<ArrayBuffer>): void {
    if (this.#at < this.#chunk.length) {
      throw new TypeError("feed() before next() had given null");
    }
    this.#chunk = chunk;
    this.#at = 0;
  }

  /**
   * The next part, or null when the chunk is used up.
   * @throws {FramingError} `bad_kind`, `bad_length`, `data_not_due`: on the
   * header, with nothing set aside yet for a payload that may never come. From
   * then on the same error comes at every call: where the next frame would
   * start is not known.
   */
  next(): FramePart | null {
    if (this.#broken !== null) throw this.#broken;
    while (this.#at < this.#chunk.length) {
      if (this.#headerBytes < HEADER_BYTES) {
        this.#takeHeaderByte();
        continue;
      }
      const from = this.#at;
      const bytes = Math.min(this.#payloadLeft, this.#chunk.length - from);
      const whole = bytes === this.#length;
      this.#at += bytes;
      this.#payloadLeft -= bytes;
      const payload = this.#chunk.subarray(from, this.#at);
      if (this.#payloadLeft === 0) this.#headerBytes = 0;
      if (this.#kind === KIND.data) return { kind: "data", payload };
      if (whole) return { kind: "message", payload };
      const message = this.#gather(payload);
      if (message !== null) return { kind: "message", payload: message };
    }
    this.#chunk = NOTHING; // what is used up must not be kept alive
    this.#at = 0;
    return null;
  }

  #takeHeaderByte(): void {
    const byte = this.#chunk[this.#at++] ?? 0;
    if (this.#headerBytes++ === 0) {
      this.#kind = byte;
      this.#length = 0;
      if (byte !== KIND.message && byte !== KIND.data) {
        throw this.#broken = new FramingError(
          "bad_kind",
          `no frame starts with ${byte}`,
          byte,
        );
      }
      if (byte === KIND.data && !this.dataDue) {
        throw this.#broken = new FramingError(
          "data_not_due",
          "DATA where no body is due",
        );
      }
      return;
    }
    this.#length = this.#length * 256 + byte;
    if (this.#headerBytes < HEADER_BYTES) return;
    const max = this.#kind === KIND.data
      ? DATA_BYTES_MAX
      : this.messageBytesMax;
    if (this.#length === 0 || this.#length > max) {
      throw this.#broken = new FramingError(
        "bad_length",
        `a payload of ${this.#length} bytes: 1 to ${max} are allowed here`,
      );
    }
    this.#payloadLeft = this.#length;
  }

  /** Add to the message that came in several chunks; give it once whole. */
  #gather(payload: Uint8Array): Uint8Array | null {
    this.#message ??= new Uint8Array(this.#length);
    const left = payload.length + this.#payloadLeft;
    this.#message.set(payload, this.#length - left);
    if (this.#payloadLeft > 0) return null;
    const message = this.#message;
    this.#message = null;
    return message;
  }
}
