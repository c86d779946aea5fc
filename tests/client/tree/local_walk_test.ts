/** Walks of this machine: order, links, loops, odd files, names. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  localPath,
  type LocalWalkOptions,
  walkLocal,
} from "../../../lib/client/local/walk.ts";
import { comparePaths, wholeMs } from "../../../lib/client/tree/entry.ts";
import { decideSync } from "../../../lib/client/tree/decide.ts";
import { Filter, forLocalWalk } from "../../../lib/client/tree/filter.ts";

import { planTree } from "../../../lib/client/tree/plan.ts";

/** `a/` makes a folder, `a>b` a link to `b`, all else a file. */
async function inTree(
  names: readonly string[],
  use: (root: string) => Promise<void>,
): Promise<void> {
  const outer = await Deno.makeTempDir();
  const root = path.join(outer, "tree");
  try {
    Deno.mkdirSync(root);
    for (const name of names) {
      const [file = "", target] = name.split(">");
      const at = path.join(root, file);
      Deno.mkdirSync(path.dirname(at), { recursive: true });
      if (target !== undefined) Deno.symlinkSync(target, at);
      else if (name.endsWith("/")) Deno.mkdirSync(at, { recursive: true });
      else Deno.writeTextFileSync(at, name);
    }
    await use(root);
  } finally {
    await Deno.remove(outer, { recursive: true });
  }
}

async function listed(
  root: string,
  options: LocalWalkOptions = { links: "follow" },
): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of walkLocal(root, options)) {
    for (const found of page) {
      if ("trouble" in found) {
        lines.push(`${found.trouble.path.join("/")}: ${found.trouble.reason}`);
      } else if ("excluded" in found) {
        lines.push(`${found.excluded.join("/")}: excluded`);
      } else {
        const { path, kind, link } = found.entry;
        const end = kind === "folder"
          ? "/"
          : link === undefined
          ? ""
          : `>${link}`;
        lines.push(path.join("/") + end);
      }
    }
  }
  return lines;
}

const CASES: readonly {
  readonly name: string;
  readonly tree: readonly string[];
  readonly links?: LocalWalkOptions["links"];
  readonly expected: readonly string[];
}[] = [
  { name: "an empty folder", tree: [], expected: [] },
  {
    name: "folders before what is in them, names by UTF-16",
    tree: ["b", "a/z", "a/y/x", "a!", "B", "é", "e/"],
    expected: ["B", "a/", "a/y/", "a/y/x", "a/z", "a!", "b", "e/", "é"],
  },
  {
    name: "links inside as what they lead to",
    tree: ["a/f", "l>a", "m>a/f", "n>l/f"],
    expected: ["a/", "a/f", "l/", "l/f", "m", "n"],
  },
  {
    name: "links that leave, dangle, or loop",
    tree: [
      "a/up>..",
      "a/me>.",
      "d>nowhere",
      "out>/etc",
      "out2>../../x/..",
      "x>x",
    ],
    expected: [
      ...["a/", "a/me: link_loops", "a/up: link_loops", "d: link_dangles"],
      ...["out: link_leaves", "out2: link_dangles", "x: link_loops"],
    ],
  },
  {
    name: "two folders that link to each other",
    tree: ["a/b>../c", "c/d>../a"],
    expected: [
      "a/",
      "a/b/",
      "a/b/d: link_loops",
      "c/",
      "c/d/",
      "c/d/b: link_loops",
    ],
  },
  {
    name: "a link to a folder above, by another way in",
    tree: ["a>b/c", "b/c/up>.."],
    expected: [
      ...["a/", "a/up/", "a/up/c: link_loops"],
      ...["b/", "b/c/", "b/c/up: link_loops"],
    ],
  },
  {
    name: "links kept, where they can be made",
    links: "keep",
    tree: ["a/f", "a/up>../b", "b>gone", "c>/etc", "d>../out", "e>a/../b"],
    expected: [
      ...["a/", "a/f", "a/up>../b", "b>gone", "c: link_absolute"],
      ...["d: link_leaves", "e: link_winding"],
    ],
  },
  {
    name: "links shown as they are",
    links: "show",
    tree: ["c>/etc", "d>../out"],
    expected: ["c>/etc", "d>../out"],
  },
  {
    name: "names that the server cannot hold, and our own parts",
    tree: ["a\\b", "a\nb", "a\x1bb", ".ftpc-1234", "ok"],
    expected: [
      ".ftpc-1234: unfinished",
      "a\nb: name_unfit",
      "a\x1bb: name_unfit",
      "a\\b: name_unfit",
      "ok",
    ],
  },
];

for (const { name, tree, links = "follow", expected } of CASES) {
  Deno.test(`a local walk finds ${name}`, async () => {
    await inTree(tree, async (root) => {
      assert.deepEqual(await listed(root, { links }), expected);
    });
  });
}

Deno.test("a local walk skips what is no file, and takes hard links", async () => {
  await inTree(["f"], async (root) => {
    Deno.linkSync(path.join(root, "f"), path.join(root, "g"));
    const fifo = new Deno.Command("mkfifo", { args: [path.join(root, "p")] });
    assert((await fifo.output()).success);
    assert.deepEqual(await listed(root), ["f", "g", "p: special"]);
  });
});

Deno.test("a local walk tells of names that are not UTF-8", async () => {
  await inTree(["a"], async (root) => {
    // No call of ours can make such a name.
    const made = await new Deno.Command("python3", {
      args: [
        "-c",
        "import os,sys; open(os.fsencode(sys.argv[1])+b'/\\xff','w')",
        root,
      ],
    }).output();
    assert(made.success);
    const lines = await listed(root);
    assert.equal(lines[0], "a");
    assert.equal(lines.length, 2);
    assert.match(lines[1] ?? "", /: name_not_utf8$/);
  });
});

Deno.test("a local walk takes a page from a large folder at a time", async () => {
  const names = Array.from({ length: 700 }, (_, at) => `d/${at}`);
  await inTree(names, async (root) => {
    let turns = 0;
    const sizes: number[] = [];
    const paths: (readonly string[])[] = [];
    const options: LocalWalkOptions = {
      links: "follow",
      turn: () => void turns++,
    };
    for await (const page of walkLocal(root, options)) {
      sizes.push(page.length);
      for (const found of page) {
        if ("entry" in found) paths.push(found.entry.path);
      }
    }
    assert.deepEqual(sizes, [256, 256, 189]);
    assert.equal(turns, 2);
    assert.deepEqual(paths, paths.toSorted(comparePaths));
  });
});

Deno.test("a local walk enters no excluded folder, and reads the rules first", async () => {
  const tree = ["a/x.log", "a/b/y.log", "no/deep/z", "keep.log", "l>no"];
  await inTree(tree, async (root) => {
    Deno.writeTextFileSync(path.join(root, ".ftpcignore"), "*.log\nno\n/l\n");
    Deno.writeTextFileSync(path.join(root, "a", ".ftpcignore"), "!x.log\n");
    const filter = new Filter();
    const lines = await listed(root, {
      links: "follow",
      ...forLocalWalk(filter),
    });
    assert.deepEqual(lines, [
      ...[".ftpcignore: excluded", "a/", "a/.ftpcignore: excluded", "a/b/"],
      ...["a/b/y.log: excluded", "a/x.log", "keep.log: excluded"],
      ...["l: excluded", "no: excluded"],
    ]);
  });
});

Deno.test("a file of rules that cannot be read ends the walk", async () => {
  await inTree(["a", ".ftpcignore/"], async (root) => {
    const onIgnoreFile = () => Promise.resolve();
    await assert.rejects(
      listed(root, { links: "follow", onIgnoreFile }),
      { code: "local_failed" },
    );
  });
});

Deno.test("a local walk needs a folder to begin at; a link to one will do", async () => {
  await inTree(["f", "d/x", "l>d"], async (root) => {
    await assert.rejects(listed(path.join(root, "f")), {
      code: "not_a_folder",
    });
    await assert.rejects(listed(path.join(root, "no")), { code: "not_found" });
    assert.deepEqual(await listed(path.join(root, "l")), ["x"]);
  });
});

Deno.test("an entry knows its size, its time, and where its file is", async () => {
  await inTree(["d/file"], async (root) => {
    const time = new Date(1_700_000_000_123);
    Deno.utimeSync(path.join(root, "d/file"), time, time);
    for await (const page of walkLocal(root, { links: "follow" })) {
      const [, found] = page;
      assert(found !== undefined && "entry" in found);
      assert.equal(found.entry.size, "d/file".length);
      assert.equal(found.entry.mtimeNs, 1_700_000_000_123_000_000n);
      const file = localPath(root, found.entry.path);
      assert.equal(Deno.readTextFileSync(file), "d/file");
      assert.equal(localPath(root, []), root);
    }
  });
});

Deno.test("a walk that was given up ends", async () => {
  await inTree(
    Array.from({ length: 300 }, (_, at) => `${at}`),
    async (root) => {
      const signal = AbortSignal.abort(new Error("enough"));
      await assert.rejects(listed(root, { links: "follow", signal }), /enough/);
    },
  );
});

Deno.test("a plan from a walk of this machine makes the same tree elsewhere", async () => {
  const tree = ["a/f", "a/b/g", "c/", "l>../tree/a/f", "m>a", "no.o", "a/no.o"];
  await inTree(tree, async (root) => {
    const ignore = path.join(root, ".ftpcignore");
    Deno.writeTextFileSync(ignore, "*.o\n");
    const copy = path.join(root, "..", "copy");
    Deno.mkdirSync(copy);
    const filter = new Filter();
    const made: string[] = [];
    for await (
      const page of planTree({
        source: walkLocal(root, { links: "follow", ...forLocalWalk(filter) }),
        target: walkLocal(copy, { links: "show" }),
        decide: decideSync({ checksum: false }),
      })
    ) {
      for (const step of page) {
        if (!("path" in step)) continue;
        made.push(`${step.kind} ${step.path.join("/")}`);
        const at = localPath(copy, step.path);
        if (step.kind === "folder") Deno.mkdirSync(at);
        if (step.kind === "file") {
          Deno.copyFileSync(localPath(root, step.source.path), at);
        }
        if (step.kind === "file" || step.kind === "attributes") {
          const time = wholeMs(step.source.mtimeNs);
          Deno.utimeSync(at, new Date(time), new Date(time));
        }
      }
    }
    assert.equal(made.filter((line) => line.startsWith("file")).length, 5);
    const again = planTree({
      source: walkLocal(root, { links: "follow", ...forLocalWalk(filter) }),
      target: walkLocal(copy, { links: "show" }),
      decide: decideSync({ checksum: false }),
    });
    const steps = (await Array.fromAsync(again)).flat();
    assert.deepEqual(steps.filter(({ kind }) => kind !== "skip"), []);
  });
});
