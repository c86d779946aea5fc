/**
 * What goes wrong in a home in memory, and when: the steps of a home, each of
 * which may be told to fail, to be slow, or to hang.
 * @module
 */
import { storageError } from "./disk_error.ts";
import type { StorageCode } from "./error.ts";
import { orGiveUp } from "./pace.ts";

/** A place where a home may wait for its disk; `open` is of a file to read. */
export type Step =
  | "stat"
  | "list"
  | "open"
  | "read"
  | "openPart"
  | "write"
  | "checkpoint"
  | "commit"
  | "remove"
  | "rename"
  | "mkdir"
  | "symlink"
  | "readLink"
  | "setAttributes"
  | "space";

export interface Fault {
  readonly step: Step;
  /** Only the nth time from now (1: the next); else every time. */
  readonly nth?: number;
  /** Wait for this first: a timer makes a slow disk. */
  readonly wait?: () => Promise<void>;
  /** Then fail like this. */
  readonly code?: StorageCode;
}

/** A step that hangs. */
export interface Hanging extends Disposable {
  /** Resolves once somebody hangs there. */
  readonly reached: Promise<void>;
  /** Let everybody go on. */
  release(): void;
}

export class Faults {
  readonly #faults = new Set<{ fault: Fault; seen: number }>();

  /** Dispose of it: all is well again. */
  add(fault: Fault): Disposable {
    const added = { fault, seen: 0 };
    this.#faults.add(added);
    return { [Symbol.dispose]: () => this.#faults.delete(added) };
  }

  /** Have a step hang until it is released, or its signal fires. */
  hang(step: Step): Hanging {
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const wait = () => {
      reached.resolve();
      return released.promise;
    };
    const fault = this.add({ step, wait });
    const release = () => {
      fault[Symbol.dispose]();
      released.resolve();
    };
    return { reached: reached.promise, release, [Symbol.dispose]: release };
  }

  /** @throws {StorageError} As told to; `aborted` when the signal fires. */
  async reach(step: Step, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) throw storageError("aborted", signal.reason);
    for (const added of [...this.#faults]) {
      const { fault } = added;
      if (fault.step !== step) continue;
      added.seen++;
      if (fault.nth !== undefined && fault.nth !== added.seen) continue;
      if (fault.wait !== undefined) await orGiveUp(fault.wait(), signal);
      if (fault.code !== undefined) throw storageError(fault.code);
    }
  }
}
