/** Globs: a table, a slow reference beside them, and hostile patterns. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { compileGlob, hasWildcard } from "../../../lib/client/tree/glob.ts";
import { comparePaths, wholeMs } from "../../../lib/client/tree/entry.ts";
import { allReasons, countsAs } from "../../../lib/client/tree/reason.ts";
import type { Step } from "../../../lib/client/tree/step.ts";

const TABLE: readonly (readonly [string, string, boolean])[] = [
  ["a.txt", "a.txt", true],
  ["a.txt", "b.txt", false],
  ["*.txt", "a.txt", true],
  ["*.txt", ".txt", false],
  [".*", ".txt", true],
  ["*", "a", true],
  ["*", "a/b", false],
  ["?", "a", true],
  ["?", "😀", true],
  ["?", "ab", false],
  ["?a", ".a", false],
  ["[a-c]x", "bx", true],
  ["[a-c]x", "dx", false],
  ["[!a-c]x", "dx", true],
  ["[^a-c]x", "ax", false],
  ["[!a]x", ".x", false],
  ["[]a]", "]", true],
  ["[]a]", "a", true],
  ["[a-]", "-", true],
  ["[a", "[a", true],
  ["[a", "a", false],
  ["[z-a]", "m", false],
  ["a/[b/c]", "a/[b/c]", true],
  ["\\*", "*", true],
  ["\\*", "a", false],
  ["a\\", "a\\", true],
  ["**", "a/b", true],
  ["**", "a/.b", false],
  ["**/c", "c", true],
  ["**/c", "a/b/c", true],
  ["**/.c", "a/.c", true],
  ["a/**", "a", false],
  ["a/**", "a/b", true],
  ["a/**/d", "a/d", true],
  ["a/**/d", "a/b/c/d", true],
  ["a/**/d", "a/.b/d", false],
  ["a**d", "abcd", true],
  ["a**d", "a/d", false],
  ["/a//b/", "a/b", true],
];

for (const [pattern, name, expected] of TABLE) {
  Deno.test(`glob ${pattern} ${expected ? "takes" : "leaves"} ${name}`, () => {
    assert.equal(compileGlob(pattern).matches(name.split("/")), expected);
  });
}

Deno.test("with dots, wildcards match leading dots, too", () => {
  assert(compileGlob("*", { dots: true }).matches([".a"]));
  assert(compileGlob("**/b", { dots: true }).matches([".a", "b"]));
});

Deno.test("a word with a wildcard is told from a name", () => {
  for (const word of ["*", "a?", "b/[c]", "**"]) assert(hasWildcard(word));
  for (const word of ["a", "[", "a]", "\\*", ""]) assert(!hasWildcard(word));
});

/** As the words say it, with every choice tried. */
function slowly(pattern: string, path: readonly string[]): boolean {
  const parts = pattern.split("/").filter((part) => part !== "");
  const from = (at: number, name: number): boolean => {
    if (at === parts.length) return name === path.length;
    const part = parts[at] ?? "";
    const here = path[name];
    if (part === "**") {
      const last = at === parts.length - 1;
      if (!last && from(at + 1, name)) return true;
      if (here === undefined || here.startsWith(".")) return false;
      return from(at, name + 1) || (last && name + 1 === path.length);
    }
    return here !== undefined && !(here.startsWith(".") && part[0] !== ".") &&
      oneName(part, here) && from(at + 1, name + 1);
  };
  return from(0, 0);
}

function oneName(part: string, name: string): boolean {
  if (part === "") return name === "";
  if (part[0] === "*") {
    return oneName(part.slice(1), name) ||
      (name !== "" && oneName(part, name.slice(1)));
  }
  if (name === "") return false;
  const set = /^\[(!?)([^\]])\]/.exec(part);
  if (set !== null) {
    return ((set[2] === name[0]) !== (set[1] === "!")) &&
      oneName(part.slice(set[0].length), name.slice(1));
  }
  return (part[0] === "?" || part[0] === name[0]) &&
    oneName(part.slice(1), name.slice(1));
}

const pieces = fc.constantFrom(
  "a",
  "b",
  ".",
  "*",
  "?",
  "[a]",
  "[!b]",
  "/",
  "**/",
);
const anyPattern = fc.array(pieces, { minLength: 1, maxLength: 9 })
  .map((list) => list.join(""));
const anyPath = fc.array(
  fc.array(fc.constantFrom("a", "b", "."), { minLength: 1, maxLength: 5 })
    .map((list) => list.join("")),
  { minLength: 1, maxLength: 4 },
);

Deno.test("globs match what a slow reference matches", () => {
  fc.assert(
    fc.property(anyPattern, anyPath, (pattern, path) => {
      fc.pre(pattern.split("/").some((part) => part !== ""));
      assert.equal(compileGlob(pattern).matches(path), slowly(pattern, path));
    }),
    { numRuns: 5000 },
  );
});

Deno.test("a hostile pattern ends: no choice is tried twice", () => {
  const name = "a".repeat(250);
  assert(!compileGlob(`${"*a".repeat(60)}b`).matches([name]));
  assert(
    !compileGlob("**/a*a*/".repeat(40) + "b").matches(
      new Array<string>(1000).fill("aa"),
    ),
  );
});

Deno.test("paths compare as walks go: a folder, what is in it, the next", () => {
  const inOrder = [[], ["a"], ["a", "z"], ["a", "z", "y"], ["a!"], ["b"]];
  for (const [at, path] of inOrder.entries()) {
    for (const [other, than] of inOrder.entries()) {
      assert.equal(Math.sign(comparePaths(path, than)), Math.sign(at - other));
    }
  }
});

Deno.test("times are cut to whole milliseconds, before 1970, too", () => {
  assert.equal(wholeMs(1_999_999n), 1);
  assert.equal(wholeMs(-1n), -1);
  assert.equal(wholeMs(-1_000_000n), -1);
});

Deno.test("every reason counts as something", () => {
  const step: Step = {
    kind: "trouble",
    trouble: { path: [], reason: "special" },
  };
  assert.equal(countsAs(step.trouble.reason), "skipped");
  for (const reason of allReasons()) {
    assert.match(countsAs(reason), /^(?:skipped|failed)$/);
  }
});
