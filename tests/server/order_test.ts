/**
 * The order of requests, their bodies, answers and cancels: whole sessions,
 * with generous bounds and with every bound at 1.
 */
import assert from "node:assert/strict";
import { BufferPool, encodeFrame } from "../../lib/framing/mod.ts";
import { encodeObject, type JsonObject } from "../../lib/protocol/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { endOf, helloOf, loginOf, Site, type SiteOptions } from "./site.ts";

/** A frame of a message or, of bytes, of data. */
const frame = (part: JsonObject | Uint8Array) =>
  part instanceof Uint8Array
    ? encodeFrame("data", part)
    : encodeFrame("message", encodeObject(part));

const BYTES = randomBytes(700);
const whole = (id: number, filename: string, bytes = BYTES) => [
  { action: "put", id, filename },
  bytes,
  endOf(id, bytes),
];

/** All that a client may do, sent with no wait for any answer. */
const STREAM: readonly (JsonObject | Uint8Array)[] = [
  helloOf(1),
  ...loginOf(2, "alex"),
  ...whole(4, "a"),
  ...whole(5, "../b"),
  ...whole(6, "empty", new Uint8Array(1)),
  { action: "stat", id: 7, filename: "a" },
  { action: "fly", id: 8 },
  { action: "stat", id: 9 },
  { action: "put", id: 10, filename: "c" },
  BYTES,
  { action: "abort", id: 10, status_msg: "no" },
  { action: "put", id: 11, filename: "c" },
  { ...endOf(11, BYTES), size: 0 },
  { action: "put", id: 12 },
  BYTES,
  endOf(12, BYTES),
  { action: "get", id: 13, filename: "a" },
  { action: "get", id: 14, filename: "c" },
  { action: "get", id: 15, filename: "a" },
  { action: "stat", id: 15, filename: "a" },
  ...Array.from(
    { length: 40 },
    (_, n) => ({ action: "stat", id: 16 + n, filename: n % 2 ? "a" : "x" }),
  ),
  { action: "quit", id: 100 },
];

/** What comes back for `stream`, sent as quickly as it is taken. */
async function answersTo(
  stream: readonly (JsonObject | Uint8Array)[],
  options: SiteOptions,
): Promise<(JsonObject | string)[]> {
  await using site = await Site.open(options);
  const peer = await site.dial();
  const answers = peer.rest(); // a client always reads
  for (const part of stream) await peer.connection.write(frame(part));
  const all = await answers;
  peer.connection.kill();
  const [hello, ...rest] = all;
  assert(typeof hello === "object" && hello.limits);
  // What it says of how far one may run ahead is what differs.
  return [{ ...hello, limits: null }, ...rest];
}

const TIGHT: readonly (SiteOptions & { readonly name: string })[] = [
  { name: "one request ahead", limits: { requestsAhead: 1 } },
  { name: "chunks of one byte", chunkBytes: 1 },
  { name: "a window of one byte", windowBytes: 1 },
  { name: "buffers of a few bytes", buffers: new BufferPool(7, 6) },
  { name: "no buffer to lend", buffers: new BufferPool(1000, 6, 0) },
  {
    name: "all of that",
    limits: { requestsAhead: 1 },
    windowBytes: 1,
    chunkBytes: 1,
    buffers: new BufferPool(7, 6),
  },
  { name: "cuts by a seed", chunkBytes: 100, windowBytes: 300, seed: 1 },
  { name: "cuts by another", chunkBytes: 9, windowBytes: 50, seed: 2 },
];
let expected: (JsonObject | string)[] | null = null;
for (const { name, ...options } of TIGHT) {
  Deno.test(`the answers are the same with ${name}`, async () => {
    expected ??= await answersTo(STREAM, {});
    assert.deepEqual(await answersTo(STREAM, options), expected);
  });
}

Deno.test("what was sent with no wait is answered in order, once each", async () => {
  const all = await answersTo(STREAM, {});
  const codes = all.flatMap((one) =>
    typeof one === "object" && one.id !== undefined && !("action" in one)
      ? [[one.id, one.status_code]]
      : []
  );
  assert.deepEqual(codes.slice(0, 17), [
    [1, 200],
    [2, 205],
    [3, 200],
    [4, 200],
    [5, 204],
    [6, 200],
    [7, 200],
    [8, 201],
    [9, 202],
    [10, 214],
    [11, 229],
    [12, 202],
    [13, 200],
    [14, 220],
    [15, 200],
    [15, 211],
    [16, 220],
  ]);
  assert.deepEqual(codes.slice(17, -1).map(([id]) => id), range(17, 55));
  assert.deepEqual(codes.at(-1), [100, 200]);
  const bodies = all.filter((one) => typeof one === "string");
  assert.deepEqual(bodies, [BYTES.toHex(), BYTES.toHex()]);
  assert.equal(all.length, codes.length + 2 * 2, "two bodies, two ends");
});

Deno.test("a put before the body of a get has ended is 211, its body dropped", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await site.keep("a", randomBytes(1_000_000));
  await peer.send({ action: "get", id: 4, filename: "a" });
  await settled(); // more than the window holds: it is under way
  for (const part of whole(5, "b")) await peer.connection.write(frame(part));
  await peer.send({ action: "stat", id: 6, filename: "b" });
  assert.equal(await peer.status(), 200);
  assert.equal((await peer.message()).action, "end");
  assert.equal(await peer.status(), 211);
  assert.equal(await peer.status(), 220, "nothing was put");
  assert.equal((await peer.put("b", BYTES)).status_code, 211, "id 4 again");
  peer.id = 6;
  assert.equal((await peer.put("b", BYTES)).status_code, 200);
});

Deno.test("a request while the body of a put is due is 211, and the put goes on", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  const [put, bytes, end] = whole(4, "a");
  assert(put && bytes && end);
  await peer.connection.write(frame(put));
  await peer.send({ action: "stat", id: 5, filename: "a" });
  await peer.connection.write(frame(bytes));
  await peer.send({ action: "put", id: 6, filename: "b" });
  await peer.connection.write(frame(end));
  assert.deepEqual(await peer.message().then(({ id }) => id), 4);
  assert.deepEqual([await peer.status(), await peer.status()], [211, 211]);
  peer.id = 4; // those were not taken
  assert.equal((await peer.get("a")).hex, BYTES.toHex());
});

Deno.test("a bad notice is answered, and uses up no id", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await peer.send(
    { action: "end", id: 5000 },
    { action: "cancel", id: "x" },
    { action: "stat", id: 4, filename: "/" },
  );
  const codes = [await peer.status(), await peer.status()];
  assert.deepEqual(codes, [202, 202]);
  assert.equal(await peer.status(), 200);
  peer.id = 4;
});

Deno.test("a put is refused early, and the rest of its body dropped", async () => {
  const limits = { maxUploadBytes: 1000 };
  for (
    const [request, code, bytes] of [
      [{ filename: "../a" }, 204, 0],
      [{ filename: "no/a" }, 220, 0],
      [{ filename: "/" }, 221, 0],
      [{ filename: "a", size: 1001 }, 227, 0],
      [{ filename: "a" }, 227, 1001], // by what comes
    ] as const
  ) {
    for (const end of ["abort", "end", "abort of another"]) {
      await using site = await Site.open({ limits });
      const peer = await site.enter();
      await peer.send({ action: "put", id: 4, ...request });
      if (bytes > 0) await peer.data(new Uint8Array(bytes));
      // The answer is here before the body has ended.
      assert.equal(await peer.status(), code);
      for (let more = 0; more < 5; more++) {
        await peer.data(new Uint8Array(100_000));
      }
      if (end === "end") await peer.send(endOf(4, BYTES));
      else await peer.send({ action: "abort", id: end === "abort" ? 4 : 9 });
      peer.id = 4;
      assert.equal((await peer.put("a", BYTES)).status_code, 200);
      assert.equal((await peer.get("a")).hex, BYTES.toHex());
    }
  }
});

Deno.test("max_upload: one byte under and at it is taken", async () => {
  await using site = await Site.open({ limits: { maxUploadBytes: 1000 } });
  const peer = await site.enter();
  for (const [bytes, code] of [[999, 200], [1000, 200], [1001, 227]] as const) {
    const answer = await peer.put("a", new Uint8Array(bytes));
    assert.equal(answer.status_code, code, `${bytes} bytes`);
  }
});

Deno.test("cancel of a get under way ends its body by abort 213", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await site.keep("a", randomBytes(3_000_000));
  await peer.send({ action: "get", id: 4, filename: "a" });
  await settled();
  await peer.send({ action: "cancel", id: 4 }, { action: "ping" });
  const all: unknown[] = [];
  for (let end = false; !end;) {
    const { action, status_code } = await peer.message();
    all.push([action, status_code]);
    end = action === "abort";
  }
  assert.deepEqual(all[0], [undefined, 200]);
  assert.deepEqual(all.at(-1), ["abort", 213]);
  await settled();
  assert.equal(site.alex.open, 0);
  peer.id = 4;
  assert.equal((await peer.put("b", BYTES)).status_code, 200);
});

Deno.test("cancel of what waits is answered in its turn; of what is over, ignored", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await site.keep("a", BYTES);
  const hanging = site.alex.faults.hang("stat");
  await peer.send(
    { action: "stat", id: 4, filename: "a" },
    { action: "get", id: 5, filename: "a" },
    { action: "stat", id: 6, filename: "a" },
    { action: "cancel", id: 5 },
    { action: "cancel", id: 99 },
    { action: "ping", token: "seen at once" },
  );
  assert.equal((await peer.message()).token, "seen at once");
  hanging.release();
  assert.equal(await peer.status(), 200);
  assert.deepEqual(
    [await peer.message()].map(({ id, status_code }) => [id, status_code]),
    [[5, 213]],
  );
  assert.equal(await peer.status(), 200);
  await peer.send({ action: "cancel", id: 6 });
  peer.id = 6;
  assert.equal((await peer.put("b", BYTES)).status_code, 200, "no get is left");
});

Deno.test("cancel of a stat or a put under way is 213, at each of its steps", async () => {
  for (const step of ["stat", "openPart", "commit"] as const) {
    await using site = await Site.open();
    const peer = await site.enter();
    {
      using hanging = site.alex.faults.hang(step);
      if (step === "stat") {
        await peer.send({ action: "stat", id: 4, filename: "a" });
      } else {
        await peer.send({ action: "put", id: 4, filename: "a" });
        // Behind bytes that nobody takes a cancel would have to wait.
        if (step === "commit") await peer.data(BYTES);
        if (step === "commit") await peer.send(endOf(4, BYTES));
      }
      await hanging.reached;
      await peer.send({ action: "cancel", id: 4 });
      assert.equal(await peer.status(), 213, step);
      if (step === "openPart") await peer.send({ action: "abort", id: 4 });
    }
    peer.id = 4;
    assert.equal((await peer.put("a", BYTES)).status_code, 200);
  }
});

Deno.test("cancel of a put between any two of its frames: 200 or 213, never both", async () => {
  const stream = [...whole(4, "a", BYTES.subarray(0, 40))].map(frame);
  const bytes = new Uint8Array(await new Blob(stream).arrayBuffer());
  const frames = stream.map(({ length }) => length);
  const edges = frames.map((_, n) => sum(frames.slice(0, n + 1)));
  for (const cut of [0, ...edges]) {
    await using site = await Site.open({ chunkBytes: 3 });
    const peer = await site.enter();
    await peer.connection.write(bytes.subarray(0, cut));
    await settled();
    await peer.send({ action: "cancel", id: 4 });
    await peer.connection.write(bytes.subarray(cut));
    await peer.send({ action: "stat", id: 5, filename: "a" });
    const put = await peer.message();
    const stat = await peer.message();
    assert.deepEqual([put.id, stat.id], [4, 5]);
    const whole = cut === 0 || cut === bytes.length;
    assert.equal(put.status_code, whole ? 200 : 213, `cut at ${cut}`);
    assert.equal(stat.status_code, whole ? 200 : 220);
  }
});

Deno.test("a peer that half-closes still gets every answer, and no put half done", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await site.keep("a", BYTES);
  await peer.send(
    { action: "get", id: 4, filename: "a" },
    { action: "stat", id: 5, filename: "a" },
  );
  await settled();
  await peer.send({ action: "put", id: 6, filename: "b" });
  await peer.data(BYTES);
  await peer.connection.closeWrite();
  const ids = (await peer.rest()).flatMap((one) =>
    typeof one === "object" ? [[one.id, one.status_code ?? one.action]] : []
  );
  assert.deepEqual(ids, [[4, 200], [4, "end"], [5, 200], [6, 214]]);
  await settled();
  assert.equal(site.server.sessions, 0);
});

Deno.test("an answer goes out even if the next request takes long", async () => {
  await using site = await Site.open();
  await site.keep("a", BYTES);
  const peer = await site.enter();
  await peer.send(
    { action: "stat", id: 4, filename: "a" },
    { action: "put", id: 5, filename: "b" },
  );
  const first = peer.message();
  await site.clock.advance(1000);
  assert.equal((await first).id, 4, "its body may wait for this answer");
  await peer.send({ action: "abort", id: 5 });
  assert.equal((await peer.message()).id, 5);
  using hanging = site.alex.faults.hang("stat");
  await peer.send(
    { action: "put", id: 6, filename: "b" },
    endOf(6, new Uint8Array(0)),
    { action: "stat", id: 7, filename: "a" },
  );
  const acknowledged = peer.message();
  await hanging.reached;
  await site.clock.advance(1000);
  assert.deepEqual([(await acknowledged).id], [6]);
});

Deno.test("what is being read from a file is not sent before it is there", async () => {
  await using site = await Site.open();
  await site.keep("a", BYTES);
  const peer = await site.enter();
  const hanging = site.alex.faults.hang("read");
  await peer.sendAtOnce(
    { action: "stat", id: 4, filename: "a" },
    { action: "get", id: 5, filename: "a" },
    { action: "stat", id: 6, filename: "a" },
  );
  await hanging.reached;
  await site.clock.advance(1000); // its place is in the buffer with the answers
  hanging.release();
  assert.equal((await peer.message()).id, 4);
  assert.equal((await peer.message()).id, 5);
  const part = await peer.part();
  assert.equal(part?.payload.toHex(), BYTES.toHex());
  assert.equal((await peer.message()).action, "end");
  assert.equal((await peer.message()).id, 6);
});

Deno.test("a peer that half-closes and reads slowly still gets what went out late", async () => {
  await using site = await Site.open({ windowBytes: 150 });
  await site.keep("a", BYTES);
  const peer = await site.enter();
  using hanging = site.alex.faults.hang("stat");
  await peer.sendAtOnce(
    { action: "get", id: 4, filename: "a" },
    { action: "stat", id: 5, filename: "a" },
  );
  await hanging.reached;
  await site.clock.advance(1000); // the file goes out, and does not fit
  await peer.connection.closeWrite();
  hanging.release();
  await settled();
  const [answer, bytes, end, info, ...more] = await peer.rest();
  assert.equal(bytes, BYTES.toHex());
  const ids = [answer, end, info].map((one) =>
    typeof one === "object" ? one.id : one
  );
  assert.deepEqual(ids, [4, 4, 5]);
  assert.deepEqual(more, []);
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, n) => from + n);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
