/** Fair turns, by a clock in the hand: who waits, when, and for whom. */
import assert from "node:assert/strict";
import {
  ALONE_MS,
  createTurns,
  SHARED_MS,
  systemRuntime,
  type Turns,
} from "../../lib/runtime/mod.ts";
import { HandClock } from "../support/hand_clock.ts";

/** Move data for `ms`, a chunk a millisecond: what the last one is told. */
async function worked(
  turns: Turns,
  clock: HandClock,
  ms: number,
): Promise<{ turn: Promise<void> | undefined }> {
  for (let chunk = 1; chunk < ms; chunk++) {
    await clock.advance(1);
    assert.equal(turns.turn(), undefined, `after ${chunk} ms`);
  }
  await clock.advance(1);
  return { turn: turns.turn() }; // not by itself: that would be waited for
}

/** Whether a mover may go on at once after it has worked for `ms`. */
const BUDGETS = [
  { parties: 0, ms: ALONE_MS - 1, goesOn: true },
  { parties: 0, ms: ALONE_MS, goesOn: false },
  { parties: 1, ms: ALONE_MS - 1, goesOn: true },
  { parties: 1, ms: ALONE_MS, goesOn: false },
  { parties: 2, ms: SHARED_MS - 1, goesOn: true },
  { parties: 2, ms: SHARED_MS, goesOn: false },
  { parties: 300, ms: SHARED_MS - 1, goesOn: true },
  { parties: 300, ms: SHARED_MS, goesOn: false },
];
for (const { parties, ms, goesOn } of BUDGETS) {
  const does = goesOn ? "goes on" : "waits";
  Deno.test(`with ${parties} parties a mover ${does} after ${ms} ms`, async () => {
    const clock = new HandClock();
    const turns = createTurns(clock, clock);
    for (let party = 0; party < parties; party++) turns.join();
    const { turn } = await worked(turns, clock, ms);
    assert.equal(turn === undefined, goesOn);
    assert.equal(clock.pending, goesOn ? 0 : 1);
    await clock.advance(0);
    await turn;
  });
}

Deno.test("all movers wait for one turn, and share the next budget", async () => {
  const clock = new HandClock();
  const turns = createTurns(clock, clock);
  turns.join();
  turns.join();
  const { turn: first } = await worked(turns, clock, SHARED_MS);
  assert(first);
  assert.equal(turns.turn(), first, "the second waits for the same turn");
  assert.equal(clock.pending, 1, "one timer for all");
  await clock.advance(0);
  await first;
  assert.equal(turns.turn(), undefined, "a new budget");
  const { turn: none } = await worked(turns, clock, SHARED_MS - 1);
  assert.equal(none, undefined);
  const { turn: second } = await worked(turns, clock, 1);
  assert(second && second !== first);
  await clock.advance(0);
  await second;
  assert.equal(clock.pending, 0);
});

Deno.test("a party that has left does not count, and leaves once", async () => {
  const clock = new HandClock();
  const turns = createTurns(clock, clock);
  const parties = [turns.join(), turns.join(), turns.join()];
  parties[0]?.[Symbol.dispose]();
  parties[0]?.[Symbol.dispose]();
  const { turn: shared } = await worked(turns, clock, SHARED_MS);
  assert(shared, "two are left");
  await clock.advance(0);
  await shared;
  parties[1]?.[Symbol.dispose]();
  const { turn: alone } = await worked(turns, clock, SHARED_MS);
  assert.equal(alone, undefined, "one is left, alone");
});

Deno.test("who comes after a silence goes on at once", async () => {
  for (const parties of [1, 2]) {
    const clock = new HandClock();
    const turns = createTurns(clock, clock);
    for (let party = 0; party < parties; party++) turns.join();
    for (let request = 0; request < 5; request++) {
      await clock.advance(1000);
      for (let part = 0; part < 4; part++) {
        assert.equal(turns.turn(), undefined);
      }
    }
  }
});

Deno.test("calls that each take as long as a budget are no silence", async () => {
  const clock = new HandClock();
  const turns = createTurns(clock, clock);
  turns.join();
  turns.join();
  let waited = 0;
  for (let call = 0; call < 10; call++) {
    await clock.advance(SHARED_MS);
    const turn = turns.turn();
    if (turn === undefined) continue;
    waited++;
    await clock.advance(0);
    await turn;
  }
  assert.equal(waited, 5, "every other one waits");
});

Deno.test("a loop that asks for its turns lets timers and others run", async () => {
  // A real clock here: what is tested is that the event loop gets its turn.

  const { turns, clock, timers } = systemRuntime();
  using _one = turns.join();
  using _other = turns.join();
  let looked = false;
  using _timer = timers.after(0, () => looked = true);
  const untilMs = clock.monotonicMs() + 30_000;
  while (!looked && clock.monotonicMs() < untilMs) {
    const turn = turns.turn();
    if (turn !== undefined) await turn;
    else await Promise.resolve(); // as a read that is there already
  }
  assert(looked);
});
