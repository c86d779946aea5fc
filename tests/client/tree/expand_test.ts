/** Globs to names, on a tree that is a table. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ClientError } from "../../../lib/client/error.ts";
import { compareNames } from "../../../lib/client/tree/entry.ts";
import { expandGlob, type Listed } from "../../../lib/client/tree/expand.ts";
import { compileGlob } from "../../../lib/client/tree/glob.ts";

const TREE: Readonly<Record<string, readonly string[]>> = {
  "": ["a.txt", "b.txt", ".c.txt", "d/", ".e/", "f g/"],
  d: ["a.txt", "x/", "y.md"],
  "d/x": ["a.txt", "z/"],
  "d/x/z": ["deep.txt"],
  ".e": ["hidden.txt"],
  "f g": ["1", "2"],
  "/": ["a.txt", "d/"],
  "/d": ["a.txt"],
  "..": ["up.txt"],
};

function list(folder: string): Promise<readonly Listed[]> {
  const names = TREE[folder];
  if (names === undefined) {
    return Promise.reject(new ClientError("not_found", folder, ""));
  }
  return Promise.resolve(names.map((name) => ({
    name: name.replace(/\/$/, ""),
    isFolder: name.endsWith("/"),
  })));
}

const CASES: readonly (readonly [pattern: string, names: string])[] = [
  ["*.txt", "a.txt b.txt"],
  [".*.txt", ".c.txt"],
  ["?.txt", "a.txt b.txt"],
  ["[b-z].txt", "b.txt"],
  ["*/", "d|f g"],
  ["d/*.txt", "d/a.txt"],
  ["d/*", "d/a.txt d/x d/y.md"],
  ["*/a.txt", "d/a.txt"],
  ["**/*.txt", "a.txt b.txt d/a.txt d/x/a.txt d/x/z/deep.txt"],
  ["d/**/deep.txt", "d/x/z/deep.txt"],
  ["d/**", "d/a.txt d/x d/x/a.txt d/x/z d/x/z/deep.txt d/y.md"],
  ["d/**/", "d/x d/x/z"],
  ["d/**/**", "d/a.txt d/x d/x/a.txt d/x/z d/x/z/deep.txt d/y.md"],
  ["*/z/**", ""],
  ["**/z/**", "d/x/z/deep.txt"],
  ["a.txt/**", ""],
  ["f g/**", "f g/1|f g/2"],
  ["/*", "/a.txt /d"],
  ["/d/*", "/d/a.txt"],
  ["../*.txt", "../up.txt"],
  ["nothing/*", ""],
  ["a.txt/*", ""],
  ["*.pdf", ""],
];

for (const [pattern, names] of CASES) {
  Deno.test(`${pattern}: ${names || "nothing"}`, async () => {
    const due = names.includes("|") ? names.split("|") : names.split(" ");
    assert.deepEqual(
      await expandGlob(pattern, list),
      names === "" ? [] : due,
    );
  });
}

const word = fc.array(
  fc.constantFrom("a", "b", ".", "*", "?", "[a]", "**", "/", "**/"),
  { minLength: 1, maxLength: 6 },
).map((pieces) => pieces.join(""))
  // Folders of the root, and not where a name is one of a folder.
  .filter((text) => !/^\/|(?:^|\/)\.\.?(?:\/|$)/.test(text));
const place = fc.array(fc.constantFrom("a", "b", "ab", ".a"), {
  minLength: 1,
  maxLength: 4,
});

Deno.test("a glob means what it takes of all that is there", async () => {
  await fc.assert(
    fc.asyncProperty(word, fc.array(place), async (pattern, files) => {
      const folders = new Map<string, Map<string, boolean>>([["", new Map()]]);
      for (const path of files) {
        for (const [at, name] of path.entries()) {
          const parent = path.slice(0, at).join("/");
          const isFolder = at + 1 < path.length;
          const names = folders.get(parent) ?? new Map<string, boolean>();
          names.set(name, isFolder || (names.get(name) ?? false));
          folders.set(parent, names);
        }
      }
      const { matches, foldersOnly } = compileGlob(pattern);
      const all = [...folders].flatMap(([folder, names]) =>
        [...names].map(([name, isFolder]) => ({
          path: folder === "" ? name : `${folder}/${name}`,
          isFolder,
        }))
      );
      const due = all
        .filter(({ isFolder }) => isFolder || !foldersOnly)
        .filter(({ path }) => matches(path.split("/")))
        .map(({ path }) => path)
        .sort(compareNames);
      const found = await expandGlob(pattern, (folder) => {
        const names = [...folders.get(folder) ?? []];
        return Promise.resolve(
          names.map(([name, isFolder]) => ({ name, isFolder })),
        );
      });
      assert.deepEqual(found, due);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("only what can match is looked into", async () => {
  const asked: string[] = [];
  await expandGlob("d/x/*", (folder) => {
    asked.push(folder);
    return list(folder);
  });
  assert.deepEqual(asked, ["d/x"]);
});

Deno.test("a lost connection is no empty folder", async () => {
  const lost = () =>
    Promise.reject(new ClientError("connection_lost", "lost", ""));
  await assert.rejects(expandGlob("*", lost), { code: "connection_lost" });
});

Deno.test("a tree without an end is refused, and not taken by half", async () => {
  const endless = () => Promise.resolve([{ name: "x", isFolder: true }]);
  await assert.rejects(expandGlob("**/y", endless), { code: "refused" });
});

Deno.test("many ** come to a folder in many ways, and look at it once for each part", async () => {
  const DEPTH = 16;
  const parts = 6;
  let looks = 0;
  const chain = (folder: string): Promise<readonly Listed[]> => {
    const depth = folder === "" ? 0 : folder.split("/").length;
    if (depth >= DEPTH) return Promise.resolve([]);
    const below = {
      get name() {
        looks++;
        return "d";
      },
      isFolder: true,
    };
    return Promise.resolve([below]);
  };
  const found = await expandGlob("**/".repeat(parts) + "d", chain);
  assert.equal(found.length, DEPTH);
  assert(looks <= (DEPTH + 1) * (parts + 1), `${looks} looks`);
});
