/** The journal of a part: torn and damaged ones say what they surely said. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeJournal,
  encodeEnd,
  encodeHeader,
  encodeMark,
  type JournalHeader,
  type JournalMark,
} from "../../lib/storage/part_journal.ts";

const HEADER: JournalHeader = {
  owner: "alex",
  transfer: "0123456789abcdef".repeat(2),
  identity: "12-1764000000000-7",
  target: ["inbox", "a file \u00e9.txt"],
  size: 100_000_000,
  atMs: 1_764_000_000_000,
};
const END = {
  version: "v-1",
  size: 5,
  checksum: `sha256:${"0a".repeat(32)}`,
  atMs: 1_764_000_009_000,
};
const mark = (offset: number): JournalMark => ({
  offset,
  checksum: `crc32:${offset.toString(16).padStart(8, "0")}`,
  atMs: HEADER.atMs + offset,
});

function joined(lines: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(lines.reduce((sum, one) => sum + one.length, 0));
  let at = 0;
  for (const line of lines) {
    bytes.set(line, at);
    at += line.length;
  }
  return bytes;
}

/** The lines of a journal with these marks. */
function linesOf(marks: readonly JournalMark[], ended = false): Uint8Array[] {
  let { bytes, check } = encodeHeader(HEADER);
  const lines = [bytes];
  for (const one of marks) {
    ({ bytes, check } = encodeMark(one, check));
    lines.push(bytes);
  }
  if (ended) lines.push(encodeEnd(END, check).bytes);
  return lines;
}

Deno.test("a journal says whose the part is, and how far it is on disk", () => {
  const lines = linesOf([mark(10), mark(10), mark(25)]);
  for (const [n, offset] of [null, 10, 10, 25].entries()) {
    const bytes = joined(lines.slice(0, n + 1));
    const journal = decodeJournal(bytes);
    assert.deepEqual(journal?.header, HEADER);
    assert.equal(journal?.mark?.offset ?? null, offset);
    assert.equal(journal?.end, null);
    assert.equal(journal?.bytes, bytes.length);
  }
  const ended = decodeJournal(joined(linesOf([mark(5)], true)));
  assert.deepEqual(ended?.end, END);
});

Deno.test("a journal goes on behind its last good line", () => {
  const before = joined([...linesOf([mark(10)]), new Uint8Array([1, 2, 3])]);
  const read = decodeJournal(before);
  assert.ok(read !== null);
  const more = encodeMark(mark(20), read.check).bytes;
  const after = joined([before.subarray(0, read.bytes), more]);
  assert.deepEqual(decodeJournal(after)?.mark, mark(20));
});

const NOT_READ: Readonly<Record<string, Uint8Array[]>> = {
  "nothing": [],
  "no header": linesOf([mark(1)]).slice(1),
  "a header that is torn": [linesOf([])[0]!.subarray(0, -1)],
  "what is no journal": [new TextEncoder().encode("hello\n")],
  "a header of another kind": [encodeMark(mark(1), 0).bytes],
  "a header with a bad transfer": [
    encodeHeader({ ...HEADER, transfer: "../x" }).bytes,
  ],
  "a header with a negative size": [
    encodeHeader({ ...HEADER, size: -1 }).bytes,
  ],
};
for (const [name, lines] of Object.entries(NOT_READ)) {
  Deno.test(`a journal is refused: ${name}`, () => {
    assert.equal(decodeJournal(joined(lines)), null);
  });
}

Deno.test("a line that does not belong ends the journal", () => {
  const [header = new Uint8Array()] = linesOf([]);
  const { check } = encodeHeader(HEADER);
  const first = encodeMark(mark(10), check);
  const bad = [
    encodeMark(mark(9), first.check), // it went back
    encodeMark({ ...mark(20), checksum: "crc32:xyz" }, first.check),
    encodeMark({ ...mark(20), offset: 1.5 }, first.check),
    encodeMark(mark(20), check), // written behind another line
    encodeHeader(HEADER),
  ];
  for (const { bytes, check } of bad) {
    const good = encodeMark(mark(30), check).bytes;
    const journal = decodeJournal(joined([header, first.bytes, bytes, good]));
    assert.deepEqual(journal?.mark, mark(10));
    assert.equal(journal?.bytes, header.length + first.bytes.length);
  }
  const ended = joined(linesOf([mark(5)], true));
  const { check: last = 0 } = decodeJournal(ended) ?? {};
  const late = joined([ended, encodeMark(mark(6), last).bytes]);
  assert.deepEqual(decodeJournal(late)?.mark, mark(5));
});

const anyMarks = fc.array(fc.nat(1000), { maxLength: 6 }).map((steps) => {
  let offset = 0;
  return steps.map((step) => mark(offset += step));
});

Deno.test("cut anywhere, a journal says what its whole lines say", () => {
  fc.assert(fc.property(anyMarks, fc.nat(), (marks, at) => {
    const lines = linesOf(marks);
    const all = joined(lines);
    const cut = all.subarray(0, at % (all.length + 1));
    let whole = 0;
    let bytes = 0;
    for (const line of lines) {
      if (bytes + line.length > cut.length) break;
      bytes += line.length;
      whole++;
    }
    const journal = decodeJournal(cut);
    assert.equal(journal?.bytes ?? 0, bytes);
    if (whole > 1) assert.deepEqual(journal?.mark, marks[whole - 2]);
    else assert.equal(journal?.mark ?? null, null);
  }));
});

Deno.test("a byte changed anywhere ends the journal before its line", () => {
  fc.assert(
    fc.property(
      anyMarks,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (marks, where, flip) => {
        const lines = linesOf(marks);
        const bytes = joined(lines);
        const at = where % bytes.length;
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        let end = 0;
        let good = 0;
        for (const line of lines) {
          end += line.length;
          if (at < end) break;
          good = end;
        }
        assert.equal(decodeJournal(bytes)?.bytes ?? 0, good);
      },
    ),
  );
});

Deno.test("any bytes are read without an error", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    decodeJournal(bytes);
  }));
});
