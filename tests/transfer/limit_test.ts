/** A bound on bandwidth: its core on a clock of the test, and connections. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { Connection, Network } from "../../lib/runtime/mod.ts";
import { limitedNetwork, RateLimit } from "../../lib/transfer/mod.ts";
import { HandClock, settled } from "../support/hand_clock.ts";

interface Moved {
  readonly ms: number;
  readonly bytes: number;
}

/** The most that any second sees, as a share of the rate. */
function busiest(moved: readonly Moved[], rate: number): number {
  let most = 0;
  for (const { ms: from } of moved) {
    const within = moved.filter(({ ms }) => ms >= from && ms <= from + 1000);
    most = Math.max(most, within.reduce((sum, { bytes }) => sum + bytes, 0));
  }
  return most / rate;
}

const never = new AbortController().signal;

Deno.test("no second sees more than 1.1 times the rate, and all of it is used", async () => {
  const anyRate = fc.integer({ min: 2048, max: 10_000_000 });
  // How much of the largest piece each wants.
  const anySizes = fc.array(fc.integer({ min: 1, max: 100 }), {
    minLength: 1,
    maxLength: 20,
  });
  // How late the clock moves on, as timers of a busy machine are.
  const anySteps = fc.array(fc.integer({ min: 1, max: 35 }), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(
      anyRate,
      anySizes,
      anySteps,
      fc.integer({ min: 1, max: 8 }),
      async (rate, sizes, steps, connections) => {
        const clock = new HandClock();
        const limit = new RateLimit(rate, clock, clock);
        const moved: Moved[] = [];
        const stop = new AbortController();
        const move = async (first: number) => {
          for (let n = first; !stop.signal.aborted; n++) {
            const share = sizes[n % sizes.length] ?? 1;
            const bytes = Math.ceil(limit.pieceBytesMax * share / 100);
            const wait = limit.take(bytes, stop.signal);
            if (wait !== undefined) await wait;
            moved.push({ ms: clock.monotonicMs(), bytes });
          }
        };
        const movers = Array.from(
          { length: connections },
          (_, n) => move(n).catch(() => {}),
        );
        for (let n = 0; clock.monotonicMs() < 3000; n++) {
          await clock.advance(steps[n % steps.length] ?? 1);
        }
        stop.abort();
        await clock.advance(1000);
        await Promise.all(movers);
        assert.equal(clock.pending, 0);
        assert(busiest(moved, rate) <= 1.1, `${busiest(moved, rate)}`);
        const all = moved.reduce((sum, { bytes }) => sum + bytes, 0);
        assert(all >= 2.7 * rate, `${all} in 3 s of ${rate}`);
      },
    ),
    { numRuns: 25 },
  );
});

Deno.test("after a silence nothing is made up for", async () => {
  const clock = new HandClock();
  const limit = new RateLimit(100_000, clock, clock);
  await clock.advance(60_000);
  const moved: Moved[] = [];
  const stop = new AbortController();
  const mover = (async () => {
    while (true) {
      await limit.take(limit.pieceBytesMax, stop.signal);
      moved.push({ ms: clock.monotonicMs(), bytes: limit.pieceBytesMax });
    }
  })().catch(() => {});
  for (let n = 0; n < 200; n++) await clock.advance(10);
  stop.abort();
  await mover;
  assert(busiest(moved, 100_000) <= 1.1);
});

Deno.test("who waits is served in turn, and who gives up takes nothing", async () => {
  const clock = new HandClock();
  const limit = new RateLimit(1000, clock, clock);
  const done: string[] = [];
  const take = async (name: string, signal: AbortSignal) => {
    await limit.take(40, signal);
    done.push(name);
  };
  const gaveUp = new AbortController();
  const all = [
    take("a", never),
    take("b", never),
    take("c", gaveUp.signal).catch(() => done.push("c gave up")),
    take("d", never),
    take("e", never),
  ];
  await settled();
  assert.deepEqual(done, ["a", "b"], "as much as may be made up for");
  gaveUp.abort();
  await clock.advance(1000);
  await Promise.all(all);
  assert.equal(done[2], "c gave up");
  assert.deepEqual(done.filter((name) => name.length === 1), [
    "a",
    "b",
    "d",
    "e",
  ]);
  assert.equal(clock.pending, 0);
});

/** A connection that takes and gives as much as it is asked, at once. */
function swift(moved: Moved[], clock: HandClock): Connection {
  let killed = false;
  const move = (bytes: number) => {
    if (killed) throw new Error("killed");
    moved.push({ ms: clock.monotonicMs(), bytes });
  };
  return {
    local: { hostname: "a", port: 1 },
    remote: { hostname: "b", port: 2 },
    bytesRead: 0,
    bytesWritten: 0,
    released: Promise.resolve(),
    read(into) {
      move(into.length);
      return Promise.resolve(into.length);
    },
    write(bytes) {
      move(bytes.length);
      return Promise.resolve();
    },
    closeWrite: () => Promise.resolve(),
    kill() {
      killed = true;
    },
  };
}

Deno.test("all connections together keep to it, in both directions", async () => {
  const rate = 1_000_000;
  const clock = new HandClock();
  const moved: Moved[] = [];
  const plain: Network = {
    listen: () => assert.fail("nobody listens here"),
    connect: () => Promise.resolve(swift(moved, clock)),
  };
  const limit = new RateLimit(rate, clock, clock);
  const network = limitedNetwork(plain, limit);
  const address = { hostname: "b", port: 2 };
  const connections = await Promise.all(
    [1, 2, 3].map(() => network.connect(address, never)),
  );
  const large = new Uint8Array(300_000);
  const work = connections.flatMap((connection) =>
    [
      (async () => {
        while (true) await connection.write(large);
      })(),
      (async () => {
        let bytes = 0;
        while (true) {
          bytes += await connection.read(new Uint8Array(70_000)) ?? 0;
        }
      })(),
    ].map((one: Promise<never>) => one.catch((error: Error) => error.message))
  );
  for (let n = 0; n < 300; n++) await clock.advance(10);
  const all = moved.reduce((sum, { bytes }) => sum + bytes, 0);
  // What was read ahead of its time is one piece a connection.
  assert(all <= 3.1 * rate + 3 * limit.pieceBytesMax, `${all}`);
  assert(all >= 2.7 * rate, `${all}`);
  for (const connection of connections) connection.kill();
  await clock.advance(1000);
  for (const message of await Promise.all(work)) {
    assert.match(message, /killed|ended/);
  }
  assert.equal(clock.pending, 0);
});
