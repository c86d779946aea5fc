/** When a disk may hold the loop, and how calls are given up that hang. */
import assert from "node:assert/strict";
import { FolderSync } from "../../lib/storage/folder_sync.ts";
import { Pace } from "../../lib/storage/pace.ts";

/** A clock that a call moves on while it holds the loop. */
class MovedClock {
  #nowMs = 0;
  monotonicMs(): number {
    return this.#nowMs;
  }
  date(): Date {
    return new Date(this.#nowMs);
  }
  advance(ms: number): void {
    this.#nowMs += ms;
  }
}

/** A call that takes as long as a test says. */
class SlowCall {
  readonly #done = Promise.withResolvers<string>();
  begun = 0;
  readonly call = () => {
    this.begun++;
    return this.#done.promise;
  };
  finish(result = "done") {
    this.#done.resolve(result);
  }
}

async function quickPace(clock = new MovedClock()): Promise<Pace> {
  const pace = new Pace(clock);
  for (let n = 0; n < 3; n++) await pace.wait(() => Promise.resolve());
  assert.ok(pace.quick);
  return pace;
}

/** All that waits for nothing but others' answers has had its turn. */
async function settled(): Promise<void> {
  for (let n = 0; n < 20; n++) await Promise.resolve();
}

Deno.test("a disk proves quick by some quick answers in a row", async () => {
  const clock = new MovedClock();
  const pace = new Pace(clock);
  assert.ok(!pace.quick);
  const answer = async (ms: number) => {
    await pace.wait(() => Promise.resolve(clock.advance(ms)));
  };
  await answer(1);
  await answer(1);
  await answer(500);
  assert.ok(!pace.quick);
  await answer(1);
  await answer(1);
  assert.ok(!pace.quick);
  await answer(100);
  assert.ok(pace.quick);
});

Deno.test("one slow call, held or waited for, and it is not quick", async () => {
  const clock = new MovedClock();
  const pace = await quickPace(clock);
  pace.hold(() => clock.advance(25));
  assert.ok(pace.quick);
  pace.hold(() => clock.advance(26));
  assert.ok(!pace.quick);
  const other = await quickPace(clock);
  await other.wait(() => Promise.resolve(clock.advance(101)));
  assert.ok(!other.quick);
});

Deno.test("a call that fails is measured as well, and fails", async () => {
  const clock = new MovedClock();
  const pace = await quickPace(clock);
  const broken = new Error("broken");
  assert.throws(() =>
    pace.hold(() => {
      clock.advance(30);
      throw broken;
    }), broken);
  assert.ok(!pace.quick);
  await assert.rejects(pace.wait(() => Promise.reject(broken)), broken);
});

Deno.test("a call that hangs is given up, and undone when it comes back", async () => {
  const pace = await quickPace();
  const stop = new AbortController();
  const slow = new SlowCall();
  const late: string[] = [];
  const waiting = pace.wait(slow.call, stop.signal, (one) => late.push(one));
  assert.ok(pace.quick);
  stop.abort(new Error("enough"));
  await assert.rejects(waiting, { code: "aborted" });
  assert.ok(!pace.quick, "while it hangs, nothing may hold the loop there");
  assert.deepEqual(late, []);
  slow.finish("a handle");
  await settled();
  assert.deepEqual(late, ["a handle"]);
  assert.ok(pace.quick);
});

Deno.test("a signal that fired before: the call is not made", async () => {
  const pace = new Pace(new MovedClock());
  const slow = new SlowCall();
  const waiting = pace.wait(slow.call, AbortSignal.abort());
  await assert.rejects(waiting, { code: "aborted" });
  assert.equal(slow.begun, 0);
});

Deno.test("a home that hangs takes its share of threads, and no more", async () => {
  const pace = new Pace(new MovedClock());
  const stop = new AbortController();
  const slow = new SlowCall();
  const calls = Array.from(
    { length: 100 },
    () => pace.wait(slow.call, stop.signal),
  );
  await settled();
  assert.equal(slow.begun, 16);
  // Giving up frees nobody's thread: the calls are still under way.
  const given = Promise.allSettled(calls);
  stop.abort();
  const reasons = (await given).map((one) =>
    one.status === "rejected" ? one.reason.code : one.status
  );
  assert.deepEqual(new Set(reasons), new Set(["aborted"]));
  const after = pace.wait(slow.call);
  await settled();
  assert.equal(slow.begun, 16);
  slow.finish();
  assert.equal(await after, "done");
  assert.equal(slow.begun, 17);
});

Deno.test("folders are synced in groups, never with a sync already begun", async () => {
  const syncs: { folder: string; call: SlowCall }[] = [];
  const group = new FolderSync(async (folder) => {
    const call = new SlowCall();
    syncs.push({ folder, call });
    await call.call();
  });
  const first = group.sync("a");
  const second = group.sync("a");
  const third = group.sync("a");
  const other = group.sync("b");
  assert.deepEqual(syncs.map(({ folder }) => folder), ["a", "b"]);
  syncs[0]?.call.finish();
  await first;
  await settled();
  assert.deepEqual(syncs.map(({ folder }) => folder), ["a", "b", "a"]);
  syncs[1]?.call.finish();
  syncs[2]?.call.finish();
  await Promise.all([second, third, other]);
  assert.equal(syncs.length, 3);
});

Deno.test("a sync that fails, fails for those that waited for it only", async () => {
  let syncs = 0;
  const group = new FolderSync(() =>
    ++syncs === 1 ? Promise.reject(new Error("disk")) : Promise.resolve()
  );
  const first = group.sync("a");
  const second = group.sync("a");
  await assert.rejects(first, /disk/);
  await second;
  await group.sync("a");
  assert.equal(syncs, 3);
});
