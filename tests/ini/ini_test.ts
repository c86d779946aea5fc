/** The dialect of the two INI files, held against Python's configparser. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type Ini, parseIni } from "../../lib/ini/mod.ts";

/** Sections as plain data, to compare. */
function dataOf(ini: Ini) {
  return ini.sections.map(({ name, entries }) => [
    name,
    entries.map(({ key, value }) => [key, value]),
  ]);
}

const READ = [
  { name: "nothing", text: "", data: [] },
  { name: "an empty section", text: "[a]", data: [["a", []]] },
  {
    name: "= and :",
    text: "[a]\nk = v\nl: w\n",
    data: [["a", [["k", "v"], ["l", "w"]]]],
  },
  {
    name: "the first delimiter",
    text: "[a]\nk = a:b=c\nl:=w",
    data: [["a", [["k", "a:b=c"], ["l", "=w"]]]],
  },
  {
    name: "keys in any case",
    text: "[a]\nPassWord=x",
    data: [["a", [["password", "x"]]]],
  },
  {
    name: "an empty value",
    text: "[a]\nk =\nl:",
    data: [["a", [["k", ""], ["l", ""]]]],
  },
  {
    name: "# and ; in a value",
    text: "[a]\nk = a #b ;c",
    data: [["a", [["k", "a #b ;c"]]]],
  },
  {
    name: "% in a value",
    text: "[a]\nk = %(x)s %",
    data: [["a", [["k", "%(x)s %"]]]],
  },
  {
    name: "comments",
    text: "; a\n# b\n[a]\n  # c\n\t; [d]\nk=v",
    data: [["a", [["k", "v"]]]],
  },
  {
    name: "CRLF and a BOM",
    text: "\ufeff[a]\r\nk = v\r\n\r\nl = w",
    data: [["a", [["k", "v"], ["l", "w"]]]],
  },
  {
    name: "blanks at the ends",
    text: "[a] \t\nk\u00a0=\u3000v\x1f\x85 ",
    data: [["a", [["k", "v"]]]],
  },
  {
    name: "a blank in a value",
    text: "[a]\nk = v  w",
    data: [["a", [["k", "v  w"]]]],
  },
  {
    name: "lines that are none",
    text: "[a]\nk = v\x0bw\u2028x\x85y",
    data: [["a", [["k", "v\x0bw\u2028x\x85y"]]]],
  },
  {
    name: "blanks in a section's name",
    text: "[ a b ]",
    data: [[" a b ", []]],
  },
  {
    name: "[default], which is not [DEFAULT]",
    text: "[default]",
    data: [["default", []]],
  },
  {
    name: "__proto__",
    text: "[__proto__]\n__proto__ = constructor",
    data: [["__proto__", [["__proto__", "constructor"]]]],
  },
];
for (const { name, text, data } of READ) {
  Deno.test(`parseIni() reads ${name}`, () => {
    const ini = parseIni(text);
    assert.deepEqual(ini.problems, []);
    assert.deepEqual(dataOf(ini), data);
  });
}

const REFUSED = [
  { name: "a line that is nothing", text: "[a]\nk", at: [2, "bad_line"] },
  { name: "a key before any section", text: "k = v", at: [1, "no_section"] },
  { name: "a key twice", text: "[a]\nk = v\nK = w", at: [3, "duplicate_key"] },
  {
    name: "a section twice",
    text: "[a]\n[b]\n[a]",
    at: [3, "duplicate_section"],
  },
  { name: "an indented line", text: "[a]\nk = v\n w", at: [3, "indented"] },
  { name: "an indented key", text: "[a]\n\tk = v", at: [2, "indented"] },
  { name: "an indented section", text: "\u00a0[a]", at: [1, "indented"] },
  { name: "text after ]", text: "[a] # b", at: [1, "bad_section"] },
  { name: "a ] in a name", text: "[a]b]", at: [1, "bad_section"] },
  { name: "a section without ]", text: "[a", at: [1, "bad_section"] },
  { name: "a section without name", text: "[]", at: [1, "bad_section"] },
  { name: "[DEFAULT]", text: "[DEFAULT]", at: [1, "bad_section"] },
  { name: "NUL", text: "[a]\nk = v\0", at: [2, "bad_character"] },
  { name: "NUL in a comment", text: "#\0", at: [1, "bad_character"] },
  {
    name: "a lone carriage return",
    text: "[a]\rk = v",
    at: [1, "bad_character"],
  },
  {
    name: "a carriage return at the end",
    text: "[a]\r",
    at: [1, "bad_character"],
  },
  { name: "two carriage returns", text: "[a]\r\r\n", at: [1, "bad_character"] },
  { name: "no key", text: "[a]\n= v", at: [2, "bad_key"] },
  { name: "a blank in a key", text: "[a]\nk l = v", at: [2, "bad_key"] },
  {
    name: "a key that is not ASCII",
    text: "[a]\n\u0130 = v",
    at: [2, "bad_key"],
  },
  { name: "a second BOM", text: "\ufeff\ufeff[a]", at: [1, "bad_line"] },
  { name: "a BOM further on", text: "[a]\n\ufeffk = v", at: [2, "bad_key"] },
];
for (const { name, text, at } of REFUSED) {
  Deno.test(`parseIni() refuses ${name}`, () => {
    const { problems } = parseIni(text);
    assert.deepEqual(problems.map(({ line, code }) => [line, code]), [at]);
  });
}

Deno.test("parseIni() tells all problems at once, with section and key", () => {
  const text = "x=1\n[a]\nk=1\nk=2\n l\n[a]\n?\n[b] c\n";
  const problems = parseIni(text).problems.map((
    p,
  ) => [p.line, p.code, p.section, p.key]);
  assert.deepEqual(problems, [
    [1, "no_section", undefined, "x"],
    [4, "duplicate_key", "a", "k"],
    [5, "indented", "a", undefined],
    [6, "duplicate_section", "a", undefined],
    [7, "bad_line", "a", undefined],
    [8, "bad_section", "b", undefined],
  ]);
});

/** Texts near the dialect, with everything that Python may see differently. */
const piece = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.constantFrom(
      "[a]",
      "[b]",
      "[__proto__]",
      "k",
      "Key-2",
      "_L.",
      "=",
      ":",
      "v",
      "v;w#x",
      "%(a)s",
      "[",
      "]",
      "#",
      ";",
    ),
  },
  {
    weight: 6,
    arbitrary: fc.constantFrom("\n", "\n", "\n", "\r\n", " ", "\t"),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      "\r",
      "\0",
      "\x0b",
      "\x0c",
      "\x1c",
      "\x1d",
      "\x1e",
      "\x1f",
      "\x85",
      "\u00a0",
      "\u1680",
      "\u180e",
      "\u200b",
      "\u2003",
      "\u2028",
      "\u2029",
      "\u202f",
      "\u205f",
      "\u3000",
      "\ufeff",
      "\u0130",
      "\u03a3",
      "\u00df",
      "\u{1f600}",
      "[DEFAULT]",
      "DEFAULT",
      "rem",
      "None",
      '"',
      "'",
    ),
  },
);
const anyHeader = fc.tuple(
  fc.constantFrom("a", "b", "c", "alex", "default", "x y", "\u0130", "e", "f"),
  fc.oneof({ weight: 7, arbitrary: fc.constant("") }, piece),
).map(([name, more]) => `[${name}]${more}`);
const anyEntry = fc.tuple(
  fc.constantFrom("k", "l", "m", "N", "PassWord", "home", "o", "p", "Q_1", "."),
  fc.constantFrom("=", ":", " = ", "\u00a0:", "\x1c=\x1d"),
  fc.array(piece, { maxLength: 3 }),
).map((parts) => parts.flat().join(""));
const anyLine = fc.oneof(
  { weight: 3, arbitrary: anyHeader },
  { weight: 8, arbitrary: anyEntry },
  {
    weight: 1,
    arbitrary: fc.array(piece, { maxLength: 6 }).map((p) => p.join("")),
  },
);
const anyText = fc.tuple(
  fc.constantFrom("[g]\n", "[h]\r\n", "\ufeff[i]\n", "\n", ""),
  fc.array(anyLine, { maxLength: 6 }),
  fc.constantFrom("\n", "\r\n"),
).map(([start, lines, end]) => start + lines.join(end));

/** Every character that either side may take for a blank or a line's end. */
function everyOddCharacter(): string[] {
  const texts = [];
  for (let code = 1; code < 0x10000; code++) {
    const c = String.fromCodePoint(code);
    if (code >= 0x180 && !/[\p{Z}\p{Cc}\p{Cf}]/u.test(c)) continue;
    texts.push(`[a]\nk = ${c}v${c}w${c}\n`, `[a]\nl${c}= x`, `[a]${c}\n[b]`);
    texts.push(`${c}# x\n[a]\n[b${c}c]\n`, `[a]\n${c}\nk = v`);
  }
  return texts;
}

/** Reads one JSON list of texts from stdin, writes one of what they hold. */
const PYTHON = `
import configparser, io, json, sys
def read(text):
    parser = configparser.ConfigParser(interpolation=None)
    stream = io.BytesIO(text.encode("utf-8", "surrogatepass"))
    try:
        parser.read_file(io.TextIOWrapper(stream, encoding="utf-8-sig"))
    except (configparser.Error, UnicodeError) as error:
        return type(error).__name__
    return [[name, [list(item) for item in parser.items(name)]] for name in parser.sections()]
sys.stdout.write(json.dumps([read(text) for text in json.load(sys.stdin)]))
`;

/** What Python reads of each text, in one child; null where there is none. */
async function pythonReads(texts: string[]): Promise<unknown[] | null> {
  let child;
  try {
    child = new Deno.Command("python3", {
      args: ["-I", "-c", PYTHON],
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    assert.notEqual(Deno.env.get("CI"), "true", "CI needs python3");
    console.log("skipped: python3 is not installed");
    return null;
  }
  const output = child.output();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(texts)));
  await writer.close();
  const { success, stdout } = await output;
  assert.ok(success);
  const read: unknown = JSON.parse(new TextDecoder().decode(stdout));
  assert.ok(Array.isArray(read));
  return read;
}

Deno.test("what parseIni() accepts, Python's configparser reads the same", async () => {
  const seed = Number(Deno.env.get("FUZZ_SEED") ?? Date.now() % 2 ** 31);
  const texts = fc.sample(anyText, { seed, numRuns: 5000 });
  const atRandom = texts.length;
  texts.push(...everyOddCharacter(), ...READ.map(({ text }) => text));
  const reads = await pythonReads(texts);
  if (reads === null) return;
  let accepted = 0;
  for (const [i, text] of texts.entries()) {
    const ini = parseIni(text);
    if (ini.problems.length > 0) continue;
    if (i < atRandom) accepted++;
    const message = `seed ${seed}: ${JSON.stringify(text)}`;
    assert.deepEqual(dataOf(ini), reads[i], message);
  }
  // Or the property would say nothing.
  assert.ok(accepted > atRandom / 4, `only ${accepted} were accepted`);
});

Deno.test("a value's span is the value, and replacing it changes no other", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      const ini = parseIni(text);
      for (const [i, section] of ini.sections.entries()) {
        assert.equal(text[section.span.start], "[");
        const next = ini.sections[i + 1];
        assert.equal(section.span.end, next?.span.start ?? text.length);
        for (const { value, valueSpan: { start, end } } of section.entries) {
          assert.equal(text.slice(start, end), value);
          const edited = parseIni(
            text.slice(0, start) + "new#" + text.slice(end),
          );
          assert.deepEqual(edited.problems, ini.problems);
          const values = edited.sections[i]?.entries.map((entry) =>
            entry.value
          );
          assert.deepEqual(
            values,
            section.entries.map((e) =>
              e.valueSpan.start === start ? "new#" : e.value
            ),
          );
        }
      }
    }),
    { numRuns: 1000 },
  );
});
