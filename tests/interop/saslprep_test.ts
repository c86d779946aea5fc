/**
 * SASLprep here and in Python's tables: the same for every code point alone,
 * between letters from left to right, and between letters from right to left.
 */
import assert from "node:assert/strict";
import { saslprep, SaslprepError } from "../../lib/protocol/mod.ts";
import { python, testWithPython } from "./python.ts";

/**
 * All that the tables name, and what NFKC changes, is in one of these; between
 * them are Han and Hangul alone, and planes with nothing.
 */
const RANGES = [
  [0x1, 0x34ff],
  [0xa000, 0xacff],
  [0xd700, 0xffff],
  [0x1d100, 0x1d7ff],
  [0x1ee00, 0x1f7ff],
  [0x2f800, 0x2fa1f],
  [0xe0000, 0xe01ff],
  [0xf0000, 0xf00ff],
  [0x10ff00, 0x10ffff],
] as const;

testWithPython(
  "SASLprep is that of PROTOCOL.md, as Python has it",
  async () => {
    const texts = [...everyText()];
    const { code, stdout, stderr } = await python("prepare_texts.py", [], {
      stdin: texts.map((text) => `${JSON.stringify(text)}\n`).join(""),
    });
    assert.equal(code, 0, stderr);
    const theirs = stdout.trimEnd().split("\n");
    assert.equal(theirs.length, texts.length);
    let compared = 0;
    for (const [at, text] of texts.entries()) {
      const due: unknown = JSON.parse(theirs[at] ?? "");
      if (due === false) continue; // newer than this Python
      assert.equal(
        await ours(text),
        due,
        `${JSON.stringify(text)} (${hex(text)})`,
      );
      compared++;
    }
    assert(compared > texts.length / 2);
  },
);

function* everyText(): Generator<string> {
  yield "";
  for (const [first, last] of RANGES) {
    for (let code = first; code <= last; code++) {
      const letter = String.fromCodePoint(code);
      yield letter;
      yield `a${letter}b`;
      yield `\u05d0${letter}\u05d1`; // alef, bet
    }
  }
}

async function ours(text: string): Promise<string | null> {
  try {
    return await saslprep(text);
  } catch (error) {
    if (error instanceof SaslprepError) return null;
    throw error;
  }
}

function hex(text: string): string {
  return [...text].map((one) => one.codePointAt(0)?.toString(16)).join(" ");
}
