/**
 * Bodies, sinks and turns for the tests of transfers.
 * @module
 */
import type { Turns } from "../../lib/runtime/mod.ts";
import {
  type BodyEnding,
  type BodySource,
  type ByteSink,
  createChecksum,
} from "../../lib/transfer/mod.ts";

/** A body whose pieces are here already; `failure` comes after them. */
export function bodyOf(
  pieces: readonly Uint8Array[],
  ending: BodyEnding | null,
  failure?: Error,
): BodySource {
  const rest = [...pieces];
  return {
    get ending() {
      return rest.length === 0 ? ending : null;
    },
    // deno-lint-ignore require-await -- a real one has to wait
    async next() {
      const piece = rest.shift() ?? null;
      if (piece === null && failure !== undefined) throw failure;
      return piece;
    },
  };
}

/** The end that an honest sender of these pieces sends. */
export function endOf(
  pieces: readonly Uint8Array[],
  type: "crc32" | "sha256" = "crc32",
): Extract<BodyEnding, { action: "end" }> {
  const checksum = createChecksum(type);
  let size = 0;
  for (const piece of pieces) {
    checksum.update(piece);
    size += piece.length;
  }
  return { action: "end", size, checksum: checksum.digest() };
}

/** Keeps what it is given. */
export class KeepingSink implements ByteSink {
  readonly pieces: string[] = [];
  bytes = 0;

  write(bytes: Uint8Array): Promise<void> {
    if (bytes.length <= 64) this.pieces.push(bytes.toHex());
    this.bytes += bytes.length;
    return Promise.resolve();
  }
}

/** Counts how often it is asked; every `waitAt`th asker has to wait. */
export class CountingTurns implements Turns {
  asked = 0;
  waited = 0;
  readonly #waitAt: number;

  constructor(waitAt = Infinity) {
    this.#waitAt = waitAt;
  }

  join(): Disposable {
    return { [Symbol.dispose]: () => {} };
  }

  turn(): Promise<void> | undefined {
    if (++this.asked % this.#waitAt !== 0) return undefined;
    return Promise.resolve().then(() => {
      this.waited++;
    });
  }
}
