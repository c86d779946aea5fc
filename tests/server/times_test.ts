/** What time does to a session, by a clock in the hand. */
import assert from "node:assert/strict";
import { encodeFrame } from "../../lib/framing/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { LOOK_MS, type SessionPeer, Site } from "./site.ts";

/** Take what comes to the end; the status of the goaway that came last. */
async function farewell(peer: SessionPeer): Promise<unknown> {
  const last = (await peer.rest()).at(-1);
  assert(typeof last === "object" && last.action === "goaway", `${last}`);
  return last.status_code;
}

Deno.test("a login that is not through in time ends, whatever was said", async () => {
  await using site = await Site.open();
  const silent = await site.dial();
  const greeted = await site.dial();
  await greeted.hello();
  const pinging = await site.dial();
  const inTime = await site.enter();
  await site.clock.advance(29_000);
  await pinging.send({ action: "ping" });
  assert.equal(site.server.sessions, 4);
  await site.clock.advance(LOOK_MS);
  for (const peer of [silent, greeted, pinging]) {
    assert.equal(await farewell(peer), 243);
    peer.connection.kill();
  }
  await settled();
  assert.equal(site.server.sessions, 1);
  const info = await inTime.ask({ action: "stat", filename: "/" });
  assert.equal(info.status_code, 200);
});

Deno.test("an idle session ends; a ping is no request", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await site.clock.advance(100_000);
  assert.equal((await peer.ask({ action: "stat", filename: "/" })).id, 4);
  await site.clock.advance(119_000);
  await peer.send({ action: "ping", token: "t" });
  assert.equal((await peer.message()).token, "t");
  await site.clock.advance(2 * LOOK_MS);
  assert.equal(await farewell(peer), 244);
});

Deno.test("idle_timeout off: a session may be idle on and on", async () => {
  await using site = await Site.open({ limits: { idleTimeoutMs: null } });
  const peer = await site.enter();
  await site.clock.advance(5 * 60_000);
  const info = await peer.ask({ action: "stat", filename: "/" });
  assert.equal(info.status_code, 200);
});

/** What a peer does that is then silent. */
const STALLS: readonly {
  name: string;
  act: (peer: SessionPeer, site: Site) => Promise<void>;
}[] = [
  {
    name: "a put whose body does not come",
    act: (peer) => peer.send({ action: "put", id: 4, filename: "a" }),
  },
  {
    name: "a put in the middle of its body",
    act: async (peer) => {
      await peer.send({ action: "put", id: 4, filename: "a" });
      await peer.data(new Uint8Array(1000));
    },
  },
  {
    name: "a put that was refused, its body not ended",
    act: async (peer) => {
      await peer.send({ action: "put", id: 4, filename: "../a" });
      assert.equal(await peer.status(), 204);
    },
  },
  {
    name: "half a frame",
    act: (peer) =>
      peer.connection.write(
        encodeFrame("message", new Uint8Array(20)).subarray(0, 12),
      ),
  },
  {
    name: "a get that nobody reads",
    act: async (peer, site) => {
      await site.keep("a", randomBytes(1_000_000));
      await peer.send({ action: "get", id: 4, filename: "a" });
    },
  },
];
for (const { name, act } of STALLS) {
  Deno.test(`${name} and silence: dropped at the stall time-out`, async () => {
    await using site = await Site.open();
    const peer = await site.enter();
    await act(peer, site);
    await settled();
    await site.clock.advance(59_000);
    assert.equal(site.server.sessions, 1, "not before its time");
    await site.clock.advance(4000);
    assert.equal(site.server.sessions, 0);
    assert.equal(site.logged("disconnect")[0]?.result, "stalled");
    assert.equal(site.alex.open, 0);
    peer.connection.kill();
  });
}

for (const requestsAhead of [1, 1024]) {
  Deno.test(`requests without end, ${requestsAhead} ahead, and nothing read: dropped`, async () => {
    await using site = await Site.open({ limits: { requestsAhead } });
    const peer = await site.enter();
    const flooding = (async () => {
      for (let id = 4;; id++) {
        await peer.send({ action: "stat", id, filename: "a" });
      }
    })().catch((error) => error.code);
    await settled();
    await site.clock.advance(59_000);
    assert.equal(site.server.sessions, 1, "not before its time");
    await site.clock.advance(4000);
    assert.equal(site.server.sessions, 0);
    assert.equal(site.logged("disconnect")[0]?.result, "stalled");
    peer.connection.kill();
    assert.match(await flooding, /lost|killed/);
  });
}

Deno.test("a byte now and then keeps a transfer alive where no rate is asked for", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await peer.send({ action: "put", id: 4, filename: "a" });
  for (let minute = 0; minute < 10; minute++) {
    await site.clock.advance(50_000);
    await peer.data(new Uint8Array([minute]));
  }
  assert.equal(site.server.sessions, 1);
  peer.connection.kill();
});

Deno.test("min_rate: under it a put is dropped after a minute, at it not", async () => {
  for (const [bytes, dropped] of [[900, true], [1100, false]] as const) {
    await using site = await Site.open({
      limits: { minRateBytesPerSecond: 1000 },
    });
    const peer = await site.enter();
    await peer.send({ action: "put", id: 4, filename: "a" });
    for (let second = 0; second < 130; second++) {
      if (site.server.sessions === 0) break;
      await peer.data(new Uint8Array(bytes)).catch(() => {});
      await site.clock.advance(LOOK_MS);
    }
    assert.equal(site.server.sessions, dropped ? 0 : 1);
    peer.connection.kill();
  }
});

Deno.test("a home that takes its time costs nobody anything, and is told of", async () => {
  for (const step of ["stat", "open", "openPart", "write", "commit"] as const) {
    await using site = await Site.open({
      limits: { minRateBytesPerSecond: 1000 },
    });
    const peer = await site.enter();
    await site.keep("a", new Uint8Array(10));
    const held = site.alex.faults.hang(step);
    const bytes = new Uint8Array(1000);
    const asked = step === "stat"
      ? peer.ask({ action: "stat", filename: "a" })
      : step === "open"
      ? peer.ask({ action: "get", filename: "a" })
      : peer.put("a", bytes);
    const saidAt: number[] = [];
    const answered = asked.then(async (message) => {
      for (; message.action === "progress"; message = await peer.message()) {
        assert.equal(message.id, 4);
        saidAt.push(site.clock.monotonicMs());
      }
      return message;
    });
    await settled();
    await site.clock.advance(90_000);
    held.release();
    assert.equal((await answered).status_code, 200, step);
    let before = 0;
    for (const atMs of saidAt) {
      assert(atMs - before <= 5000, `${step}: ${atMs - before} ms of silence`);
      before = atMs;
    }
    assert(saidAt.length >= 18, `${step}: ${saidAt.length} signs of life`);
    peer.connection.kill();
    await settled();
  }
});

Deno.test("no sign of life before login", async () => {
  await using site = await Site.open({
    limits: { loginTimeoutMs: 3_600_000 },
    openHome: () => new Promise(() => {}),
  });
  const peer = await site.dial();
  await peer.hello();
  const login = peer.login("alex");
  await site.clock.advance(60_000);
  peer.connection.kill();
  await assert.rejects(login, { code: "killed" });
});
