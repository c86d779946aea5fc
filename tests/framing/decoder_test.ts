/** Frames are the same wherever the bytes are cut; bad ones are seen early. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  DATA_BYTES_MAX,
  encodeFrame,
  FrameDecoder,
  MESSAGE_BYTES_MAX,
} from "../../lib/framing/mod.ts";
import { cut, decode } from "../support/frames.ts";
import { frameCases } from "../support/vectors.ts";

const encoder = new TextEncoder();

for (const one of frameCases()) {
  const options = {
    dataDue: one.data_due ?? false,
    beforeLogin: one.before_login ?? false,
  };
  const bytes = Uint8Array.fromHex(one.hex);
  const expected = one.frames.map((frame) =>
    frame.kind === "data"
      ? { kind: frame.kind, hex: frame.hex }
      : { kind: frame.kind, hex: encoder.encode(frame.text).toHex() }
  );
  Deno.test(`frames.json: ${one.name}, in every two pieces and bytewise`, () => {
    const every = [...bytes.keys()];
    for (const places of [[], every, ...every.map((place) => [place])]) {
      const decoded = decode(cut(bytes, places), options);
      assert.deepEqual(decoded.frames, expected);
      assert.equal(decoded.error, one.error ?? null);
      if (one.error === undefined) {
        assert.equal(decoded.whole, (one.left ?? 0) === 0);
      }
    }
  });
}

const anyFrame = fc.tuple(
  fc.constantFrom("message" as const, "data" as const),
  fc.uint8Array({ minLength: 1, maxLength: 300 }),
);

Deno.test("a stream gives the same frames wherever it is cut", () => {
  fc.assert(fc.property(
    fc.array(anyFrame, { maxLength: 12 }),
    fc.array(fc.nat(5000), { maxLength: 30 }),
    (frames, places) => {
      const bytes = joined(
        frames.map(([kind, payload]) => encodeFrame(kind, payload)),
      );
      const whole = decode([bytes], { dataDue: true });
      assert.deepEqual(decode(cut(bytes, places), { dataDue: true }), whole);
      assert(whole.whole);
      const text = (kind: string) =>
        frames.filter(([k]) => k === kind)
          .map(([, payload]) => new Uint8Array(payload).toHex()).join("");
      const got = (kind: string) =>
        whole.frames.filter((f) => f.kind === kind).map((f) => f.hex).join("");
      assert.equal(got("message"), text("message"));
      assert.equal(got("data"), text("data"));
    },
  ));
});

Deno.test("the payload of DATA is a view of what was fed, never a copy", () => {
  const decoder = new FrameDecoder();
  decoder.dataDue = true;
  const chunk = encodeFrame("data", new Uint8Array(1000));
  decoder.feed(chunk);
  const part = decoder.next();
  assert.equal(part?.payload.buffer, chunk.buffer);
  assert.equal(part.payload.byteOffset, 5);
});

Deno.test("the largest frames are taken", () => {
  const message = encodeFrame("message", new Uint8Array(MESSAGE_BYTES_MAX));
  const data = encodeFrame("data", new Uint8Array(DATA_BYTES_MAX));
  const decoded = decode([joined([message, data])], { dataDue: true });
  assert.equal(decoded.error, null);
  assert.deepEqual(
    decoded.frames.map((frame) => frame.hex.length / 2),
    [MESSAGE_BYTES_MAX, DATA_BYTES_MAX],
  );
});

Deno.test("nothing is set aside for a payload that is announced and refused", () => {
  // Were the 4 GiB of this header set aside, this would throw a RangeError.
  const decoded = decode([Uint8Array.fromHex("00ffffffff")]);
  assert.equal(decoded.error, "bad_length");
});

Deno.test("feeding before the last chunk is used up is a bug, and said so", () => {
  const decoder = new FrameDecoder();
  decoder.feed(Uint8Array.fromHex("00000000027b7d00"));
  decoder.next();
  assert.throws(() => decoder.feed(new Uint8Array(1)), TypeError);
});

function joined(
  parts: readonly Uint8Array<ArrayBuffer>[],
): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
