/** What of a tree takes part: rules, `.ftpcignore`, lists of names, sizes. */
import assert from "node:assert/strict";
import {
  Filter,
  filtered,
  type FilterRule,
  unfitSize,
} from "../../../lib/client/tree/filter.ts";
import { NameList } from "../../../lib/client/tree/name_list.ts";

const path = (text: string) => text.split("/").filter((name) => name !== "");

/** `a/` is a folder; a leading `+` or `-` says what a rule does. */
const RULES: readonly {
  readonly rules: string;
  readonly taken: string;
  readonly left: string;
}[] = [
  { rules: "-*.o", taken: "a.c b/c.d", left: "a.o b/c.o .o" },
  { rules: "-/a", taken: "b/a", left: "a a/" },
  { rules: "-a/b", taken: "b c/a/b", left: "a/b" },
  { rules: "-a/", taken: "a b/a", left: "a/ b/a/" },
  { rules: "-a/*/c", taken: "a/c a/b/d/c", left: "a/b/c" },
  { rules: "-a/**", taken: "a/ b", left: "a/b a/b/c" },
  { rules: "-**/tmp", taken: "a/tmpx", left: "tmp/ a/b/tmp/" },
  { rules: "+keep.o -*.o", taken: "keep.o b/keep.o", left: "a.o" },
  { rules: "-*.o +keep.o", taken: "a.c", left: "keep.o" },
  { rules: "+*/ +*.c -*", taken: "a/ a.c a/b.c", left: "a.o a/b.o" },
  { rules: "-*", taken: "", left: ".a a b/" },
  { rules: "", taken: "a .b c/", left: ".ftpcignore a/.ftpcignore" },
];

for (const { rules, taken, left } of RULES) {
  Deno.test(`rules "${rules}" take ${taken}, leave ${left}`, () => {
    const filter = new Filter({
      rules: words(rules).map((word): FilterRule => ({
        include: word.startsWith("+"),
        glob: word.slice(1),
      })),
    });
    for (const [name, expected] of [[taken, false], [left, true]] as const) {
      for (const word of words(name)) {
        const isFolder = word.endsWith("/");
        assert.equal(filter.excludes(path(word), isFolder), expected, word);
      }
    }
  });
}

Deno.test(".ftpcignore files rule their folders as gitignore has it", async () => {
  const filter = new Filter();
  await filter.addIgnoreFile([], "*.log\nbuild/\n/top\n\\#a\n# no\n\nA.txt\n");
  await filter.addIgnoreFile(
    ["s [1]"],
    "!build/\n!keep.log\n/only\nx/y\r\n\\!odd\n",
  );
  const left = "a.log b/c.log build/ top #a s [1]/a.log s [1]/only " +
    "s [1]/x/y s [1]/!odd s [1]/d/!odd A.txt";
  const taken = "build b/top no a.txt s [1]/build/ s [1]/build/x " +
    "s [1]/keep.log s [1]/d/keep.log s [1]/d/only s [1]/d/x/y only x/y keep";
  for (const name of left.split(/ (?!\[)/)) {
    assert(filter.excludes(path(name), name.endsWith("/")), name);
  }
  for (const name of taken.split(/ (?!\[)/)) {
    assert(!filter.excludes(path(name), name.endsWith("/")), name);
  }
});

Deno.test("rules of the command count before .ftpcignore", async () => {
  const filter = new Filter({ rules: [{ include: true, glob: "a.log" }] });
  await filter.addIgnoreFile([], "*.log");
  assert(!filter.excludes(["a.log"], false));
  assert(filter.excludes(["b.log"], false));
});

Deno.test("ignore rules forget what they were asked, not what they say", async () => {
  const filter = new Filter();
  await filter.addIgnoreFile([], "*.log");
  for (let at = 0; at < 25_000; at++) {
    assert(filter.excludes([`${at}.log`], false));
    assert(!filter.excludes([`${at}.txt`], false));
  }
});

Deno.test("what an excluded folder holds takes no part", async () => {
  const rules = [
    { include: true, glob: "keep" },
    { include: false, glob: "a/" },
  ];
  const paths = [["a"], ["a", "keep"], ["a", "b"], ["ab"]];
  const found = paths.map((path) => ({
    entry: {
      path,
      kind: path.length === 1 ? "folder" as const : "file" as const,
      size: 0,
      mtimeNs: 0n,
      mode: null,
      identity: "",
    },
  }));
  async function* walk() {
    yield await Promise.resolve(found.slice(0, 2));
    yield found.slice(2);
  }
  const left = await Array.fromAsync(filtered(walk(), new Filter({ rules })));
  assert.deepEqual(left, [[{ excluded: ["a"] }], [found[3]]]);
});

Deno.test("a list of names takes them, what is in them, and the way", () => {
  const names = NameList.parse("a/b\n./c//d/\r\nmissing\n\n");
  const filter = new Filter({ names });
  const takes = (name: string) =>
    !filter.excludes(path(name), name.endsWith("/"));
  for (const name of ["a/", "a/b", "a/b/", "a/b/x", "c/", "c/d/", "c/d/e/f"]) {
    assert(takes(name), name);
  }
  for (const name of ["a", "a/c", "b", "c/e", "x/"]) assert(!takes(name), name);
  for (const name of ["a", "a/b", "c", "c/d", "x"]) names.saw(path(name));
  assert.deepEqual([...names.missing()], [["missing"]]);
});

Deno.test("names of a list that ends names by NUL may hold line feeds", () => {
  const names = NameList.parse("a\nb\0c\0", true);
  assert(names.takes(["a\nb"], false));
  assert(names.takes(["c"], false));
  names.saw(["c"]);
  assert.deepEqual([...names.missing()], [["a\nb"]]);
});

for (const name of ["/etc", "a/../../b", "..", "a\0b"]) {
  Deno.test(`a list must not name ${JSON.stringify(name)}`, () => {
    assert.throws(() => NameList.parse(`ok\n${name}\n`), {
      code: "usage",
      message: /line 2/,
    });
  });
}

Deno.test("sizes at the limits go", () => {
  const limits = { min: 2, max: 4 };
  const reasons = [1, 2, 4, 5].map((size) => unfitSize(size, limits));
  assert.deepEqual(reasons, ["too_small", null, null, "too_large"]);
  assert.equal(unfitSize(9, {}), null);
});

function words(text: string): string[] {
  return text.split(" ").filter((word) => word !== "");
}
