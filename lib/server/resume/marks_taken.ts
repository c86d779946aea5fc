/**
 * The marks in the body of a put (PROTOCOL.md, 4, "Going on with a put"): each
 * is compared where it stands; what is right is made safe and recorded while
 * the body goes on.
 * @module
 */
import type { BodyMark } from "../../protocol/mod.ts";
import type { Timers } from "../../runtime/mod.ts";
import type { KeptPart, ResumePoint } from "../../storage/mod.ts";
import { type Checksum, TransferError } from "../../transfer/mod.ts";

/** What a disk gets for the last mark, once the body has broken off. */
const LAST_MS_MAX = 5000;

export interface MarksTaking {
  readonly part: Pick<KeptPart, "mark">;
  /** Of all bytes so far. */
  readonly checksum: Pick<Checksum, "soFar">;
  /** Bytes that it has seen. */
  readonly from: number;
  readonly timers: Timers;
  /** Ends the body. */
  readonly fail: (error: TransferError) => void;
}

export class MarksTaken {
  readonly #taking: MarksTaking;
  readonly #giveUp = new AbortController();
  #bytes: number;
  #recorded: number;
  /** One at a time: of those that come meanwhile only the last one counts. */
  #recording: Promise<void> | null = null;
  #next: ResumePoint | null = null;
  #failure: { readonly error: unknown } | null = null;
  #wrong = false;

  constructor(taking: MarksTaking) {
    this.#taking = taking;
    this.#bytes = taking.from;
    this.#recorded = taking.from;
  }

  /** What ended the body, where that was a mark. */
  get failure(): { readonly error: unknown } | null {
    return this.#failure;
  }

  /** A mark was wrong: what there is is of no use. */
  get wrong(): boolean {
    return this.#wrong;
  }

  /** The part has `bytes` in all, and the checksum has seen them. */
  took(bytes: number): void {
    this.#bytes = bytes;
  }

  /** A mark, in its place between the pieces of the body. */
  take({ offset, checksum }: BodyMark): void {
    if (offset === undefined || checksum === undefined) return;
    const here = {
      offset: this.#bytes,
      checksum: this.#taking.checksum.soFar(),
    };
    if (offset !== here.offset || checksum !== here.checksum) {
      const what = `a mark differs: ${offset} bytes, ${checksum} said, ` +
        `${here.offset} bytes, ${here.checksum} received`;
      this.#wrong = true;
      return this.#fail(new TransferError("checksum_differs", what));
    }
    if (offset <= this.#recorded) return;
    this.#recorded = offset;
    this.#next = here;
    this.#recording ??= this.#record();
  }

  /** Resolves once nothing is being recorded. It never rejects: see `failure`. */
  async settled(): Promise<void> {
    await this.#recording;
  }

  /** The body is over: as `settled`, but a disk that hangs is given up. */
  async last(): Promise<void> {
    const { timers } = this.#taking;
    using _timer = timers.after(LAST_MS_MAX, () => this.#giveUp.abort());
    await this.#recording;
  }

  async #record(): Promise<void> {
    try {
      while (this.#next !== null) {
        const point = this.#next;
        this.#next = null;
        await this.#taking.part.mark(point, this.#giveUp.signal);
      }
    } catch (error) {
      this.#next = null;
      this.#fail(error);
    } finally {
      this.#recording = null;
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#taking.fail(new TransferError("cancelled", "a mark failed"));
  }
}
