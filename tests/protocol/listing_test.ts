/** Listings: lines of entries there and back, and what is refused of them. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeEntry,
  type ListedEntry,
  LISTING_LINE_BYTES_MAX,
  type ListingKind,
  ListingReader,
  ProtocolError,
} from "../../lib/protocol/mod.ts";

const encoder = new TextEncoder();
const PLAIN = { noNullPrototype: true } as const;

/** Names that can be asked for: any text, less what section 4 refuses. */
const name = fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 })
  .map((text) => text.replaceAll(/[/\\\p{Cc}\p{Cs}]/gu, "_"))
  .filter((text) => text !== "." && text !== "..");
const path = fc.array(name, { minLength: 1, maxLength: 5 })
  .map((segments) => segments.join("/"));
const anyText = fc.string({ unit: "binary", maxLength: 60 })
  .map((text) => text.toWellFormed());

function entries(kind: ListingKind): fc.Arbitrary<ListedEntry[]> {
  const whole: fc.Arbitrary<ListedEntry> = fc.record({
    name: kind === "list" ? name : path,
    reachable: fc.constant(true),
    type: fc.constantFrom("file", "dir", "link", "other"),
    size: fc.maxSafeNat(),
    mtimeNs: fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    mode: fc.option(fc.nat({ max: 0o7777 })),
    version: anyText,
    target: fc.option(anyText),
    failure: fc.option(fc.record({
      status_code: fc.nat({ max: 999 }),
      status_msg: anyText,
    }, PLAIN)),
  }, PLAIN);
  const shown = fc.string({ minLength: 1 }).map((name): ListedEntry => ({
    ...unreachable,
    name: name.replaceAll(/[^ -~]/g, "?"),
  }));
  return fc.array(fc.oneof({ weight: 5, arbitrary: whole }, shown));
}

const unreachable: ListedEntry = {
  name: "a\\xff",
  reachable: false,
  type: "file",
  size: 0,
  mtimeNs: 0n,
  mode: null,
  version: "",
  target: null,
  failure: null,
};

for (const kind of ["list", "walk"] as const) {
  Deno.test(`a ${kind} is the same there and back, wherever it is cut`, () => {
    fc.assert(fc.property(
      entries(kind),
      fc.array(fc.nat({ max: 200 })),
      (all, cuts) => {
        const text = all.map((entry) => encodeEntry(kind, entry)).join("");
        let bytes = encoder.encode(text);
        const reader = new ListingReader(kind);
        const read: ListedEntry[] = [];
        for (const cut of cuts) {
          read.push(...reader.take(bytes.subarray(0, cut)));
          bytes = bytes.subarray(cut);
        }
        read.push(...reader.take(bytes));
        reader.end(all.length);
        assert.deepEqual(read, all);
        assert.equal(reader.entries, all.length);
      },
    ));
  });
}

Deno.test("the lines are those of the specification", () => {
  const file: ListedEntry = {
    ...unreachable,
    name: "a.txt",
    reachable: true,
    size: 14,
    mtimeNs: 1764000000500000000n,
    mode: 0o644,
    version: "v",
  };
  const cases: [ListingKind, ListedEntry, string][] = [
    [
      "list",
      file,
      '{"name":"a.txt","type":"file","size":14,"mtime":"1764000000500000000","mode":420,"version":"v"}\n',
    ],
    [
      "walk",
      { ...file, name: "b/l", type: "link", mode: null, target: "../a\n" },
      '{"path":"b/l","type":"link","size":14,"mtime":"1764000000500000000","version":"v","target":"../a\\n"}\n',
    ],
    [
      "walk",
      { ...file, failure: { status_code: 224, status_msg: "no" } },
      '{"path":"a.txt","type":"file","size":14,"mtime":"1764000000500000000","mode":420,"version":"v","status_code":224,"status_msg":"no"}\n',
    ],
    [
      "list",
      { ...unreachable, type: "other" },
      '{"name_escaped":"a\\\\xff","unreachable":true,"type":"other"}\n',
    ],
    [
      "walk",
      { ...unreachable, name: "\x1b]0;x" },
      '{"path_escaped":"\\\\x1b]0;x","unreachable":true,"type":"file"}\n',
    ],
  ];
  for (const [kind, entry, line] of cases) {
    assert.equal(encodeEntry(kind, entry), line);
  }
});

const GOOD = {
  name: "a",
  path: "a/b",
  type: "file",
  size: 1,
  mtime: "1",
  version: "v",
};
const line = (fields: object) => `${JSON.stringify({ ...GOOD, ...fields })}\n`;

const REFUSED: readonly { kind?: ListingKind; name: string; text: string }[] = [
  { name: "no JSON", text: "x\n" },
  { name: "an empty line", text: "\n" },
  { name: "a list", text: "[]\n" },
  { name: "null", text: "null\n" },
  ...["", ".", "..", "a/b", "/", "a\\b", "a\0", "a\x1b", "\u0085", "\ud800", 5]
    .map((name) => ({
      name: `the name ${JSON.stringify(name)}`,
      text: line({ name }),
    })),
  ...["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\\b", "a\n", null]
    .map((path) => ({
      kind: "walk" as const,
      name: `the path ${JSON.stringify(path)}`,
      text: line({ path }),
    })),
  ...[-1, 0.5, 2 ** 53, "1", null].map((size) => ({
    name: `the size ${JSON.stringify(size)}`,
    text: line({ size }),
  })),
  ...["", "1.5", "0x1", "1e9", "-", "１", "1".repeat(22), 1].map((mtime) => ({
    name: `the mtime ${JSON.stringify(mtime)}`,
    text: line({ mtime }),
  })),
  ...[-1, 0o10000, "644", null].map((mode) => ({
    name: `the mode ${JSON.stringify(mode)}`,
    text: line({ mode }),
  })),
  { name: "a type that is no text", text: line({ type: 1 }) },
  { name: "no version", text: line({ version: undefined }) },
  { name: "a long version", text: line({ version: "v".repeat(257) }) },
  { name: "a target that is no text", text: line({ target: 1 }) },
  { name: "a status that is no number", text: line({ status_code: "1" }) },
  {
    name: "unreachable with no name",
    text: '{"unreachable":true,"type":"file"}\n',
  },
  {
    name: "a path's name in a list",
    text: '{"path_escaped":"x","unreachable":true,"type":"file"}\n',
  },
  { name: "one byte too many", text: " ".repeat(LISTING_LINE_BYTES_MAX + 1) },
];
for (const { kind = "list", name, text } of REFUSED) {
  Deno.test(`a listing is refused for ${name}`, () => {
    const reader = new ListingReader(kind);
    assert.throws(() => reader.take(encoder.encode(text)), {
      name: "ProtocolError",
      code: "bad_message",
    });
  });
}

Deno.test("a line may be as long as the limit", () => {
  const rest = line({}).length - 1;
  const padding = " ".repeat(LISTING_LINE_BYTES_MAX - rest);
  const reader = new ListingReader("list");
  assert.equal(reader.take(encoder.encode(padding + line({}))).length, 1);
});

Deno.test("a listing ends where it says", () => {
  const whole = encoder.encode(line({}));
  const ends: [Uint8Array, number | undefined, RegExp | null][] = [
    [whole, 1, null],
    [whole, undefined, null],
    [whole, 2, /has 1 entries, and not 2/],
    [whole, 0, /has 1 entries, and not 0/],
    [whole.subarray(0, -1), undefined, /ends within a line/],
    [new Uint8Array([0xc3]), undefined, /is not UTF-8/],
  ];
  for (const [bytes, said, refused] of ends) {
    const reader = new ListingReader("list");
    reader.take(bytes);
    if (refused === null) reader.end(said);
    else assert.throws(() => reader.end(said), { message: refused });
  }
  const reader = new ListingReader("list");
  assert.throws(() => reader.take(new Uint8Array([0xff, 0x0a])), {
    message: /is not UTF-8/,
  });
});

Deno.test("a type of later times is taken for one of none", () => {
  const reader = new ListingReader("list");
  const [entry] = reader.take(encoder.encode(line({ type: "portal" })));
  assert.equal(entry?.type, "other");
});

Deno.test("any bytes are entries, or refused by a typed error", () => {
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.json().map((text) => encoder.encode(`${text}\n`)),
    fc.object({ maxDepth: 1 }).map((fields) => encoder.encode(line(fields))),
  );
  fc.assert(fc.property(
    fc.array(pieces),
    fc.constantFrom("list", "walk"),
    (all, kind) => {
      const reader = new ListingReader(kind);
      try {
        for (const bytes of all) {
          for (const { name, reachable } of reader.take(bytes)) {
            if (!reachable) continue;
            assert(name.split("/").every((one) => !/^\.{0,2}$/.test(one)));
          }
        }
        reader.end();
      } catch (error) {
        assert(error instanceof ProtocolError, `${error}`);
      }
    },
  ));
});
