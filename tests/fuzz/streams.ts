/**
 * Streams that a peer might send, good and bad, drawn by dice: the examples
 * with changes, frames with odd JSON, and bytes at random.
 * @module
 */
import { encodeFrame, writeHeader } from "../../lib/framing/mod.ts";
import type { Dice } from "../support/dice.ts";
import { messageCases, SESSIONS, steps } from "../support/vectors.ts";

type Bytes = Uint8Array<ArrayBuffer>;

/** Good streams to break: every example there is. */
const CORPUS: readonly Bytes[] = [
  ...["login", ...SESSIONS].map((name) =>
    Uint8Array.fromHex(
      steps(name).map((step) => "hex" in step ? step.hex : "").join(""),
    )
  ),
  ...messageCases().map(({ hex }) =>
    encodeFrame("message", Uint8Array.fromHex(hex))
  ),
];

const encoder = new TextEncoder();

export function anyStream(dice: Dice): Bytes {
  switch (dice.below(4)) {
    case 0:
      return changed(dice, dice.pick(CORPUS));
    case 1:
      return bytesOf(dice, dice.below(300));
    case 2:
      return joined(listOf(dice, 12, () => oddFrame(dice)));
    default:
      return changed(dice, joined(listOf(dice, 5, () => oddFrame(dice))));
  }
}

/** Where to cut a stream; none, or every place, now and then. */
export function anyCuts(dice: Dice, bytes: number): number[] {
  if (bytes === 0 || dice.below(10) === 0) return [];
  if (dice.below(20) === 0) return Array.from({ length: bytes }, (_, at) => at);
  return listOf(dice, 20, () => dice.below(bytes + 1)).sort((a, b) => a - b);
}

/** Some bytes changed, dropped, repeated, or followed by another stream. */
function changed(dice: Dice, stream: Bytes): Bytes {
  let bytes = [...stream];
  for (let change = dice.below(6); change > 0; change--) {
    const at = dice.below(bytes.length + 1);
    switch (dice.below(5)) {
      case 0:
        if (at < bytes.length) bytes[at] = dice.below(256);
        break;
      case 1:
        bytes.splice(at, dice.below(8));
        break;
      case 2:
        bytes.splice(at, 0, ...bytes.slice(at, at + dice.below(40)));
        break;
      case 3:
        bytes.length = at;
        break;
      case 4:
        bytes = [...bytes, ...dice.pick(CORPUS)];
        break;
    }
  }
  return Uint8Array.from(bytes);
}

/** Mostly a whole frame; its length may be wrong, its payload may be any. */
function oddFrame(dice: Dice): Bytes {
  const payload = dice.below(3) === 0
    ? bytesOf(dice, dice.below(60))
    : encoder.encode(oddJson(dice, 4));
  if (dice.below(3) === 0) return encodeFrame("data", payload);
  const frame = encodeFrame("message", payload);
  const lengths = [0, 1, 4096, 4097, 65_536, 65_537, 2 ** 20 + 1, 2 ** 32 - 1];
  if (dice.below(40) === 0) {
    const kind = dice.yes() ? "message" : "data";
    writeHeader(frame, 0, kind, dice.pick(lengths));
  }
  return frame;
}

/** Texts at which readers of JSON differ, or that are no JSON at all. */
const ODD: readonly string[] = [
  ...[
    "null",
    "true",
    "0",
    "-0",
    "1.0",
    "1e5",
    "1E+2",
    "-1",
    "9007199254740993",
  ],
  ...[
    "1e999",
    "-1e999",
    "NaN",
    "Infinity",
    "-Infinity",
    "01",
    "1.",
    ".5",
    "+1",
  ],
  ...["0x10", "1_000", "9".repeat(400), '""', "'a'", '"\\u0000"', '"\\ud800"'],
  ...[
    '"\\ud83d\\ude00"',
    '"\\u00e9"',
    '"é"',
    '"\u{1f600}"',
    '"\t"',
    '"\u007f"',
  ],
  ...[
    '"\\x41"',
    '"\\/"',
    '"a',
    '"\\u12"',
    '"\u2028"',
    '"\u0085"',
    "nul",
    "tru",
  ],
  ...["undefined", "", " ", "{", "}", "[", "]", "[,]", "[1,]", "{,}", '{"a"}'],
  ...['{"a":1,}', "{a:1}", "/**/1", "1//", "\ufeff1", "\u00a01", "\f1", "\v1"],
  ...["\n1", "\r\n1\t", "1 2", "{}{}", "[".repeat(2000), "[[[[]]]]"],
  // How deep a reader goes is its own affair; so deep Python's goes by default.
  "[".repeat(400) + "]".repeat(400),
  '{"a":'.repeat(400) + "1" + "}".repeat(400),
];

function oddJson(dice: Dice, depth: number): string {
  if (depth === 0 || dice.below(8) === 0) return dice.pick(ODD);
  const blank = () => dice.below(12) === 0 ? dice.pick([" ", "\n", "\t"]) : "";
  if (depth < 4 && dice.below(3) === 0) {
    const items = listOf(dice, 4, () => blank() + oddJson(dice, depth - 1));
    return `[${items.join(",")}]`;
  }
  const keys = [
    "action",
    "id",
    "filename",
    "__proto__",
    "a",
    "",
    "é",
    "\\u0061",
  ];
  const fields = listOf(dice, 4, () => {
    const value = dice.yes() ? dice.pick(GOOD) : oddJson(dice, depth - 1);
    return `${blank()}"${dice.pick(keys)}"${blank()}:${value}${blank()}`;
  });
  return `{${fields.join(",")}}`;
}

const GOOD = ['"ping"', "1", '"stat"', '"a.txt"', "null", "[]", "{}", "true"];

function bytesOf(dice: Dice, length: number): Bytes {
  // Few kinds of bytes, so that headers come up.
  const few = dice.yes();
  return Uint8Array.from(
    { length },
    () => few ? dice.pick([0, 0, 0, 0, 1, 2, 5, 123, 125]) : dice.below(256),
  );
}

function listOf<Item>(dice: Dice, most: number, draw: () => Item): Item[] {
  return Array.from({ length: dice.below(most + 1) }, draw);
}

function joined(parts: readonly Bytes[]): Bytes {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
