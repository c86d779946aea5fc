/**
 * Paths of a plan to names on the server.
 * @module
 */
import type { TreePath } from "../tree/entry.ts";

/** @param root A name on the server; empty, `.` and `/` are the home's root. */
export function remoteName(root: string, path: TreePath): string {
  const base = root.endsWith("/") ? root.replace(/\/+$/, "") : root;
  if (path.length === 0) return base === "" ? "/" : base;
  const below = path.join("/");
  return base === "" || base === "." ? below : `${base}/${below}`;
}
