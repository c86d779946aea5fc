/**
 * The receiver's half of a transfer: pieces of a body into a sink, counted and
 * summed on the way, and at the end compared with what the sender says.
 * @module
 */
import type { Turns } from "../runtime/mod.ts";
import { type Checksum } from "./checksum.ts";
import { TransferError } from "./error.ts";

/** How a body ended. */
export type BodyEnding =
  | {
    readonly action: "end";
    readonly size: number;
    readonly checksum: string;
  }
  | { readonly action: "abort"; readonly reason: string };

/** A body as its receiver meets it. */
export interface BodySource {
  /**
   * The next piece, which stays good until the next call; null at the end.
   * @throws {TransferError} `lost`, `cancelled`, `bad_end`.
   */
  next(): Promise<Uint8Array | null>;
  /** How it ended, once `next` has given null. */
  readonly ending: BodyEnding | null;
}

/** Where a body's bytes go. */
export interface ByteSink {
  /** `bytes` may be reused once this has settled; undefined: at once. */
  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> | undefined;
}

export interface Receiving {
  readonly body: BodySource;
  readonly sink: ByteSink;
  readonly checksum: Checksum;
  readonly turns: Turns;
  readonly signal?: AbortSignal;
  /**
   * Bytes that `checksum` has seen already, and that the body goes on behind:
   * they count in all that follows. 0 where it is left out.
   */
  readonly from?: number;
  /** Bytes taken at most; more is `too_large`. */
  readonly bytesMax?: number;
  /** The size that was announced; another one is `size_differs`. */
  readonly size?: number;
  readonly onBytes?: (total: number) => void;
}

export interface Received {
  readonly bytes: number;
  readonly checksum: string;
}

/**
 * Take a whole body. Returns only when every byte came and the sender's
 * checksum is that of the bytes that were handed to the sink.
 * @throws {TransferError} See `TransferCode`; and what the sink throws.
 */
export async function receiveBody(receiving: Receiving): Promise<Received> {
  const { body, sink, checksum, turns, signal, onBytes } = receiving;
  const bytesMax = receiving.bytesMax ?? Infinity;
  let bytes = receiving.from ?? 0;
  while (true) {
    const piece = await body.next();
    if (piece === null) break;
    bytes += piece.length;
    if (bytes > bytesMax) {
      throw new TransferError("too_large", `over ${bytesMax} bytes`);
    }
    checksum.update(piece);
    const written = sink.write(piece, signal);
    if (written !== undefined) await written;
    onBytes?.(bytes);
    const turn = turns.turn();
    if (turn !== undefined) await turn;
  }
  return assertEnding(receiving, bytes);
}

/**
 * Hold what came against what its sender says of it.
 * @param bytes That came.
 * @throws {TransferError} `lost`, `sender_aborted`, `size_differs`,
 * `checksum_differs`.
 */
export function assertEnding(
  receiving: Pick<Receiving, "body" | "checksum" | "size">,
  bytes: number,
): Received {
  const { ending } = receiving.body;
  if (ending === null) throw new TransferError("lost", "the body has no end");
  if (ending.action === "abort") {
    throw new TransferError("sender_aborted", ending.reason);
  }
  for (const said of [ending.size, receiving.size ?? ending.size]) {
    if (said !== bytes) {
      throw new TransferError(
        "size_differs",
        `the size differs: ${said} bytes said, ${bytes} received`,
      );
    }
  }
  const checksum = receiving.checksum.digest();
  if (ending.checksum !== checksum) {
    throw new TransferError(
      "checksum_differs",
      `the checksum differs: ${ending.checksum} said, ${checksum} received`,
    );
  }
  return { bytes, checksum };
}
