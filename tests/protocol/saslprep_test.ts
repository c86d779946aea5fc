/** SASLprep: which passwords are one, and which may not be used. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  PREPARED_UNITS_MAX,
  saslprep,
  SaslprepError,
} from "../../lib/protocol/saslprep.ts";

const PREPARED = [
  { name: "printable ASCII, as it is", from: " aZ~#;=,", to: " aZ~#;=," },
  { name: "a soft hyphen (RFC 4013, 3)", from: "I\u00adX", to: "IX" },
  { name: "case (RFC 4013, 3)", from: "USER", to: "USER" },
  { name: "NFKC of U+00AA (RFC 4013, 3)", from: "\u00aa", to: "a" },
  { name: "NFKC of U+2168 (RFC 4013, 3)", from: "\u2168", to: "IX" },
  { name: "blanks that are not ASCII", from: "a\u3000b\u00a0c", to: "a b c" },
  { name: "a decomposed letter", from: "e\u0301", to: "\u00e9" },
  {
    name: "a code point after Unicode 3.2",
    from: "\u{1f600}",
    to: "\u{1f600}",
  },
  { name: "right-to-left letters", from: "\u05d0\u05d1", to: "\u05d0\u05d1" },
  { name: "Chinese", from: "\u5bc6\u7801", to: "\u5bc6\u7801" },
];
for (const { name, from, to } of PREPARED) {
  Deno.test(`saslprep() prepares ${name}`, async () => {
    assert.equal(await saslprep(from), to);
  });
}

const long = "a".repeat(PREPARED_UNITS_MAX + 1);
const REFUSED = [
  { name: "nothing", text: "", code: "empty" },
  { name: "what leaves nothing", text: "\u00ad\u200d", code: "empty" },
  {
    name: "a control character (RFC 4013, 3)",
    text: "\x07",
    code: "prohibited",
  },
  { name: "NUL", text: "a\0b", code: "prohibited" },
  { name: "DEL", text: "a\x7f", code: "prohibited" },
  { name: "U+0085", text: "a\x85", code: "prohibited" },
  { name: "a private character", text: "\ue000", code: "prohibited" },
  {
    name: "mixed directions (RFC 4013, 3)",
    text: "\u06271",
    code: "prohibited",
  },
  { name: "half a surrogate pair", text: "a\ud800", code: "not_unicode" },
  { name: "the other half", text: "\udc00a", code: "not_unicode" },
  { name: "one character too many", text: long, code: "too_long" },
  { name: "one that grows", text: "\ufdfa".repeat(100), code: "too_long" },
  { name: "64 KiB", text: "\u0301".repeat(65536), code: "too_long" },
];
for (const { name, text, code } of REFUSED) {
  Deno.test(`saslprep() refuses ${name}`, async () => {
    await assert.rejects(saslprep(text), { name: "SaslprepError", code });
  });
}

Deno.test("saslprep() takes the longest text", async () => {
  const text = "a".repeat(PREPARED_UNITS_MAX);
  assert.equal(await saslprep(text), text);
});

Deno.test("saslprep() changes nothing the second time", async () => {
  const anyText = fc.string({ unit: "binary", minLength: 1, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(anyText, async (text) => {
      let prepared;
      try {
        prepared = await saslprep(text);
      } catch (error) {
        assert.ok(error instanceof SaslprepError);
        return;
      }
      assert.equal(await saslprep(prepared), prepared);
    }),
    { numRuns: 2000 },
  );
});
