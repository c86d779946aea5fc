/** What head, tail, cat and du make of pieces: as of the whole. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  firstLines,
  lastLinesStart,
} from "../../lib/client/commands/line_ends.ts";
import { FolderSums } from "../../lib/client/commands/folder_sums.ts";
import { EscapedText } from "../../lib/client/terminal/escaped_text.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A reader of ranges of `text`, which counts what it was asked for. */
function reader(text: string) {
  const bytes = encoder.encode(text);
  let asked = 0;
  return {
    size: bytes.length,
    asked: () => asked,
    read: (offset: number, length: number) => {
      asked += length;
      return Promise.resolve(bytes.slice(offset, offset + length));
    },
  };
}

async function head(text: string, count: number): Promise<string> {
  const { size, read } = reader(text);
  let shown = "";
  for await (const piece of firstLines(read, size, count)) {
    shown += decoder.decode(piece);
  }
  return shown;
}

async function tail(text: string, count: number): Promise<string> {
  const { size, read } = reader(text);
  return text.slice(await lastLinesStart(read, size, count));
}

/** As POSIX has it: a line ends with its line feed, the last one may lack it. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

Deno.test("the first and the last lines", async () => {
  const texts = ["", "\n", "a", "a\n", "a\nb", "a\nb\n", "\n\n", "a\n\nb\n\n"];
  for (const text of texts) {
    const lines = linesOf(text);
    for (const count of [0, 1, 2, 3, 10]) {
      const what = JSON.stringify([text, count]);
      assert.equal(
        await head(text, count),
        lines.slice(0, count).join(""),
        what,
      );
      const last = count === 0 ? [] : lines.slice(-count);
      assert.equal(await tail(text, count), last.join(""), what);
    }
  }
});

Deno.test("lines longer than what is read at once", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 40_000 }), { maxLength: 8 }),
      fc.boolean(),
      fc.integer({ min: 0, max: 9 }),
      async (lengths, closed, count) => {
        const text = lengths.map((length) => "x".repeat(length)).join("\n") +
          (closed ? "\n" : "");
        const lines = linesOf(text);
        assert.equal(await head(text, count), lines.slice(0, count).join(""));
        const last = count === 0 ? [] : lines.slice(-count);
        assert.equal(await tail(text, count), last.join(""));
      },
    ),
    { numRuns: 50 },
  );
});

Deno.test("no more is read than the lines take", async () => {
  const { size, read, asked } = reader("line\n".repeat(1_000_000));
  await lastLinesStart(read, size, 10);
  for await (const _ of firstLines(read, size, 10));
  assert(asked() < 200_000, `${asked()} bytes`);
});

Deno.test("text for a terminal, cut anywhere: as of the whole", () => {
  const shown = (pieces: readonly Uint8Array[]) => {
    const escaped = new EscapedText();
    return pieces.map((piece) => escaped.take(piece)).join("") + escaped.end();
  };
  assert.equal(
    shown([encoder.encode("a\tb\r\nc\rd\x1b[31m é 文\u202e\n")]),
    "a\tb\nc\\x0dd\\x1b[31m é 文\\u202e\n",
  );
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom("a", "\r", "\n", "\t", "\x1b", "é", "文", "😀"),
        maxLength: 40,
      }),
      fc.array(fc.nat(100), { maxLength: 6 }),
      (text, cuts) => {
        const bytes = encoder.encode(text);
        const at = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        const pieces = at.map((from, n) => bytes.slice(from, at[n + 1]));
        const whole = shown([bytes]);
        assert.equal(shown(pieces), whole);
        // deno-lint-ignore no-control-regex -- what steers a terminal
        assert(!/[\x00-\x08\x0b-\x1f]/.test(whole));
      },
    ),
  );
});

Deno.test("bytes by folder: the deepest first, each with all below it", () => {
  const root = { mtimeNs: 1n, mode: 0o755 };
  const sums = new FolderSums(root);
  const entries = [
    ["a", "file", 1],
    ["b", "folder", 4096],
    ["b/c", "folder", 4096],
    ["b/c/d", "file", 10],
    ["b/e", "file", 100],
    ["b/f", "link", 7],
    ["bb", "folder", 4096],
    ["g", "file", 1000],
  ] as const;
  const through = entries.flatMap(([path, type, size], at) =>
    sums.add({ path, type, size, reachable: true, ...times(at) })
  );
  sums.add({
    ...{ path: "g/\\xff", type: "file", size: 5, reachable: false },
    ...root,
  });
  assert.deepEqual([...through, ...sums.end()], [
    { path: "b/c", bytes: 10, ...times(2) },
    { path: "b", bytes: 110, ...times(1) },
    { path: "bb", bytes: 0, ...times(6) },
    { path: "", bytes: 1111, ...root },
  ]);
  assert.deepEqual(
    new FolderSums(root).end(),
    [{ path: "", bytes: 0, ...root }],
  );
});

function times(at: number) {
  return { mtimeNs: BigInt(at) * 1000n, mode: 0o700 + at };
}
