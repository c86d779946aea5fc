/** stdin as lines, keys and bytes, wherever the reads are cut. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteInput } from "../../lib/client/terminal/byte_input.ts";

function inputOf(...chunks: (string | Uint8Array)[]): ByteInput {
  const encoder = new TextEncoder();
  const left = chunks.map((c) => typeof c === "string" ? encoder.encode(c) : c)
    .filter((chunk) => chunk.length > 0);
  return new ByteInput((into) => {
    const chunk = left.shift();
    if (chunk === undefined) return Promise.resolve(null);
    const bytes = Math.min(chunk.length, into.length);
    into.set(chunk.subarray(0, bytes));
    if (bytes < chunk.length) left.unshift(chunk.subarray(bytes));
    return Promise.resolve(bytes);
  });
}

async function linesOf(input: ByteInput): Promise<string[]> {
  const lines: string[] = [];
  for (let line = await input.line(); line !== null;) {
    lines.push(line);
    line = await input.line();
  }
  return lines;
}

Deno.test("lines are the same wherever the reads are cut", async () => {
  const line = fc.string({ unit: fc.constantFrom("a", "é", "\u{1f600}", " ") });
  const sizes = fc.array(fc.nat({ max: 7 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(fc.array(line), sizes, async (lines, sizes) => {
      const bytes = new TextEncoder().encode(
        lines.map((l) => `${l}\n`).join(""),
      );
      const chunks: Uint8Array[] = [];
      for (let at = 0, n = 0; at < bytes.length; n++) {
        const size = 1 + (sizes[n % sizes.length] ?? 0);
        chunks.push(bytes.subarray(at, at + size));
        at += size;
      }
      assert.deepEqual(await linesOf(inputOf(...chunks)), lines);
    }),
  );
});

Deno.test("CRLF ends a line, and the last one needs no end", async () => {
  assert.deepEqual(await linesOf(inputOf("a\r\nb\n\nc")), ["a", "b", "", "c"]);
});

Deno.test("what follows a line is left for whoever reads next", async () => {
  const input = inputOf("secret\nby", "tes");
  assert.equal(await input.line(), "secret");
  const into = new Uint8Array(100);
  assert.equal(
    new TextDecoder().decode(into.subarray(0, await input.read(into))),
    "by",
  );
  assert.equal(await input.read(into), 3);
  assert.equal(await input.read(into), 0);
});

Deno.test("keys typed ahead of Enter are left, too", async () => {
  const input = inputOf("ab\rnext\r");
  const text = async () =>
    new TextDecoder().decode(await input.keys() ?? undefined);
  assert.equal(await text(), "ab\r");
  assert.equal(await text(), "next\r");
  assert.equal(await input.keys(), null);
});

const LINE_BYTES_MAX = 64 * 1024;
for (const length of [LINE_BYTES_MAX - 1, LINE_BYTES_MAX, LINE_BYTES_MAX + 1]) {
  Deno.test(`a line of ${length} bytes`, async () => {
    const text = "x".repeat(length);
    const line = inputOf(text, "\nrest").line();
    if (length <= LINE_BYTES_MAX) assert.equal(await line, text);
    else await assert.rejects(line, { code: "usage" });
  });
}

Deno.test("a line that is no UTF-8 is refused", async () => {
  const line = inputOf(Uint8Array.of(0x61, 0xff, 0x0a)).line();
  await assert.rejects(line, { code: "usage" });
});
