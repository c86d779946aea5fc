/** Lines of the shell to words, quoted as POSIX's shell has it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { quoteWord, splitWords } from "../../lib/client/grammar/words.ts";

const LINES = [
  { line: "", words: [] },
  { line: " \t ", words: [] },
  { line: "put a", words: ["put", "a"] },
  { line: "  put\t a  b ", words: ["put", "a", "b"] },
  { line: "put 'a b' \"c d\" e\\ f", words: ["put", "a b", "c d", "e f"] },
  { line: "a'b'\"c\"d", words: ["abcd"] },
  { line: "'' \"\"", words: ["", ""] },
  { line: "'a\\n\"b'", words: ['a\\n"b'] },
  { line: '"a\\"b\\\\c\\$d\\`e\\nf"', words: ['a"b\\c$d`e\\nf'] },
  { line: "\\\\ \\' \\\"", words: ["\\", "'", '"'] },
  { line: "$HOME *.txt ~", words: ["$HOME", "*.txt", "~"] },
  { line: "名前 '\u{1f600} x'", words: ["名前", "\u{1f600} x"] },
];
for (const { line, words } of LINES) {
  Deno.test(`splitWords(${JSON.stringify(line)})`, () => {
    assert.deepEqual(splitWords(line), words);
  });
}

for (const line of ["put 'a", 'put "a', 'a"\\"', "a\\", "'a' 'b"]) {
  Deno.test(`splitWords(${JSON.stringify(line)}) is refused`, () => {
    assert.throws(() => splitWords(line), { code: "usage" });
  });
}

Deno.test("what quoteWord() wrote, splitWords() reads back", () => {
  const word = fc.oneof(
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: fc.constantFrom(..."ab '\"\\$`\t-#!") }),
  );
  fc.assert(fc.property(fc.array(word), (words) => {
    assert.deepEqual(splitWords(words.map(quoteWord).join(" ")), words);
  }));
});

Deno.test("splitWords() reads as sh does", async () => {
  const unit = fc.constantFrom(..."ab '\"\\\t");
  const lines = fc.sample(fc.string({ unit, maxLength: 12 }), 200);
  const good = lines.flatMap((line) => {
    try {
      return [{ line, words: splitWords(line) }];
    } catch {
      return [];
    }
  });
  assert(good.length > 20);
  const script = good.map(({ line }) =>
    `set -- ${line}\nprintf '%s\\0' "$#" "$@"\n`
  ).join("");
  const sh = new Deno.Command("sh", {
    args: ["-c", script],
    stdin: "null",
    stdout: "piped",
  });
  const said = new TextDecoder().decode((await sh.output()).stdout);
  const expected = good.flatMap(({ words }) => [`${words.length}`, ...words]);
  assert.deepEqual(said.split("\0").slice(0, -1), expected);
});
