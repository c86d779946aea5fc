/** PROTOCOL.md, the code and tests/vectors say the same. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  DATA_BYTES_MAX,
  encodeFrame,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MAX_BEFORE_LOGIN,
} from "../../lib/framing/mod.ts";
import {
  answerToStranger,
  decodeObject,
  FEATURES,
  type JsonObject,
  PROTOCOL_VERSIONS,
  readClientMessage,
  readServerMessage,
  STATUS,
  strangerOf,
} from "../../lib/protocol/mod.ts";
import { frameCases, type Step, steps } from "../support/vectors.ts";

const here = import.meta.dirname ?? ".";
const text = Deno.readTextFileSync(path.join(here, "..", "..", "PROTOCOL.md"));

Deno.test("the specification is of the version that the code speaks", () => {
  assert.match(text, /^# The framed protocol, version 1$/m);
  assert.deepEqual(PROTOCOL_VERSIONS, [1]);
});

Deno.test("the table of status codes is the code's, in its order", () => {
  assert.deepEqual(
    table("code").map(([code, words]) => [Number(code), words]),
    Object.values(STATUS),
  );
});

Deno.test("the table of limits is the code's", () => {
  const bytes = table("limit").map(([, number = ""]) =>
    Number(number.replaceAll(",", ""))
  );
  assert.deepEqual(bytes, [
    1,
    MESSAGE_BYTES_MAX,
    MESSAGE_BYTES_MAX_BEFORE_LOGIN,
    DATA_BYTES_MAX,
  ]);
});

Deno.test("the table of first bytes is the code's, for all 256", () => {
  const said = new Map<number, string>();
  for (const [bytes = "", , gets = ""] of table("first byte")) {
    for (const [byte] of bytes.matchAll(/\b[0-9a-f]{2}\b/g)) {
      said.set(parseInt(byte, 16), gets);
    }
  }
  assert.equal(said.size, 13);
  for (let byte = 0; byte < 256; byte++) {
    const stranger = strangerOf(byte);
    const reply = stranger === null ? null : answerToStranger(stranger);
    const words = new TextDecoder().decode(reply ?? new Uint8Array(0));
    const gets = said.get(byte) ?? "nothing";
    if (gets === "an answer" || gets.startsWith("`goaway`")) {
      assert.equal(stranger, null, `${byte}`);
    } else if (gets === "nothing") {
      assert.equal(reply, null, `${byte}`);
    } else if (gets.startsWith("the TLS alert")) {
      const alert = /`([0-9a-f ]+)`/.exec(gets)?.[1] ?? "";
      assert.equal(reply?.toHex(), alert.replaceAll(" ", ""));
    } else if (gets.startsWith("`HTTP/1.1 400")) {
      assert.match(words, /^HTTP\/1\.1 400 Bad Request\r\n/);
      const [head = "", body = ""] = words.split("\r\n\r\n");
      assert.match(head, new RegExp(`Content-Length: ${body.length}(\r|$)`));
      assert.match(body, /^[^\n]+\n$/);
    } else if (gets === "one line of text") {
      assert.match(words, /^[^\n]+\n$/);
    } else {
      assert.match(gets, /^one JSON object with status_code 201$/);
      assert.equal(JSON.parse(words).status_code, 201);
    }
  }
});

Deno.test("the servers that a client knows by their first byte", () => {
  const sentence = /when the first byte it\s+gets is not `00`:([^]*?)\n\n/
    .exec(text)?.[1] ?? "";
  const named = [
    ...sentence.matchAll(/((?:`[0-9a-f]{2}`(?: or )?)+) ([A-Z]+)/g),
  ]
    .flatMap(([, bytes = "", who = ""]) =>
      [...bytes.matchAll(/[0-9a-f]{2}/g)]
        .map(([byte]) => [parseInt(byte, 16), who.toLowerCase()] as const)
    );
  assert.equal(named.length, 5, sentence);
  for (const [byte, who] of named) assert.equal(strangerOf(byte), who);
});

/** A good value for each field of a client's message. */
const GOOD: JsonObject = {
  id: 7,
  program: "example/1",
  versions: [1],
  username: "alex",
  mechanism: "SCRAM-SHA-256",
  data: "n,,n=alex,r=abc",
  filename: "a.txt",
  checksum_type: "sha256",
  checksum: "crc32:00000000",
  size: 5,
  bytes: 5,
  mtime: "1764000000.5",
  token: "t",
  status_msg: "interrupted",
  target: "b.txt",
  after: "a/b",
  entries_max: 5,
  offset: 5,
  length: 5,
  mode: 0o644,
  if_version: "v",
  if_absent: true,
  parents: true,
  recursive: true,
  preserve: true,
  no_clobber: true,
  transfer: "00112233445566778899aabbccddeeff",
  identity: "i",
  operation: "00112233445566778899aabbccddeeff",
  offset_checksum: "crc32:00000000",
  verify: true,
  marks: true,
  items: [{ filename: "a.txt", version: "v" }],
  discard: ["00112233445566778899aabbccddeeff"],
  requires: FEATURES,
};
/** One that is bad, whatever it is for. */
const BAD: JsonObject = Object.fromEntries(
  Object.keys(GOOD).map((field) => [field, { not: "this" }]),
);

const ACTIONS = [
  ...table("action", "when").map(([action = "", , fields = ""]) => ({
    action,
    fields,
    strict: true,
  })),
  ...table("action", "from").flatMap(([action = "", from, fields = ""]) =>
    from === "server" ? [] : [{
      action: action.replaceAll("`", ""),
      // What a colon or semicolon sets off is said about a field, or is a
      // server's alone.
      fields: fields.split(/[:;]/)[0] ?? "",
      // A client's are of no interest to a server: not looked at.
      strict: !/pong|progress|mark/.test(action),
    }]
  ),
];
Deno.test("both tables of actions were found", () => {
  assert.equal(ACTIONS.length, 19 + 7);
});
for (const { action, fields, strict } of ACTIONS) {
  const names = [...fields.matchAll(/\b([a-z_]+)(\??)(?=$|,| \()/g)]
    .map(([, name = "", mark]) => ({ name, optional: mark === "?" }));
  const whole: JsonObject = Object.fromEntries([
    ["action", action],
    ...names.map(({ name }) => [name, GOOD[name]]),
  ]);
  Deno.test(`a client's ${action} has the fields of the table`, () => {
    assert.equal(readClientMessage(whole)?.action, action);
    for (const { name, optional } of names) {
      assert(name in GOOD, `${name}: no example of it here`);
      const { [name]: _, ...without } = whole;
      if (optional || !strict) {
        assert.equal(readClientMessage(without)?.action, action, name);
      } else {
        assert.throws(() => readClientMessage(without), {
          code: "bad_message",
          message: `${name}: is missing`,
        });
      }
      if (!strict) continue;
      assert.throws(() => readClientMessage({ ...whole, [name]: BAD[name] }), {
        code: "bad_message",
        message: new RegExp(`^${name}: has to be `),
      });
    }
  });
}

Deno.test("the table of features is the code's, in its order", () => {
  assert.deepEqual(
    table("feature").flatMap(([names = ""]) =>
      [...names.matchAll(/`([a-z0-9]+)`/g)].map(([, name]) => name)
    ),
    FEATURES,
  );
});

const EXAMPLES = [...text.matchAll(
  /^### [^\n]*\(tests\/vectors\/([a-z_]+)\.json\)\n[^]*?^```\n([^]*?)^```$/gm,
)].map(([, name = "", block = ""]) => ({ name, block }));

for (const { name, block } of EXAMPLES) {
  Deno.test(`PROTOCOL.md and tests/vectors/${name}.json are the same`, () => {
    const ofVectors = steps(name).map(plain);
    assert.deepEqual(stepsOf(block), ofVectors);
  });

  Deno.test(`tests/vectors/${name}.json is true to itself and the code`, () => {
    for (const step of steps(name)) {
      if ("closes" in step) continue;
      const hex = "data" in step && step.data !== undefined
        ? frameHex("data", step.data)
        : frameHex("message", "text" in step ? step.text ?? "" : "");
      assert.equal(step.hex, hex);
      if ("data" in step) continue;
      const object = objectOf(step.hex);
      if (step.from === "client") continue; // errors.json has bad ones
      assert.notEqual(readServerMessage(object), null, step.text);
      for (const [field, value] of Object.entries(step.expect)) {
        assert.deepEqual(object[field], value, `${step.text}: ${field}`);
      }
    }
  });
}

Deno.test("no file of tests/vectors is without its place in PROTOCOL.md", () => {
  const folder = path.join(here, "..", "vectors");
  const files = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert.deepEqual(files.filter((name) => !text.includes(name)), []);
  const sessions = files.filter((name) =>
    "steps" in JSON.parse(Deno.readTextFileSync(path.join(folder, name)))
  );
  assert.deepEqual(
    EXAMPLES.map(({ name }) => `${name}.json`).sort(),
    sessions.sort(),
  );
});

Deno.test("frames shown beside the examples are vectors, too", () => {
  const shown = [...text.matchAll(/^([0-9a-f]{10}) ([0-9a-f]+)$/gm)]
    .map(([, header = "", payload = ""]) => header + payload);
  const known = new Set(frameCases().map(({ hex }) => hex));
  assert(shown.length > 0);
  for (const hex of shown) assert(known.has(hex), hex);
});

Deno.test("answers of a client's example requests name known codes", () => {
  const codes = new Set<number>(Object.values(STATUS).map(([code]) => code));
  const named = [...text.matchAll(/"status_code":(\d+)/g)]
    .map(([, code]) => Number(code));
  assert(named.length > 10);
  for (const code of named) assert(codes.has(code), `${code}`);
});

/** The cells of a table below its head, found by the head's first cells. */
function table(...head: string[]): string[][] {
  const rows = text.split("\n").map((line) =>
    line.startsWith("|")
      ? line.split("|").slice(1, -1).map((cell) => cell.trim())
      : null
  );
  const at = rows.findIndex((row) =>
    row !== null && head.every((cell, column) => row[column] === cell)
  );
  assert(at >= 0, `no table of ${head.join(", ")}`);
  const found: string[][] = [];
  for (const row of rows.slice(at + 2)) {
    if (row === null) break;
    found.push(row);
  }
  return found;
}

/** A step as PROTOCOL.md can show it. */
function plain(step: Step): unknown {
  if ("closes" in step) return { from: step.from, closes: true };
  const { from, hex } = step;
  return "data" in step && step.data !== undefined
    ? { from, data: step.data, hex }
    : { from, text: "text" in step ? step.text : undefined, hex };
}

/** The steps that a block of examples shows. */
function stepsOf(block: string): unknown[] {
  const found: unknown[] = [];
  const lines = block.split("\n").slice(0, -1);
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
    const [, who, what = ""] = /^([CS]) {2}(.+)$/.exec(line) ?? [];
    assert(who !== undefined, `not a step: ${line}`);
    const from = who === "C" ? "client" : "server";
    if (what === "closes the connection") {
      found.push({ from, closes: true });
      continue;
    }
    const [, header, payload] =
      /^ {3}([0-9a-f]{10}) ([0-9a-f]+)$/.exec(lines.shift() ?? "") ?? [];
    assert(payload !== undefined, `no frame below: ${line}`);
    const hex = `${header}${payload}`;
    const data = /^DATA (".*")$/.exec(what)?.[1];
    found.push(
      data === undefined
        ? { from, text: what, hex }
        : { from, data: JSON.parse(data), hex },
    );
  }
  return found;
}

function frameHex(kind: "message" | "data", payload: string): string {
  return encodeFrame(kind, new TextEncoder().encode(payload)).toHex();
}

function objectOf(hex: string): JsonObject {
  return decodeObject(Uint8Array.fromHex(hex.slice(10)));
}
