/**
 * The marks that a get sets in its body, where its client asked for them
 * (PROTOCOL.md, 4, "Going on with a get").
 * @module
 */
import type { FrameWriter } from "../../framing/mod.ts";
import { encodeObject } from "../../protocol/mod.ts";
import type { Clock } from "../../runtime/mod.ts";
import { type Checksum, MarkTimes } from "../../transfer/mod.ts";

export interface MarksSending {
  readonly writer: FrameWriter;
  readonly clock: Clock;
  /** Of all bytes so far. */
  readonly checksum: Checksum;
  readonly id: number;
  /** The bytes that the body goes on behind. */
  readonly from: number;
}

export class MarksSent {
  readonly #sending: MarksSending;
  readonly #times: MarkTimes;

  constructor(sending: MarksSending) {
    this.#sending = sending;
    this.#times = new MarkTimes(sending.clock, sending.from);
  }

  /** Between two frames: set a mark where one is due. */
  between(total: number): Promise<void> | undefined {
    return this.#times.isDue(total) ? this.#set() : undefined;
  }

  /** In front of the abort of a body that was cancelled. */
  async last(): Promise<void> {
    if (this.#times.isDueAtLast()) await this.#set();
  }

  async #set(): Promise<void> {
    const { writer, checksum, id } = this.#sending;
    const mark = { offset: this.#times.total, checksum: checksum.soFar() };
    this.#times.set();
    await writer.message(encodeObject({ action: "mark", id, ...mark }));
  }
}
