/** Schemas: what each takes and refuses, and which field is to blame. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  anyNumber,
  anyText,
  attempt,
  choice,
  flag,
  type InferAny,
  list,
  literal,
  nullable,
  object,
  optional,
  parsed,
  pattern,
  type Schema,
  text,
  variant,
  whole,
} from "../../lib/protocol/schema.ts";

const NOT_SO = "is not what it has to be";
const address = object({
  host: anyText,
  port: whole(0, 65_535, "has to be a port"),
  name: optional(text(2)),
  tls: optional(flag, true),
  ways: optional(nullable(list(choice(["in", "out"])))),
});
const SHAPES = {
  dot: object({ is: literal("dot") }),
  line: object({ is: literal("line"), ends: list(address, { most: 2 }) }),
} as const;
const shape = variant<InferAny<typeof SHAPES>>("is", SHAPES);
const digits = parsed((text) => /^\d+$/.test(text) ? Number(text) : undefined);

const TAKEN: [string, Schema<unknown>, unknown, unknown?][] = [
  ["a number that is endless", anyNumber, Infinity],
  ["the least whole number", whole(1), 1],
  ["the last whole number", whole(), 2 ** 53 - 1],
  ["one below 0, where no least is given", whole(), -(2 ** 53) + 1],
  ["the most", whole(0, 5), 5],
  ["a text as long as can be", text(2), "\u{1f600}"],
  ["a text without bound", anyText, "a".repeat(100_000)],
  ["a form", pattern(/^a+$/), "aa"],
  ["a form with a meaning", digits, "007", 7],
  ["a choice", choice(["a", 1, null]), null],
  ["null, where it may be", nullable(anyText), null],
  ["a list with nothing in it", list(anyText), []],
  ["a list as long as can be", list(flag, { least: 2, most: 2 }), [
    true,
    false,
  ]],
  [
    "an object, with what stands for what is missing",
    address,
    { port: 1, more: 2, host: "a" },
    { host: "a", port: 1, tls: true },
  ],
  [
    "an object with all its fields",
    address,
    { host: "a", port: 1, name: "", tls: false, ways: ["in"] },
  ],
  ["one that is told by a field", shape, { is: "dot", ends: 5 }, { is: "dot" }],
];
for (const [name, schema, value, output = value] of TAKEN) {
  Deno.test(`taken: ${name}`, () => {
    assert.deepStrictEqual(schema.read(value), output);
    assert.deepStrictEqual(attempt(schema, value), output);
  });
}

const REFUSED: [Schema<unknown>, unknown, string, string][] = [
  [anyNumber, NaN, "", "has to be a number"],
  [anyNumber, "1", "", "has to be a number"],
  [whole(), 1.5, "", "has to be a whole number"],
  [whole(), 2 ** 53, "", "has to be a whole number"],
  [whole(), Infinity, "", "has to be a whole number"],
  [whole(1), 0, "", "has to be 1 or more"],
  [whole(0, 5), 6, "", "has to be at most 5"],
  [whole(0, 5, "is too much"), 6, "", "is too much"],
  [text(2), "abc", "", "has to be at most 2 characters long"],
  [text(2), ["a"], "", "has to be a text"],
  [pattern(/^a$/, "has to be an a"), "b", "", "has to be an a"],
  [pattern(/^5$/), 5, "", "has to be a text"],
  [digits, "a", "", NOT_SO],
  [flag, 0, "", "has to be true or false"],
  [choice(["a", "b"], "has to be a or b"), "ab", "", "has to be a or b"],
  [literal(1), "1", "", NOT_SO],
  [nullable(flag), "null", "", "has to be true or false"],
  [list(flag), { length: 0 }, "", "has to be a list"],
  [list(flag, { least: 1, said: "too few" }), [], "", "too few"],
  [list(flag, { most: 1 }), [true, true], "", NOT_SO],
  [list(flag, { most: 1 }), [true, 5], "1", "has to be true or false"],
  [address, null, "", NOT_SO],
  [address, "{}", "", NOT_SO],
  [address, [], "host", "is missing"],
  [address, { port: -1 }, "host", "is missing"],
  [address, { port: 65_536, host: "" }, "port", "has to be a port"],
  [
    address,
    { host: "", port: 1, name: null, tls: 5 },
    "name",
    "has to be a text",
  ],
  [address, { host: "", port: 1, ways: ["in", "up"] }, "ways.1", NOT_SO],
  [object({ a: flag }, "has to be so"), 5, "", "has to be so"],
  [object({ a: flag }, "has to be so"), {}, "a", "has to be so"],
  [shape, null, "", NOT_SO],
  [shape, {}, "is", "is missing"],
  [shape, { is: "ring" }, "is", NOT_SO],
  [shape, { is: "constructor" }, "is", NOT_SO],
  [shape, { is: "line", ends: [{}] }, "ends.0.host", "is missing"],
];
for (const [schema, value, path, message] of REFUSED) {
  const shown = typeof value === "number" ? value : JSON.stringify(value);
  Deno.test(`refused: ${shown}: ${path} ${message}`, () => {
    const error = { name: "Mismatch", path, message };
    assert.throws(() => schema.read(value), error);
    assert.equal(attempt(schema, value), undefined);
  });
}

Deno.test("what is said of an object does not depend on its order", () => {
  const values = [undefined, null, 5, -1, "", "long", true, [], ["in"], {}];
  const fields = ["host", "port", "name", "tls", "ways", "more"] as const;
  const entries = fc.tuple(
    ...fields.map((field) =>
      fc.constantFrom(...values).map((value) => [field, value] as const)
    ),
  );
  fc.assert(fc.property(entries, fc.infiniteStream(fc.nat()), (all, ranks) => {
    const there = all.filter(([, value]) => value !== undefined);
    const ranked = there.map((entry) => ({ entry, rank: ranks.next().value }));
    ranked.sort((one, other) => one.rank - other.rank);
    const mixed = ranked.map(({ entry }) => entry);
    assert.deepStrictEqual(outcome(mixed), outcome(there));
  }));

  function outcome(entries: readonly (readonly [string, unknown])[]): unknown {
    try {
      return address.read(Object.fromEntries(entries));
    } catch (error) {
      assert(error instanceof Error);
      return { ...error, message: error.message };
    }
  }
});

Deno.test("an object of a peer cannot reach what stands for missing fields", () => {
  const text = '{"host":"a","port":1,"__proto__":{"tls":false,"name":"b"}}';
  const read = address.read(JSON.parse(text));
  assert.deepStrictEqual(read, { host: "a", port: 1, tls: true });
  read.tls = false;
  assert.equal(address.read({ host: "a", port: 1 }).tls, true);
});
