/** Frames onto a connection: gathered, whole, and no buffer kept. */
import assert from "node:assert/strict";
import {
  BufferPool,
  FrameWriter,
  HEADER_BYTES,
} from "../../lib/framing/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { decode } from "../support/frames.ts";
import { connectionPair, type End, type PairOptions } from "./pair.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const HELLO = bytesOf('{"a":1}');

Deno.test("what is gathered goes out in one write", async () => {
  const { near, far, pool, writer } = made();
  await writer.message(HELLO);
  await data(writer, bytesOf("abc"));
  await data(writer, bytesOf("defg"));
  await writer.message(bytesOf("{}"));
  assert.deepEqual(near.writes, [], "nothing before flush");
  assert.equal(writer.gathered, 12 + 8 + 9 + 7);
  assert.equal(pool.lent, 1);
  await writer.flush();
  assert.deepEqual(near.writes, [12 + 8 + 9 + 7]);
  assert.equal(writer.gathered, 0);
  assert.equal(pool.lent, 0, "and no buffer is held");
  near.kill();
  assert.deepEqual(decode([await allOf(far)], { dataDue: true }).frames, [
    { kind: "message", hex: HELLO.toHex() },
    { kind: "data", hex: bytesOf("abcdefg").toHex() },
    { kind: "message", hex: "7b7d" },
  ]);
});

Deno.test("flush() with nothing gathered writes nothing", async () => {
  const { near, pool, writer } = made();
  await writer.flush();
  await writer.beginData(); // a body that turns out to be empty
  writer.endData(0);
  assert.equal(pool.lent, 1);
  await writer.flush();
  assert.deepEqual(near.writes, []);
  assert.equal(pool.lent, 0);
});

Deno.test("a body of many buffers is one write a buffer", async () => {
  const pool = new BufferPool(1005, 100);
  const { near, far, writer } = made({}, pool);
  const body = randomBytes(5000);
  await sendAll(writer, body, Infinity);
  await writer.flush();
  assert.deepEqual(near.writes, [1005, 1005, 1005, 1005, 1005]);
  near.kill();
  const { frames } = decode([await allOf(far)], { dataDue: true });
  assert.deepEqual(frames, [{ kind: "data", hex: body.toHex() }]);
  assert.equal(pool.lent, 0);
});

Deno.test("a payload's place is in the buffer that is written", async () => {
  const { writer } = made({}, new BufferPool(1000, 100));
  await writer.message(HELLO);
  const first = await writer.beginData();
  assert.equal(first.byteOffset, 2 * HEADER_BYTES + HELLO.length);
  assert.equal(first.length, 1000 - first.byteOffset, "all that is left");
  writer.endData(10);
  const second = await writer.beginData();
  assert.equal(second.buffer, first.buffer);
  assert.equal(second.byteOffset, first.byteOffset + 10 + HEADER_BYTES);
  await writer.flush();
});

Deno.test("a DATA frame is 1 MiB at most, whatever the buffer holds", async () => {
  const { writer } = made({}, new BufferPool(3 << 20, 100));
  assert.equal((await writer.beginData()).length, 1 << 20);
  await writer.flush();
});

Deno.test("endData() checks what the caller says", async () => {
  const { writer } = made({}, new BufferPool(100, 50));
  assert.throws(() => writer.endData(1), TypeError, "no beginData()");
  const room = await writer.beginData();
  assert.equal(room.length, 95);
  assert.throws(() => writer.endData(96), TypeError, "more than the room");
  writer.endData(95);
  assert.equal(writer.gathered, 100);
  await writer.flush();
});

for (const length of [11, 95, 96, 200, 65_536]) {
  Deno.test(`a message of ${length} bytes through a buffer of 100`, async () => {
    const pool = new BufferPool(100, 50);
    const { near, far, writer } = made({ window: Infinity }, pool);
    const long = randomBytes(length);
    await writer.message(HELLO);
    await writer.message(long);
    if (length > 95) assert.equal(pool.lent, 0, "it needs no buffer");
    await writer.message(HELLO);
    await writer.flush();
    assert.equal(pool.lent, 0);
    near.kill();
    assert.deepEqual(
      decode([await allOf(far)]).frames.map(({ hex }) => hex),
      [HELLO, long, HELLO].map((payload) => payload.toHex()),
    );
  });
}

Deno.test("with the large buffers lent out, small ones serve", async () => {
  const pool = new BufferPool(1000, 50, 1);
  const taken = pool.takeLarge();
  const { near, far, writer } = made({ window: Infinity }, pool);
  const body = randomBytes(500);
  await writer.message(HELLO);
  await sendAll(writer, body, Infinity);
  await writer.message(randomBytes(300));
  await writer.flush();
  assert.equal(pool.lent, 1, "only the one that the test holds");
  pool.give(taken);
  assert.equal(pool.lent, 0);
  assert(near.writes.slice(0, -1).every((bytes) => bytes <= 50));
  near.kill();
  const { frames, error, whole } = decode([await allOf(far)], {
    dataDue: true,
  });
  assert.deepEqual([error, whole], [null, true]);
  assert.deepEqual(frames.map(({ hex }) => hex), [
    HELLO.toHex(),
    body.toHex(),
    randomBytes(300).toHex(),
  ]);
});

for (const window of [1, 7, 1000]) {
  Deno.test(`interjections stand between whole frames, window ${window}`, async () => {
    const pool = new BufferPool(64, 16);
    const { near, far, writer } = made({ window }, pool);
    const body = randomBytes(2000);
    const received = allOf(far);
    let over = false;
    let said = 0;
    const talking = (async () => {
      while (!over) {
        const first = writer.interject(bytesOf(`{"p":${said++}}`));
        const second = writer.interject(bytesOf(`{"p":${said++}}`));
        await Promise.all([first, second]);
        await Promise.resolve();
      }
    })();
    await sendAll(writer, body, 20);
    await writer.message(HELLO);
    await writer.flush();
    over = true;
    await talking;
    near.kill();
    const { frames, error, whole } = decode([await received], {
      dataDue: true,
    });
    assert.deepEqual([error, whole], [null, true]);
    const of = (kind: string) =>
      frames.filter((frame) => frame.kind === kind).map(({ hex }) => hex);
    assert.equal(of("data").join(""), body.toHex());
    const notices = of("message").filter((hex) => hex !== HELLO.toHex());
    assert.deepEqual(
      notices,
      Array.from({ length: said }, (_, n) => bytesOf(`{"p":${n}}`).toHex()),
      "in the order in which they were said",
    );
    assert(said > 4, "some of them were said while the body was written");
    assert.equal(pool.lent, 0);
  });
}

Deno.test("what is gathered waits while a message is interjected", async () => {
  const { near, far, writer } = made();
  await writer.message(HELLO);
  await writer.interject(bytesOf("{}"));
  assert.equal(writer.gathered, 12);
  await writer.flush();
  near.kill();
  const { frames } = decode([await allOf(far)]);
  assert.deepEqual(frames.map(({ hex }) => hex), ["7b7d", HELLO.toHex()]);
});

Deno.test("writing tells whether it is the peer's turn", async () => {
  const { far, writer } = made({ window: 4 });
  assert.equal(writer.writing, false);
  await writer.message(HELLO);
  const flushed = writer.flush();
  assert.equal(writer.writing, true, "4 of 12 bytes are taken");
  await far.read(new Uint8Array(4));
  assert.equal(writer.writing, true);
  await far.read(new Uint8Array(4));
  await flushed;
  assert.equal(writer.writing, false, "the last 4 are in the window");
});

for (const who of ["near", "far"] as const) {
  const code = who === "near" ? "killed" : "lost";
  Deno.test(`a write that ends by "${code}" keeps no buffer lent`, async () => {
    const pool = new BufferPool(64, 16);
    const { near, far, writer } = made({ window: 1 }, pool);
    await writer.message(HELLO);
    const flushed = writer.flush();
    const waiting = writer.interject(HELLO);
    assert.equal(pool.lent, 1, "the write reads it");
    (who === "near" ? near : far).kill();
    await assert.rejects(flushed, { name: "NetworkError", code });
    await assert.rejects(waiting, { name: "NetworkError", code });
    assert.equal(pool.lent, 0, "given up: the system may still read it");
    assert.equal(writer.writing, false);
    await writer.message(HELLO); // gathers, since nobody has told it
    await assert.rejects(writer.flush(), { code });
    await assert.rejects(async () => await writer.message(randomBytes(100)), {
      code,
    });
    await assert.rejects(sendAll(writer, randomBytes(500), 30), { code });
    assert.equal(pool.lent, 0);
  });
}

Deno.test("a buffer whose write was killed serves nobody else", async () => {
  const pool = new BufferPool(64, 16);
  const { near, writer } = made({ window: 1 }, pool);
  const place = await writer.beginData();
  writer.endData(10);
  const flushed = writer.flush();
  near.kill();
  await assert.rejects(flushed, { code: "killed" });
  assert.notEqual(pool.takeLarge().buffer, place.buffer);
});

Deno.test("release() gives back what is held, at any moment, and again", async () => {
  const pool = new BufferPool(64, 16);
  const { near, writer } = made({ window: 1 }, pool);
  writer.release();
  await writer.message(HELLO);
  assert.equal(pool.lent, 1);
  writer.release();
  writer.release();
  assert.equal(pool.lent, 0);
  assert.equal(writer.gathered, 0, "what was gathered is dropped");
  await writer.beginData();
  writer.release();
  assert.equal(pool.lent, 0);
  await writer.message(HELLO);
  const flushed = writer.flush();
  writer.release(); // the write holds the buffer: it is not ours to give
  assert.equal(pool.lent, 1);
  near.kill();
  await assert.rejects(flushed, { code: "killed" });
  assert.equal(pool.lent, 0);
});

function made(options: PairOptions = {}, pool = new BufferPool(4096, 512)) {
  const [near, far] = connectionPair(options);
  return { near, far, pool, writer: new FrameWriter(near, pool) };
}

async function data(writer: FrameWriter, payload: Uint8Array) {
  const room = await writer.beginData();
  room.set(payload);
  writer.endData(payload.length);
}

/** Send a body in frames of at most `most` bytes. */
async function sendAll(writer: FrameWriter, body: Uint8Array, most: number) {
  for (let at = 0; at < body.length;) {
    const room = await writer.beginData();
    assert(room.length > 0);
    const piece = body.subarray(at, at + Math.min(most, room.length));
    room.set(piece);
    writer.endData(piece.length);
    at += piece.length;
  }
}

/** All that comes until the other side has closed. */
async function allOf(end: End): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: number[] = [];
  const into = new Uint8Array(4096);
  while (true) {
    const bytes = await end.read(into);
    if (bytes === null) return Uint8Array.from(pieces);
    pieces.push(...into.subarray(0, bytes));
  }
}

Deno.test("who came first writes first, whenever the next one comes", async () => {
  for (let steps = 0; steps < 12; steps++) {
    const written: string[] = [];
    const first = Promise.withResolvers<void>();
    const { near } = made();
    const connection = Object.assign(Object.create(near), {
      write: async (bytes: Uint8Array) => {
        written.push(new TextDecoder().decode(bytes.subarray(HEADER_BYTES)));
        if (written.length === 1) await first.promise;
      },
    });
    const writer = new FrameWriter(connection, new BufferPool());
    const all = [
      writer.interject(bytesOf("1")),
      writer.interject(bytesOf("2")),
    ];
    first.resolve();
    for (let step = 0; step < steps; step++) await undefined;
    all.push(writer.interject(bytesOf("3")));
    await Promise.all(all);
    assert.deepEqual(written, ["1", "2", "3"], `after ${steps} steps`);
  }
});
