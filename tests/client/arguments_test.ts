/** What put and get are given, to pairs of names, as cp has it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { planGet, planPut } from "../../lib/client/commands/arguments.ts";

interface Case {
  readonly names: readonly string[];
  readonly to?: string;
  /** Names that are folders where the last name points. */
  readonly folders?: readonly string[];
  /** From, to. */
  readonly pairs: readonly (readonly [string, string])[];
}

const PUT: readonly Case[] = [
  { names: ["a"], pairs: [["a", "a"]] },
  { names: ["/x/y/a"], pairs: [["/x/y/a", "a"]] },
  { names: ["a", "b"], pairs: [["a", "b"]] },
  { names: ["x/a", "y/b"], pairs: [["x/a", "y/b"]] },
  { names: ["a", "f"], folders: ["f"], pairs: [["a", "f/a"]] },
  { names: ["x/a", "f/"], pairs: [["x/a", "f/a"]] },
  { names: ["a", "/"], pairs: [["a", "/a"]] },
  { names: ["a", "b", "f/"], pairs: [["a", "f/a"], ["b", "f/b"]] },
  {
    names: ["a", "b", "f"],
    folders: ["f"],
    pairs: [["a", "f/a"], ["b", "f/b"]],
  },
  { names: ["a", "b"], to: "f", pairs: [["a", "f/a"], ["b", "f/b"]] },
  { names: ["a"], to: "/", pairs: [["a", "/a"]] },
  { names: ["-", "b"], pairs: [["-", "b"]] },
  { names: ["a", "."], folders: ["."], pairs: [["a", "a"]] },
  { names: ["./-"], pairs: [["./-", "-"]] },
];
for (const { names, to, folders = [], pairs } of PUT) {
  Deno.test(`put ${names.join(" ")}${to ? ` --to ${to}` : ""}`, async () => {
    const planned = await planPut(names, to, (name) => folders.includes(name));
    assert.deepEqual(planned.map((p) => [p.local, p.remote]), pairs);
  });
}

const GET: readonly Case[] = [
  { names: ["a"], pairs: [["a", "a"]] },
  { names: ["x/y/a"], pairs: [["x/y/a", "a"]] },
  { names: ["/a"], pairs: [["/a", "a"]] },
  { names: ["a", "b"], pairs: [["a", "b"]] },
  { names: ["x/a", "f"], folders: ["f"], pairs: [["x/a", "f/a"]] },
  { names: ["a", "f/"], pairs: [["a", "f/a"]] },
  { names: ["a", "."], folders: ["."], pairs: [["a", "a"]] },
  { names: ["a", "-"], pairs: [["a", "-"]] },
  { names: ["a", "./-"], pairs: [["a", "./-"]] },
  { names: ["x/a", "b", "f/"], pairs: [["x/a", "f/a"], ["b", "f/b"]] },
  { names: ["a", "b"], to: "f", pairs: [["a", "f/a"], ["b", "f/b"]] },
  { names: ["../a"], pairs: [["../a", "a"]] },
];
for (const { names, to, folders = [], pairs } of GET) {
  Deno.test(`get ${names.join(" ")}${to ? ` --to ${to}` : ""}`, async () => {
    const planned = await planGet(names, to, (name) => folders.includes(name));
    assert.deepEqual(planned.map((p) => [p.remote, p.local]), pairs);
  });
}

const REFUSED = [
  { verb: "put", names: [], code: "usage" },
  { verb: "put", names: [""], code: "usage" },
  { verb: "put", names: ["a", ""], code: "usage" },
  { verb: "put", names: ["-"], code: "usage" },
  { verb: "put", names: ["-", "f/"], code: "usage" },
  { verb: "put", names: [".."], code: "usage" },
  { verb: "put", names: ["a", "b", "c"], code: "not_a_folder" },
  { verb: "put", names: ["x/a", "y/a", "f/"], code: "usage" },
  { verb: "get", names: [], code: "usage" },
  { verb: "get", names: [""], code: "usage" },
  { verb: "get", names: ["/"], code: "usage" },
  { verb: "get", names: ["x/.."], code: "usage" },
  { verb: "get", names: ["x/-"], code: "usage" },
  { verb: "get", names: ["a", "b", "c"], code: "not_a_folder" },
  { verb: "get", names: ["a", "b", "-"], code: "not_a_folder" },
  { verb: "get", names: ["x/a", "y/a", "f/"], code: "usage" },
];
for (const { verb, names, code } of REFUSED) {
  Deno.test(`${verb} ${JSON.stringify(names)} is refused`, async () => {
    const plan = verb === "put" ? planPut : planGet;
    await assert.rejects(plan(names, undefined, () => false), { code });
  });
}

Deno.test("a get writes in the folder named, whatever the server's names", async () => {
  const name = fc.string({
    unit: fc.constantFrom(..."ab./\\-:~\0"),
    minLength: 1,
  });
  await fc.assert(fc.asyncProperty(name, async (remote) => {
    let pairs;
    try {
      pairs = await planGet([remote], "f", () => false);
    } catch {
      return;
    }
    for (const { local } of pairs) assert.match(local, /^f\/[^/]+$/);
    assert(!["f/.", "f/.."].includes(pairs[0]?.local ?? ""));
  }));
});
