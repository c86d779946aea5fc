/**
 * One connection through the relay, one way: reads from one socket, sends what
 * it read over the line, writes what comes out to the other socket.
 * @module
 */
import { type Direction, READ_BYTES } from "./direction.ts";

/** Reads below this are copied, so that their buffer serves the next one. */
const COPY_BYTES_MAX = 16 * 1024;

export class Pipe {
  readonly #direction: Direction;
  readonly #buffers: Buffers;
  /** What came out of the line and waits for the receiver; null is the end. */
  readonly #out: (Uint8Array<ArrayBuffer> | null)[] = [];
  #heldBytes = 0;
  #closed = false;
  #wakeReader: (() => void) | null = null;
  #wakeWriter: (() => void) | null = null;

  constructor(direction: Direction, buffers: Buffers) {
    this.#direction = direction;
    this.#buffers = buffers;
  }

  /**
   * Read until the sender ends, or fails.
   * @throws What the socket throws.
   */
  async read(from: Deno.TcpConn): Promise<void> {
    while (!this.#closed) {
      if (this.#heldBytes >= this.#direction.heldBytesMax) {
        await new Promise<void>((resolve) => this.#wakeReader = resolve);
        continue;
      }
      const room = this.#direction.room();
      if (room !== undefined) await room;
      const bytes = await this.#readPiece(from);
      const size = bytes?.length ?? 0;
      this.#heldBytes += size;
      // A full read: it was there before, and more is to come.
      const waited = room !== undefined && size === READ_BYTES;
      this.#direction.enter(size, waited, () => {
        this.#out.push(bytes);
        this.#wakeWriter?.();
      });
      if (bytes === null) return;
    }
  }

  /**
   * Write what comes out of the line until the end has come out.
   * @throws What the socket throws.
   */
  async write(to: Deno.TcpConn): Promise<void> {
    while (!this.#closed) {
      const bytes = this.#out.shift();
      if (bytes === null) return await to.closeWrite();
      if (bytes === undefined) {
        await new Promise<void>((resolve) => this.#wakeWriter = resolve);
        continue;
      }
      for (let at = 0; at < bytes.length;) {
        const written = await to.write(bytes.subarray(at));
        at += written;
        this.#direction.given += written;
      }
      this.#heldBytes -= bytes.length;
      this.#buffers.giveBack(bytes);
      this.#wakeReader?.();
    }
  }

  /** What is under way is dropped. */
  close(): void {
    this.#closed = true;
    this.#wakeReader?.();
    this.#wakeWriter?.();
  }

  async #readPiece(
    from: Deno.TcpConn,
  ): Promise<Uint8Array<ArrayBuffer> | null> {
    const buffer = this.#buffers.take();
    let bytes: number | null = null;
    try {
      bytes = await from.read(buffer);
    } finally {
      if (bytes === null) this.#buffers.giveBack(buffer);
    }
    if (bytes === null) return null;
    if (bytes > COPY_BYTES_MAX) return buffer.subarray(0, bytes);
    const copy = buffer.slice(0, bytes);
    this.#buffers.giveBack(buffer);
    return copy;
  }
}

/** Buffers for reads, used again. */
export class Buffers {
  readonly #free: ArrayBuffer[] = [];

  take(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#free.pop() ?? new ArrayBuffer(READ_BYTES));
  }

  giveBack({ buffer }: Uint8Array<ArrayBuffer>): void {
    if (buffer.byteLength === READ_BYTES) this.#free.push(buffer);
  }
}
