/** Sending a body: whole frames, whatever the source does. */
import assert from "node:assert/strict";
import { BufferPool, FrameWriter } from "../../lib/framing/mod.ts";
import { NetworkError } from "../../lib/runtime/mod.ts";
import {
  type ByteSource,
  createChecksum,
  sendBody,
} from "../../lib/transfer/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { decode } from "../support/frames.ts";
import { HandClock, settled } from "../support/hand_clock.ts";
import { wire, type WireOptions } from "../support/memory_network.ts";
import { CountingTurns, endOf } from "./bodies.ts";

/** Room for payloads of 95 bytes in a large buffer, and of 11 in a small. */
const POOL = () => new BufferPool(100, 16);
const bytesOf = (text: string) => new TextEncoder().encode(text);

function made(options: WireOptions = {}, pool = POOL()) {
  const [near, far] = wire(options);
  const writer = new FrameWriter(near, pool);
  const turns = new CountingTurns(3);
  return { near, far, pool, writer, turns, clock: new HandClock() };
}

/** A source that gives at most `most` bytes a read, and then what is said. */
function sourceOf(
  bytes: Uint8Array,
  most = Infinity,
  end: () => number = () => 0,
) {
  let at = 0;
  const source = {
    reads: 0,
    // deno-lint-ignore require-await -- a real one has to wait
    async read(into: Uint8Array): Promise<number> {
      source.reads++;
      const piece = bytes.subarray(at, at + Math.min(most, into.length));
      if (piece.length === 0) return end();
      into.set(piece);
      at += piece.length;
      return piece.length;
    },
  };
  return source satisfies ByteSource;
}

const BODIES = [
  { name: "nothing", bytes: 0 },
  { name: "one byte", bytes: 1 },
  { name: "just under a buffer", bytes: 94 },
  { name: "just a buffer", bytes: 95 },
  { name: "just over a buffer", bytes: 96 },
  { name: "many buffers", bytes: 5000 },
  { name: "many buffers, in short reads", bytes: 5000, most: 7 },
];
for (const { name, bytes, most } of BODIES) {
  Deno.test(`sendBody() sends ${name}`, async () => {
    const body = randomBytes(bytes);
    const { near, far, pool, writer, turns, clock } = made();
    const checksum = createChecksum("crc32");
    const totals: number[] = [];
    const source = sourceOf(body, most);
    const sent = await sendBody({
      source,
      writer,
      checksum,
      turns,
      clock,
      onBytes: (total) => totals.push(total),
    });
    assert.equal(sent, bytes);
    assert.equal(checksum.digest(), endOf([body]).checksum);
    assert.equal(turns.asked, source.reads - 1, "one turn a chunk");
    assert.equal(turns.waited, Math.floor(turns.asked / 3));
    assert.equal(totals.at(-1) ?? 0, bytes);
    assert.deepEqual(totals, totals.toSorted((a, b) => a - b));
    await writer.flush();
    assert.equal(pool.lent, 0);
    near.kill();
    const { frames } = decode([await allOf(far)], { dataDue: true });
    const data = bytes === 0 ? [] : [{ kind: "data", hex: body.toHex() }];
    assert.deepEqual(frames, data);
  });
}

Deno.test("a body larger than one frame may be is cut into frames that may", async () => {
  const { near, far, writer, turns, clock } = made(
    { windowBytes: 1 << 20 },
    new BufferPool(),
  );
  const body = randomBytes(3 * 1024 * 1024 + 1);
  const arriving = allOf(far);
  await sendBody({
    source: sourceOf(body),
    writer,
    checksum: createChecksum("crc32"),
    turns,
    clock,
  });
  await writer.flush();
  near.kill();
  const decoded = decode([await arriving], { dataDue: true });
  assert.equal(decoded.error, null);
  assert.equal(decoded.frames[0]?.hex.length, body.length * 2);
});

/** At 16 times a second; `min_rate` is 1 KiB/s, on an average over 60 s. */
const SOURCES = [
  { name: "as slow as may be", perSecond: 1100, seconds: 600, slow: false },
  { name: "slow", perSecond: 4096, seconds: 300, slow: false },
  { name: "small and slow", perSecond: 100, seconds: 150, slow: true },
];
for (const { name, perSecond, seconds, slow } of SOURCES) {
  const what = slow ? "is held back whole" : "reaches the peer in time";
  Deno.test(`what comes of a source that is ${name} ${what}`, async () => {
    const { near, far, writer, turns, clock } = made({}, new BufferPool());
    const times = 16 * seconds;
    const bytes = randomBytes(Math.floor(perSecond / 16) * times);
    const rest = sourceOf(bytes, bytes.length / times);
    const arriving = allOf(far);
    let minuteBytes = 0; // written when this minute began
    let slowest = Infinity;
    await sendBody({
      source: {
        async read(into) {
          await clock.advance(1000 / 16);
          if (clock.monotonicMs() % 60_000 === 0) {
            const minute = near.bytesWritten - minuteBytes;
            if (minuteBytes > 0) slowest = Math.min(slowest, minute);
            minuteBytes = near.bytesWritten;
          }
          return await rest.read(into);
        },
      },
      writer,
      checksum: createChecksum("crc32"),
      turns,
      clock,
    });
    if (slow) assert.equal(near.bytesWritten, 0);
    else assert(slowest >= 60 * 1024, `${slowest} bytes in a minute`);
    await writer.flush();
    near.kill();
    const { frames } = decode([await arriving], { dataDue: true });
    assert.equal(frames[0]?.hex, bytes.toHex());
  });
}

Deno.test("a quick source fills its buffers, however long it takes", async () => {
  const { near, far, writer, turns, clock } = made(
    { windowBytes: 1 << 20 },
    new BufferPool(),
  );
  const source = sourceOf(randomBytes(8 * 512 * 1024));
  const sent: number[] = [];
  const arriving = allOf(far);
  await sendBody({
    source: {
      async read(into) {
        await clock.advance(900);
        sent.push(near.bytesWritten);
        return await source.read(into);
      },
    },
    writer,
    checksum: createChecksum("crc32"),
    turns,
    clock,
  });
  const frame = 512 * 1024 + 5;
  assert.deepEqual(
    sent.slice(0, 8),
    [0, 1, 2, 3, 4, 5, 6, 7].map((n) => n * frame),
  );
  await writer.flush();
  near.kill();
  await arriving;
});

const changed = new Error("the file changed");
const FAILURES = [
  { name: "a source that fails at once", bytes: 0 },
  { name: "a source that fails in the first buffer", bytes: 50 },
  { name: "a source that fails after many", bytes: 1000 },
];
for (const { name, bytes } of FAILURES) {
  Deno.test(`after ${name} the frames are whole, and abort can follow`, async () => {
    const { near, far, pool, writer, turns, clock } = made();
    const body = randomBytes(bytes);
    const source = sourceOf(body, 40, () => {
      throw changed;
    });
    const checksum = createChecksum("crc32");
    await assert.rejects(
      sendBody({ source, writer, checksum, turns, clock }),
      changed,
    );
    await writer.message(bytesOf('{"action":"abort","id":1}'));
    await writer.flush();
    assert.equal(pool.lent, 0);
    near.kill();
    const { frames, whole } = decode([await allOf(far)], { dataDue: true });
    assert(whole);
    const abort = {
      kind: "message",
      hex: bytesOf('{"action":"abort","id":1}').toHex(),
    };
    const data = bytes === 0 ? [] : [{ kind: "data", hex: body.toHex() }];
    assert.deepEqual(frames, [...data, abort]);
  });
}

Deno.test("a signal ends it between two frames, at every chunk", async () => {
  for (let stopAt = 0; stopAt < 8; stopAt++) {
    const { near, far, writer, turns, clock } = made();
    const controller = new AbortController();
    const reason = new Error("stop");
    if (stopAt === 0) controller.abort(reason);
    const bytes = randomBytes(400);
    const sending = sendBody({
      source: sourceOf(bytes, 50),
      writer,
      checksum: createChecksum("crc32"),
      turns,
      clock,
      signal: controller.signal,
      onBytes: (total) => {
        if (total >= stopAt * 50) controller.abort(reason);
      },
    });
    await assert.rejects(sending, reason);
    await writer.flush();
    near.kill();
    const { frames, whole } = decode([await allOf(far)], { dataDue: true });
    assert(whole);
    const sent = bytes.subarray(0, stopAt * 50).toHex();
    assert.equal(frames[0]?.hex ?? "", sent);
  }
});

Deno.test("a source that hangs is given the signal", async () => {
  const { near, far, writer, turns, clock } = made();
  const controller = new AbortController();
  const reason = new Error("stop");
  const hanging = Promise.withResolvers<number>();
  const sending = sendBody({
    source: {
      read: (_into, signal) => {
        signal?.addEventListener("abort", () => hanging.reject(signal.reason));
        return hanging.promise;
      },
    },
    writer,
    checksum: createChecksum("crc32"),
    turns,
    clock,
    signal: controller.signal,
  });
  await settled();
  controller.abort(reason);
  await assert.rejects(sending, reason);
  near.kill();
  far.kill();
});

Deno.test("the source is not read while the peer does not", async () => {
  const { near, far, writer, turns, clock } = made({ windowBytes: 150 });
  const source = sourceOf(randomBytes(2000));
  const sending = sendBody({
    source,
    writer,
    checksum: createChecksum("crc32"),
    turns,
    clock,
  });
  await settled();
  const { reads } = source;
  assert(near.blocked);
  assert(reads <= 3, `${reads} reads, two buffers fill the window`);
  await settled();
  assert.equal(source.reads, reads);
  const arriving = allOf(far);
  assert.equal(await sending, 2000);
  await writer.flush();
  near.kill();
  assert((await arriving).length > 2000);
});

Deno.test("a connection that is killed ends it by `killed`, and no buffer is held", async () => {
  const { near, far, pool, writer, turns, clock } = made({ windowBytes: 150 });
  const sending = sendBody({
    source: sourceOf(randomBytes(2000)),
    writer,
    checksum: createChecksum("crc32"),
    turns,
    clock,
  });
  await settled();
  near.kill();
  await assert.rejects(
    sending,
    (error) => error instanceof NetworkError && error.code === "killed",
  );
  assert.equal(pool.lent, 0);
  far.kill();
});

async function allOf(
  connection: ReturnType<typeof wire>[0],
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const into = new Uint8Array(65_536);
  for (let bytes; (bytes = await connection.read(into)) !== null;) {
    chunks.push(into.slice(0, bytes));
  }
  const all = new Uint8Array(
    chunks.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}
