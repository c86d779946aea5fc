/** Keys typed without echo, to the password that was meant. */
import assert from "node:assert/strict";
import { SecretLine } from "../../lib/client/terminal/secret_line.ts";

const TYPED = [
  { keys: "abc\r", outcome: "line", text: "abc" },
  { keys: "abc\n", outcome: "line", text: "abc" },
  { keys: "\r", outcome: "line", text: "" },
  { keys: "abx\x7fc\r", outcome: "line", text: "abc" },
  { keys: "\x7f\x08a\r", outcome: "line", text: "a" },
  { keys: "aé\x7f\u{1f600}\x7fb\r", outcome: "line", text: "ab" },
  { keys: "wrong\x15right\r", outcome: "line", text: "right" },
  { keys: "a\x1b[Ab\x1bOHc\x1b[3~d\r", outcome: "line", text: "abcd" },
  { keys: "a\x1b\r", outcome: "line", text: "a" },
  { keys: "a\tb\r", outcome: "line", text: "ab" },
  { keys: "ab\x03", outcome: "interrupted", text: "ab" },
  { keys: "\x04", outcome: "end", text: "" },
  { keys: "a\x04b\r", outcome: "line", text: "ab" },
  { keys: " a b \r", outcome: "line", text: " a b " },
  { keys: "abc", outcome: "more", text: "abc" },
];
for (const { keys, outcome, text } of TYPED) {
  Deno.test(`keys ${JSON.stringify(keys)}`, () => {
    const bytes = new TextEncoder().encode(keys);
    const whole = new SecretLine();
    assert.equal(whole.take(bytes), outcome);
    assert.equal(whole.text, text);
    const cut = new SecretLine();
    let last = "more";
    for (const byte of bytes) last = cut.take(Uint8Array.of(byte));
    assert.deepEqual([last, cut.text], [outcome, text], "byte by byte");
  });
}
