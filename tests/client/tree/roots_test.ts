/** Where put -r and get -r put what they are given; what comes of a job. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { ClientError } from "../../../lib/client/error.ts";
import { Outcome, troubleText } from "../../../lib/client/tree/outcome.ts";
import {
  type Looks,
  type Place,
  treeRoots,
} from "../../../lib/client/tree/roots.ts";
import { unfitBelow, unfitHere } from "../../../lib/client/tree/names.ts";

const SOURCES: Record<string, Place> = {
  ...{ "A": "folder", "x/A": "folder", "A/": "folder", ".": "folder" },
  ...{ "/": "folder", "..": "folder", "A/.": "folder" },
  ...{ "f": "file", "x/f": "file", "dev": "other", "B.": "folder" },
};
const TARGETS: Record<string, Place> = {
  ...{ ".": "folder", "B": "folder", "B/": "folder", "B/merged": "folder" },
  ...{ "B/file": "file", "file": "file", "file/": "file", "B/f2": "folder" },
};
const looks: Looks = {
  source: (name) => SOURCES[name] ?? null,
  target: (name) => TARGETS[name] ?? null,
  baseName: path.posix.basename,
  fits: (base) => base !== "B.",
  join: (folder, base) => `${folder.replace(/\/$/, "")}/${base}`,
  parent: path.posix.dirname,
};

/** `A B` to what becomes of it; `(is there)`, or the code of an error. */
const CASES: readonly (readonly [string, string])[] = [
  ["A B", "B/A"],
  ["A/ B", "B/A"],
  ["x/A B", "B/A"],
  ["A B/", "B/A"],
  ["A new", "new"],
  ["A new/", "new/"],
  ["A B/new", "B/new"],
  ["A no/new", "not_found"],
  ["A file", "not_a_folder"],
  ["A .", "./A"],
  [". B", "B (is there)"],
  ["/ B", "B (is there)"],
  [".. B", "B (is there)"],
  ["A/. B", "B (is there)"],
  [". new", "new"],
  ["gone B", "not_found"],
  ["dev B", "not_regular"],
  ["f B", "B/f"],
  ["f new", "new"],
  ["f new/", "not_found"],
  ["f file", "file (is there)"],
  ["f file/", "not_a_folder"],
  ["B. B", "usage"],
  ["A f B", "B/A, B/f"],
  ["A gone B", "B/A, not_found"],
];

for (const [words, expected] of CASES) {
  Deno.test(`-r ${words}: ${expected}`, async () => {
    const names = words.split(" ");
    const roots = await treeRoots({
      sources: names.slice(0, -1),
      target: names.at(-1) ?? "",
      intoFolder: names.length > 2,
    }, looks);
    const told = roots.map((root) =>
      "error" in root
        ? root.error.code
        : root.target + (root.exists ? " (is there)" : "")
    );
    assert.equal(told.join(", "), expected);
  });
}

Deno.test("a target that an earlier try made is the copy, and nothing goes into it", async () => {
  for (
    const [source, target, madeBefore, becomes] of [
      ["A", "B", "B", "B"],
      ["A", "B/", "B/", "B/"],
      ["A", "B", "new", "B/A"],
      ["A", "new", "new", "new"],
      ["f", "B", "B", "B/f"],
      ["A", "file", "file", "not_a_folder"],
    ] as const
  ) {
    const request = { sources: [source], target, intoFolder: false };
    const [root] = await treeRoots({ ...request, madeBefore }, looks);
    assert(root);
    const told = "error" in root ? root.error.code : root.target;
    assert.equal(told, becomes, `${source} ${target}`);
  }
});

Deno.test("what is in the place of a folder, or of a file, is told", async () => {
  const other: Looks = { ...looks, baseName: () => "file" };
  const request = { sources: ["A"], target: "B", intoFolder: true };
  const [file] = await treeRoots(request, other);
  assert(file !== undefined && "error" in file);
  assert.equal(file.error.code, "not_a_folder");
  const [folder] = await treeRoots(
    { ...request, sources: ["f"] },
    { ...looks, baseName: () => "f2" },
  );
  assert(folder !== undefined && "error" in folder);
  assert.equal(folder.error.code, "is_folder");
});

const REFUSED = [
  { sources: ["A", "x/A"], target: "B", code: "usage" },
  { sources: ["A", "f"], target: "file", code: "not_a_folder" },
  { sources: ["A", "f"], target: "gone", code: "not_found" },
];

for (const { sources, target, code } of REFUSED) {
  Deno.test(`-r ${sources.join(" ")} ${target} is refused: ${code}`, async () => {
    await assert.rejects(
      treeRoots({ sources, target, intoFolder: true }, looks),
      { code },
    );
  });
}

Deno.test("a job counts, and has the exit code of its first failure", () => {
  const outcome = new Outcome();
  outcome.done(10);
  outcome.done(20, 5);
  assert.equal(outcome.left("special"), "skipped");
  assert.equal(outcome.left("unchanged"), "skipped");
  assert.equal(outcome.exitCode, 0);
  assert.equal(outcome.left("link_leaves"), "failed");
  assert.equal(outcome.exitCode, 1);
  assert(outcome.allSent);
  outcome.failed(new ClientError("integrity", "x", ""), 7);
  assert.equal(outcome.exitCode, 1);
  assert(!outcome.allSent);
  assert.deepEqual(outcome.counts, {
    ...{ done: 2, skipped: 2, failed: 2, bytes: 30, sentBytes: 22 },
  });
});

Deno.test("deletions that were withheld fail the job, and no entry", () => {
  const outcome = new Outcome();
  outcome.withheld();
  assert.equal(outcome.exitCode, 1);
  assert.equal(outcome.counts.failed, 0);
  const integrity = new Outcome();
  integrity.failed(new ClientError("integrity", "x", ""));
  integrity.withheld();
  assert.equal(integrity.exitCode, 5);
});

Deno.test("a trouble is told with its path, its reason and its cause", () => {
  const path = ["a", "b"];
  assert.match(troubleText({ path, reason: "special" }), /^a\/b: a device/);
  assert.match(
    troubleText({ path, reason: "unreadable", cause: new Error("why") }),
    /^a\/b: .*: why$/,
  );
});

Deno.test("a plan asks whether a path fits below its root", () => {
  const unfit = unfitBelow("r".repeat(3900));
  assert.equal(unfit(["n".repeat(195)]), null);
  assert.equal(unfit(["n".repeat(196)]), "name_too_long");
  assert.equal(unfitHere(["a", "b"]), null);
});
