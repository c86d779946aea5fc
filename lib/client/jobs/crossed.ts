/**
 * Bytes that crossed the wire for each file, in all tries of one command.
 * @module
 */
import type { FileStep } from "../tree/step.ts";

type OnBytes = (bytes: number, total: number | null) => void;

export class Crossed {
  readonly #bytes = new WeakMap<FileStep, number>();

  /** A try begins behind `offset`: counts what `onBytes` is told of it. */
  counting(step: FileStep, offset: number, onBytes: OnBytes): OnBytes {
    const before = this.of(step);
    return (bytes, total) => {
      this.#bytes.set(step, before + Math.max(bytes - offset, 0));
      onBytes(bytes, total);
    };
  }

  of(step: FileStep): number {
    return this.#bytes.get(step) ?? 0;
  }
}
