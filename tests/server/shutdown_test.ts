/** The end of a server: what was asked for is answered, then it is over. */
import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { endOf, type SessionPeer, Site } from "./site.ts";

const BYTES = randomBytes(1_500_000);

/** Ids with their status or action, without the data between. */
function codes(all: readonly (JsonObject | string)[]): [unknown, unknown][] {
  return all.flatMap((one) =>
    typeof one === "object"
      ? [[one.action ?? one.id, one.status_code ?? one.id]]
      : []
  );
}

async function restOf(peer: SessionPeer): Promise<(JsonObject | string)[]> {
  const all = await peer.rest();
  peer.connection.kill();
  return all;
}

Deno.test("stop() ends at once who is idle, or has not logged in", async () => {
  await using site = await Site.open();
  const peers = [await site.dial(), await site.enter()];
  const rests = peers.map(restOf);
  await site.stop(3_600_000);
  for (const rest of rests) {
    const [goaway, ...more] = await rest;
    assert(typeof goaway === "object" && more.length === 0);
    assert.deepEqual([goaway.action, goaway.status_code], ["goaway", 247]);
    assert.equal(goaway.retry_after, null);
  }
});

Deno.test("stop() lets what was asked for be done, and takes no more", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await site.keep("a", BYTES);
  await peer.send(
    { action: "get", id: 4, filename: "a" },
    { action: "stat", id: 5, filename: "a" },
  );
  await settled();
  const stopping = site.stop(60_000);
  await settled();
  // Crossed the goaway: not touched, and not answered.
  await peer.send({ action: "stat", id: 6, filename: "a" });
  const all = await restOf(peer);
  const goaway = all.find((one) =>
    typeof one === "object" && one.action === "goaway"
  );
  assert(typeof goaway === "object");
  assert.deepEqual([goaway.status_code, goaway.last_id], [247, 5]);
  const rest = codes(all.filter((one) => one !== goaway));
  assert.deepEqual(rest, [[4, 200], ["end", 4], [5, 200]]);
  const data = all.filter((one) => typeof one === "string").join("");
  assert.equal(data, BYTES.toHex());
  await stopping;
});

Deno.test("a put under way at stop() is let finish, too", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await peer.send({ action: "put", id: 4, filename: "a" });
  await peer.data(BYTES.subarray(0, 1000));
  const stopping = site.stop(60_000);
  assert.equal((await peer.message()).action, "goaway");
  await peer.data(BYTES.subarray(1000, 2000));
  await peer.send(endOf(4, BYTES.subarray(0, 2000)));
  assert.deepEqual(codes(await restOf(peer)), [[4, 200]]);
  await stopping;
  assert.equal(site.logged("put")[0]?.result, "success");
});

Deno.test("once the grace is over all that waits is answered by 213", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  using _hanging = site.alex.faults.hang("stat");
  await peer.send(
    { action: "stat", id: 4, filename: "a" },
    { action: "stat", id: 5, filename: "a" },
    { action: "put", id: 6, filename: "a" },
  );
  const rest = restOf(peer);
  await settled();
  const stopping = site.stop(5000);
  await settled();
  await peer.send(endOf(6, new Uint8Array(0)), {
    action: "stat",
    id: 7,
    filename: "a",
  });
  await stopping;
  const all = await rest;
  assert.deepEqual(
    codes(all).filter(([what]) => what !== "progress"),
    [["goaway", 247], [4, 213], [5, 213], [6, 213], ["goaway", 247]],
  );
  const lastIds = all.flatMap((one) =>
    typeof one === "object" && one.action === "goaway" ? [one.last_id] : []
  );
  assert.deepEqual(lastIds, [6, 6], "7 came too late, and is not answered");
});

Deno.test("once the grace is over a get ends by abort, and a put leaves nothing", async () => {
  await using site = await Site.open();
  await site.keep("a", BYTES);
  const getting = await site.enter();
  const putting = await site.enter();
  await getting.send({ action: "get", id: 4, filename: "a" });
  await putting.send({ action: "put", id: 4, filename: "b" });
  await putting.data(BYTES.subarray(0, 1000));
  await settled();
  const put = restOf(putting);
  const stopping = site.stop(5000);
  // Reads nothing until the grace is over, then what is left.
  while (site.clock.monotonicMs() < 5500) await settled();
  const get = restOf(getting);
  await stopping;
  const ends = codes(await get);
  assert.deepEqual(ends.slice(-2), [["abort", 213], ["goaway", 247]]);
  const answer = codes(await put).find(([what]) => what === 4);
  assert.deepEqual(answer, [4, 213]);
  assert.equal(site.alex.open, 0);
});

Deno.test("a peer that takes nothing at all is killed in the end", async () => {
  await using site = await Site.open();
  await site.keep("a", BYTES);
  const peer = await site.enter();
  await peer.send({ action: "get", id: 4, filename: "a" });
  await settled();
  await site.stop(5000);
  assert(site.clock.monotonicMs() < 15_000);
  assert.equal(site.server.sessions, 0);
  peer.connection.kill();
});

Deno.test("a second signal does not wait for the grace", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  using _hanging = site.alex.faults.hang("stat");
  await peer.send({ action: "stat", id: 4, filename: "a" });
  const rest = restOf(peer);
  await settled();
  const hurry = new AbortController();
  const stopping = site.stop(3_600_000, hurry.signal);
  await settled();
  hurry.abort();
  await stopping;
  assert(site.clock.monotonicMs() < 10_000);
  await rest.catch(() => {}); // said if it could be, and killed
});

Deno.test("stop() does not let a connection in that is just coming", async () => {
  for (let turns = 0; turns < 12; turns++) {
    await using site = await Site.open();
    const busy = await site.enter();
    const hanging = site.alex.faults.hang("stat");
    await busy.send({ action: "stat", id: 4, filename: "a" });
    const dialling = site.dial();
    for (let turn = 0; turn < turns; turn++) await null;
    const stopping = site.stop(30_000);
    const peer = await dialling;
    await peer.rest().catch(() => {});
    peer.connection.kill();
    assert(site.clock.monotonicMs() < 10_000, "it waited for the grace");
    await assert.rejects(site.dial(), { code: "refused" });
    hanging.release();
    await busy.rest();
    busy.connection.kill();
    await stopping;
  }
});
