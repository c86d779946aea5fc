/** No one is blocked by another: counted in chunks, not in time. */
import assert from "node:assert/strict";
import { BufferPool } from "../../lib/framing/mod.ts";
import type { Turns } from "../../lib/runtime/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { Site } from "./site.ts";

/** Turns that a test gives: whoever asks waits until it does. */
class HeldTurns implements Turns {
  asked = 0;
  parties = 0;
  held = false;
  #turn: PromiseWithResolvers<void> | null = null;

  join(): Disposable {
    this.parties++;
    return { [Symbol.dispose]: () => this.parties-- };
  }

  turn(): Promise<void> | undefined {
    this.asked++;
    if (!this.held) return undefined;
    this.#turn ??= Promise.withResolvers();
    return this.#turn.promise;
  }

  /** Let all who wait go on for one step. */
  async give(): Promise<void> {
    this.#turn?.resolve();
    this.#turn = null;
    await settled();
  }
}

/** A buffer holds a chunk of 1000 bytes. */
const CHUNK_BYTES = 1000;
const POOL = () => new BufferPool(CHUNK_BYTES + 5, 64);

Deno.test("a small get beside a large one is through within a few turns", async () => {
  const turns = new HeldTurns();
  await using site = await Site.open({
    turns,
    buffers: POOL(),
    windowBytes: 10_000_000, // no peer ever holds the large one up
  });
  await site.keep("large", randomBytes(CHUNK_BYTES * 1000));
  await site.keep("small", randomBytes(10));
  const large = await site.enter();
  const small = await site.enter();
  turns.held = true;
  await large.send({ action: "get", id: 4, filename: "large" });
  for (let turn = 0; turn < 20; turn++) await turns.give();
  const before = large.connection.bytesRead;
  const reading = large.rest();
  const got = small.get("small");
  let through = false;
  got.then(() => through = true);
  let given = 0;
  for (; !through && given < 100; given++) await turns.give();
  assert((await got).end);
  assert(given <= 6, `${given} turns for a small get`);
  assert(large.connection.bytesRead - before < 40 * CHUNK_BYTES, "not through");
  turns.held = false;
  await turns.give();
  large.connection.kill();
  await reading.catch(() => {});
});

Deno.test("large transfers go on side by side, a chunk a turn each", async () => {
  const turns = new HeldTurns();
  await using site = await Site.open({
    turns,
    buffers: POOL(),
    windowBytes: 10_000_000,
  });
  await site.keep("large", randomBytes(CHUNK_BYTES * 500));
  const peers = [];
  for (let n = 0; n < 5; n++) peers.push(await site.enter());
  assert.equal(turns.parties, 5);
  turns.held = true;
  for (const peer of peers) {
    await peer.send({ action: "get", id: 4, filename: "large" });
  }
  const readings = peers.map((peer) => peer.rest());
  for (let turn = 0; turn < 100; turn++) await turns.give();
  const moved = peers.map(({ connection }) => connection.bytesRead);
  const [least, most] = [Math.min(...moved), Math.max(...moved)];
  assert(least > 50 * CHUNK_BYTES, `${least} bytes in 100 turns`);
  assert(most - least <= 4 * CHUNK_BYTES, `${least} and ${most} bytes`);
  turns.held = false;
  await turns.give();
  for (const peer of peers) peer.connection.kill();
  await Promise.allSettled(readings);
  await settled();
  assert.equal(turns.parties, 0);
});

/** Loops that move data, and how many chunks of it a test has them move. */
const CHUNKS = 50;
const LOOPS: readonly {
  readonly name: string;
  readonly act: (site: Site) => Promise<void>;
}[] = [
  {
    name: "a get",
    act: async (site) => {
      await site.keep("a", new Uint8Array(CHUNKS * CHUNK_BYTES));
      const peer = await site.enter();
      assert((await peer.get("a")).end);
    },
  },
  {
    name: "a put",
    act: async (site) => {
      const peer = await site.enter();
      await peer.send({ action: "put", id: 4, filename: "a" });
      for (let n = 0; n < CHUNKS; n++) {
        await peer.data(new Uint8Array(CHUNK_BYTES));
      }
    },
  },
  {
    name: "a body that nobody wants",
    act: async (site) => {
      const peer = await site.enter();
      await peer.send({ action: "put", id: 4, filename: "../a" });
      for (let n = 0; n < CHUNKS; n++) {
        await peer.data(new Uint8Array(CHUNK_BYTES));
      }
    },
  },
  {
    name: "small requests",
    act: async (site) => {
      const peer = await site.enter();
      for (let n = 0; n < CHUNKS; n++) {
        await peer.ask({ action: "stat", filename: "a" });
      }
    },
  },
  {
    name: "pings",
    act: async (site) => {
      const peer = await site.enter();
      for (let n = 0; n < CHUNKS; n++) {
        await peer.send({ action: "ping" });
        await peer.message();
      }
    },
  },
  {
    name: "what comes after a broken frame",
    act: async (site) => {
      const peer = await site.enter();
      for (let n = 0; n < CHUNKS; n++) {
        await peer.data(new Uint8Array(CHUNK_BYTES));
      }
    },
  },
  {
    name: "what a refused connection sends",
    act: async (site) => {
      for (let n = 0; n < 3; n++) await site.dial();
      const peer = await site.dial();
      for (let n = 0; n < CHUNKS; n++) {
        await peer.data(new Uint8Array(CHUNK_BYTES));
      }
    },
  },
];
for (const { name, act } of LOOPS) {
  Deno.test(`${name}: a turn is asked for once a chunk`, async () => {
    const turns = new HeldTurns();
    await using site = await Site.open({
      turns,
      buffers: POOL(),
      windowBytes: CHUNK_BYTES,
      chunkBytes: CHUNK_BYTES,
      limits: { maxConnections: 3 },
    });
    const before = turns.asked;
    await act(site);
    await settled();
    const asked = turns.asked - before;
    assert(asked >= CHUNKS - 2, `${asked} turns for ${CHUNKS} chunks`);
  });
}

Deno.test("300 idle sessions hold no large buffer", async () => {
  await using site = await Site.open();
  await site.keep("a", randomBytes(1000));
  const peers = [];
  for (let n = 0; n < 300; n++) {
    const peer = await site.enter();
    if (n % 3 === 1) assert((await peer.get("a")).end);
    if (n % 3 === 2) {
      const answer = await peer.put(`${n}`, randomBytes(1000));
      assert.equal(answer.status_code, 200);
    }
    peers.push(peer);
  }
  await settled();
  assert.equal(site.server.sessions, 300);
  assert.equal(site.buffers.lent, 0);
  for (const peer of peers) peer.connection.kill();
});

Deno.test("many transfers at once get by with the buffers there are", async () => {
  const buffers = new BufferPool(CHUNK_BYTES, 64, 4);
  await using site = await Site.open({ buffers, windowBytes: 300 });
  const bytes = randomBytes(20_000);
  await site.keep("a", bytes);
  const peers = [];
  for (let n = 0; n < 40; n++) peers.push(await site.enter());
  const gets = peers.map((peer, n) =>
    n % 2 === 0
      ? peer.get("a").then(({ hex }) => assert.equal(hex, bytes.toHex()))
      : peer.put(`${n}`, bytes)
        .then(({ status_code }) => assert.equal(status_code, 200))
  );
  await settled();
  assert(buffers.lent <= 4);
  await Promise.all(gets);
  await settled();
  assert.equal(buffers.lent, 0);
  for (const peer of peers) peer.connection.kill();
});
