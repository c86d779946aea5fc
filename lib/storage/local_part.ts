/**
 * A part of a local home: bytes on their way, in a file that nobody sees.
 * @module
 */
import { type Aside, LARGE_BYTES, noteAside, removeAside } from "./aside.ts";
import { diskError, storageError } from "./disk_error.ts";
import {
  closeFile,
  readAt,
  readAtSoon,
  syncFile,
  writeAt,
  writeAtSoon,
} from "./file.ts";
import type { CommitOptions, FileInfo, Part } from "./home.ts";
import { orGiveUp, type Pace } from "./pace.ts";
import { removeNote, removePart, removePartSoon } from "./part_file.ts";
import type { HomePath } from "./path.ts";
import { type PartFile, publish } from "./publish.ts";
import type { Root } from "./root.ts";

/** A write over this goes in steps: each may hold everybody up. */
const WRITE_BYTES_MAX = 1024 * 1024;

/** What a part needs of its home. */
export interface PartSetting {
  readonly root: Root;
  readonly pace: Pace;
  readonly durable: boolean;
  /** A new name, which nobody can guess, at each call. */
  readonly random: () => string;
  /** Have the disk look at a path off the loop, while it is not quick. */
  readonly ask: (path: HomePath, signal?: AbortSignal) => Promise<void>;
  /** Sync a folder that was changed, together with others that wait. */
  readonly syncFolder: (folder: string) => Promise<void>;
}

export class LocalPart implements Part {
  bytesWritten: number;
  readonly #setting: PartSetting;
  readonly #target: HomePath;
  readonly #part: PartFile;
  /** Whose part it is: when it fires, nobody waits for the disk any more. */
  readonly #signal: AbortSignal | undefined;
  /** Calls that may still be under way, given up or not. */
  readonly #pending = new Set<Promise<unknown>>();
  #failed: unknown = null;
  #over = false;

  constructor(
    setting: PartSetting,
    target: HomePath,
    part: PartFile,
    signal: AbortSignal | undefined,
    bytesWritten = 0,
  ) {
    this.#setting = setting;
    this.#target = target;
    this.#part = part;
    this.#signal = signal;
    this.bytesWritten = bytesWritten;
  }

  async write(bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    this.#refuseOver();
    try {
      for (let from = 0; from < bytes.length;) {
        if (signal?.aborted) throw storageError("aborted", signal.reason);
        const some = bytes.subarray(from, from + WRITE_BYTES_MAX);
        const taken = this.#setting.pace.quick
          ? this.#write(some)
          : await this.#writeSoon(some, signal);
        if (taken === 0) throw storageError("no_space");
        this.bytesWritten += taken;
        from += taken;
      }
    } catch (error) {
      this.#failed = error; // its bytes are not whole any more
      throw diskError(error);
    }
  }

  #write(bytes: Uint8Array): number {
    const { file } = this.#part;
    return this.#setting.pace.hold(() =>
      writeAt(file, bytes, this.bytesWritten)
    );
  }

  /** A write that may be given up takes a copy: `bytes` are used again. */
  async #writeSoon(bytes: Uint8Array, signal?: AbortSignal): Promise<number> {
    const own = bytes.slice();
    const { file } = this.#part;
    const offset = this.bytesWritten;
    return await this.#wait(() => writeAtSoon(file, own, offset), signal);
  }

  /** What was written before, where its file was opened for that. */
  async read(
    into: Uint8Array,
    offset: number,
    signal?: AbortSignal,
  ): Promise<number> {
    this.#refuseOver();
    const { file } = this.#part;
    const { pace } = this.#setting;
    try {
      if (signal?.aborted) throw storageError("aborted", signal.reason);
      if (pace.quick) return pace.hold(() => readAt(file, into, offset));
      const own = new Uint8Array(into.length); // it may be given up
      const bytes = await this.#wait(
        () => readAtSoon(file, own, offset),
        signal,
      );
      into.set(own.subarray(0, bytes));
      return bytes;
    } catch (error) {
      throw diskError(error);
    }
  }

  async checkpoint(signal?: AbortSignal): Promise<void> {
    this.#refuseOver();
    try {
      await this.#wait(() => syncFile(this.#part.file), signal);
    } catch (error) {
      throw diskError(error);
    }
  }

  async commit(options: CommitOptions = {}): Promise<FileInfo> {
    this.#refuseOver();
    const { durable, pace, ask, syncFolder } = this.#setting;
    const { signal } = options;
    try {
      if (this.#failed !== null) throw this.#failed;
      if (durable) await this.checkpoint(signal);
      if (!pace.quick) await ask(this.#target, signal);
      if (signal?.aborted) throw storageError("aborted", signal.reason);
      if (this.#over) throw storageError("aborted"); // discarded meanwhile
      const { info, folder } = await this.#publish(options);
      // Published: from here on no signal makes a failure of it. Should the disk
      // fail now, it stands there nevertheless, only not for certain.
      if (durable) await syncFolder(folder);
      return info;
    } catch (error) {
      throw diskError(error);
    }
  }

  async #publish(options: CommitOptions) {
    const { root, pace, random } = this.#setting;
    const target = this.#target;
    const aside = pace.hold(() => noteAside(root, target, random()));
    try {
      const done = pace.hold(() =>
        publish(root, this.#part, target, options, aside?.name)
      );
      this.#over = true;
      closeFile(this.#part.file);
      removeNote(root, this.#part);
      return done;
    } finally {
      if (aside !== null) await this.#removeAside(aside, options.signal);
    }
  }

  /** Waited for, so that who puts often waits for the room that this frees. */
  async #removeAside(aside: Aside, signal?: AbortSignal): Promise<void> {
    const removal = removeAside(this.#setting.root, this.#target, aside);
    await orGiveUp(removal, signal).catch(() => {});
  }

  async discard(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const { root, pace } = this.#setting;
    const atOnce = pace.quick && this.bytesWritten < LARGE_BYTES;
    if (this.#pending.size === 0 && atOnce) {
      closeFile(this.#part.file);
      return pace.hold(() => removePart(root, this.#part));
    }
    const removal = this.#removeSoon();
    // Whoever was stopped is not to wait for a disk that may have stopped, too.
    await orGiveUp(removal, this.#signal).catch(() => {});
  }

  /** Close it, and leave its bytes where they are. */
  async release(): Promise<void> {
    if (this.#over) return;
    this.#over = true;
    const closed = Promise.all(this.#pending)
      .then(() => closeFile(this.#part.file));
    await orGiveUp(closed, this.#signal).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.discard();
  }

  /** Whenever the disk comes back. */
  async #removeSoon(): Promise<void> {
    await Promise.all(this.#pending);
    closeFile(this.#part.file); // first: the removal then frees the room
    await removePartSoon(this.#setting.root, this.#part);
  }

  async #wait<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const begun = () => {
      const called = call();
      const pending = called.catch(() => {}).then(() => {
        this.#pending.delete(pending);
      });
      this.#pending.add(pending);
      return called;
    };
    return await this.#setting.pace.wait(begun, signal);
  }

  #refuseOver(): void {
    if (this.#over) throw new TypeError("this part is over");
  }
}
