/**
 * The marks that a put sets in its body (PROTOCOL.md, 3): so far it came, and
 * from there it can go on, should the connection break.
 * @module
 */
import { encodeObject } from "../../protocol/mod.ts";
import type { Mark } from "../library.ts";
import type { Channel } from "./channel.ts";
import type { Start } from "./earlier_bytes.ts";
import type { Exchange } from "./exchange.ts";

/** A mark costs the server a sync of its disk: so seldom, and so often. */
const MARK_BYTES = 32 * 1024 * 1024;
const MARK_MS = 5000;
/** What is smaller is sent again as quickly as it is asked for. */
const MARKED_BYTES_MIN = 1024 * 1024;

interface Marked {
  readonly exchange: Exchange;
  readonly start: Start;
}

export class MarksSet {
  readonly #channel: Channel;
  readonly #body: Marked;
  readonly #onMark: ((mark: Mark) => void | Promise<void>) | undefined;
  #total: number;
  #markedTotal: number;
  #markedMs: number;

  constructor(
    channel: Channel,
    body: Marked,
    onMark: ((mark: Mark) => void | Promise<void>) | undefined,
  ) {
    this.#channel = channel;
    this.#body = body;
    this.#onMark = onMark;
    this.#total = body.start.from;
    this.#markedTotal = this.#total;
    this.#markedMs = channel.runtime.clock.monotonicMs();
  }

  /** Between two frames: set a mark where one is due. */
  between(total: number): Promise<void> | undefined {
    this.#total = total;
    if (!this.#worthIt) return undefined;
    if (total - this.#markedTotal >= MARK_BYTES) return this.#set();
    const nowMs = this.#channel.runtime.clock.monotonicMs();
    return nowMs - this.#markedMs >= MARK_MS ? this.#set() : undefined;
  }

  /** Before the body is given up. */
  async last(): Promise<void> {
    if (this.#worthIt && this.#total > this.#markedTotal) await this.#set();
  }

  get #worthIt(): boolean {
    return this.#total >= MARKED_BYTES_MIN;
  }

  async #set(): Promise<void> {
    const mark = {
      offset: this.#total,
      checksum: this.#body.start.checksum.soFar(),
    };
    this.#markedTotal = mark.offset;
    this.#markedMs = this.#channel.runtime.clock.monotonicMs();
    const { id } = this.#body.exchange;
    await this.#channel.writer.message(
      encodeObject({ action: "mark", id, ...mark }),
    );
    await this.#onMark?.(mark);
  }
}
