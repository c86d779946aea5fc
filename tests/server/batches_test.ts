/**
 * Small files in batches: the same answers, in the same order, as one by one;
 * wherever the stream is cut, whatever stands between them, and whatever fails.
 */
import assert from "node:assert/strict";
import { BufferPool, encodeFrame } from "../../lib/framing/mod.ts";
import { encodeObject, type JsonObject } from "../../lib/protocol/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import { resolveName } from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { HandClock, settled } from "../support/hand_clock.ts";
import { endOf, type SessionPeer, Site, type SiteOptions } from "./site.ts";

/** Counts what is done in one go. */
class CountingHome extends MemoryHome {
  readonly puts: number[] = [];
  readonly reads: number[] = [];

  override putMany(...given: Parameters<MemoryHome["putMany"]>) {
    this.puts.push(given[0].length);
    return super.putMany(...given);
  }

  override readMany(...given: Parameters<MemoryHome["readMany"]>) {
    this.reads.push(given[0].length);
    return super.readMany(...given);
  }
}

type Part = JsonObject | Uint8Array<ArrayBuffer>;

const frame = (part: Part) =>
  part instanceof Uint8Array
    ? encodeFrame("data", part)
    : encodeFrame("message", encodeObject(part));

async function sendAll(peer: SessionPeer, parts: readonly Part[]) {
  await peer.connection.write(await new Blob(parts.map(frame)).bytes());
}

/** A put, its body in frames of at most `frameBytes`. */
function whole(
  id: number,
  filename: string,
  bytes: Uint8Array<ArrayBuffer>,
  { frameBytes = 1 << 20, ...fields }: JsonObject & { frameBytes?: number } =
    {},
): Part[] {
  const parts: Part[] = [{ action: "put", id, filename, ...fields }];
  for (let at = 0; at < bytes.length; at += frameBytes) {
    parts.push(bytes.slice(at, at + frameBytes));
  }
  return [...parts, endOf(id, bytes)];
}

async function siteWith(home: MemoryHome, options: SiteOptions = {}) {
  const openHome = () => Promise.resolve(home);
  return await Site.open({ windowBytes: 10_000_000, ...options, openHome });
}

const SMALL = randomBytes(2000);
/** Too large for a batch; and one that is slow where bytes go one by one. */
const LARGE = randomBytes(70_000);
const LARGE_OF_TIGHT = LARGE.slice(0, 5000);

/** Small files, and all that may stand between them. */
function mixed(large: Uint8Array<ArrayBuffer>): Part[] {
  const parts: Part[] = [];
  let id = 3;
  for (let n = 0; n < 20; n++) {
    const bytes = SMALL.slice(0, n * 100);
    const size = n % 2 === 0 ? { size: bytes.length } : {};
    const frameBytes = n % 3 === 0 ? 700 : 2000;
    parts.push(...whole(++id, `s${n}`, bytes, { frameBytes, ...size }));
  }
  parts.push(...whole(++id, "large", large));
  parts.push(...whole(++id, "s20", SMALL), ...whole(++id, "no/s", SMALL));
  parts.push(...whole(++id, "../s", SMALL), ...whole(++id, "s21", SMALL));
  parts.push(...whole(++id, "s22", SMALL, { size: 1 }));
  const [put, body] = whole(++id, "s23", SMALL);
  assert(put && body);
  parts.push(put, body, { ...endOf(id, SMALL), checksum: "crc32:00000000" });
  parts.push(...whole(++id, "s24", SMALL, { requires: ["none has this"] }));
  parts.push({ action: "put", id: ++id, filename: "s25" }, SMALL);
  parts.push({ action: "abort", id });
  parts.push(...whole(++id, "s26", SMALL), ...whole(++id, "s27", SMALL));
  parts.push({ action: "stat", id: ++id, filename: "s27" });
  for (let n = 0; n < 28; n++) {
    parts.push({ action: "get", id: ++id, filename: `s${n}` });
  }
  parts.push({ action: "get", id: ++id, filename: "large" });
  for (let n = 0; n < 20; n++) {
    parts.push({ action: "get", id: ++id, filename: `s${n}` });
  }
  return [...parts, { action: "quit", id: ++id }];
}

async function answersTo(options: SiteOptions, large = LARGE_OF_TIGHT) {
  const home = new CountingHome({ clock: new HandClock() });
  await using site = await siteWith(home, options);
  const peer = await site.enter();
  const answers = peer.rest();
  await sendAll(peer, mixed(large));
  const all = await answers;
  peer.connection.kill();
  return { all, home };
}

const TIGHT: readonly (SiteOptions & { readonly name: string })[] = [
  { name: "one request ahead", limits: { requestsAhead: 1 } },
  { name: "two requests ahead", limits: { requestsAhead: 2 } },
  { name: "a window of one byte", windowBytes: 1 },
  { name: "buffers of a few bytes", buffers: new BufferPool(7, 6) },
  { name: "no buffer to lend", buffers: new BufferPool(100_000, 16_000, 0) },
  {
    name: "one of everything",
    limits: { requestsAhead: 1 },
    windowBytes: 1,
    chunkBytes: 1,
    buffers: new BufferPool(7, 6),
  },
  ...Array.from({ length: 4 }, (_, seed) => ({
    name: `cuts by seed ${seed}`,
    chunkBytes: 5000,
    windowBytes: 20_000,
    buffers: new BufferPool(20_000, 600),
    seed,
  })),
];

Deno.test("small files are done together, and answered one by one in order", async () => {
  const { all, home } = await answersTo({}, LARGE);
  const messages = all.filter((one) => typeof one === "object");
  const codes = messages.filter((one) => !("action" in one))
    .map(({ status_code }) => status_code);
  const puts = [
    ...Array(22).fill(200),
    ...[220, 204, 200, 229, 229, 210, 214, 200, 200],
  ];
  assert.deepEqual(codes.slice(0, puts.length), puts);
  const found = Array.from(
    { length: 28 },
    (_, n) => [22, 23, 24, 25].includes(n) ? 220 : 200,
  );
  const gets = [...found, ...Array(21).fill(200)];
  assert.deepEqual(codes.slice(puts.length + 1, -1), gets);
  const bodies = all.filter((one) => typeof one === "string");
  assert(bodies.includes(LARGE.toHex()));
  assert(bodies.includes(SMALL.slice(0, 1900).toHex()));
  assert(Math.max(...home.puts) >= 15, `${home.puts}`);
  assert(Math.max(...home.reads) >= 10, `${home.reads}`);
});

let expected: (JsonObject | string)[] | null = null;
for (const { name, ...options } of TIGHT) {
  Deno.test(`mixed small and large files are the same with ${name}`, async () => {
    expected ??= (await answersTo({})).all;
    assert.deepEqual((await answersTo(options)).all, expected);
  });
}

Deno.test("a body cut anywhere is the same file", async () => {
  const files = [SMALL.slice(0, 30), SMALL.slice(30, 30), SMALL.slice(40, 90)];
  const parts = files.flatMap((bytes, n) =>
    whole(4 + n, `f${n}`, bytes, { frameBytes: 20 })
  );
  const stream = await new Blob(parts.map(frame)).bytes();
  await using site = await Site.open();
  for (let cut = 1; cut < stream.length; cut += 3) {
    const peer = await site.enter();
    await peer.connection.write(stream.slice(0, cut));
    await settled();
    await peer.connection.write(stream.slice(cut));
    for (const _ of files) assert.equal(await peer.status(), 200, `at ${cut}`);
    peer.id = 6;
    for (const [n, bytes] of files.entries()) {
      assert.equal((await peer.get(`f${n}`)).hex, bytes.toHex(), `at ${cut}`);
    }
    peer.connection.kill();
  }
});

Deno.test("a put that is cancelled among others is 213, and they are done", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await sendAll(peer, [
    ...[4, 5, 6, 7].flatMap((id) => whole(id, `f${id}`, SMALL)),
    { action: "cancel", id: 6 },
  ]);
  const codes = [];
  for (let n = 0; n < 4; n++) codes.push(await peer.status());
  assert.deepEqual(codes, [200, 200, 213, 200]);
  peer.id = 7;
  for (const [id, code] of [[5, 200], [6, 220], [7, 200]] as const) {
    assert.equal((await peer.get(`f${id}`)).answer.status_code, code);
  }
});

Deno.test("a get that is cancelled in the midst of a batch is 213, and they are done", async () => {
  for (const cancelled of [5, 6, 7]) {
    await using site = await Site.open();
    for (const id of [4, 5, 6, 7]) await site.keep(`f${id}`, SMALL);
    const peer = await site.enter();
    const reached = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    const wait = () => {
      reached.resolve();
      return released.promise;
    };
    using _fault = site.alex.faults.add({ step: "open", nth: 2, wait });
    await peer.sendAtOnce(
      ...[4, 5, 6, 7].map((id) => ({ action: "get", id, filename: `f${id}` })),
    );
    await reached.promise;
    await peer.send({ action: "cancel", id: cancelled }, { action: "ping" });
    const answers: unknown[] = [];
    while (answers.length < 4) {
      const { action, id, status_code } = await peer.message();
      if (action === "pong") released.resolve();
      if (action === undefined) answers.push([id, status_code]);
    }
    const expected = [4, 5, 6, 7].map((id) => [
      id,
      id === cancelled ? 213 : 200,
    ]);
    assert.deepEqual(answers, expected);
    peer.connection.kill();
  }
});

Deno.test("a disk that is full in the midst of a batch: what fits is there, whole", async () => {
  const home = new CountingHome({ clock: new HandClock(), bytesMax: 9000 });
  await using site = await siteWith(home);
  const peer = await site.enter();
  const ids = Array.from({ length: 8 }, (_, n) => 4 + n);
  await sendAll(peer, ids.flatMap((id) => whole(id, `f${id}`, SMALL)));
  const codes = [];
  for (const _ of ids) codes.push(await peer.status());
  assert.deepEqual(codes, [200, 200, 200, 200, 226, 226, 226, 226]);
  assert(
    Math.max(...home.puts) > 5,
    `${home.puts}: the disk is full within one`,
  );
  peer.id = 11;
  for (const [n, id] of ids.entries()) {
    const { hex } = await peer.get(`f${id}`);
    assert.equal(hex, n < 4 ? SMALL.toHex() : "");
  }
  assert.equal((await peer.put("f4", SMALL.slice(0, 500))).status_code, 200);
  assert.deepEqual(site.logged("put").map(({ result }) => result), [
    ...Array(4).fill("success"),
    ...Array(4).fill("no_space"),
    "success",
  ]);
});

Deno.test("a session that ends in the midst of a batch leaves nothing open", async () => {
  for (const step of ["commit", "open"] as const) {
    await using site = await Site.open();
    for (const name of ["a", "b"]) await site.keep(name, SMALL);
    const peer = await site.enter();
    using hanging = site.alex.faults.hang(step);
    await sendAll(
      peer,
      step === "commit"
        ? [...whole(4, "c", SMALL), ...whole(5, "d", SMALL)]
        : ["a", "b"].map((filename, n) => ({
          action: "get",
          id: 4 + n,
          filename,
        })),
    );
    await hanging.reached;
    const stopping = site.stop();
    const words = await peer.rest();
    await stopping;
    const codes = words.flatMap((one) =>
      typeof one === "object" && !("action" in one) ? [one.status_code] : []
    );
    assert.deepEqual(codes, [213, 213], step);
    await assert.rejects(site.alex.stat(resolveName("c")));
  }
});
