/** Who may connect: each limit at, below and above it, and places given back. */
import assert from "node:assert/strict";
import { LocalAdmission, type Place } from "../../lib/server/admission.ts";
import { settled } from "../support/hand_clock.ts";
import { Site } from "./site.ts";

const MANY = {
  maxConnections: 100,
  maxConnectionsPerAddress: 100,
  maxConnectionsPerUser: 100,
  maxUnauthenticated: 100,
};

async function placeOf(a: LocalAdmission, hostname = "h"): Promise<Place> {
  const place = await a.connect(hostname);
  assert(!("refused" in place), "refused");
  return place;
}

const LIMITS = [
  { limit: "maxConnections", status: "server_full" },
  { limit: "maxConnectionsPerAddress", status: "address_full" },
  { limit: "maxUnauthenticated", status: "server_full" },
] as const;
for (const { limit, status } of LIMITS) {
  Deno.test(`${limit}: the third of two is refused by ${status}, until one leaves`, async () => {
    const admission = new LocalAdmission({ ...MANY, [limit]: 2 });
    await placeOf(admission);
    const second = await placeOf(admission);
    for (let tries = 0; tries < 3; tries++) {
      assert.deepEqual(await admission.connect("h"), { refused: status });
    }
    second.leave();
    second.leave(); // twice is once
    await placeOf(admission);
    assert.deepEqual(await admission.connect("h"), { refused: status });
    assert.equal(admission.connections, 2);
  });
}

Deno.test("addresses are counted apart, and users, too", async () => {
  const admission = new LocalAdmission({
    ...MANY,
    maxConnectionsPerAddress: 1,
    maxConnectionsPerUser: 1,
  });
  const one = await placeOf(admission, "one");
  const two = await placeOf(admission, "two");
  assert.deepEqual(await admission.connect("two"), { refused: "address_full" });
  assert.equal(await one.login("alex"), null);
  assert.deepEqual(await two.login("alex"), { refused: "user_full" });
  assert.equal(await two.login("__proto__"), null);
  one.leave();
  const three = await placeOf(admission, "one");
  assert.equal(await three.login("alex"), null);
});

Deno.test("who has logged in gives a stranger's place up", async () => {
  const admission = new LocalAdmission({ ...MANY, maxUnauthenticated: 1 });
  const first = await placeOf(admission);
  assert.deepEqual(await admission.connect("h"), { refused: "server_full" });
  await first.login("alex");
  const second = await placeOf(admission);
  first.leave(); // is no stranger's place
  assert.deepEqual(await admission.connect("h"), { refused: "server_full" });
  second.leave();
  await placeOf(admission);
});

Deno.test("a lowered limit holds for who comes, not for who is here", async () => {
  const admission = new LocalAdmission(MANY);
  const places = [await placeOf(admission), await placeOf(admission)];
  admission.maxConnections = 1;
  assert.deepEqual(await admission.connect("h"), { refused: "server_full" });
  for (const place of places) place.leave();
  await placeOf(admission);
});

Deno.test("a connection over a limit is told by which, and closed", async () => {
  for (
    const [limit, code] of [
      ["maxConnections", 240],
      ["maxConnectionsPerAddress", 241],
      ["maxUnauthenticated", 240],
    ] as const
  ) {
    await using site = await Site.open({ limits: { [limit]: 1 } });
    const first = await site.dial();
    const over = await site.dial();
    const [goaway, ...more] = await over.rest();
    assert(typeof goaway === "object");
    assert.equal(goaway.action, "goaway");
    assert.deepEqual([goaway.status_code, goaway.last_id], [code, 0]);
    assert.deepEqual(more, []);
    over.connection.kill();
    // The first is served meanwhile, and its place is free once it goes.
    assert.equal((await first.hello()).status_code, 200);
    first.connection.kill();
    await settled();
    assert.equal((await (await site.dial()).hello()).status_code, 200);
  }
});

Deno.test("the third login of a user who may have two is 242, and the end", async () => {
  await using site = await Site.open({ limits: { maxConnectionsPerUser: 2 } });
  const [one] = [await site.enter(), await site.enter()];
  const third = await site.dial();
  await third.hello();
  assert.equal((await third.login("alex")).status_code, 242);
  assert.deepEqual(await third.rest(), []);
  third.connection.kill();
  await site.enter("test");
  one.connection.kill();
  await settled();
  await site.enter();
});

Deno.test("refused connections that do not go are dropped; too many are not told", async () => {
  await using site = await Site.open({ limits: { maxConnections: 1 } });
  await site.dial();
  const refused = [];
  for (let n = 0; n < 100; n++) refused.push(await site.dial());
  await settled();
  const told = await Promise.all(
    refused.map((peer) => peer.part().then((part) => part !== null)),
  );
  assert.equal(told.filter((it) => it).length, 64);
  await site.clock.advance(1500);
  for (const { connection } of refused) {
    await assert.rejects(connection.write(new Uint8Array(1)), { code: "lost" });
  }
});

Deno.test("a place is held until the socket is given back", async () => {
  // The older runtime holds a socket in a blocked write until the peer moves.
  await using site = await Site.open({
    holdsBlockedWrites: true,
    limits: { maxConnections: 1, stallTimeoutMs: 5000 },
  });
  const peer = await site.enter();
  await site.keep("a", new Uint8Array(1_000_000));
  await peer.send({ action: "get", id: 4, filename: "a" });
  await site.clock.advance(20_000);
  assert.equal(site.logged("disconnect")[0]?.result, "stalled");
  assert.equal(site.alex.open, 0, "its file is free at once");
  const over = await site.dial();
  assert.equal((await over.message()).status_code, 240);
  over.connection.kill();
  await peer.rest(); // now it moves
  await settled();
  peer.connection.kill();
  const next = await site.dial();
  assert.equal((await next.hello()).status_code, 200);
});

Deno.test("an admission that fails costs one connection, not the listener", async () => {
  const local = new LocalAdmission(MANY);
  let fails = 2;
  const site = await Site.open({
    admission: {
      connect: (hostname) =>
        fails-- > 0
          ? Promise.reject(new Error("no count to be had"))
          : local.connect(hostname),
    },
  });
  for (let n = 0; n < 2; n++) {
    const peer = await site.dial();
    assert.deepEqual(await peer.rest(), []);
  }
  await site.enter();
  assert.equal(site.logged("internal").length, 2);
  site.log.length = 0;
  await site[Symbol.asyncDispose]();
});
