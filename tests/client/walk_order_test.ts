/** The order of a walk: what may come next, and what a liar would send. */
import assert from "node:assert/strict";
import { WalkOrder } from "../../lib/client/session/walk_order.ts";

const CASES: readonly {
  readonly name: string;
  readonly after?: string;
  /** Folders end in `/`. */
  readonly paths: readonly string[];
  /** The last one may not come. */
  readonly refused?: true;
}[] = [
  { name: "a tree", paths: ["a/", "a/b/", "a/b/c", "a/d", "e", "f/"] },
  { name: "names by their units, not by a language", paths: ["B", "a", "ä"] },
  { name: "a folder and a file that begins as it", paths: ["a/", "a/z", "a."] },
  { name: "the same again", paths: ["a", "a"], refused: true },
  { name: "a folder again", paths: ["a/", "a/b", "a/"], refused: true },
  { name: "a name that falls", paths: ["b", "a"], refused: true },
  {
    name: "a name that falls, below",
    paths: ["a/", "a/c", "a/b"],
    refused: true,
  },
  { name: "something in a file", paths: ["a", "a/b"], refused: true },
  { name: "in a folder that was not there", paths: ["a/b"], refused: true },
  { name: "two levels at once", paths: ["a/", "a/b/c"], refused: true },
  {
    name: "in a folder that was left",
    paths: ["a/", "b", "a/c"],
    refused: true,
  },
  { name: "behind a file", after: "a/b", paths: ["a/c", "d/", "d/e"] },
  { name: "behind a folder", after: "a", paths: ["a/b", "c"] },
  { name: "the cursor itself", after: "a/b", paths: ["a/b"], refused: true },
  { name: "before the cursor", after: "a/b", paths: ["a/a"], refused: true },
  { name: "the cursor's folder", after: "a/b", paths: ["a"], refused: true },
];

for (const { name, after = "", paths, refused } of CASES) {
  Deno.test(`a walk: ${name}`, () => {
    const order = new WalkOrder(after);
    const may = paths.map((path) =>
      order.next(path.replace(/\/$/, ""), path.endsWith("/"))
    );
    assert.deepEqual(
      may,
      paths.map((_, at) => !refused || at < may.length - 1),
    );
  });
}
