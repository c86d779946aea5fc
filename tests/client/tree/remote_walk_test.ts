/** Walks of a server: links, and servers that list what makes no sense. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ClientError } from "../../../lib/client/error.ts";
import type { Found, TreePath } from "../../../lib/client/tree/entry.ts";
import { comparePaths, liesIn } from "../../../lib/client/tree/entry.ts";
import {
  type ListedEntry,
  type RemoteTree,
  type RemoteWalkOptions,
  serverTree,
  walkRemote,
} from "../../../lib/client/tree/remote_walk.ts";

function entry(text: string): ListedEntry {
  const [path = "", target] = text.split(">");
  const type = path.endsWith("/")
    ? "folder"
    : path.endsWith("|")
    ? "other"
    : target !== undefined
    ? "link"
    : "file";
  return {
    path: path.replace(/[/|]$/, ""),
    reachable: !path.includes("\\x"),
    type,
    size: 1,
    mtimeNs: 5n,
    mode: 0o4755,
    version: null,
    ...(target === undefined ? {} : { target }),
  };
}

const { isMissing } = serverTree({
  walk: () => assert.fail(),
  stat: () => assert.fail(),
});

/** A server with these listings, by the folder that is asked for. */
function server(folders: Record<string, readonly string[]>): RemoteTree {
  return {
    async *walk(name) {
      const lines = folders[name];
      if (lines === undefined) throw new ClientError("not_found", name, "");
      // In pages of two.
      for (let at = 0; at < lines.length; at += 2) {
        yield await Promise.resolve(lines.slice(at, at + 2).map(entry));
      }
    },
    stat(name) {
      const parent = Object.keys(folders).find((folder) =>
        folders[folder]?.some((line) =>
          `${folder}/${line.replace(/\/$/, "")}` === name
        )
      );
      const line = folders[parent ?? ""]?.find((line) =>
        `${parent}/${line.replace(/\/$/, "")}` === name
      );
      if (folders[name] !== undefined) return Promise.resolve(entry("d/"));
      if (line !== undefined) return Promise.resolve(entry(line));
      return Promise.reject(new ClientError("not_found", name, ""));
    },
    isMissing,
  };
}

async function listed(
  tree: RemoteTree,
  links: RemoteWalkOptions["links"] = "follow",
): Promise<string[]> {
  const lines: string[] = [];
  for await (const page of walkRemote(tree, "r", { links })) {
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

const long = "n".repeat(256);
const CASES: readonly {
  readonly name: string;
  readonly lists: readonly string[];
  readonly expected: readonly string[];
}[] = [
  {
    name: "an honest tree",
    lists: ["a/", "a/b/", "a/b/c", "a!", "p|"],
    expected: ["a/", "a/b/", "a/b/c", "a!", "p: special"],
  },
  {
    name: "names that lead elsewhere",
    lists: [
      "",
      ".",
      "..",
      "../x",
      "/etc/passwd",
      "a/",
      "a/../../x",
      "a//b",
      "a/./c",
    ],
    expected: [
      ...[": listing_name", ".: listing_name", "..: listing_name"],
      ...["../x: listing_name", "/etc/passwd: listing_name", "a/"],
      ...[
        "a/../../x: listing_name",
        "a//b: listing_name",
        "a/./c: listing_name",
      ],
    ],
  },
  {
    name: "names that steer a terminal, or that no disk takes",
    lists: ["a\0b", "b\x1b[2J", "c\\d", "d\r\ne", "e\ud800", long],
    expected: [
      ...["a\0b: name_unfit", "b\x1b[2J: name_unfit", "c\\d: name_unfit"],
      ...[
        "d\r\ne: name_unfit",
        "e\ud800: name_unfit",
        `${long}: name_too_long`,
      ],
    ],
  },
  {
    name: "names of our own unfinished files",
    lists: [".FTPC-12.j", ".ftpc-12"],
    expected: [".FTPC-12.j: name_reserved", ".ftpc-12: name_reserved"],
  },
  {
    name: "a name that only the server can show",
    lists: ["a\\xff"],
    expected: ["a\\xff: name_unreachable"],
  },
  {
    name: "the same name twice",
    lists: ["a", "a", "b/", "b/", "b/c"],
    expected: ["a", "a: listing_twice", "b/", "b: listing_twice", "b/c"],
  },
  {
    name: "entries out of order",
    lists: ["b/", "b/x", "a", "b/a", "c"],
    expected: ["b/", "b/x", "a: listing_order", "b/a: listing_order", "c"],
  },
  {
    name: "what lies in no folder that was listed",
    lists: ["a/b", "c", "c/d", "l>x", "l/e", "z/"],
    expected: [
      ...["a/b: listing_parent", "c", "c/d: listing_parent"],
      ...["l: link_dangles", "l/e: listing_parent", "z/"],
    ],
  },
];

for (const { name, lists, expected } of CASES) {
  Deno.test(`a walk of a server with ${name}`, async () => {
    assert.deepEqual(await listed(server({ r: lists })), expected);
  });
}

Deno.test("a path without end is cut before it is looked at", async () => {
  const lines = await listed(server({ r: ["a/".repeat(1_000_000) + "b"] }));
  assert.deepEqual(lines, ["a: name_too_long"]);
});

Deno.test("links on a server are followed inside the tree", async () => {
  const tree = server({
    "r": ["a/", "a/f", "a/l>../b", "a/m>f", "b/", "b/up>..", "b/x", "out>../o"],
    "r/b": ["up>..", "x"],
  });
  assert.deepEqual(await listed(tree), [
    ...["a/", "a/f", "a/l/", "a/l/up: link_loops", "a/l/x", "a/m"],
    ...["b/", "b/up: link_loops", "b/x", "out: link_leaves"],
  ]);
});

Deno.test("links on a server that lead to each other end", async () => {
  const tree = server({
    "r": ["a/", "a/l>../b", "b/", "b/m>../a"],
    "r/a": ["l>../b"],
    "r/b": ["m>../a"],
  });
  assert.deepEqual(await listed(tree), [
    ...["a/", "a/l/", "a/l/m: link_loops", "b/", "b/m/", "b/m/l: link_loops"],
  ]);
});

Deno.test("a server that makes up ever more links comes to an end", async () => {
  let asked = 0;
  const tree: RemoteTree = {
    async *walk() {
      yield await Promise.resolve([entry(`l>x${asked++}`)]);
    },
    stat: () => Promise.resolve(entry("d/")),
    isMissing: () => false,
  };
  const lines = await listed(tree);
  assert.match(lines.at(-1) ?? "", /: link_deep$/);
  assert(asked < 100);
});

Deno.test("links on a server are kept where they can be made", async () => {
  const tree = server({ r: ["a>b", "b>/etc", "c>../x", "d>e/../f"] });
  assert.deepEqual(await listed(tree, "keep"), [
    ...["a>b", "b: link_absolute", "c: link_leaves", "d: link_winding"],
  ]);
  assert.deepEqual(await listed(tree, "show"), [
    "a>b",
    "b>/etc",
    "c>../x",
    "d>e/../f",
  ]);
});

Deno.test("a folder that the server cannot read is told, with why", async () => {
  const failure = new ClientError("refused", "no", "");
  const tree: RemoteTree = {
    ...server({}),
    async *walk() {
      yield await Promise.resolve([{ ...entry("a/"), failure }]);
    },
  };
  const pages: Found[] = [];
  for await (const page of walkRemote(tree, "/", { links: "follow" })) {
    pages.push(...page);
  }
  const [folder, trouble] = pages;
  assert(folder !== undefined && "entry" in folder);
  assert.equal(folder.entry.mode, 0o755);
  assert.deepEqual(trouble, {
    trouble: { path: ["a"], reason: "unreadable", cause: failure },
  });
});

Deno.test("whatever a server lists, entries are names, in order, in folders", async () => {
  const piece = fc.constantFrom("a", "b", "..", ".", "", "/", "a/b", "\0", "c");
  const line = fc.tuple(
    fc.array(piece, { maxLength: 4 }),
    fc.constantFrom("", "/"),
  )
    .map(([parts, end]) => parts.join("/") + end);
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 30 }), async (lines) => {
      const folders: TreePath[] = [[]];
      let last: TreePath = [];
      const walk = walkRemote(server({ r: lines }), "r", { links: "show" });
      for await (const page of walk) {
        for (const found of page) {
          if (!("entry" in found)) continue;
          const { path, kind } = found.entry;
          for (const name of path) assert.match(name, /^[abc]$/);
          assert(comparePaths(last, path) < 0);
          assert(
            folders.some((folder) =>
              folder.length === path.length - 1 && liesIn(path, folder)
            ),
          );
          if (kind === "folder") folders.push(path);
          last = path;
        }
      }
    }),
  );
});
