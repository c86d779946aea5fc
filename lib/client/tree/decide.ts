/**
 * Whether a file that both sides may have is sent: pure functions of what is
 * known of the two.
 * @module
 */
import { type Entry, msOf } from "./entry.ts";
import type { Reason } from "./reason.ts";

/** `absent`, `differs`: sent on a condition, see FileStep. */
export type Decision =
  | { readonly send: "always" | "absent" | "differs" }
  | { readonly skip: Reason };

/** @param target What is there: no folder; undefined where nothing is known. */
export type Decide = (source: Entry, target: Entry | undefined) => Decision;

export interface CopyRules {
  readonly noClobber?: boolean;
  readonly update?: boolean;
  readonly skipUnchanged?: boolean;
}

/** put -r and get -r. All but `noClobber` need a walk of the target. */
export function decideCopy(
  { noClobber, update, skipUnchanged }: CopyRules,
): Decide {
  return (source, target) => {
    if (target !== undefined) {
      if (noClobber) return { skip: "exists" };
      if (skipUnchanged && isUnchanged(source, target)) {
        return { skip: "unchanged" };
      }
      if (update && msOf(source) <= msOf(target)) {
        return { skip: "newer" };
      }
    }
    return { send: noClobber ? "absent" : "always" };
  };
}

/** sync: what is there is to be as the source is, whichever is newer. */
export function decideSync({ checksum }: { checksum: boolean }): Decide {
  return (source, target) => {
    if (target === undefined) return { send: "always" };
    if (isUnchanged(source, target)) return { skip: "unchanged" };
    const mayBeEqual = source.kind === "file" && target.kind === "file" &&
      source.size === target.size;
    return { send: checksum && mayBeEqual ? "differs" : "always" };
  };
}

function isUnchanged(source: Entry, target: Entry): boolean {
  if (source.kind !== target.kind) return false;
  if (source.kind === "link") return source.link === target.link;
  return source.size === target.size && sameTime(source, target);
}

export function sameTime(one: Entry, other: Entry): boolean {
  return msOf(one) === msOf(other);
}
