/** Names that a side cannot hold, names that fold, texts of links. */
import assert from "node:assert/strict";
import { foldKey, OpenFolders } from "../../../lib/client/tree/folds.ts";
import { Twins } from "../../../lib/client/tree/twins.ts";
import {
  linkTarget,
  pathTooLong,
  unfitForDisk,
  unfitForServer,
  unfitLink,
} from "../../../lib/client/tree/names.ts";
import { allReasons } from "../../../lib/client/tree/reason.ts";
import { texts } from "../../../lib/client/texts/mod.ts";

const FOR_SERVER = [
  ["a b", null],
  ["é😀", null],
  [".ftpcignore", null],
  ["a\\b", "name_unfit"],
  ["a\u0085", "name_unfit"],
  ["\udc00", "name_unfit"],
  [".ftpd-x", "unfinished"],
  ["n".repeat(255), null],
  ["n".repeat(256), "name_too_long"],
  ["é".repeat(127), null],
  ["é".repeat(128), "name_too_long"],
] as const;

for (const [name, reason] of FOR_SERVER) {
  Deno.test(`the server and ${JSON.stringify(name)}: ${reason}`, () => {
    assert.equal(unfitForServer(name), reason);
  });
}

Deno.test("a path on the server has 4,096 bytes at most", () => {
  assert(!pathTooLong("a".repeat(4096)));
  assert(pathTooLong("a".repeat(4097)));
  assert(pathTooLong("é".repeat(2049)));
});

Deno.test("Windows cannot hold streams, devices, dots at the end", () => {
  for (const name of ["a:b", "con", "LPT1.txt", "a.", "a ", "a*", "nul .x"]) {
    assert.equal(unfitForDisk(name, "windows"), "name_unfit", name);
    assert.equal(unfitForDisk(name, "posix"), null, name);
  }
  for (const name of ["a", ".a", "cone", "com", "a b.c"]) {
    assert.equal(unfitForDisk(name, "windows"), null, name);
  }
});

const FOLDING = [
  ["README", "readme"],
  ["caf\u00e9", "cafe\u0301"],
  ["CAF\u00c9", "cafe\u0301"],
  ["straße", "STRASSE"],
  ["ς", "Σ"],
  ["a", "a."],
  ["a", "A\u200d"],
  ["\u212b", "\u00e5"], // the sign for the unit, and the letter
] as const;

for (const [one, other] of FOLDING) {
  Deno.test(`${one} and ${other} may be one name somewhere`, () => {
    assert.equal(foldKey(one), foldKey(other));
  });
}

Deno.test("names that are different everywhere do not fold", () => {
  const names = ["a", "b", "é", "e", "ab", ".a", "日", "本"];
  assert.equal(new Set(names.map(foldKey)).size, names.length);
});

Deno.test("what is known of a folder is forgotten once it is left", () => {
  const folders = new OpenFolders<number>();
  const at = (path: string) => folders.of(path.split("/"));
  at("a").set("a", 1);
  at("a/x").set("x", 2);
  assert.equal(at("a/y").get("x"), 2);
  at("a/y/z").set("z", 3);
  assert.equal(at("a/y2").get("x"), 2);
  assert.equal(at("a/y2/z").get("z"), undefined);
  assert.equal(at("b").get("a"), 1);
  assert.equal(at("a/x").get("x"), undefined);
  assert.equal(folders.names, 1); // that of "a", in the root
});

Deno.test("names without end in folders that are open are refused", () => {
  const twins = new Twins(5);
  const add = (path: string) => twins.add(path.split("/"), false, null);
  for (const path of ["A", "b", "b/c", "b/D", "b/d", "e"]) add(path);
  for (const path of ["e/f", "e/g"]) add(path);
  const refused = { code: "refused", message: /over 5 names in one folder/ };
  assert.throws(() => add("e/h"), refused);
});

for (const [first, key] of [["a", "A"], ["A", "a"], ["e\u0301", "\u00e9"]]) {
  Deno.test(`the second of ${first} and ${key} knows the first`, () => {
    const twins = new Twins();
    assert.equal(twins.add(["d"], false, null), undefined);
    assert.equal(twins.add(["d", first ?? ""], false, null), undefined);
    assert.deepEqual(twins.add(["d", key ?? ""], false, null), ["d", first]);
  });
}

const LINKS = [
  ["l", "a", null, "a"],
  ["l", "./a//b/", null, "a/b"],
  ["l", ".", null, ""],
  ["l", "..", "link_leaves", null],
  ["a/l", "..", null, ""],
  ["a/l", "../b", null, "b"],
  ["a/l", "../../b", "link_leaves", null],
  ["a/b/l", "./../../c", null, "c"],
  ["a/l", "b/..", "link_winding", null],
  ["l", "/a", "link_absolute", null],
  ["l", "C:/a", "link_absolute", null],
  ["l", "", "name_unfit", null],
  ["l", "a\0", "name_unfit", null],
  ["l", "..\\a", "name_unfit", null],
] as const;

for (const [path, text, reason, leads] of LINKS) {
  Deno.test(`a link ${path} with the text ${JSON.stringify(text)}`, () => {
    assert.equal(unfitLink(path.split("/"), text), reason);
    const target = linkTarget(path.split("/"), text);
    assert.equal("path" in target ? target.path.join("/") : null, leads);
  });
}

Deno.test("every reason has its text, and no text is without a reason", () => {
  assert.deepEqual(
    Object.keys(texts.tree.reasons).sort(),
    allReasons().toSorted(),
  );
});
