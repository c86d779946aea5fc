/** Frames that are none, from a peer that has logged in. */
import assert from "node:assert/strict";
import { makeSite } from "../programs.ts";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { messageFrame } from "../support/peer.ts";
import { eachUnharmed, Watched } from "./watched_ftpd.ts";

const encoder = new TextEncoder();

function message(text: string | Uint8Array): Uint8Array {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  return encodeFrame("message", bytes);
}

const BROKEN = [
  { name: "a kind that is none", says: Uint8Array.fromHex("0200000001") },
  { name: "an empty message", says: Uint8Array.fromHex("0000000000") },
  { name: "a message of 4 GiB", says: Uint8Array.fromHex("00ffffffff") },
  { name: "data of 4 GiB", says: Uint8Array.fromHex("01ffffffff") },
  { name: "a message of 64 KiB + 1", says: Uint8Array.fromHex("0000010001") },
  {
    name: "data where no body is due",
    says: encodeFrame("data", Uint8Array.of(1)),
  },
  { name: "no UTF-8", says: message(Uint8Array.fromHex("7b22ff223a317d")) },
  {
    name: "UTF-8 longer than need be",
    says: message(Uint8Array.fromHex("7b22c080223a317d")),
  },
  {
    name: "a byte order mark",
    says: message('\ufeff{"action":"ping"}'),
  },
  { name: "no JSON", says: message('{"action":"ping"') },
  { name: "two objects", says: message('{"action":"ping"}{}') },
  { name: "an array", says: message('["action","ping"]') },
  { name: "a number", says: message("1") },
  { name: "a text", says: message('"ping"') },
  { name: "null", says: message("null") },
  {
    name: "an array 30,000 deep",
    says: message("[".repeat(30_000) + "]".repeat(30_000)),
  },
  { name: "65,536 opening brackets", says: message("[".repeat(65_536)) },
];

Deno.test("a broken frame is answered once, and the connection closed", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await eachUnharmed(t, watched, BROKEN, async ({ says }) => {
    await using peer = await watched.alex();
    // What was asked before it is answered; what comes after it is not read.
    const id = peer.nextId();
    await peer.send({ action: "stat", id, filename: "witness" });
    await peer.write(says);
    await peer.send({ action: "stat", id: peer.nextId(), filename: "witness" });
    const words = await peer.lastWords();
    const { status_code, action, last_id } = words.pop() ?? {};
    assert.deepEqual([action, status_code, last_id], ["goaway", 212, id]);
    for (const answer of words) assert.equal(answer.id, id);
    assert(words.length <= 1);
  });
});

Deno.test("a broken frame in the midst of a body undoes the put", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const cases = BROKEN.filter(({ name }) => !name.startsWith("data where"));
  cases.push({ name: "empty data", says: Uint8Array.fromHex("0100000000") });
  cases.push({
    name: "data over 1 MiB",
    says: Uint8Array.fromHex("0100100001"),
  });
  await eachUnharmed(t, watched, cases, async ({ says }) => {
    await using peer = await watched.alex();
    const id = peer.nextId();
    await peer.send({ action: "put", id, filename: "witness" });
    await peer.data(new Uint8Array(100_000));
    await peer.write(says);
    const words = await peer.lastWords();
    const goaway = words.at(-1);
    assert.deepEqual([goaway?.action, goaway?.status_code], ["goaway", 212]);
    for (const answer of words.slice(0, -1)) {
      assert.equal(answer.id, id);
      assert.notEqual(answer.status_code, 200);
    }
  });
});

const CUT = messageFrame({ action: "stat", id: 9, filename: "witness" });

Deno.test("a stream that ends within a frame is a lost connection", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const cases = [1, 4, 5, 6, CUT.length - 1].map((bytes) => ({
    name: `after ${bytes} bytes of ${CUT.length}`,
    bytes,
  }));
  await eachUnharmed(t, watched, cases, async ({ bytes }) => {
    await using peer = await watched.alex();
    await peer.write(CUT.subarray(0, bytes));
    await peer.closeWrite();
    assert.deepEqual(await peer.lastWords(), []);
  });
});

Deno.test("half a frame and silence ends at the stall time-out", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--stall-timeout", "4s");
  await Promise.all([1, 5, 6, CUT.length - 1].map(async (bytes) => {
    await using peer = await watched.alex();
    await peer.write(CUT.subarray(0, bytes));
    const codes = (await peer.lastWords()).map((word) => word.status_code);
    assert.deepEqual(codes, [245]);
  }));
  await watched.unharmed();
});
