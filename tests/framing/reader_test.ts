/** Frames off a connection: however it is cut, with no buffer while it waits. */
import assert from "node:assert/strict";
import {
  BufferPool,
  encodeFrame,
  FrameReader,
  FrameWriter,
  HEADER_BYTES,
  MESSAGE_BYTES_MAX,
  MESSAGE_BYTES_MAX_BEFORE_LOGIN,
} from "../../lib/framing/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { connectionPair, type PairOptions } from "./pair.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const PING = encodeFrame("message", bytesOf("{}"));

const BOUNDS = [
  { window: 65_536, chunk: Infinity, large: 4096, small: 512 },
  { window: 1, chunk: 1, large: 7, small: 6 },
  { window: 1, chunk: 1, large: 4096, small: 512 },
  { window: 3, chunk: 2, large: 40, small: 10 },
  { window: 100, chunk: 64, large: 64, small: 6 },
];
for (const { window, chunk, large, small } of BOUNDS) {
  const bounds = `window ${window}, chunk ${chunk}, buffers ${large}, ${small}`;
  Deno.test(`writer to reader: ${bounds}`, async () => {
    const buffers = new BufferPool(large, small);
    const [near, far] = connectionPair({ window, chunk });
    const writer = new FrameWriter(near, buffers);
    const reader = new FrameReader(far, buffers);
    const long = randomBytes(1500);
    const body = randomBytes(3000);
    const sending = (async () => {
      await writer.message(bytesOf("{}"));
      await writer.message(long);
      await writer.flush();
      for (let at = 0; at < body.length;) {
        const room = await writer.beginData();
        const piece = body.subarray(at, at + Math.min(room.length, 700));
        room.set(piece);
        writer.endData(piece.length);
        at += piece.length;
      }
      await writer.message(bytesOf('{"end":1}'));
      await writer.flush();
      await near.closeWrite();
    })();
    reader.dataDue = true;
    const seen = { message: "", data: "" };
    for (
      let part = await reader.next();
      part !== null;
      part = reader.here() ?? await reader.next()
    ) {
      seen[part.kind] += part.payload.toHex();
    }
    await sending;
    assert.deepEqual(seen, {
      message: "7b7d" + long.toHex() + bytesOf('{"end":1}').toHex(),
      data: body.toHex(),
    });
    assert.equal(buffers.lent, 0);
  });
}

Deno.test("a message of 64 KiB comes through tiny buffers", async () => {
  const payload = randomBytes(MESSAGE_BYTES_MAX);
  const { near, reader, buffers } = made({}, new BufferPool(64, 16));
  const written = near.write(encodeFrame("message", payload));
  const part = await reader.next();
  assert.equal(part?.payload.length, payload.length);
  assert.equal(part.payload.toHex(), payload.toHex());
  await written;
  reader.release();
  assert.equal(buffers.lent, 0);
});

Deno.test("between frames a reader holds no buffer, only a header's room", async () => {
  const { near, far, reader, buffers } = made();
  for (let turn = 0; turn < 3; turn++) {
    const next = reader.next();
    assert.equal(far.reads.at(-1), HEADER_BYTES, `turn ${turn}`);
    assert.equal(buffers.lent, 0);
    assert.equal(reader.waiting, true);
    assert.equal(reader.midFrame, false);
    await near.write(encodeFrame("message", randomBytes(1000)));
    assert.equal((await next)?.kind, "message");
    assert.equal(reader.waiting, false);
  }
  const next = reader.next();
  assert.equal(far.reads.at(-1), HEADER_BYTES);
  near.kill();
  assert.equal(await next, null);
});

Deno.test("after a body, too, a waiting reader holds no buffer", async () => {
  const { near, far, reader, buffers } = made();
  reader.dataDue = true;
  await near.write(encodeFrame("data", randomBytes(500)));
  assert.equal((await reader.next())?.kind, "data");
  assert.equal(far.reads.at(-1), buffers.largeBytes);
  assert.equal(buffers.lent, 1);
  await near.write(PING);
  assert.equal((await reader.next())?.kind, "message");
  reader.dataDue = false; // that was the `end`
  const next = reader.next();
  assert.equal(buffers.lent, 0);
  assert.equal(far.reads.at(-1), HEADER_BYTES);
  near.kill();
  assert.equal(await next, null);
});

Deno.test("who sends much is read by more and more, then by a header again", async () => {
  const { near, far, reader, buffers } = made();
  // 500 messages of 7 bytes; the small buffer's fill ends within one.
  await near.write(encodeFrame("message", new Uint8Array(512 - 7)));
  for (let sent = 0; sent < 500; sent++) await near.write(PING);
  for (let got = 0; got < 501; got++) {
    assert.equal((await reader.next())?.kind, "message");
  }
  const next = reader.next();
  assert.deepEqual(far.reads, [
    HEADER_BYTES, // it was filled: more is there
    buffers.smallBytes, // so was this
    buffers.largeBytes, // this was not: nothing more is there
    HEADER_BYTES,
  ]);
  assert.equal(buffers.lent, 0);
  near.kill();
  assert.equal(await next, null);
});

Deno.test("a read that was filled up to a frame's end is followed by another", async () => {
  const { near, far, reader, buffers } = made();
  await near.write(encodeFrame("message", randomBytes(buffers.smallBytes)));
  await near.write(PING);
  assert.equal((await reader.next())?.payload.length, buffers.smallBytes);
  assert.equal((await reader.next())?.payload.toHex(), "7b7d");
  assert.deepEqual(far.reads, [
    HEADER_BYTES,
    buffers.smallBytes, // to the end of the first frame, and full
    buffers.largeBytes,
  ]);
  reader.release();
});

Deno.test("large frames come in one piece each, wherever the first was cut", async () => {
  const { near, far, reader, buffers } = made();
  const frame = buffers.largeBytes - HEADER_BYTES;
  reader.dataDue = true;
  await near.write(encodeFrame("message", bytesOf("{}")));
  for (let sent = 0; sent < 3; sent++) {
    await near.write(encodeFrame("data", randomBytes(frame)));
  }
  const pieces: number[] = [];
  for (let left = 3 * frame; left > 0;) {
    const part = await reader.next();
    if (part?.kind !== "data") continue;
    pieces.push(part.payload.length);
    left -= part.payload.length;
  }
  const first = buffers.largeBytes - PING.length - HEADER_BYTES;
  assert.deepEqual(pieces, [first, frame - first, frame, frame]);
  assert.deepEqual(far.reads.slice(-2), [
    buffers.largeBytes,
    buffers.largeBytes,
  ]);
  reader.release();
});

Deno.test("no byte is taken from the connection before next()", async () => {
  const { near, far, reader } = made();
  await near.write(PING);
  await near.write(PING);
  assert.deepEqual(far.reads, []);
  await reader.next();
  const reads = far.reads.length;
  while (reader.here() !== null);
  assert.equal(far.reads.length, reads, "here() reads nothing");
});

Deno.test("here() gives what came with the last read, then null", async () => {
  const { near, reader } = made();
  const long = encodeFrame("message", randomBytes(100));
  await near.write(Uint8Array.of(...long, ...PING, ...PING, ...PING));
  assert.equal((await reader.next())?.payload.length, 100);
  for (let more = 0; more < 3; more++) {
    assert.equal(reader.here()?.payload.toHex(), "7b7d");
  }
  assert.equal(reader.here(), null);
  assert.equal(reader.here(), null);
});

Deno.test("one DATA frame that comes in one read is one view", async () => {
  const { near, reader } = made();
  reader.dataDue = true;
  await near.write(encodeFrame("data", randomBytes(1000)));
  const part = await reader.next();
  assert.equal(part?.payload.length, 1000);
  assert.equal(part.payload.byteOffset, HEADER_BYTES);
  assert.equal(part.payload.buffer.byteLength, 4096, "the pool's buffer");
});

Deno.test("the peer may close between two frames, and that is the end", async () => {
  const { near, reader, buffers } = made();
  await near.write(PING);
  await near.closeWrite();
  assert.equal((await reader.next())?.kind, "message");
  assert.equal(await reader.next(), null);
  assert.equal(await reader.next(), null, "asked again, it says it again");
  assert.equal(buffers.lent, 0);
});

const HALVES = ["00", "00000000", "0000000002", "00000000027b", "010000000361"];
for (const hex of HALVES) {
  for (const dataDue of [true, false]) {
    if (hex.startsWith("01") && !dataDue) continue;
    const due = dataDue ? ", a body due" : "";
    Deno.test(`half a frame at the end is a cut: ${hex}${due}`, async () => {
      const { near, reader, buffers } = made();
      reader.dataDue = dataDue;
      await near.write(PING);
      assert.equal((await reader.next())?.kind, "message");
      await near.write(Uint8Array.fromHex(hex));
      if (hex.startsWith("01")) {
        assert.equal((await reader.next())?.payload.toHex(), "61");
      }
      const next = reader.next();
      await near.closeWrite();
      await assert.rejects(next, { name: "FramingError", code: "cut" });
      assert.equal(reader.midFrame, true);
      assert.equal(buffers.lent, 0);
    });
  }
}

Deno.test("a reader that waits within a frame says so", async () => {
  const { near, reader } = made();
  const next = reader.next();
  await near.write(PING.subarray(0, 6));
  for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  assert.equal(reader.waiting, true);
  assert.equal(reader.midFrame, true);
  await near.write(PING.subarray(6));
  assert.equal((await next)?.payload.toHex(), "7b7d");
  assert.equal(reader.midFrame, false);
});

Deno.test("broken frames are refused as the decoder says", async () => {
  const cases = [
    { hex: "47455420", code: "bad_kind", byte: 0x47 },
    { hex: "0000010001", code: "bad_length", byte: null },
    { hex: "01", code: "data_not_due", byte: null },
  ];
  for (const { hex, code, byte } of cases) {
    const { near, reader, buffers } = made();
    await near.write(Uint8Array.fromHex(hex));
    await assert.rejects(reader.next(), { name: "FramingError", code, byte });
    await assert.rejects(reader.next(), { code }, "and so at every call");
    reader.release();
    assert.equal(buffers.lent, 0);
  }
});

Deno.test("the limit on messages is the one that was set last", async () => {
  const { near, reader } = made();
  const long = encodeFrame("message", randomBytes(5000));
  const before = MESSAGE_BYTES_MAX_BEFORE_LOGIN;
  reader.messageBytesMax = before;
  await near.write(encodeFrame("message", randomBytes(before)));
  assert.equal((await reader.next())?.payload.length, before);
  reader.messageBytesMax = MESSAGE_BYTES_MAX;
  await near.write(long);
  assert.equal((await reader.next())?.payload.length, 5000);
  reader.messageBytesMax = before;
  await near.write(long);
  await assert.rejects(reader.next(), { code: "bad_length" });
});

for (const dataDue of [false, true]) {
  for (const hex of ["", "00000000097b"]) {
    const when = `${dataDue ? "a body due" : "no body due"}, after "${hex}"`;
    Deno.test(`a read that is killed leaves no buffer lent: ${when}`, async () => {
      const { near, far, reader, buffers } = made();
      reader.dataDue = dataDue;
      await near.write(Uint8Array.fromHex(hex));
      const next = reader.next();
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      assert.equal(reader.waiting, true);
      assert.equal(buffers.lent, dataDue ? 1 : 0);
      far.kill();
      await assert.rejects(next, { name: "NetworkError", code: "killed" });
      assert.equal(reader.waiting, false);
      assert.equal(buffers.lent, 0);
      reader.release();
      reader.release();
      assert.equal(buffers.lent, 0, "nothing is given twice");
      await assert.rejects(reader.next(), { code: "killed" });
      assert.equal(buffers.lent, 0);
    });
  }
}

Deno.test("a buffer whose read was killed serves nobody else", async () => {
  const { near, far, reader, buffers } = made();
  reader.dataDue = true;
  await near.write(encodeFrame("data", randomBytes(10)));
  const held = (await reader.next())?.payload.buffer;
  const next = reader.next();
  far.kill();
  await assert.rejects(next, { code: "killed" });
  assert.notEqual(buffers.takeLarge().buffer, held);
});

Deno.test("with the large buffers lent out, small ones serve", async () => {
  const buffers = new BufferPool(1000, 50, 1);
  const taken = buffers.takeLarge();
  const { near, far, reader } = made({}, buffers);
  reader.dataDue = true;
  const body = randomBytes(3000);
  await near.write(encodeFrame("data", body));
  await near.closeWrite();
  let got = "";
  for (
    let part = await reader.next();
    part !== null;
    part = await reader.next()
  ) got += part.payload.toHex();
  assert.equal(got, body.toHex());
  assert.deepEqual(new Set(far.reads), new Set([50]));
  assert.equal(buffers.lent, 1);
  buffers.give(taken);
  assert.equal(buffers.lent, 0);
});

Deno.test("a large buffer that came free is taken in the midst of a body", async () => {
  const buffers = new BufferPool(1000, 50, 1);
  const taken = buffers.takeLarge();
  const { near, far, reader } = made({}, buffers);
  reader.dataDue = true;
  await near.write(encodeFrame("data", randomBytes(500)));
  await reader.next();
  assert.equal(far.reads.at(-1), 50);
  buffers.give(taken);
  await reader.next();
  assert.equal(buffers.lent, 1);
  assert((far.reads.at(-1) ?? 0) > 50);
  reader.release();
  assert.equal(buffers.lent, 0);
});

function made(options: PairOptions = {}, buffers = new BufferPool(4096, 512)) {
  const [near, far] = connectionPair(options);
  return { near, far, buffers, reader: new FrameReader(far, buffers) };
}
