/** Seeded fuzz of the decoder and the schemas (seeds.ts says how to repeat). */
import assert from "node:assert/strict";
import {
  decodeObject,
  encodeObject,
  type JsonObject,
  printable,
  ProtocolError,
  readClientMessage,
  readServerMessage,
  requestIdOf,
} from "../../lib/protocol/mod.ts";
import { cut, decode } from "../support/frames.ts";
import { Dice } from "../support/dice.ts";
import { messageCases, SESSIONS, steps } from "../support/vectors.ts";
import { fuzz } from "./seeds.ts";
import { anyCuts, anyStream } from "./streams.ts";

fuzz("streams decode alike wherever they are cut", (dice) => {
  const stream = anyStream(dice);
  const options = { dataDue: dice.yes(), beforeLogin: dice.yes() };
  const whole = decode([stream], options); // lets FramingError through alone
  const cuts = anyCuts(dice, stream.length);
  assert.deepEqual(decode(cut(stream, cuts), options), whole);
  const given = whole.frames.reduce((sum, { hex }) => sum + hex.length / 2, 0);
  assert(given <= stream.length, "more was given than fed");
  if (!options.dataDue) {
    assert(whole.frames.every(({ kind }) => kind === "message"));
  }
});

fuzz("messages of any stream are good, or refused by a typed error", (dice) => {
  const { frames } = decode([anyStream(dice)], { dataDue: true });
  for (const { kind, hex } of frames) {
    if (kind === "message") judge(Uint8Array.fromHex(hex));
  }
});

fuzz("so are objects with fields of the wrong sort", (dice) => {
  const object = { ...dice.pick(OBJECTS) };
  for (let change = dice.below(4); change > 0; change--) {
    const field = dice.pick(FIELDS);
    if (dice.below(4) === 0) delete object[field];
    else object[field] = dice.pick(VALUES);
  }
  judge(encodeObject(object));
});

/** No object at all, good, or refused in few words that are fit to show. */
function judge(payload: Uint8Array): void {
  let object: JsonObject;
  try {
    object = decodeObject(payload);
  } catch (error) {
    assert(error instanceof ProtocolError && error.code !== "bad_message");
    return;
  }
  const id = requestIdOf(object);
  assert(id === null || Number.isSafeInteger(id) && id > 0);
  for (const read of [readClientMessage, readServerMessage]) {
    try {
      read(object);
    } catch (error) {
      assert(error instanceof ProtocolError && error.code === "bad_message");
      assert(error.message.length < 200, "it repeats what it was sent");
      assert.equal(error.message, printable(error.message));
    }
  }
}

const OBJECTS: readonly Record<string, unknown>[] = [
  ...messageCases().map(({ hex }) => hex),
  ...["login", ...SESSIONS].flatMap(steps)
    .map((step) =>
      "hex" in step && !("data" in step) ? step.hex.slice(10) : ""
    ),
].flatMap(asObject);

function asObject(hex: string): Record<string, unknown>[] {
  try {
    return [{ ...decodeObject(Uint8Array.fromHex(hex)) }];
  } catch {
    return []; // the vectors hold bad ones, too
  }
}

const FIELDS = [...new Set(OBJECTS.flatMap((object) => Object.keys(object)))];
const VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1, 1.5, 2 ** 53, 1e300, "", "1", [], {}, [1], ["a"]],
  ...["put", "end", "fanfare", "__proto__", "\ud800", "\0\x1b[2J\u202e"],
  ...["x".repeat(10_000), Array(1000).fill("x"), { a: { b: [] } }],
  ...["crc32:00000000", "1.5", "-0.000000001", "9".repeat(30)],
];

Deno.test("a seed repeats its run", () => {
  const drawn = (dice: Dice) => anyStream(dice).toHex();
  for (const seed of [0, 1, 2 ** 31, 2 ** 32 + 5]) {
    assert.equal(drawn(new Dice(seed)), drawn(new Dice(seed)));
  }
  const many = new Set([...Array(50).keys()].map((n) => drawn(new Dice(n))));
  assert(many.size > 30);
});
