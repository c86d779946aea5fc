/** Lines of the shell to words, quoted as POSIX's shell has it. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  quoteWord,
  splitCommands,
  splitWords,
} from "../../lib/client/grammar/words.ts";

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

const COMMANDS: readonly [string, string[]][] = [
  ["", []],
  [" ; \n;", []],
  ["put a", ["put a"]],
  ["put a; get b\nlpwd", ["put a", " get b", "lpwd"]],
  ['put \'a;b\' "c;\\";d"; x', ['put \'a;b\' "c;\\";d"', " x"]],
  ["put a\\;b;c", ["put a\\;b", "c"]],
  ["!echo a; echo b\nput c", ["!echo a", " echo b", "put c"]],
  ['!echo \'a; b\' "c;\\""\\;; put c', [
    '!echo \'a; b\' "c;\\""\\;',
    " put c",
  ]],
  ["put a; !x; !y", ["put a", " !x", " !y"]],
  ["# put; get\nput a", ["# put; get", "put a"]],
  ["put a!;b#;c", ["put a!", "b#", "c"]],
  ["put 'a; b", ["put 'a; b"]],
  ['put "a\\', ['put "a\\']],
  ["put \\", ["put \\"]],
  ["put 'a\nb'", ["put 'a\nb'"]],
];
for (const [text, commands] of COMMANDS) {
  Deno.test(`splitCommands(${JSON.stringify(text)})`, () => {
    assert.deepEqual(splitCommands(text), commands);
  });
}

Deno.test("quoted words stay in their command", () => {
  const words = fc.array(fc.string({ minLength: 1 }), { minLength: 1 });
  fc.assert(fc.property(fc.array(words), (lines) => {
    const text = lines.map((words) => ["x", ...words].map(quoteWord).join(" "))
      .join(";");
    assert.deepEqual(
      splitCommands(text).map((line) => splitWords(line)),
      lines.map((words) => ["x", ...words]),
    );
  }));
});
