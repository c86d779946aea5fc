/**
 * What a plan says is to be done, step by step. Plans are pure: who has a
 * connection and a disk does the steps, in this order.
 * @module
 */
import type { Entry, TreePath, Trouble } from "./entry.ts";
import type { Reason } from "./reason.ts";

/** Paths are relative to the target's root; the root is the empty list. */
export type Step =
  | FolderStep
  | FileStep
  | LinkStep
  | DeleteStep
  | AttributesStep
  /** Nothing to do: it is told and counted. */
  | {
    readonly kind: "skip";
    readonly path: TreePath;
    readonly reason: Reason;
    readonly source: Entry;
  }
  /** The same of so many, of which nobody wants to be told one by one. */
  | {
    readonly kind: "passed";
    readonly reason: Reason;
    readonly count: number;
  }
  /** Not taken: it is told and counted. */
  | { readonly kind: "trouble"; readonly trouble: Trouble }
  /**
   * All steps before it have to be over, well or not, before the next page of
   * the plan is asked for. It is the last of its page.
   */
  | { readonly kind: "barrier" }
  /** Deletions that were due are not made: exit code 1. */
  | {
    readonly kind: "withheld";
    readonly why: "failed" | "max_delete" | "empty_source";
    readonly count: number;
  };

/**
 * Make it unless a folder is there; a link to one is none. Where that fails,
 * all below it has failed.
 */
export interface FolderStep {
  readonly kind: "folder";
  readonly path: TreePath;
  readonly source: Entry;
  /** It is there already. */
  readonly target?: Entry;
  readonly twin?: TreePath;
}

/**
 * After all files, so that none is ever written through a link of this job. It
 * replaces a file or a link, never a folder.
 */
export interface LinkStep {
  readonly kind: "link";
  readonly path: TreePath;
  readonly text: string;
  readonly source: Entry;
  readonly target?: Entry;
  readonly twin?: TreePath;
}

/**
 * Set the time of what is there, and its mode. Of folders it comes last, the
 * deepest first: what is written into a folder changes its time.
 */
export interface AttributesStep {
  readonly kind: "attributes";
  readonly path: TreePath;
  readonly source: Entry;
  readonly mtimeNs: bigint;
  /** Null: leave it. */
  readonly mode: number | null;
}

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
   * An earlier step of this plan has a name that some disks take for this one.
   * Look first, once that step is over: if what is there under this name is
   * what is there under the twin's, it is a failure (`names_clash`), and
   * nothing is written. So for folders and links.
   */
  readonly twin?: TreePath;
}

/** After all that is sent; the deepest first, so that folders are empty. */
export interface DeleteStep {
  readonly kind: "delete";
  readonly path: TreePath;
  readonly target: Entry;
  /**
   * This name and the twin's may be one there: look first, and leave it where
   * both are the same thing.
   */
  readonly twin?: TreePath;
}
