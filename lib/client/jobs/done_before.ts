/**
 * What a job that goes on has done before, of the files that belong to it
 * still: some may be gone by now, or be others.
 * @module
 */
import type { Decide } from "../tree/decide.ts";
import type { Entry } from "../tree/entry.ts";

export class DoneBefore {
  /** The plan has them, and they are skipped when their turn comes. */
  #planned = 0;
  /** It has them not: what is there is seen to be the same. */
  #apart = 0;

  /** @param isDone Whether the job did it, and it is still the same here. */
  counting(decide: Decide, isDone: (source: Entry) => boolean): Decide {
    return (source, target) => {
      const decision = decide(source, target);
      if (isDone(source)) this.count("skip" in decision);
      return decision;
    };
  }

  count(isApart: boolean): void {
    if (isApart) this.#apart++;
    else this.#planned++;
  }

  get done(): number {
    return this.#planned + this.#apart;
  }

  /** @param planned Files that the plan has. */
  all(planned: number): number {
    return planned + this.#apart;
  }
}
