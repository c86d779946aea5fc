/**
 * The sender's half of a transfer: bytes from a source into DATA frames, each
 * read straight into its place in the buffer that is written.
 * @module
 */
import type { FrameWriter } from "../framing/mod.ts";
import type { Clock, Turns } from "../runtime/mod.ts";
import type { Checksum } from "./checksum.ts";

/**
 * From a slow source (stdin) a buffer may take minutes to fill, and the
 * receiver ends a body of which it sees nothing: less than 1 KiB/s over 60 s
 * (`min_rate`). So what is gathered goes out sooner, but not by a few bytes at
 * a time: two of these in 60 s are fast enough, and who writes a line and then
 * thinks for minutes is not measured at all.
 */
const SLOW_MS = 1000;
const SLOW_BYTES_MIN = 32 * 1024;

/** Where a body's bytes come from: a file of a home, a local file, stdin. */
export interface ByteSource {
  /** Fill the start of `into`; 0 at the end. */
  read(into: Uint8Array, signal?: AbortSignal): Promise<number>;
}

export interface Sending {
  readonly source: ByteSource;
  readonly writer: FrameWriter;
  readonly checksum: Checksum;
  readonly turns: Turns;
  readonly clock: Clock;
  /** Ends the sending between two frames, with the signal's reason. */
  readonly signal?: AbortSignal;
  /**
   * Bytes before these, which `checksum` has seen already: they count in all
   * totals. 0 where it is left out.
   */
  readonly from?: number;
  readonly onBytes?: (total: number) => void;
  /** Called between two frames: a message may be added to the writer there. */
  readonly between?: (total: number) => Promise<void> | undefined;
}

/**
 * Send the DATA frames of a body; its `end` is the caller's to add. The last
 * frames may still be gathered in the writer when this returns.
 * @returns The bytes sent, and those before them.
 * @throws What the source, the writer or the signal throw; then the frames so
 * far are whole, and the body can be ended by `abort`.
 */
export async function sendBody(sending: Sending): Promise<number> {
  const { source, writer, checksum, turns, clock, signal } = sending;
  let total = sending.from ?? 0;
  let sentMs = clock.monotonicMs();
  while (true) {
    signal?.throwIfAborted();
    const room = await writer.beginData();
    const bytes = await source.read(room, signal);
    if (bytes === 0) return total;
    checksum.update(room.subarray(0, bytes));
    writer.endData(bytes);
    total += bytes;
    const added = sending.between?.(total);
    if (added !== undefined) await added;
    sending.onBytes?.(total);
    const nowMs = clock.monotonicMs();
    if (nowMs - sentMs >= SLOW_MS && writer.gathered >= SLOW_BYTES_MIN) {
      sentMs = nowMs;
      await writer.flush();
    }
    const turn = turns.turn();
    if (turn !== undefined) await turn;
  }
}
