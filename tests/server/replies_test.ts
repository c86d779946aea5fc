/** From errors to statuses: each code has one, and no text betrays us. */
import assert from "node:assert/strict";
import { causes, failureOf } from "../../lib/server/replies.ts";
import { STATUS, type StatusName } from "../../lib/protocol/mod.ts";
import { NetworkError } from "../../lib/runtime/mod.ts";
import { type StorageCode, StorageError } from "../../lib/storage/mod.ts";
import { type TransferCode, TransferError } from "../../lib/transfer/mod.ts";

const STORAGE = {
  bad_name: 204,
  outside: 204,
  not_found: 220,
  exists: 225,
  is_folder: 221,
  not_a_folder: 222,
  not_regular: 223,
  not_empty: 231,
  not_a_link: 223,
  unsupported: 232,
  permission: 224,
  no_space: 226,
  too_large: 227,
  changed: 228,
  taken_over: 233,
  no_part: 234,
  aborted: 213,
  failed: 230,
} satisfies Record<StorageCode, number>;
const TRANSFER = {
  size_differs: 229,
  checksum_differs: 229,
  too_large: 227,
  sender_aborted: 214,
  bad_end: 202,
  cancelled: 213,
  lost: 214,
} satisfies Record<TransferCode, number>;

const numberOf = (status: StatusName) => STATUS[status][0];
const SECRET = new Error("ENOENT: open '/srv/home/alex/x'");

for (const [code, number] of Object.entries(STORAGE)) {
  Deno.test(`storage says ${code}: status ${number}, its cause for the log`, () => {
    const error = new StorageError(code as StorageCode, "words", {
      cause: SECRET,
    });
    const { status, text, cause } = failureOf(error, "a.txt");
    assert.equal(numberOf(status), number);
    assert.equal(text, `a.txt: ${code === "aborted" ? "cancelled" : "words"}`);
    assert.equal(cause, SECRET.message);
  });
}
for (const [code, number] of Object.entries(TRANSFER)) {
  Deno.test(`a transfer says ${code}: status ${number}`, () => {
    const error = new TransferError(code as TransferCode, "words");
    const { status, text, cause } = failureOf(error, "a.txt");
    assert.equal(numberOf(status), number);
    assert.match(text, /^a\.txt: (?:words|cancelled)$/);
    assert.equal(cause, undefined);
  });
}

Deno.test("what is none of these is 250, and its words stay here", () => {
  const errors = [
    new TypeError("at /srv/x.ts"),
    new NetworkError("failed", "at /srv/x.ts"),
    "at /srv/x.ts",
    undefined,
  ];
  for (const error of errors) {
    const { status, text, cause } = failureOf(error, "a");
    assert.equal(numberOf(status), 250);
    assert.doesNotMatch(text, /srv/);
    assert(cause !== undefined);
  }
});

Deno.test("a name is shown escaped, and cut where it is endless", () => {
  const error = new StorageError("not_found", "words");
  assert.equal(failureOf(error, "a\x1b[2J").text, "a\\x1b[2J: words");
  assert.equal(failureOf(error, "").text, "words");
  const { text } = failureOf(error, "\x01".repeat(60_000));
  assert(text.length < 1000, `${text.length} characters`);
});

Deno.test("why a sender gave up is shown escaped, and cut, and never empty", () => {
  const why = (message: string) =>
    failureOf(new TransferError("sender_aborted", message), "a").text;
  assert.equal(why("why\n\x1b"), "a: why\\x0a\\x1b");
  assert.equal(why(""), "a: The sender gave the body up");
  assert(why("\x01".repeat(65_000)).length < 1000);
});

Deno.test("causes() is all of them in one line, and no stack", () => {
  const inner = new Error("inner");
  const outer = new Error("outer", {
    cause: new Error("middle", { cause: inner }),
  });
  assert.equal(causes(outer), "outer: middle: inner");
  assert.equal(causes("text"), "text");
});
