/**
 * What a plan says is to be done, step by step. Plans are pure: who has a
 * connection and a disk does the steps, in this order.
 * @module
 */
import type { Entry, TreePath, Trouble } from "./entry.ts";
import type { Reason } from "./reason.ts";

/** Paths are relative to the target's root; the root is the empty list. */
export type Step =
  /** Make it unless it is there. Where it fails, all below it has failed. */
  | {
    readonly kind: "folder";
    readonly path: TreePath;
    readonly source: Entry;
    readonly twin?: TreePath;
  }
  | FileStep
  /**
   * After all files: so none is ever written through a link of this job. It
   * replaces a file or a link, never a folder.
   */
  | {
    readonly kind: "link";
    readonly path: TreePath;
    readonly text: string;
    readonly source: Entry;
    readonly twin?: TreePath;
  }
  /** Last, the deepest first: what was written into it has changed its time. */
  | {
    readonly kind: "attributes";
    readonly path: TreePath;
    readonly mtimeNs: bigint;
    /** Null: leave it. */
    readonly mode: number | null;
  }
  /** After all files and links, and before attributes; the deepest first. */
  | DeleteStep
  /** Nothing to do: `target` is told and counted. */
  | {
    readonly kind: "skip";
    readonly path: TreePath;
    readonly reason: Reason;
    readonly source: Entry;
  }
  /** Not taken: told and counted. */
  | { readonly kind: "trouble"; readonly trouble: Trouble };

export interface FileStep {
  readonly kind: "file";
  readonly path: TreePath;
  readonly source: Entry;
  /** What is there now, where that was looked at. */
  readonly target?: Entry;
  /**
   * `absent`: only where nothing is there (--no-clobber). `differs`: both have
   * this size; send it only where the checksums differ, else set its time.
   */
  readonly only?: "absent" | "differs";
  /**
   * An earlier step of this plan wrote a name that some disks take for this
   * one. Look first: if what is there is what was written for `twin`, it is a
   * failure (`names_clash`), and nothing is written.
   */
  readonly twin?: TreePath;
}

export interface DeleteStep {
  readonly kind: "delete";
  readonly path: TreePath;
  readonly target: Entry;
  /** Not if this is another name of the same thing: see FileStep. */
  readonly twin?: TreePath;
  /**
   * It makes way for something of another kind: it comes before that, and not
   * at the end.
   */
  readonly makesWay?: boolean;
}
