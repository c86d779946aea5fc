/**
 * The marks that the sender of a get sets in the body (PROTOCOL.md, 3): each is
 * compared, and told to who keeps a journal, while the body goes on.
 * @module
 */
import { type Checksum, TransferError } from "../../transfer/mod.ts";
import type { Mark } from "../library.ts";
import { texts } from "../texts/mod.ts";
import type { MarkNotice } from "./exchange.ts";

export class MarksTaken {
  readonly #checksum: Checksum;
  readonly #onMark: (mark: Mark) => void | Promise<void>;
  readonly #fail: (error: TransferError) => void;
  #bytes: number;
  /** One at a time: what comes meanwhile waits, and only the last of it. */
  #telling: Promise<void> | null = null;
  #next: Mark | null = null;
  #failure: { readonly error: unknown } | null = null;

  /**
   * @param from Bytes that `checksum` has seen.
   * @param fail Ends the body.
   */
  constructor(
    checksum: Checksum,
    from: number,
    onMark: (mark: Mark) => void | Promise<void>,
    fail: (error: TransferError) => void,
  ) {
    this.#checksum = checksum;
    this.#bytes = from;
    this.#onMark = onMark;
    this.#fail = fail;
  }

  /** The sink has `bytes` in all, and the checksum has seen them. */
  took(bytes: number): void {
    this.#bytes = bytes;
  }

  /** A mark, in its place between the pieces of the body. */
  mark({ offset, checksum }: MarkNotice): void {
    if (offset === undefined || checksum === undefined) return;
    const here = { offset: this.#bytes, checksum: this.#checksum.soFar() };
    if (offset !== here.offset || checksum !== here.checksum) {
      const what = texts.session.markDiffers({ offset, checksum }, here);
      return this.#fail(new TransferError("checksum_differs", what));
    }
    this.#next = here;
    this.#telling ??= this.#tell();
  }

  /**
   * Resolves once nobody is being told.
   * @throws What `onMark` threw.
   */
  async settled(): Promise<void> {
    await this.#telling;
    if (this.#failure !== null) throw this.#failure.error;
  }

  async #tell(): Promise<void> {
    try {
      while (this.#next !== null) {
        const mark = this.#next;
        this.#next = null;
        await this.#onMark(mark);
      }
    } catch (error) {
      this.#failure ??= { error };
      this.#fail(new TransferError("cancelled", "unmarked"));
    } finally {
      this.#telling = null;
    }
  }
}
