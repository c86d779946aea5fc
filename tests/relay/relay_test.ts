/**
 * The relay that benches and kills go through: every byte arrives, in order,
 * counted, and not before its time. The same for one in this process and for
 * one in a process of its own. Times are only ever bounded from below, which a
 * busy machine cannot break.
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  openRelay,
  type Relay,
  type RelayOptions,
  startRelay,
} from "../support/relay/mod.ts";
import { READ_BYTES } from "../support/relay/direction.ts";

const HOSTNAME = "127.0.0.1";
const PLAIN = { delayMs: 0, bytesPerSecond: null };

/** A listener behind a relay, and connections through it. */
interface Ends extends AsyncDisposable {
  readonly relay: Relay;
  /** @returns The dialling side, and the side that was dialled. */
  connect(): Promise<[Deno.TcpConn, Deno.TcpConn]>;
}

type Open = (options: RelayOptions) => Promise<Relay>;

async function openEnds(
  open: Open,
  shape: { delayMs: number; bytesPerSecond: number | null },
): Promise<Ends> {
  await using stack = new AsyncDisposableStack();
  const listener = stack.use(Deno.listen({ hostname: HOSTNAME, port: 0 }));
  const to = { hostname: HOSTNAME, port: listener.addr.port };
  const from = { hostname: HOSTNAME, port: 0 };
  const relay = stack.use(await open({ ...shape, routes: [{ from, to }] }));
  const conns: Deno.TcpConn[] = [];
  stack.defer(() => {
    for (const conn of conns) closed(conn);
  });
  const kept = stack.move();
  return {
    relay,
    connect: async () => {
      const port = relay.ports[0] ?? 0;
      const near = await Deno.connect({ hostname: HOSTNAME, port });
      conns.push(near);
      const far = await listener.accept();
      conns.push(far);
      return [near, far];
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

function closed(conn: Deno.TcpConn): void {
  try {
    conn.close();
  } catch {
    // by the test already
  }
}

async function send(conn: Deno.TcpConn, bytes: Uint8Array): Promise<void> {
  let rest = bytes;
  while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
}

/** All that comes until the end. */
async function receive(
  conn: Deno.TcpConn,
  onPiece?: () => Promise<void>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  const buffer = new Uint8Array(100_000);
  while (true) {
    const bytes = await conn.read(buffer);
    if (bytes === null) break;
    pieces.push(buffer.slice(0, bytes));
    await onPiece?.();
  }
  return Buffer.concat(pieces);
}

/** Bytes with no short period, the same each time. */
function pattern(length: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let state = seed;
  for (let n = 0; n < length; n++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    bytes[n] = state >>> 16;
  }
  return bytes;
}

const here: Open = (options) => Promise.resolve(openRelay(options));
const KINDS: Readonly<Record<string, Open>> = {
  "in this process": here,
  "a process of its own": startRelay,
};
const SHAPES = [
  { name: "with nothing held", shape: PLAIN },
  { name: "with a delay", shape: { delayMs: 5, bytesPerSecond: null } },
  {
    name: "with a delay and a rate",
    shape: { delayMs: 2, bytesPerSecond: 50_000_000 },
  },
];

for (const [kind, open] of Object.entries(KINDS)) {
  for (const { name, shape } of SHAPES) {
    Deno.test(`relay, ${kind}, ${name}: bytes of many connections`, async () => {
      await using ends = await openEnds(open, shape);
      const sizes = [0, 1, 20_000, 500_000, 1_000_000, 2_000_000];
      const pairs: [Deno.TcpConn, Deno.TcpConn][] = [];
      for (const _ of sizes) pairs.push(await ends.connect());
      await Promise.all(sizes.map(async (size, n) => {
        const [near, far] = pairs[n] ?? assert.fail();
        const up = pattern(size, n);
        const down = pattern(size >> 1, n + 100);
        const [, , got, answered] = await Promise.all([
          send(near, up).then(() => near.closeWrite()),
          send(far, down).then(() => far.closeWrite()),
          receive(far),
          receive(near),
        ]);
        assert.deepEqual(hashOf(got), hashOf(up));
        assert.deepEqual(hashOf(answered), hashOf(down));
      }));
      const sum = sizes.reduce((a, b) => a + b);
      const half = sizes.reduce((sum, size) => sum + (size >> 1), 0);
      const { up, down, connections } = await ends.relay.counts();
      assert.deepEqual({ up, down, connections }, {
        up: { taken: sum, given: sum },
        down: { taken: half, given: half },
        connections: sizes.length,
      });
    });
  }

  Deno.test(`relay, ${kind}: an end passes while the other way goes on`, async () => {
    await using ends = await openEnds(open, PLAIN);
    const [near, far] = await ends.connect();
    await send(near, Uint8Array.of(1));
    await near.closeWrite();
    assert.equal(hashOf(await receive(far)), hashOf(Uint8Array.of(1)));
    const answer = pattern(300_000, 7);
    await Promise.all([
      send(far, answer).then(() => far.closeWrite()),
      receive(near).then((got) => assert.equal(hashOf(got), hashOf(answer))),
    ]);
  });

  Deno.test(`relay, ${kind}: cut() ends every connection at both sides`, async () => {
    await using ends = await openEnds(open, PLAIN);
    const pairs = [await ends.connect(), await ends.connect()];
    const sides = pairs.flat();
    const over = sides.map(untilGone);
    for (const [near] of pairs) await send(near, pattern(1000, 1));
    await ends.relay.reached("up", 2000);
    assert.equal(await ends.relay.cut(), 2);
    await Promise.all(over);
    assert.equal((await ends.relay.counts()).open, 0);
    // Who dials again gets through.
    const [near, far] = await ends.connect();
    await send(near, Uint8Array.of(5));
    await near.closeWrite();
    assert.equal(hashOf(await receive(far)), hashOf(Uint8Array.of(5)));
  });

  for (const end of ["release", "cut"] as const) {
    Deno.test(`relay, ${kind}: what is held stands still until ${end}()`, async () => {
      await using ends = await openEnds(open, PLAIN);
      const [near, far] = await ends.connect();
      const heldAt = 1_000_000;
      await ends.relay.hold("up", heldAt);
      const bytes = pattern(20_000_000, 3);
      const sent = send(near, bytes).then(() => near.closeWrite());
      const got = receive(far);
      const ended = Promise.allSettled([sent, got]);
      await ends.relay.reached("up", heldAt);
      const { up } = await ends.relay.counts();
      // One more read of the only connection.
      assert(up.taken < heldAt + 2 * 65_536, `${up.taken}`);
      await ends.relay[end]();
      await ended;
      const { up: { taken }, open: left } = await ends.relay.counts();
      if (end === "release") {
        assert.equal(hashOf(await got), hashOf(bytes));
      } else {
        assert(taken < bytes.length);
        assert.equal(left, 0);
      }
    });
  }
}

Deno.test("relay: nothing arrives before its delay", async () => {
  const delayMs = 30;
  await using ends = await openEnds(here, {
    delayMs,
    bytesPerSecond: null,
  });
  const dialled = performance.now();
  const [near, far] = await ends.connect();
  // There, back, there: see relay.ts. Timers may be 1 ms early each.
  assert(performance.now() - dialled >= 3 * delayMs - 2);
  const one = new Uint8Array(1);
  const since = performance.now();
  await near.write(one);
  await far.read(one);
  await far.write(one);
  await near.read(one);
  assert(performance.now() - since >= 2 * delayMs - 4);
});

Deno.test("relay: connections share its rate", async () => {
  const bytesPerSecond = 20_000_000;
  await using ends = await openEnds(here, {
    delayMs: 0,
    bytesPerSecond,
  });
  const each = 1_000_000;
  const pairs = [await ends.connect(), await ends.connect()];
  const since = performance.now();
  await Promise.all(pairs.map(async ([near, far]) => {
    await Promise.all([
      send(near, new Uint8Array(each)).then(() => near.closeWrite()),
      receive(far),
    ]);
  }));
  const ms = performance.now() - since;
  assert(ms >= 2 * each / bytesPerSecond * 1000 - 2, `${ms} ms`);
});

Deno.test("relay: a receiver that does not read stops the sender", async () => {
  const shape = { delayMs: 1, bytesPerSecond: 10_000_000 };
  await using ends = await openEnds(here, shape);
  const [near, far] = await ends.connect();
  // The product of bandwidth and delay is less than the least it may hold.
  const most = 64 * 1024 + READ_BYTES;
  let looks = 0;
  const [, got] = await Promise.all([
    send(near, new Uint8Array(2_000_000)).then(() => near.closeWrite()),
    receive(far, async () => {
      const { up } = await ends.relay.counts();
      assert(up.taken - up.given <= most, `${up.taken - up.given} held`);
      looks++;
    }),
  ]);
  assert.equal(got.length, 2_000_000);
  assert(looks > 1);
});

Deno.test("relay: a target that is not there ends the connection", async () => {
  const to = { hostname: HOSTNAME, port: 1 }; // nobody listens there
  const from = { hostname: HOSTNAME, port: 0 };
  await using relay = openRelay({ ...PLAIN, routes: [{ from, to }] });
  const port = relay.ports[0] ?? 0;
  using near = await Deno.connect({ hostname: HOSTNAME, port });
  await untilGone(near);
});

/** Until a read ends or fails: the other side is gone. */
async function untilGone(conn: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1000);
  try {
    while (await conn.read(buffer) !== null);
  } catch {
    // reset: gone as well
  }
}

function hashOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
