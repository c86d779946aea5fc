/** What a decoder sets aside, what it refuses, and what it keeps: nothing. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DATA_BYTES_MAX,
  encodeFrame,
  FrameDecoder,
  HEADER_BYTES,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MAX_BEFORE_LOGIN,
  writeHeader,
} from "../../lib/framing/mod.ts";
import { cut, decode } from "../support/frames.ts";

const DUE = { dataDue: true };

const LIMITS = [
  { kind: "message", max: MESSAGE_BYTES_MAX, options: {} },
  {
    kind: "message",
    max: MESSAGE_BYTES_MAX_BEFORE_LOGIN,
    options: { beforeLogin: true },
  },
  { kind: "data", max: DATA_BYTES_MAX, options: DUE },
] as const;
for (const { kind, max, options } of LIMITS) {
  Deno.test(`a ${kind} has 1 to ${max} bytes: ${JSON.stringify(options)}`, () => {
    for (const length of [1, 2, max - 1, max]) {
      const payload = new Uint8Array(length).fill(length);
      const stream = encodeFrame(kind, payload);
      const good = {
        frames: [{ kind, hex: payload.toHex() }],
        error: null,
        whole: true,
      };
      assert.deepEqual(decode([stream], options), good);
      const places = [1, 4, 5, 6, length, length + 4];
      assert.deepEqual(decode(cut(stream, places), options), good);
    }
    for (const length of [0, max + 1, 2 ** 31, 2 ** 32 - 1]) {
      const header = headerOf(kind, length);
      const bad = { frames: [], error: "bad_length", whole: false };
      assert.deepEqual(decode([header], options), bad, "on the header alone");
      assert.deepEqual(decode(cut(header, [1, 2, 3, 4]), options), bad);
    }
  });
}

Deno.test("a header is kind and length, big endian, wherever it stands", () => {
  fc.assert(fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (length) => {
    const header = headerOf("data", length);
    assert.equal(header.toHex(), `01${length.toString(16).padStart(8, "0")}`);
  }));
  const room = new Uint8Array(HEADER_BYTES + 2).fill(0xaa);
  writeHeader(room, 1, "message", 0x01020304);
  assert.equal(room.toHex(), "aa0001020304aa");
});

Deno.test("a fixed stream gives the same frames at every pair of cuts", () => {
  const frames = [
    { kind: "message", hex: "7b2261223a317d" },
    { kind: "data", hex: "000100000002ffff" },
    { kind: "message", hex: "7b7d" },
    { kind: "message", hex: "0000000000" },
    { kind: "data", hex: "fe" },
  ] as const;
  const stream = Uint8Array.fromHex(
    frames.map(({ kind, hex }) =>
      encodeFrame(kind, Uint8Array.fromHex(hex)).toHex()
    ).join(""),
  );
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      assert.deepEqual(
        decode(cut(stream, [first, second]), DUE),
        { frames, error: null, whole: true },
        `cut at ${first} and ${second}`,
      );
    }
  }
});

Deno.test("a stream may end after every frame, and nowhere else", () => {
  const stream = Uint8Array.fromHex(
    "00000000027b7d010000000341424300000000017b",
  );
  const wholeAt = [0, 7, 15, 21];
  for (let end = 0; end <= stream.length; end++) {
    const { whole, error } = decode([stream.slice(0, end)], DUE);
    assert.equal(error, null);
    assert.equal(whole, wholeAt.includes(end), `after ${end} bytes`);
  }
});

Deno.test("a chunk that is used up is not needed any more", () => {
  const payload = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
  const decoder = decoderOf(DUE);
  const seen: string[] = [];
  for (const byte of encodeFrame("message", payload)) {
    const chunk = Uint8Array.of(byte);
    decoder.feed(chunk);
    const part = decoder.next();
    if (part !== null) seen.push(part.payload.toHex());
    assert.equal(decoder.next(), null);
    chunk.fill(0xee); // the next read goes to the same buffer
  }
  assert.deepEqual(seen, [payload.toHex()]);
});

Deno.test("nothing is set aside before a header has passed its limits", () => {
  for (const hex of ["00ffffffff", "0000010001", "02ffffffff", "0100100001"]) {
    const decoder = decoderOf(DUE);
    const header = Uint8Array.fromHex(hex);
    const made = allocations(() => {
      assert.throws(() => takeAll(decoder, header), { name: "FramingError" });
    });
    assert.deepEqual(made, [], hex);
  }
});

Deno.test("what is set aside is one message, and only once it has begun", () => {
  const decoder = decoderOf(DUE);
  const header = headerOf("message", MESSAGE_BYTES_MAX);
  const [first, second] = [Uint8Array.of(1), Uint8Array.of(2)];
  assert.deepEqual(allocations(() => takeAll(decoder, header)), []);
  const begun = allocations(() => takeAll(decoder, first));
  assert.deepEqual(begun, [MESSAGE_BYTES_MAX]);
  assert.deepEqual(allocations(() => takeAll(decoder, second)), []);
});

Deno.test("for DATA nothing is set aside, nor for a MESSAGE in one chunk", () => {
  const stream = Uint8Array.fromHex("010000000441424344" + "00000000027b7d");
  for (let at = 0; at < 14; at++) { // up to the message's payload
    const decoder = decoderOf(DUE);
    const [first, second] = [stream.subarray(0, at), stream.subarray(at)];
    const made = allocations(() => {
      takeAll(decoder, first);
      takeAll(decoder, second);
    });
    assert.deepEqual(made, [], `cut at ${at}`);
  }
});

Deno.test("payloads are views of the chunk", () => {
  const stream = Uint8Array.fromHex("aa00000000017b0100000003414243");
  const decoder = decoderOf(DUE);
  decoder.feed(stream.subarray(1));
  for (const [at, hex] of [[6, "7b"], [12, "414243"]] as const) {
    const part = decoder.next();
    assert(part !== null);
    assert.equal(part.payload.buffer, stream.buffer);
    assert.equal(part.payload.byteOffset, at);
    assert.equal(part.payload.toHex(), hex);
  }
});

Deno.test("after a broken frame there is no other: the error comes again", () => {
  for (const hex of ["ff", "0000000000", "01"]) {
    const decoder = decoderOf({});
    decoder.feed(Uint8Array.fromHex(`${hex}00000000027b7d00000000027b7d`));
    const first = thrownBy(() => decoder.next());
    assert.equal(first.name, "FramingError");
    assert.equal(thrownBy(() => decoder.next()), first);
    assert.equal(thrownBy(() => decoder.next()), first);
    assert.equal(decoder.atBoundary, false);
  }
});

Deno.test("bad_kind tells the byte that is none", () => {
  for (const byte of [2, 0x16, 0x47, 0xff]) {
    const decoder = decoderOf({});
    decoder.feed(Uint8Array.of(byte));
    assert.throws(() => decoder.next(), { code: "bad_kind", byte });
  }
});

Deno.test("what may come may change between two frames of one chunk", () => {
  const data = "010000000141";
  const message = "00000000027b7d";
  const decoder = decoderOf({});
  decoder.feed(Uint8Array.fromHex(message + data + message + data));
  assert.equal(decoder.next()?.kind, "message");
  decoder.dataDue = true;
  assert.equal(decoder.next()?.kind, "data");
  assert.equal(decoder.next()?.kind, "message");
  decoder.dataDue = false;
  assert.throws(() => decoder.next(), { code: "data_not_due" });
});

Deno.test("a DATA frame that has begun goes on where none may begin", () => {
  const decoder = decoderOf(DUE);
  takeAll(decoder, Uint8Array.fromHex("010000000241"));
  decoder.dataDue = false;
  decoder.feed(Uint8Array.fromHex("42"));
  assert.equal(decoder.next()?.payload.toHex(), "42");
});

function decoderOf({ dataDue = false }): FrameDecoder {
  const decoder = new FrameDecoder();
  decoder.dataDue = dataDue;
  return decoder;
}

function headerOf(kind: "message" | "data", length: number) {
  const header = new Uint8Array(HEADER_BYTES);
  writeHeader(header, 0, kind, length);
  return header;
}

function takeAll(decoder: FrameDecoder, chunk: Uint8Array<ArrayBuffer>) {
  decoder.feed(chunk);
  while (decoder.next() !== null);
}

function thrownBy(run: () => unknown): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  assert.fail("nothing was thrown");
}

/** The lengths of the byte arrays that are made meanwhile; views are none. */
function allocations(run: () => void): unknown[] {
  const real = globalThis.Uint8Array;
  const made: unknown[] = [];
  globalThis.Uint8Array = new Proxy(real, {
    construct(target, given, newTarget) {
      made.push(given[0]);
      return Reflect.construct(target, given, newTarget);
    },
  });
  try {
    run();
  } finally {
    globalThis.Uint8Array = real;
  }
  return made;
}
