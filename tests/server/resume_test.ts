/** Parts that are kept: marks, take-over, conditions, in a server in memory. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { sumOf } from "../support/sums.ts";
import { endOf, type SessionPeer, Site } from "./site.ts";

const T1 = "1".repeat(32);
const T2 = "2".repeat(32);
const BODY = new TextEncoder().encode("0123456789");
const put = { action: "put", filename: "a", transfer: T1, identity: "i" };
const item = { filename: "a", transfer: T1, identity: "i" };

function markOf(id: number, bytes: Uint8Array): JsonObject {
  const offset = bytes.length;
  return { action: "mark", id, offset, checksum: sumOf(bytes) };
}

async function begin(
  peer: SessionPeer,
  more: JsonObject = {},
  marked = 5,
): Promise<number> {
  const id = ++peer.id;
  await peer.send({ ...put, ...more, id });
  const bytes = BODY.subarray(0, marked);
  await peer.data(bytes);
  await peer.send(markOf(id, bytes));
  return id;
}

/** A part, marked at 5, whose put is over. */
async function leave(peer: SessionPeer, more: JsonObject = {}): Promise<void> {
  const id = await begin(peer, more);
  await peer.send({ action: "abort", id });
  assert.equal(await peer.status(), 214);
}

async function lines(
  peer: SessionPeer,
  more: JsonObject,
): Promise<JsonObject[]> {
  const answer = await peer.ask({ action: "resume", ...more });
  assert.equal(answer.status_code, 200);
  let hex = "";
  for (let part; (part = await peer.part()) !== null;) {
    if (part.kind === "message") break;
    hex += part.payload.toHex();
  }
  return new TextDecoder().decode(Uint8Array.fromHex(hex)).split("\n")
    .slice(0, -1).map((line) => JSON.parse(line));
}

async function state(peer: SessionPeer, more: JsonObject = {}) {
  return (await lines(peer, { items: [{ ...item, ...more }] }))[0];
}

const AT_5 = { state: "part", offset: 5, checksum: sumOf(BODY.subarray(0, 5)) };
const GO_ON = { ...put, offset: 5, offset_checksum: AT_5.checksum };

async function goOn(peer: SessionPeer, more: JsonObject = {}) {
  const id = ++peer.id;
  await peer.send({ ...GO_ON, ...more, id });
  await peer.data(BODY.subarray(5));
  await peer.send(endOf(id, BODY));
  return await peer.message();
}

async function content(peer: SessionPeer): Promise<string> {
  const { hex } = await peer.get("a");
  return new TextDecoder().decode(Uint8Array.fromHex(hex));
}

Deno.test("the same transfer takes a put over that is under way", async () => {
  await using site = await Site.open();
  const former = await site.enter();
  const id = await begin(former);
  const peer = await site.enter();
  while ((await state(peer))?.state !== "part");
  const answer = await goOn(peer);
  assert.equal(answer.status_code, 200);
  assert.equal(answer.size, 10);
  assert.equal(await former.status(), 233);
  // Its body is read over; then the session is as good as before.
  await former.data(BODY);
  await former.send({ action: "abort", id });
  assert.equal((await former.ask({ action: "stat", filename: "a" })).size, 10);
  assert.equal(await content(peer), "0123456789");
  assert.equal((await state(peer))?.state, "complete");
});

Deno.test("another transfer leaves a part in use alone, and takes one that is not", async () => {
  await using site = await Site.open();
  const former = await site.enter();
  const id = await begin(former);
  const peer = await site.enter();
  while ((await state(peer))?.state !== "part");
  const none = { state: "none", reason: "in_use" };
  assert.deepEqual(await state(peer, { transfer: T2 }), none);
  assert.equal((await goOn(peer, { transfer: T2 })).status_code, 234);
  const [own] = await lines(peer, {});
  assert.equal(own?.in_use, true);
  const kept = await peer.ask({ action: "resume", discard: [T1] });
  assert.equal(kept.discarded, 0);
  await former.send({ action: "abort", id });
  assert.equal(await former.status(), 214);
  assert.deepEqual(await state(peer, { transfer: T2 }), AT_5);
  assert.equal((await goOn(peer, { transfer: T2 })).status_code, 200);
  assert.equal(await content(peer), "0123456789");
});

const WRONG = [
  { name: "another checksum", mark: { offset: 5, checksum: "crc32:00000000" } },
  { name: "another offset", mark: { offset: 4, checksum: sumOf(BODY) } },
  {
    name: "another kind of checksum",
    mark: { offset: 5, checksum: sumOf(BODY.subarray(0, 5), "sha256") },
  },
];
for (const { name, mark } of WRONG) {
  Deno.test(`a mark with ${name}: 229, and the part is gone`, async () => {
    await using site = await Site.open();
    const peer = await site.enter();
    const id = await begin(peer);
    await peer.send({ action: "mark", id, ...mark });
    assert.equal(await peer.status(), 229);
    await peer.send({ action: "abort", id });
    assert.deepEqual(await state(peer), { state: "none" });
    assert.deepEqual(site.alex.partFiles.count, { parts: 0, journals: 0 });
  });
}

const BAD_MARK = { action: "mark", offset: 1, checksum: "crc32:00000000" };
const IGNORED: { name: string; more: JsonObject; mark: JsonObject }[] = [
  { name: "of another id", more: {}, mark: { ...BAD_MARK, id: 99 } },
  { name: "without its fields", more: {}, mark: { action: "mark" } },
  {
    name: "in a put with no transfer",
    more: { transfer: undefined },
    mark: BAD_MARK,
  },
];
for (const { name, more, mark } of IGNORED) {
  Deno.test(`a mark ${name} is ignored`, async () => {
    await using site = await Site.open();
    const peer = await site.enter();
    const id = ++peer.id;
    await peer.send({ ...BAD_MARK, id }); // no body is under way
    await peer.send({ ...put, ...more, id });
    await peer.send({ id, ...mark });
    await peer.data(BODY);
    await peer.send({ id, ...mark }, endOf(id, BODY));
    assert.equal(await peer.status(), 200);
  });
}

Deno.test("a wrong mark before any byte is a wrong mark", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  const id = ++peer.id;
  await peer.send({ ...put, id });
  await peer.send({ action: "mark", id, offset: 7, checksum: sumOf(BODY) });
  assert.equal(await peer.status(), 229);
  await peer.send({ action: "abort", id });
  assert.deepEqual(await state(peer), { state: "none" });
});

Deno.test("10,000 marks are as good as the last one", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  const id = await begin(peer);
  const mark = markOf(id, BODY.subarray(0, 5));
  for (let nth = 0; nth < 100; nth++) {
    await peer.sendAtOnce(...Array.from({ length: 100 }, () => mark));
  }
  await peer.send({ action: "abort", id });
  assert.equal(await peer.status(), 214);
  assert.deepEqual(await state(peer), AT_5);
});

const NOTHING_THERE: { name: string; more: JsonObject }[] = [
  { name: "another offset", more: { offset: 4 } },
  { name: "another checksum", more: { offset_checksum: "crc32:00000000" } },
  { name: "no checksum", more: { offset_checksum: undefined } },
  { name: "another identity", more: { identity: "j" } },
  { name: "another target", more: { filename: "b" } },
  { name: "no transfer", more: { transfer: undefined } },
];
for (const { name, more } of NOTHING_THERE) {
  Deno.test(`there is nothing to go on with at ${name}: 234`, async () => {
    await using site = await Site.open();
    const peer = await site.enter();
    await leave(peer);
    assert.equal((await goOn(peer, more)).status_code, 234);
    assert.deepEqual(await state(peer), AT_5); // it is still there
  });
}

Deno.test("nobody sees, takes or discards the part of another account", async () => {
  await using site = await Site.open({
    openHome: () => Promise.resolve(site.alex), // a home that both share
  });
  const peer = await site.enter();
  await leave(peer);
  const other = await site.enter("test");
  assert.deepEqual(await state(other), { state: "none" });
  assert.deepEqual(await lines(other, {}), []);
  assert.equal((await goOn(other)).status_code, 234);
  const discarded = await other.ask({ action: "resume", discard: [T1] });
  assert.equal(discarded.discarded, 0);
  assert.equal((await goOn(peer)).status_code, 200);
});

/** Count the bytes that are read of parts and of files. */
function countReads({ alex }: Site): () => number {
  let all = 0;
  const count = (bytes: number) => {
    all += bytes;
    return bytes;
  };
  const { partFiles } = alex;
  const openPart = partFiles.open.bind(partFiles);
  partFiles.open = async (...args) => {
    const part = await openPart(...args);
    const read = part.read.bind(part);
    part.read = async (...args) => count(await read(...args));
    return part;
  };
  const openFile = alex.read.bind(alex);
  alex.read = async (...args) => {
    const file = await openFile(...args);
    const read = file.read.bind(file);
    file.read = async (...args) => count(await read(...args));
    return file;
  };
  return () => all;
}

Deno.test("the bytes before the offset are read again where that is needed, and no others", async () => {
  const verify = { verify: true };
  for (const more of [{}, verify, { checksum_type: "sha256" }]) {
    await using site = await Site.open();
    const peer = await site.enter();
    await leave(peer);
    const read = countReads(site);
    const id = ++peer.id;
    await peer.send({ ...GO_ON, ...more, id });
    await peer.data(BODY.subarray(5));
    const type = "checksum_type" in more ? "sha256" : "crc32";
    const checksum = sumOf(BODY, type);
    await peer.send({ action: "end", id, size: 10, checksum });
    const answer = await peer.message();
    assert.deepEqual([answer.status_code, answer.checksum], [200, checksum]);
    const again = Object.keys(more).length > 0 ? 5 : 0;
    assert.equal(read(), again);
    // The other way: what is sent, and what is before it.
    const { offset_checksum } = GO_ON;
    const get = { action: "get", filename: "a", offset: 5, offset_checksum };
    assert.equal((await peer.ask({ ...get, ...more })).status_code, 200);
    assert.equal((await peer.message()).checksum, checksum);
    assert.equal(read(), again + 5 + again);
  }
});

Deno.test("max_upload counts the bytes before the offset, too", async () => {
  await using site = await Site.open({ limits: { maxUploadBytes: 9 } });
  const peer = await site.enter();
  await leave(peer);
  assert.equal((await goOn(peer)).status_code, 227);
  assert.deepEqual(await state(peer), { state: "none" });
});

Deno.test("a put without a mark leaves nothing; one at 0 begins anew", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  const id = ++peer.id;
  await peer.send({ ...put, id });
  await peer.data(BODY);
  await peer.send({ action: "abort", id });
  assert.equal(await peer.status(), 214);
  assert.deepEqual(site.alex.partFiles.count, { parts: 0, journals: 0 });
  await leave(peer);
  const again = ++peer.id;
  await peer.send({ ...put, id: again });
  await peer.data(BODY);
  await peer.send({ action: "abort", id: again });
  assert.equal(await peer.status(), 214);
  assert.deepEqual(site.alex.partFiles.count, { parts: 0, journals: 0 });
});

for (const how of ["the connection", "the server"]) {
  Deno.test(`a part outlives ${how}, as far as it was marked`, async () => {
    await using site = await Site.open();
    const peer = await site.enter();
    await begin(peer);
    await peer.data(BODY.subarray(5, 7));
    const watch = await site.enter();
    while ((await state(watch))?.state !== "part");
    if (how === "the connection") {
      peer.connection.kill();
      while ((await lines(watch, {}))[0]?.in_use !== false);
      assert.equal((await goOn(watch)).status_code, 200);
      assert.equal(await content(watch), "0123456789");
    } else {
      await site.stop();
      assert.deepEqual(site.alex.partFiles.count, { parts: 1, journals: 1 });
      assert.equal(site.alex.partFiles.used, 0);
    }
  });
}

Deno.test("of more parts than parts_max the oldest goes", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  const transfers = [1, 2, 3, 4, 5].map((n) => `${n}`.repeat(32));
  for (const [nth, transfer] of transfers.entries()) {
    await leave(peer, { filename: `${nth}`, transfer });
    await site.clock.advance(1000);
  }
  const left = (await lines(peer, {})).map(({ transfer }) => transfer).sort();
  assert.deepEqual(left, transfers.slice(1));
  const discard = transfers;
  const { discarded } = await peer.ask({ action: "resume", discard });
  assert.equal(discarded, 4);
  assert.deepEqual(site.alex.partFiles.count, { parts: 0, journals: 0 });
});

Deno.test("a message full of items is answered in full", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await leave(peer);
  const items = Array.from({ length: 600 }, (_, nth) => ({
    ...(nth % 2 === 0 ? item : { filename: "..", version: "v" }),
  }));
  const found = await lines(peer, { items });
  assert.equal(found.length, items.length);
  assert.deepEqual(found.slice(0, 2), [AT_5, { state: "none" }]);
});

Deno.test("a get goes on behind bytes that are right, and no others", async () => {
  await using site = await Site.open();
  await site.keep("a", BODY);
  const peer = await site.enter();
  const get = { action: "get", filename: "a", offset: 5 };
  const before = { offset_checksum: AT_5.checksum };
  for (const more of [{}, { verify: true }, { marks: true }]) {
    const answer = await peer.ask({ ...get, ...before, ...more });
    assert.deepEqual([answer.size, answer.file_size], [5, 10]);
    const { size, checksum } = await peer.message();
    assert.deepEqual([size, checksum], [10, sumOf(BODY)]);
  }
  const zero = { offset_checksum: "crc32:00000000" };
  const wrong = await peer.ask({ ...get, ...zero, verify: true });
  assert.equal(wrong.status_code, 229);
  const beyond = await peer.ask({ ...get, ...before, offset: 11 });
  assert.equal(beyond.status_code, 228);
});

Deno.test("a deed with an operation is done once, and remembered ten minutes", async () => {
  await using site = await Site.open();
  await site.keep("a", BODY);
  await site.keep("b", BODY.subarray(1));
  const peer = await site.enter();
  const rm = { action: "rm", filename: "a", operation: T1 };
  const first = await peer.ask(rm);
  assert.deepEqual([first.status_code, first.removed], [200, 1]);
  const { id: _, ...again } = await peer.ask(rm);
  assert.deepEqual(again, (({ id: _, ...rest }) => rest)(first));
  assert.equal((await peer.ask({ ...rm, filename: "b" })).status_code, 202);
  const other = await site.enter("test");
  assert.equal((await other.ask(rm)).status_code, 220); // another account's
  assert.equal((await other.ask(rm)).status_code, 220);
  for (let minute = 0; minute < 11; minute++) {
    await peer.ask({ action: "stat", filename: "b" });
    await other.ask({ action: "stat", filename: "b" });
    await site.clock.advance(60_000);
  }
  assert.equal((await peer.ask(rm)).status_code, 220);
});
