/** Keys, the line that they make, and where it stands on a screen. */
import assert from "node:assert/strict";
import fc from "fast-check";
import stringWidth from "string-width";
import { ByteInput } from "../../lib/client/terminal/byte_input.ts";
import { type Key, KeyReader } from "../../lib/client/terminal/keys.ts";
import { editLine } from "../../lib/client/terminal/line_editor.ts";
import { inColumns, layOut } from "../../lib/client/terminal/line_layout.ts";
import type { LineHelp } from "../../lib/client/terminal/terminal.ts";

const encoder = new TextEncoder();
const ESC = "\x1b";
const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
const UP = "\x1b[A";
const DOWN = "\x1b[B";
const HOME = "\x1b[H";
const END = "\x1b[F";

function inputOf(...chunks: string[]): ByteInput {
  const left = chunks.map((chunk) => encoder.encode(chunk));
  return new ByteInput((into) => {
    const chunk = left.shift();
    if (chunk === undefined) return Promise.resolve(null);
    into.set(chunk);
    return Promise.resolve(chunk.length);
  });
}

/** A screen that does what the editor's few sequences say. */
class Screen {
  rows: string[][] = [[]];
  row = 0;
  column = 0;
  constructor(readonly width: number) {}
  columns(): number {
    return this.width;
  }

  write(text: string): void {
    const parts = text.matchAll(
      // deno-lint-ignore no-control-regex -- a terminal's
      /\x1b\[(\d*)([A-Z])|\r|\n|./gsu,
    );
    for (const [part, count, letter] of parts) {
      const n = Number(count || 1);
      if (letter === "A") this.row -= n;
      else if (letter === "C") this.column += n;
      else if (letter === "J") {
        this.rows.length = this.row + 1;
        this.#line.length = this.column;
      } else if (letter === "H") this.row = this.column = 0;
      else if (part === "\r") this.column = 0;
      else if (part === "\n") this.#down();
      else this.#put(part);
      assert(this.row >= 0, "above the prompt");
    }
  }

  get text(): string {
    return this.rows.map((row) => row.join("")).join("\n");
  }

  get #line(): string[] {
    return this.rows[this.row] ??= [];
  }

  #down(): void {
    this.row++;
    this.rows[this.row] ??= [];
  }

  #put(character: string): void {
    const width = stringWidth(character);
    if (this.column + width > this.width) {
      this.column = 0;
      this.#down();
    }
    const line = this.#line;
    while (line.length < this.column) line.push(" ");
    line.splice(this.column, width, character, ...Array(width - 1).fill(""));
    this.column += width;
  }
}

async function edited(keys: string, help: LineHelp = {}, width = 80) {
  const screen = new Screen(width);
  const typed = await editLine(inputOf(keys), screen, "> ", help);
  return { ...typed, screen };
}

const LINES = ["put one", "get 文件", "put two"];
const EDITS: readonly [keys: string, text: string][] = [
  ["abc\r", "abc"],
  [`ac${LEFT}b\r`, "abc"],
  [`bc${HOME}a${END}d\r`, "abcd"],
  ["bc\x01a\x05d\r", "abcd"],
  [`文件${LEFT}${LEFT}大\r`, "大文件"],
  [`ab${LEFT}${LEFT}${LEFT}c${RIGHT}d\r`, "cadb"],
  ["ab\x7f\x7f\x7fc\r", "c"],
  ["a文\x7fb\r", "ab"],
  ["ae\u0301\x7fb\r", "ab"],
  ["a\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\x7fb\r", "ab"],
  [`ab${LEFT}\x1b[3~c\r`, "ac"],
  [`ab${LEFT}\x04c\r`, "ac"],
  ["put a b\x17c\r", "put a c"],
  ["put a  \x17c\r", "put c"],
  ["put a\x15get\r", "get"],
  [`put a${HOME}\x0bget\r`, "get"],
  ["put a\x15x\x19\r", "xput a"],
  ["put one.two\x1bb\x1bbX\r", "put Xone.two"],
  ["one two\x01\x1bfX\r", "oneX two"],
  ["one two\x01\x1b[1;5CX\r", "oneX two"],
  ["one two\x01\x1bd\r", " two"],
  [`${UP}\r`, "put two"],
  [`${UP}${UP}\r`, "get 文件"],
  [`${UP}${UP}${UP}${UP}${UP}\r`, "put one"],
  [`new${UP}${DOWN}er\r`, "newer"],
  [`${UP}${DOWN}${DOWN}x\r`, "x"],
  [`${UP}\x7f\x7f\x7ften\r`, "put ten"],
  ["\x10\x0e\x10\r", "put two"],
  ["\x12put\r", "put two"],
  ["\x12put\x12\r", "put one"],
  ["\x12put\x12\x12\x12\r", "put one"],
  ["\x12one\r", "put one"],
  ["\x12onx\r", "put one"],
  [`\x12one${END}!\r`, "put one!"],
  ["a\x12one\x07b\r", "ab"],
  ["\x12onx\x7f\x7f\x7f文\r", "get 文件"],
  [`${ESC}[99~${ESC}[200;5Xa${ESC}Ob\r`, "a"],
  [`a${ESC}\r`, "a"],
  [`${ESC}[200~a b\r\nc\td\x03\x1b[A\n${ESC}[201~e\r`, "a b\nc d[Ae"],
  ["\x00\x1ca\r", "a"],
];
for (const [keys, text] of EDITS) {
  Deno.test(`keys ${JSON.stringify(keys)}`, async () => {
    const { kind, screen, ...typed } = await edited(keys, { lines: LINES });
    assert.equal(kind, "line");
    assert.deepEqual(typed, { text });
    assert.equal(screen.text, `> ${text.replace("\n", "⏎")}`);
  });
}

for (
  const [keys, ended] of [
    ["\x04", { kind: "end" }],
    ["", { kind: "end" }],
    ["ab", { kind: "end" }],
    ["ab\x03", { kind: "interrupted", text: "ab" }],
    ["\x03", { kind: "interrupted", text: "" }],
  ] as const
) {
  Deno.test(`keys ${JSON.stringify(keys)} end it`, async () => {
    const { screen: _, ...typed } = await edited(keys);
    assert.deepEqual(typed, ended);
  });
}

Deno.test("what follows Enter is left for whoever reads next", async () => {
  const input = inputOf("one\rtwo\r");
  const screen = new Screen(80);
  await editLine(input, screen, "> ", {});
  assert.equal(
    new TextDecoder().decode(await input.keys() ?? undefined),
    "two\r",
  );
});

Deno.test("keys are the same wherever the reads are cut", () => {
  const anyPiece = fc.constantFrom(
    ...["a", "é", "文", "\u{1f600}", LEFT, "\x1b[1;5C", "\x1bb", "\x01", "\t"],
    ...["\x1b[200~x\r\x1b[Ay\x1b[201~", "\x1bOA", "\r"],
  );
  const merged = (keys: Key[]) =>
    keys.reduce<Key[]>((all, key) => {
      const last = all.at(-1);
      if (key.kind !== "text" || last?.kind !== "text") return [...all, key];
      const text = last.text + key.text;
      return [...all.slice(0, -1), { kind: "text", text }];
    }, []);
  fc.assert(fc.property(
    fc.array(anyPiece),
    fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1 }),
    (pieces, sizes) => {
      const bytes = encoder.encode(pieces.join(""));
      const cut = new KeyReader();
      const keys: Key[] = [];
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = sizes[n % sizes.length] ?? 1;
        keys.push(...cut.read(bytes.subarray(at, at + size)));
        at += size;
      }
      assert.deepEqual(merged(keys), merged(new KeyReader().read(bytes)));
    },
  ));
});

Deno.test("on any screen the cursor stands where the line has it", () => {
  const anyText = fc.string({
    unit: fc.constantFrom("a", "b", "文", "é", " "),
    maxLength: 60,
  });
  fc.assert(fc.property(
    anyText,
    fc.integer({ min: 2, max: 30 }),
    fc.nat({ max: 60 }),
    (text, columns, at) => {
      const cursor = Math.min(at, text.length);
      const laid = layOut("> ", text, cursor, columns, stringWidth);
      const screen = new Screen(columns);
      screen.write(laid.text);
      assert.deepEqual([screen.row, screen.column], [
        laid.end.row,
        laid.end.column,
      ]);
      assert.equal(screen.text.replaceAll("\n", ""), `> ${text}`);
      const before = layOut(
        "> ",
        text.slice(0, cursor),
        cursor,
        columns,
        stringWidth,
      );
      assert.deepEqual(laid.cursor, before.end);
    },
  ));
});

Deno.test("a long line with wide characters is edited in its midst", async () => {
  for (const width of [5, 8, 13, 80]) {
    const text = "get 文件文件文件 and a long name";
    const { screen, ...typed } = await edited(
      `${text}${LEFT.repeat(12)}大\x7f${HOME}${END}\r`,
      {},
      width,
    );
    assert.deepEqual(typed, { kind: "line", text });
    assert.equal(screen.text.replaceAll("\n", ""), `> ${text}`);
  }
});

Deno.test("Tab puts in what is sure; the second one lists", async () => {
  const asked: [string, number][] = [];
  const complete: LineHelp["complete"] = (line, cursor) => {
    asked.push([line, cursor]);
    const candidates = ["alpha", "alphabet", "文件"];
    return Promise.resolve({ start: 4, insert: "alpha", candidates });
  };
  const first = await edited(`get al!${LEFT}\t\r`, { complete });
  assert.deepEqual(asked, [["get al!", 6]]);
  assert.equal(first.screen.text, "> get alpha!");
  const twice = await edited("get al\t\t\r", { complete });
  assert.equal(
    twice.screen.text,
    "> get alpha\nalpha     alphabet  文件\n> get alpha",
  );
  const between = await edited("get al\tx\x7f\t\r", { complete });
  assert.equal(between.screen.text, "> get alpha");
  const none = await edited("get x\t\t\r", {
    complete: (_line, cursor) =>
      Promise.resolve({ start: cursor, insert: "", candidates: [] }),
  });
  assert.equal(none.screen.text, "> get x");
});

Deno.test("a list of candidates is bounded, and steers no terminal", async () => {
  const candidates = Array.from({ length: 250 }, (_, n) => `n${n}\u202e`);
  const complete = () => Promise.resolve({ start: 0, insert: "n", candidates });
  const { screen } = await edited("n\t\t\r", { complete }, 40);
  assert(screen.text.includes("n0\\u202e"));
  assert(screen.text.includes("… 50 more\n> n"));
  assert(!screen.text.includes("n200"));
});

for (
  const { words, columns, rows } of [
    { words: [], columns: 80, rows: [] },
    { words: ["a"], columns: 80, rows: ["a"] },
    { words: ["a", "b", "c"], columns: 80, rows: ["a  b  c"] },
    { words: ["a", "b", "c"], columns: 5, rows: ["a  c", "b"] },
    { words: ["a", "b", "c"], columns: 2, rows: ["a", "b", "c"] },
    { words: ["long", "b", "文件"], columns: 12, rows: ["long  文件", "b"] },
    { words: ["much too long", "b"], columns: 5, rows: ["much too long", "b"] },
  ]
) {
  Deno.test(`${words.length} words on ${columns} columns`, () => {
    assert.deepEqual(inColumns(words, columns, stringWidth), rows);
  });
}
