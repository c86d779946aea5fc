/** Messages: what is good, what is bad, and what of it ends a connection. */
import assert from "node:assert/strict";
import * as path from "node:path";
import fc from "fast-check";
import {
  answerToStranger,
  decodeObject,
  encodeObject,
  formatMtime,
  printable,
  ProtocolError,
  readClientMessage,
  readServerMessage,
  STATUS,
  statusName,
  strangerOf,
} from "../../lib/protocol/mod.ts";
import {
  firstByteCases,
  messageCases,
  SESSIONS,
  steps,
} from "../support/vectors.ts";

/** What a server makes of a payload: an action, or a status. */
function judge(payload: Uint8Array): { action: string } | { status: number } {
  try {
    const message = readClientMessage(decodeObject(payload));
    if (message === undefined) return { status: 201 };
    return { action: message.action };
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    return { status: error.code === "bad_message" ? 202 : 212 };
  }
}

for (const { name, hex, action, status_code } of messageCases()) {
  Deno.test(`messages.json: ${name}`, () => {
    const expected = action === undefined
      ? { status: status_code }
      : { action };
    assert.deepEqual(judge(Uint8Array.fromHex(hex)), expected);
  });
}

Deno.test("JSON 30,000 deep is read like any other", () => {
  const deep = "[".repeat(30_000) + "]".repeat(30_000);
  const text = `{"action":"ping","x":${deep}}`;
  const payload = new TextEncoder().encode(text);
  assert.deepEqual(judge(payload), { action: "ping" });
});

Deno.test("keys that name prototypes change nothing", () => {
  const text =
    '{"action":"stat","id":1,"filename":"a","__proto__":{"size":1},"constructor":1}';
  const message = readClientMessage(
    decodeObject(new TextEncoder().encode(text)),
  );
  assert.deepEqual(message, {
    action: "stat",
    id: 1,
    filename: "a",
    requires: [],
  });
  assert.equal(Object.getPrototypeOf(message), Object.prototype);
});

Deno.test("any object is either good, or refused by a typed error", () => {
  fc.assert(fc.property(fc.object({ maxDepth: 3 }), (object) => {
    judge(encodeObject(object));
  }));
});

Deno.test("mtime: nanoseconds there and back", () => {
  fc.assert(fc.property(
    fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }),
    (ns) => {
      const message = readClientMessage({
        action: "put",
        id: 1,
        filename: "a",
        mtime: formatMtime(ns),
      });
      assert(message?.action === "put");
      assert.equal(message.mtime, ns);
    },
  ));
});

Deno.test("a server's messages: answers, notices, and what is newer", () => {
  const answer = readServerMessage({ id: 3, status_code: 200, size: 5 });
  assert(answer !== null && "answer" in answer);
  assert.equal(answer.answer.size, 5);
  const notice = readServerMessage({
    action: "end",
    id: 3,
    size: 0,
    checksum: "crc32:00000000",
  });
  assert(notice !== null && "notice" in notice);
  assert.equal(readServerMessage({ action: "fanfare" }), null);
  for (
    const bad of [
      {},
      { id: 1 },
      { id: 0, status_code: 200 },
      { id: 1, status_code: "200" },
      { id: 1, status_code: 200, size: -1 },
      { action: "end", id: 1, size: 1 },
      { action: "end", id: 1, size: 1, checksum: "crc32:XYZ" },
      { action: "abort", id: 1 },
    ]
  ) {
    assert.throws(() => readServerMessage(bad), { code: "bad_message" });
  }
});

const specification = Deno.readTextFileSync(
  path.join(import.meta.dirname ?? ".", "..", "..", "PROTOCOL.md"),
);

Deno.test("every status code has one meaning, and stands in PROTOCOL.md", () => {
  const codes = Object.values(STATUS).map(([code]) => code);
  assert.equal(new Set(codes).size, codes.length);
  for (const [name, [code, text]] of Object.entries(STATUS)) {
    assert.equal(statusName(code), name);
    const row = new RegExp(
      `^\\| ${code} +\\| ${text.replaceAll(/[.*+?()]/g, "\\$&")} +\\| \\S`,
      "m",
    );
    assert.match(specification, row, `${code}`);
  }
});

Deno.test("every example of tests/vectors stands in PROTOCOL.md", () => {
  for (const name of ["login", ...SESSIONS]) {
    for (const step of steps(name)) {
      if ("closes" in step) continue;
      const { hex } = step;
      const line = `   ${hex.slice(0, 10)} ${hex.slice(10)}\n`;
      assert(specification.includes(line), `${name}: ${hex}`);
    }
  }
});

for (const { name, hex, reply_hex } of firstByteCases()) {
  Deno.test(`first_byte.json: ${name}`, () => {
    const stranger = strangerOf(Uint8Array.fromHex(hex)[0] ?? 0);
    assert(stranger);
    const reply = answerToStranger(stranger)?.toHex() ?? "";
    assert(reply.startsWith(reply_hex), reply);
  });
}

Deno.test("printable() leaves letters, and escapes what steers a terminal", () => {
  const cases: [string, string][] = [
    ["naïve 文件 👩‍👧", "naïve 文件 👩‍👧"],
    ["\x1b[2J", "\\x1b[2J"],
    ["a\nb\tc\x7f", "a\\x0ab\\x09c\\x7f"],
    ["\x9b31m", "\\x9b31m"],
    ["abc\u202egpj.exe", "abc\\u202egpj.exe"],
    ["\u2028\u2029\ufeff", "\\u2028\\u2029\\ufeff"],
    ["\ud800", "\\ud800"],
  ];
  for (const [text, shown] of cases) assert.equal(printable(text), shown);
});
