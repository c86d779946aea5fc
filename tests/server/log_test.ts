/** The log: lines that nobody can forge, whatever a peer chose. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { createLog, LineWriter } from "../../lib/server/mod.ts";
import {
  jsonLine,
  LOG_LEVELS,
  type LogFields,
  textLine,
} from "../../lib/server/log.ts";
import { HandClock } from "../support/hand_clock.ts";

const told = (lines: number) => `${lines} dropped\n`;

const TIME = "2026-01-01T00:00:00.000Z";

const FIELDS: readonly { value: LogFields[string]; text: string }[] = [
  { value: "plain", text: "v=plain" },
  { value: "127.0.0.1:21", text: "v=127.0.0.1:21" },
  { value: "a b", text: 'v="a b"' },
  { value: "", text: 'v=""' },
  { value: "a=b", text: 'v="a=b"' },
  { value: 'say "x"', text: 'v="say \\"x\\""' },
  { value: "a\\", text: 'v="a\\\\"' },
  { value: "a\nb", text: 'v="a\\x0ab"' },
  { value: "\x1b[31mred", text: 'v="\\x1b[31mred"' },
  { value: "\u202egpj", text: 'v="\\u202egpj"' },
  { value: "\ud800", text: 'v="\\ud800"' },
  { value: "caf\u00e9", text: 'v="caf\u00e9"' },
  { value: 0, text: "v=0" },
  { value: false, text: "v=false" },
  { value: null, text: "v=null" },
];
for (const { value, text } of FIELDS) {
  Deno.test(`the log shows ${JSON.stringify(value)} as ${text}`, () => {
    const line = textLine(TIME, "info", "get", { v: value, none: undefined });
    assert.equal(line, `${TIME} info  get ${text}`);
    const parsed = JSON.parse(jsonLine(TIME, "info", "get", { v: value }));
    assert.deepEqual(Object.keys(parsed), ["time", "level", "event", "v"]);
    if (typeof value !== "string") assert.equal(parsed.v, value);
  });
}

/** Anything, and what a line is made of more often than by chance. */
const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 20 }),
  fc.string({
    unit: fc.constantFrom('"', "\\", " ", "=", "\n", "\u202e", "a"),
    maxLength: 20,
  }),
);

Deno.test("whatever a name holds, a line stays one line and a field one field", () => {
  fc.assert(fc.property(
    anyText,
    anyText,
    (name, cause) => {
      const fields = { name, bytes: 1, cause };
      const text = textLine(TIME, "warn", "put", fields);
      assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
      const rest = text.slice(`${TIME} warn  put `.length);
      // Read back as its own rule has it: bare, or quoted to the next quote.
      const value = '(?:"(?:[^"\\\\]|\\\\.)*"|[\\w.:/@+%,-]+)';
      const whole = new RegExp(`^name=${value} bytes=1 cause=${value}$`, "u");
      assert.match(rest, whole);
      const json = jsonLine(TIME, "warn", "put", fields);
      assert.doesNotMatch(json, /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e]/u);
      assert.equal(JSON.parse(json).bytes, 1);
    },
  ));
});

Deno.test("a field called __proto__ is a field like others", () => {
  const line = jsonLine(TIME, "info", "get", { ["__proto__"]: "y" });
  assert(line.endsWith(',"__proto__":"y"}'), line);
});

Deno.test("a level shows itself and what is above it", () => {
  for (const [at, level] of LOG_LEVELS.entries()) {
    const lines: string[] = [];
    const clock = new HandClock();
    const log = createLog({
      level,
      format: "text",
      clock,
      write: (line) => lines.push(line),
    });
    for (const each of LOG_LEVELS) log[each](each, { n: 1 });
    assert.deepEqual(
      lines,
      LOG_LEVELS.slice(at).map((each) =>
        `${clock.date().toISOString()} ${each.padEnd(5)} ${each} n=1\n`
      ),
    );
  }
});

Deno.test("lines of one moment go out in one write, in order, whole", async () => {
  const writes: string[] = [];
  const writer = new LineWriter(
    (bytes) => {
      const taken = bytes.subarray(0, 7); // as a pipe that is nearly full
      writes.push(new TextDecoder().decode(taken));
      return Promise.resolve(taken.length);
    },
    new HandClock(),
    told,
  );
  for (let n = 0; n < 10; n++) writer.add(`line ${n}\n`);
  await writer.flush();
  assert.equal(writes.length, 10);
  assert.equal(writes.join("").split("\n").length, 11);
  writer.add("later\n");
  await writer.flush();
  assert.equal(writes.at(-1), "later\n");
});

Deno.test("lines that follow a write are gathered for a moment", async () => {
  const writes: string[] = [];
  const clock = new HandClock();
  const writer = new LineWriter(
    (bytes) => {
      writes.push(new TextDecoder().decode(bytes));
      return Promise.resolve(bytes.length);
    },
    clock,
    told,
  );
  writer.add("a\n");
  await clock.advance(0);
  assert.deepEqual(writes, ["a\n"]);
  writer.add("b\n");
  await clock.advance(9);
  writer.add("c\n");
  assert.deepEqual(writes, ["a\n"]);
  await clock.advance(1);
  assert.deepEqual(writes, ["a\n", "b\nc\n"]);
  writer.add("d\n");
  await writer.flush(); // does not wait
  assert.deepEqual(writes, ["a\n", "b\nc\n", "d\n"]);
  assert.equal(clock.pending, 0);
});

Deno.test("a reader that stops costs bounded memory, and is told what it missed", async () => {
  const held = Promise.withResolvers<void>();
  let text = "";
  const writer = new LineWriter(
    async (bytes) => {
      await held.promise;
      text += new TextDecoder().decode(bytes);
      return bytes.length;
    },
    new HandClock(),
    told,
  );
  writer.add("first\n");
  await Promise.resolve();
  await Promise.resolve(); // it is being written, and does not get through
  for (let n = 0; n < 25_000; n++) writer.add(`${n}\n`);
  held.resolve();
  await writer.flush();
  const lines = text.trimEnd().split("\n");
  assert.equal(lines.length, 1 + 10_000 + 1);
  assert.equal(lines[1], "0");
  assert.match(lines.at(-1) ?? "", /^15000 dropped$/);
});

Deno.test("a log that cannot be written stops nobody", async () => {
  let tries = 0;
  const writer = new LineWriter(
    () => {
      tries++;
      return Promise.reject(new Error("EPIPE"));
    },
    new HandClock(),
    told,
  );
  writer.add("a\n");
  await writer.flush();
  writer.add("b\n");
  await writer.flush();
  assert.equal(tries, 2);
});

Deno.test("a reader that has stopped holds up the end of the program for a second", async () => {
  const clock = new HandClock();
  const writer = new LineWriter(() => new Promise(() => {}), clock, told);
  writer.add("never read\n");
  let over = false;
  const flushed = writer.flush().then(() => over = true);
  await clock.advance(999);
  assert(!over);
  await clock.advance(1);
  await flushed;
  assert.equal(clock.pending, 0);
});

Deno.test("a value is cut: a peer chooses its length", () => {
  for (const length of [400, 401, 60_000]) {
    const fields = { v: "x".repeat(length) };
    const shown = length > 400 ? `${"x".repeat(400)}…` : fields.v;
    const text = textLine(TIME, "info", "e", fields);
    assert.equal(text.replaceAll('"', ""), `${TIME} info  e v=${shown}`);
    assert.equal(JSON.parse(jsonLine(TIME, "info", "e", fields)).v, shown);
  }
  // At its worst, with an escape for each.
  const worst = { v: "\u202e".repeat(60_000) };
  assert(textLine(TIME, "info", "e", worst).length < 2500);
  assert(jsonLine(TIME, "info", "e", worst).length < 3000);
});
