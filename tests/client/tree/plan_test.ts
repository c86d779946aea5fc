/** Plans: done to a tree in memory they give the tree that was asked for. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type CopyRules,
  decideCopy,
  decideSync,
} from "../../../lib/client/tree/decide.ts";
import type { Found, TreePath, Walk } from "../../../lib/client/tree/entry.ts";
import { liesIn } from "../../../lib/client/tree/entry.ts";
import { Filter, filtered } from "../../../lib/client/tree/filter.ts";
import { foldKey } from "../../../lib/client/tree/folds.ts";
import { NameList } from "../../../lib/client/tree/name_list.ts";
import { unfitForDisk } from "../../../lib/client/tree/names.ts";
import {
  type DeletionRules,
  type PlanOptions,
  planTree,
} from "../../../lib/client/tree/plan.ts";
import type { Step } from "../../../lib/client/tree/step.ts";
import {
  anyTree,
  copyOf,
  entriesOf,
  entryOf,
  type Folder,
  NAMES,
  type Node,
  shown,
  Target,
  walkOf,
} from "./model.ts";

/** `a/` a folder, `a>b` a link, `a=text@3` a file with a time. */
function tree(...lines: readonly string[]): Folder {
  const root: Folder = folder();
  for (const line of lines) {
    const [, where = "", mark, rest = ""] =
      /^(.+?)(?:([=>])(.*))?$/s.exec(line) ??
        [];
    const path = where.split("/").filter((name) => name !== "");
    let at = root;
    const parents = where.endsWith("/") ? path : path.slice(0, -1);
    for (const name of parents) {
      const next = at.children.get(name) ?? folder();
      assert.equal(next.kind, "folder");
      at.children.set(name, next);
      if (next.kind === "folder") at = next;
    }
    if (where.endsWith("/")) continue;
    const [content = "", time = "1"] = rest.split("@");
    const node: Node = mark === ">"
      ? { kind: "link", text: rest, mtimeMs: 1, mode: 0o777 }
      : { kind: "file", content, mtimeMs: Number(time), mode: 0o644 };
    at.children.set(path.at(-1) ?? "", node);
  }
  return root;
}

function folder(): Folder {
  return { kind: "folder", children: new Map(), mtimeMs: 1, mode: 0o755 };
}

/** Of the same size and time: a sync takes them to be the same, as rsync does. */
function alike(tree: Folder): string {
  return shown(tree).replaceAll("=1@", "=2@");
}

const ALL: DeletionRules = { max: null, force: true, mayDelete: () => true };

/** @returns What was done, and the tree that came of it. */
async function plan(
  source: Folder,
  target: Folder,
  options: Partial<PlanOptions>,
  folds = false,
): Promise<Target> {
  const done = new Target(source, copyOf(target), folds);
  await done.run(planTree({
    source: walkOf(source),
    target: walkOf(target),
    decide: decideSync({ checksum: false }),
    ...options,
  }));
  return done;
}

async function stepsOf(options: PlanOptions): Promise<Step[]> {
  return (await Array.fromAsync(planTree(options))).flat();
}

/** What `cp -r` makes of two trees; a folder and a file leave each other be. */
function overlay(source: Folder, target: Folder): Folder {
  const children = new Map(target.children);
  for (const [name, node] of source.children) {
    const there = target.children.get(name);
    if (there === undefined) children.set(name, node);
    else if (node.kind === "folder" && there.kind === "folder") {
      children.set(name, overlay(node, there));
    } else if (node.kind !== "folder" && there.kind !== "folder") {
      children.set(name, node);
    }
  }
  return { ...source, children };
}

for (const walked of [true, false]) {
  Deno.test(`a copy lays one tree over another (target walked: ${walked})`, async () => {
    await fc.assert(
      fc.asyncProperty(anyTree(), anyTree(), async (source, target) => {
        const copied = new Target(source, copyOf(target));
        await copied.run(planTree({
          source: walkOf(source),
          ...(walked ? { target: walkOf(target) } : {}),
          decide: decideCopy({}),
        }));
        assert.equal(shown(copied.tree), shown(overlay(source, target)));
      }),
    );
  });
}

Deno.test("a sync without --delete does the same, and only what is needed", async () => {
  await fc.assert(
    fc.asyncProperty(anyTree(), anyTree(), async (source, target) => {
      const { tree } = await plan(source, target, {});
      assert.equal(alike(tree), alike(overlay(source, target)));
    }),
  );
});

for (const checksum of [false, true]) {
  Deno.test(`a sync with --delete makes trees equal (checksum: ${checksum})`, async () => {
    await fc.assert(
      fc.asyncProperty(anyTree(), anyTree(), async (source, target) => {
        const decide = decideSync({ checksum });
        const done = await plan(source, target, { deletion: ALL, decide });
        assert.equal(alike(done.tree), alike(source));
        assert.equal(done.failed, 0);
        const again = await plan(source, done.tree, { deletion: ALL, decide });
        assert.deepEqual(
          again.log.filter((line) => !line.startsWith("skip ")),
          [],
        );
      }),
    );
  });
}

Deno.test("a sync deletes nothing that is excluded, nor what holds it", async () => {
  await fc.assert(
    fc.asyncProperty(anyTree(), anyTree(), async (source, target) => {
      const filter = new Filter({ rules: [{ include: false, glob: "x" }] });
      const done = new Target(source, copyOf(target));
      await done.run(planTree({
        source: filtered(walkOf(source), filter),
        target: filtered(walkOf(target), filter),
        decide: decideSync({ checksum: false }),
        deletion: ALL,
      }));
      const excluded = (path: TreePath) => path.includes("x");
      for (const { path, kind } of entriesOf(target)) {
        if (excluded(path)) assert.equal(done.find(path)?.kind, kind);
      }
      const kept = [...entriesOf(target)].map(({ path }) => path)
        .filter(excluded);
      for (const { path } of entriesOf(done.tree)) {
        const wanted = excluded(path) || kept.some((one) =>
          liesIn(one, path)
        ) ||
          [...entriesOf(source)].some((one) => `${one.path}` === `${path}`);
        assert(wanted, path.join("/"));
      }
    }),
  );
});

Deno.test("where names fold, no file is written over one of this job", async () => {
  await fc.assert(
    fc.asyncProperty(anyTree(), async (source) => {
      // The target sees to it that none is: see Target.
      const done = await plan(
        source,
        folder(),
        { decide: decideCopy({}) },
        true,
      );
      const names = [...entriesOf(done.tree)].map(({ path }) =>
        path.map(foldKey).join("/")
      );
      assert.equal(new Set(names).size, names.length);
      const clashes = [...entriesOf(source)].length - names.length;
      assert.equal(done.failed, clashes);
    }),
  );
});

Deno.test("where names fold, a sync deletes nothing that it sent", async () => {
  const unique = (names: readonly string[]) =>
    names.filter((name, at) =>
      names.findIndex((other) => foldKey(other) === foldKey(name)) === at
    );
  await fc.assert(
    fc.asyncProperty(
      anyTree(unique(NAMES)),
      anyTree(unique(NAMES.toReversed())),
      async (source, target) => {
        const done = await plan(source, target, { deletion: ALL }, true);
        for (const { path } of entriesOf(source)) {
          const has = done.find(path) !== undefined;
          const failed = done.log.some((line) => {
            const name = line.replace(/^failed /, "");
            return line !== name && liesIn(path, name.split("/"));
          });
          assert(has || failed, path.join("/"));
        }
      },
    ),
  );
});

const COPIES: readonly {
  readonly rules: CopyRules;
  readonly expected: readonly string[];
}[] = [
  { rules: {}, expected: ["file a", "file b", "file c", "file d"] },
  {
    rules: { noClobber: true },
    expected: ["skip a", "skip b", "skip c", "file d"],
  },
  {
    rules: { update: true },
    expected: ["skip a", "skip b", "file c", "file d"],
  },
  {
    rules: { skipUnchanged: true },
    expected: ["skip a", "file b", "file c", "file d"],
  },
];

for (const { rules, expected } of COPIES) {
  Deno.test(`a copy with ${JSON.stringify(rules)}`, async () => {
    const source = tree("a=1@2", "b=1@2", "c=1@2", "d=1@2");
    const target = tree("a=1@2", "b=2@3", "c=22@1");
    const done = await plan(source, target, { decide: decideCopy(rules) });
    assert.deepEqual(done.log, expected);
  });
}

Deno.test("a sync with checksums compares what has the same size", async () => {
  const source = tree("a=1@2", "b=1@2", "c=1@2", "d>x");
  const target = tree("a=1@2", "b=1@3", "c=22@2", "d=1");
  const steps = await stepsOf({
    source: walkOf(source),
    target: walkOf(target),
    decide: decideSync({ checksum: true }),
  });
  assert.deepEqual(
    steps.map((step) => "only" in step ? step.only : step.kind),
    ["skip", "differs", "file", "barrier", "link"],
  );
});

Deno.test("what is only to be counted is no step of its own", async () => {
  const source = tree("a=1@2", "b=1@2", "c=1@2", "d/e=1@2", "f=333");
  const target = tree("a=1@2", "b=2@3", "c=1@2", "d/e=1@2");
  const steps = await stepsOf({
    source: walkOf(source),
    target: walkOf(target),
    decide: decideSync({ checksum: false }),
    sizes: { max: 2 },
    passes: (reason) => reason === "unchanged",
  });
  const passed = steps.filter((step) => step.kind === "passed");
  assert.equal(passed.reduce((sum, { count }) => sum + count, 0), 3);
  assert(passed.every(({ reason }) => reason === "unchanged"));
  assert.deepEqual(
    steps.filter((step) => step.kind === "skip" || step.kind === "file")
      .map(({ kind, path }) => `${kind} ${path.join("/")}`),
    ["file b", "skip f"],
  );
});

const WITHHELD: readonly {
  readonly name: string;
  readonly source?: Folder;
  readonly deletion: Partial<DeletionRules>;
  readonly why: string | null;
}[] = [
  { name: "as many as --max-delete", deletion: { max: 3 }, why: null },
  { name: "one more", deletion: { max: 2 }, why: "max_delete" },
  { name: "--max-delete 0", deletion: { max: 0 }, why: "max_delete" },
  {
    name: "after a failure",
    deletion: { mayDelete: () => false },
    why: "failed",
  },
  {
    name: "of an empty source",
    source: tree(),
    deletion: { force: false },
    why: "empty_source",
  },
  { name: "of one, forced", source: tree(), deletion: {}, why: null },
];

for (const { name, source = tree("a"), deletion, why } of WITHHELD) {
  Deno.test(`deletions ${name}: ${why ?? "are made"}`, async () => {
    const target = tree("a", "d/x", "e");
    const rules = { ...ALL, ...deletion };
    const steps = await stepsOf({
      source: walkOf(source),
      target: walkOf(target),
      decide: decideSync({ checksum: false }),
      deletion: rules,
    });
    const held = steps.find((step) => step.kind === "withheld");
    assert.equal(held?.why ?? null, why);
    const deleted = steps.filter(({ kind }) => kind === "delete").length;
    assert.equal(
      deleted,
      why === null ? (source.children.size === 0 ? 4 : 3) : 0,
    );
  });
}

Deno.test("a barrier stands before deletions, and mayDelete is asked behind it", async () => {
  let asked = false;
  const mayDelete = () => asked = true;
  const pages = planTree({
    source: walkOf(tree("a", "l>a")),
    target: walkOf(tree("d/x", "e")),
    decide: decideSync({ checksum: false }),
    deletion: { ...ALL, mayDelete },
  });
  const kinds: string[][] = [];
  for await (const page of pages) {
    kinds.push(page.map(({ kind }) => kind));
    if (kinds.length < 4) assert.equal(asked, false);
  }
  assert.deepEqual(kinds, [
    ...[["file"], ["barrier"], ["link"], ["barrier"]],
    ["delete", "delete", "delete"],
  ]);
});

for (
  const reason of [
    "unreadable",
    "vanished",
    "listing_order",
    "listing_name",
  ] as const
) {
  Deno.test(`a source with ${reason} in it deletes nothing`, async () => {
    async function* source(): Walk {
      yield* walkOf(tree("a"));
      yield [{ trouble: { path: ["q"], reason } }];
    }
    const done = await plan(tree("a"), tree("b"), {
      source: source(),
      deletion: ALL,
    });
    assert.deepEqual(
      done.log,
      ["file a", "trouble ", "withheld "],
    );
    assert.equal(shown(done.tree), "/a=@1\n/b=@1\n");
  });
}

Deno.test("a listing that breaks off deletes nothing", async () => {
  async function* source(): Walk {
    yield* walkOf(tree("a"));
    throw new Error("broken off");
  }
  const done = new Target(tree("a"), tree("b", "c"));
  await assert.rejects(
    done.run(planTree({
      source: source(),
      target: walkOf(tree("b", "c")),
      decide: decideSync({ checksum: false }),
      deletion: ALL,
    })),
    /broken off/,
  );
  assert(!done.log.some((line) => line.startsWith("delete")));
});

Deno.test("what is odd on one side is not deleted on the other", async () => {
  async function* source(): Walk {
    yield [
      { trouble: { path: ["dev"], reason: "special" } },
      { trouble: { path: ["link"], reason: "link_dangles" } },
    ];
    yield* walkOf(tree("z"));
  }
  async function* target(): Walk {
    yield* walkOf(tree("dev", "gone/"));
    const odd: Found = {
      trouble: { path: ["gone", "fifo"], reason: "special" },
    };
    yield [odd];
    yield* walkOf(tree("link/in/it", "other", "z"));
  }
  const there = tree("dev", "gone/", "link/in/it", "other", "z");
  const done = new Target(tree("z"), there);
  await done.run(planTree({
    source: source(),
    target: target(),
    decide: decideSync({ checksum: false }),
    deletion: ALL,
  }));
  const deleted = done.log.filter((line) => line.startsWith("delete"));
  assert.deepEqual(deleted, ["delete other"]);
});

Deno.test("what takes another kind's place waits until that is deleted", async () => {
  const source = tree("f/x", "f/l>x", "g=1", "h>x");
  const target = tree("f=1", "g/y/z", "h/");
  const done = await plan(source, target, { deletion: ALL });
  assert.deepEqual(done.log, [
    ...["delete h", "delete g/y/z", "delete g/y", "delete g", "delete f"],
    ...["folder f", "file f/x", "file g", "link f/l", "link h", "attributes f"],
  ]);
  assert.equal(shown(done.tree), shown(source));
});

Deno.test("what takes the place of something that stays fails", async () => {
  const source = tree("f/x", "g=1");
  const target = tree("f=1", "g/y");
  for (
    const options of [
      {},
      { deletion: { ...ALL, max: 1 } },
      { deletion: { ...ALL, mayDelete: () => false } },
    ]
  ) {
    const done = await plan(source, target, options);
    assert.equal(shown(done.tree), shown(target));
    assert(done.failed >= 3);
  }
});

Deno.test("a folder that holds something excluded keeps its place", async () => {
  const filter = new Filter({ rules: [{ include: false, glob: "keep" }] });
  const source = tree("g=1");
  const target = tree("g/keep", "g/y");
  const done = await plan(source, target, {
    source: filtered(walkOf(source), filter),
    target: filtered(walkOf(target), filter),
    deletion: ALL,
  });
  assert.deepEqual(done.log, ["delete g/y", "trouble "]);
});

Deno.test("sizes: what is left out is not deleted there either", async () => {
  const source = tree("big=4444", "ok=22", "small=");
  const target = tree("big/x", "small=1", "gone");
  const done = await plan(source, target, {
    deletion: ALL,
    sizes: { min: 1, max: 3 },
  });
  assert.deepEqual(done.log, [
    "skip big",
    "file ok",
    "skip small",
    "delete gone",
  ]);
});

Deno.test("names that the other side cannot hold fail with all below", async () => {
  const source = tree("aux/x", "b:c", "ok");
  const done = await plan(source, folder(), {
    unfit: (path) => unfitForDisk(path.at(-1) ?? "", "windows"),
  });
  assert.deepEqual(done.log, ["trouble ", "trouble ", "trouble ", "file ok"]);
  assert.equal(shown(done.tree), "/ok=@1\n");
});

Deno.test("the root is made of its own folder, and gets its time last", async () => {
  const source = tree("a");
  const root = entryOf(source, []);
  const made = await plan(source, folder(), { root });
  assert.deepEqual(made.log, ["folder ", "file a", "attributes "]);
  const there = await plan(source, copyOf(source), { root, rootTarget: root });
  assert.deepEqual(there.log, ["skip a"]);
});

Deno.test("modes are kept where that is asked for", async () => {
  const source = tree("a=1", "d/b=1");
  const target = copyOf(source);
  for (const node of target.children.values()) node.mode = 0o700;
  const plain = await plan(source, target, {});
  assert.deepEqual(plain.log, ["skip a", "skip d/b"]);
  const modes = await plan(source, target, { modes: true });
  assert.deepEqual(modes.log, [
    ...["skip a", "attributes a", "skip d/b", "attributes d"],
  ]);
  assert.equal(modes.find(["d"])?.mode, 0o755);
});

Deno.test("names of a list that are not there fail, and delete nothing", async () => {
  const names = NameList.parse("a\nb\nd/c\n");
  const filter = new Filter({ names });
  const source = tree("a", "d/e", "z");
  const target = tree("b", "d/c", "z2");
  const done = await plan(source, target, {
    source: filtered(walkOf(source), filter),
    target: filtered(walkOf(target), filter),
    names,
    deletion: ALL,
  });
  assert.equal(done.failed, 3);
  assert(!done.log.some((line) => line.startsWith("delete")));
});

Deno.test("a plan of 50,000 files goes by pages, and holds none of them", async () => {
  const count = 50_000;
  async function* source(): Walk {
    for (let at = 0; at < count; at += 250) {
      yield await Promise.resolve(
        Array.from({ length: 250 }, (_, index): Found => {
          const name = `${at + index}`.padStart(6, "0");
          const node: Node = { kind: "file", content: "", mtimeMs: 1, mode: 0 };
          return { entry: entryOf(node, [name]) };
        }),
      );
    }
  }
  let files = 0;
  let largest = 0;
  const decide = decideCopy({});
  for await (const page of planTree({ source: source(), decide })) {
    files += page.length;
    largest = Math.max(largest, page.length);
  }
  assert.equal(files, count);
  assert(largest <= 512);
});
