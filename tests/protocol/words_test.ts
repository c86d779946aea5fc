/** What is said about a bad message: in our words, never in the peer's. */
import assert from "node:assert/strict";
import {
  decodeObject,
  encodeObject,
  type JsonObject,
  readClientMessage,
  readServerMessage,
  requestIdOf,
} from "../../lib/protocol/mod.ts";

const LONG = '\x01"\\\u{1f600}'.repeat(10_000);
const STAT = { action: "stat", id: 1, filename: "a" };

const OF_CLIENTS: { name: string; object: JsonObject; says: string }[] = [
  { name: "no action", object: { id: 1 }, says: "action: is missing" },
  {
    name: "an action that is no text",
    object: { action: [], id: 1 },
    says: "action: has to be a text",
  },
  { name: "no id", object: { action: "quit" }, says: "id: is missing" },
  {
    name: "an id that is a text",
    object: { ...STAT, id: LONG },
    says: "id: has to be a number",
  },
  {
    name: "an id of 0",
    object: { ...STAT, id: 0 },
    says: "id: has to be 1 or more",
  },
  {
    name: "a filename that is a list",
    object: { ...STAT, filename: [LONG] },
    says: "filename: has to be a text",
  },
  {
    name: "features that are a text",
    object: { ...STAT, requires: LONG },
    says: "requires: has to be a list",
  },
  {
    name: "a feature that is a number",
    object: { ...STAT, requires: ["crc32", 5] },
    says: "requires.1: has to be a text",
  },
  {
    name: "33 features",
    object: { ...STAT, requires: Array(33).fill("crc32") },
    says: "requires: has to be at most 32 features long",
  },
  {
    name: "no version",
    object: { action: "hello", id: 1, program: "x", versions: [] },
    says: "versions: has to be 1 to 16 numbers",
  },
  {
    name: "a version that is a text",
    object: { action: "hello", id: 1, program: "x", versions: [LONG] },
    says: "versions.0: has to be a number",
  },
  {
    name: "another mechanism",
    object: {
      action: "login",
      id: 1,
      username: "a",
      mechanism: LONG,
      data: "",
    },
    says: "mechanism: has to be SCRAM-SHA-256",
  },
  {
    name: "another checksum type",
    object: { ...STAT, action: "get", checksum_type: LONG },
    says: "checksum_type: has to be crc32 or sha256",
  },
  {
    name: "a checksum in capitals",
    object: { action: "end", id: 1, size: 0, checksum: "crc32:7B55A718" },
    says: "checksum: has to be a checksum",
  },
  {
    name: "a time with a letter",
    object: { ...STAT, action: "put", mtime: "12e3" },
    says: "mtime: has to be seconds since 1970, as decimal text",
  },
  {
    name: "a long token",
    object: { action: "ping", token: LONG },
    says: "token: has to be at most 64 characters long",
  },
];
for (const { name, object, says } of OF_CLIENTS) {
  Deno.test(`a client's message with ${name}`, () => {
    assert.throws(() => readClientMessage(object), {
      name: "ProtocolError",
      code: "bad_message",
      message: says,
    });
  });
}

const OF_SERVERS: { object: JsonObject; says: string }[] = [
  { object: { status_code: 200 }, says: "id: is missing" },
  { object: { id: 1 }, says: "status_code: is missing" },
  {
    object: { id: 1, status_code: LONG },
    says: "status_code: has to be a number",
  },
  {
    object: { id: 1, status_code: 200, type: LONG },
    says: "type: has to be file, folder or other",
  },
  {
    object: { id: 1, status_code: 200, features: LONG },
    says: "features: has to be a list",
  },
  {
    object: { id: 1, status_code: 200, limits: { requests_ahead: 1 } },
    says: "limits.bytes_ahead: is missing",
  },
  {
    object: { id: 1, status_code: 200, limits: LONG },
    says: "limits: is not what it has to be",
  },
  {
    object: { id: 1, status_code: 200, status_msg: LONG },
    says: "status_msg: has to be at most 8192 characters long",
  },
  { object: { action: "end", id: 1, size: 1 }, says: "checksum: is missing" },
  {
    object: { action: "goaway", status_code: 247, last_id: LONG },
    says: "last_id: has to be a number",
  },
];
for (const { object, says } of OF_SERVERS) {
  Deno.test(`of a server: ${says}`, () => {
    assert.throws(() => readServerMessage(object), {
      name: "ProtocolError",
      code: "bad_message",
      message: says,
    });
  });
}

Deno.test("an action that is no text is no notice of a newer server", () => {
  for (const action of [null, 5, [], {}]) {
    assert.throws(() => readServerMessage({ action, id: 1 }), {
      code: "bad_message",
      message: "action: has to be a text",
    });
  }
  assert.equal(readServerMessage({ action: "fanfare", id: "x" }), null);
  assert.equal(readServerMessage({ action: "constructor" }), null);
});

Deno.test("the id of a bad message is found, where it is one", () => {
  const cases: [JsonObject, number | null][] = [
    [{ id: 7 }, 7],
    [{ action: 5, id: 2 ** 53 - 1 }, 2 ** 53 - 1],
    [{ id: 2 ** 53 }, null],
    [{ id: 0 }, null],
    [{ id: "7" }, null],
    [{ id: 1.5 }, null],
    [{}, null],
  ];
  for (const [object, id] of cases) assert.equal(requestIdOf(object), id);
});

Deno.test("a payload that is no object is refused, and the next one read", () => {
  const bad: [Uint8Array, string][] = [
    [Uint8Array.of(0xff), "bad_utf8"],
    [Uint8Array.of(0x7b, 0xe2, 0x82), "bad_utf8"],
    [new TextEncoder().encode("\ufeff{}"), "not_an_object"],
    [new TextEncoder().encode("{} {}"), "not_an_object"],
    [new TextEncoder().encode("[]"), "not_an_object"],
    [new TextEncoder().encode('{"a":NaN}'), "not_an_object"],
    [new TextEncoder().encode("[".repeat(30_000)), "not_an_object"],
    [new Uint8Array(0), "not_an_object"],
  ];
  for (const [payload, code] of bad) {
    assert.throws(() => decodeObject(payload), { name: "ProtocolError", code });
    assert.deepEqual(decodeObject(encodeObject({ a: "ä" })), { a: "ä" });
  }
});

Deno.test("what is sent is UTF-8, whatever a name holds", () => {
  const sent = encodeObject({ filename: "a\ud800b\u{1f600}\0" });
  const text = new TextDecoder("utf-8", { fatal: true }).decode(sent);
  assert.equal(text, '{"filename":"a\\ud800b\u{1f600}\\u0000"}');
  assert.deepEqual(decodeObject(sent), { filename: "a\ud800b\u{1f600}\0" });
});

Deno.test("JSON as deep as a message can be is read, and its rest dropped", () => {
  for (const [open, close] of [["[", "]"], ['{"a":', "}"]] as const) {
    const depth = Math.floor(65_000 / (open.length + close.length));
    const deep = open.repeat(depth) + (open === "[" ? "" : "1") +
      close.repeat(depth);
    const payload = new TextEncoder().encode(
      `{"action":"ping","token":"t","x":${deep}}`,
    );
    assert(payload.length <= 65_536);
    const object = decodeObject(payload);
    assert.deepEqual(readClientMessage(object), { action: "ping", token: "t" });
    for (const place of ["id", "filename", "requires"]) {
      const there = { ...STAT, [place]: object["x"] };
      assert.throws(() => readClientMessage(there), { code: "bad_message" });
      const answer = { id: 1, status_code: 200, features: object["x"] };
      assert.throws(() => readServerMessage(answer), { code: "bad_message" });
    }
  }
});

Deno.test("keys that name prototypes are fields like any other", () => {
  const keys = ["__proto__", "constructor", "toString", "hasOwnProperty"];
  for (const key of keys) {
    const inside = `{"id":1,"status_code":200,"action":"quit","filename":"x"}`;
    const object = decodeObject(
      new TextEncoder().encode(`{"action":"get","${key}":${inside}}`),
    );
    assert.throws(() => readClientMessage(object), {
      message: "id: is missing",
    });
    assert.equal(readClientMessage({ action: key, id: 1 }), undefined);
    assert.equal(readServerMessage({ action: key }), null);
    const answer = decodeObject(
      new TextEncoder().encode(`{"${key}":${inside}}`),
    );
    assert.equal(requestIdOf(answer), null);
    assert.throws(() => readServerMessage(answer), {
      message: "id: is missing",
    });
  }
  assert.equal("status_code" in {}, false);
});
