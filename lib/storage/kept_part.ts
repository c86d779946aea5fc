/**
 * A part that is under way and can be kept: one writer's, until another session
 * takes it over.
 * @module
 */
import { storageError } from "./disk_error.ts";
import type { CommitOptions, FileInfo, Part } from "./home.ts";
import { orGiveUp } from "./pace.ts";
import type { PartBytes } from "./part_files.ts";
import type { JournalMark } from "./part_journal.ts";

/** How far somebody has it; both ends must agree. */
export type ResumePoint = Pick<JournalMark, "offset" | "checksum">;

/** A part under way that can be kept. Disposed of without `keep`, it goes. */
export interface KeptPart extends Part {
  /**
   * The first `offset` bytes are the right ones. They are synced, and only then
   * the journal says so. More may be written meanwhile.
   * @throws {StorageError} `taken_over`, `no_space`, `failed`.
   */
  mark(point: ResumePoint, signal?: AbortSignal): Promise<void>;
  /** Fires when another session takes it over: it is not ours any more. */
  readonly taken: AbortSignal;
  /** What was there when it was opened: as `Reader.read`, from `offset` on. */
  read(
    into: Uint8Array,
    offset: number,
    signal?: AbortSignal,
  ): Promise<number>;
  /** End this session's use of it: it stays, as far as it was marked. */
  keep(): Promise<void>;
}

/** What a part tells its store. */
export interface Told {
  readonly mark: (point: ResumePoint) => Promise<void>;
  readonly ended: (
    info: FileInfo,
    checksum: string | undefined,
  ) => Promise<void>;
  readonly kept: () => Promise<void>;
  readonly discarded: () => Promise<void>;
}

export class StoredPart implements KeptPart {
  readonly #bytes: PartBytes;
  readonly #told: Told;
  readonly #taken = new AbortController();
  #state: "used" | "taken" | "over" = "used";
  /** Settles once no call of ours is under way. */
  #calls: Promise<unknown> = Promise.resolve();
  #marks: Promise<unknown> = Promise.resolve();

  constructor(bytes: PartBytes, told: Told) {
    this.#bytes = bytes;
    this.#told = told;
  }

  get bytesWritten(): number {
    return this.#bytes.bytesWritten;
  }

  get taken(): AbortSignal {
    return this.#taken.signal;
  }

  read(
    into: Uint8Array,
    offset: number,
    signal?: AbortSignal,
  ): Promise<number> {
    return this.#call(() => this.#bytes.read(into, offset, signal));
  }

  write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#call(() => this.#bytes.write(bytes, signal));
  }

  checkpoint(signal?: AbortSignal): Promise<void> {
    return this.#call(() => this.#bytes.sync(signal));
  }

  async mark(point: ResumePoint, signal?: AbortSignal): Promise<void> {
    this.#refuse();
    if (point.offset > this.bytesWritten) {
      throw new TypeError("not written yet");
    }
    const marking = this.#marks.then(async () => {
      await this.#bytes.sync(signal);
      // Only of a part that is still ours: another may have cut it by now.
      this.#refuse();
      await this.#told.mark(point);
    });
    this.#marks = marking.catch(() => {});
    await marking;
  }

  async commit(options: CommitOptions = {}): Promise<FileInfo> {
    await this.#marks;
    return await this.#call(async () => {
      const info = await this.#bytes.commit(options);
      this.#state = "over";
      await this.#told.ended(info, options.checksum).catch(() => {});
      return info;
    });
  }

  async keep(): Promise<void> {
    if (this.#state !== "used") return;
    this.#state = "over";
    await this.#settled();
    await this.#bytes.keep();
    await this.#told.kept();
  }

  async discard(): Promise<void> {
    if (this.#state !== "used") return;
    this.#state = "over";
    await this.#settled();
    await this.#bytes.discard();
    await this.#told.discarded();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }

  /** Another session goes on: what was begun ends first. */
  async yield(signal?: AbortSignal): Promise<void> {
    if (this.#state === "over") return;
    this.#state = "taken";
    this.#taken.abort(storageError("taken_over"));
    await orGiveUp(this.#settled(), signal);
    await this.#bytes.keep();
  }

  async #settled(): Promise<void> {
    await this.#calls;
    await this.#marks;
  }

  async #call<T>(run: () => Promise<T>): Promise<T> {
    this.#refuse();
    const call = run();
    this.#calls = Promise.allSettled([this.#calls, call]);
    return await call;
  }

  #refuse(): void {
    if (this.#state === "taken") throw storageError("taken_over");
    if (this.#state === "over") throw new TypeError("this part is over");
  }
}
