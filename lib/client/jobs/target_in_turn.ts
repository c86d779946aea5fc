/**
 * What a get writes to, from its first byte to its place: opened when its turn
 * comes, anew in each try.
 * @module
 */
import type { Mark } from "../library.ts";
import type { FoundPart, KeptTarget } from "../local/kept_part.ts";
import type { LocalTarget } from "../local/target.ts";

/** A file that is opened when its turn comes: thousands may wait for theirs. */
export class TargetInTurn implements Disposable {
  readonly #unfinished: Set<Disposable>;
  readonly #onKept: (part: FoundPart) => void;
  #target: LocalTarget | KeptTarget | null = null;

  constructor(
    unfinished: Set<Disposable>,
    onKept: (part: FoundPart) => void,
  ) {
    this.#unfinished = unfinished;
    this.#onKept = onKept;
  }

  open(target: LocalTarget | KeptTarget): LocalTarget {
    this[Symbol.dispose](); // of a try that came to nothing
    this.#target = target;
    this.#unfinished.add(target);
    return target;
  }

  async mark(mark: Mark): Promise<void> {
    if (this.#target !== null && "mark" in this.#target) {
      await this.#target.mark(mark);
    }
  }

  spoil(): void {
    if (this.#target !== null && "spoil" in this.#target) this.#target.spoil();
  }

  commit(mtimeNs: bigint | undefined): void {
    this.#target?.commit(mtimeNs);
  }

  [Symbol.dispose](): void {
    const target = this.#target;
    this.#target = null;
    if (target === null) return;
    this.#unfinished.delete(target);
    const kept = "kept" in target ? target.kept : null;
    target[Symbol.dispose]();
    if (kept !== null) this.#onKept(kept);
  }
}
