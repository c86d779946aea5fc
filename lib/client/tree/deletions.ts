/**
 * What a sync would delete: collected until all is sent, counted before the
 * first is made. What holds something that must stay, stays.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { type Entry, liesIn, type TreePath } from "./entry.ts";
import type { DeleteStep } from "./step.ts";

export interface Deletion {
  readonly target: Entry;
  /** Some disks take it for this name of the source. */
  twin: TreePath | undefined;
  /** The folder that it lies in, where that is deleted, too. */
  readonly parent: Deletion | null;
  /** Called when it is to be made. */
  readonly onDelete: () => void;
  /** It holds something that has to. */
  stays: boolean;
}

/** Each is in memory until the end. */
const DELETIONS_MAX = 1_000_000;

export class Deletions {
  readonly #all: Deletion[] = [];
  /** The folders to be deleted that the walk of the target is in. */
  readonly #open: Deletion[] = [];
  /** What must stay, with all below it: paths as texts. */
  readonly #kept = new Set<string>();

  /** Something of the target that is not to be there. */
  add(target: Entry, onDelete: () => void): Deletion {
    const { path, kind } = target;
    while (this.#open.length > 0 && !liesIn(path, this.#innermost)) {
      this.#open.pop();
    }
    const stays = this.#isKept(path);
    if (stays) this.#keepAbove(path);
    const parent = this.#open.at(-1) ?? null;
    const deletion = { target, twin: undefined, parent, onDelete, stays };
    if (kind === "folder") this.#open.push(deletion);
    this.#checkNumber();
    this.#all.push(deletion);
    return deletion;
  }

  /** There is something at `path`, on either side, that is not to be touched. */
  keep(path: TreePath): void {
    this.#keepAbove(path);
    this.#kept.add(path.join("/"));
    this.#checkNumber();
  }

  get #innermost(): TreePath {
    return this.#open.at(-1)?.target.path ?? [];
  }

  #isKept(path: TreePath): boolean {
    if (this.#kept.size === 0) return false;
    let text = "";
    return path.some((name, at) => {
      text += at === 0 ? name : `/${name}`;
      return this.#kept.has(text);
    });
  }

  #keepAbove(path: TreePath): void {
    for (const deletion of this.#open) {
      if (liesIn(path, deletion.target.path)) deletion.stays = true;
    }
  }

  #checkNumber(): void {
    if (this.#all.length + this.#kept.size < DELETIONS_MAX) return;
    throw new ClientError(
      "refused",
      ...texts.tree.tooManyDeletions(DELETIONS_MAX),
    );
  }

  get count(): number {
    let count = 0;
    for (const { stays } of this.#all) if (!stays) count++;
    return count;
  }

  /** The deepest first. */
  *steps(): Generator<DeleteStep> {
    for (const deletion of this.#all.toReversed()) {
      if (deletion.stays) continue;
      deletion.onDelete();
      const { target } = deletion;
      const twin = twinOf(deletion);
      yield {
        kind: "delete",
        path: target.path,
        target,
        ...(twin === undefined ? {} : { twin }),
      };
    }
  }
}

/** Of what lies in a folder that has a twin: the same name in the twin. */
function twinOf({ target, twin, parent }: Deletion): TreePath | undefined {
  if (twin !== undefined || parent === null) return twin;
  const folder = twinOf(parent);
  return folder && [...folder, target.path.at(-1) ?? ""];
}
