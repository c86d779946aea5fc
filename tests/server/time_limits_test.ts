/** When a session has had its time: each limit just before and at it. */
import assert from "node:assert/strict";
import type { SessionLimits } from "../../lib/server/mod.ts";
import { type Activity, TimeLimits } from "../../lib/server/time_limits.ts";

const LIMITS: SessionLimits = {
  loginTimeoutMs: 30_000,
  idleTimeoutMs: 900_000,
  stallTimeoutMs: 60_000,
  minRateBytesPerSecond: 1024,
  maxUploadBytes: null,
  requestsAhead: 1,
};
const IDLE: Activity = {
  loggedIn: true,
  busy: false,
  upToPeer: false,
  bodyUpToPeer: false,
  bytesMoved: 0,
};
const STUCK = { ...IDLE, busy: true, upToPeer: true };
const BODY = { ...STUCK, bodyUpToPeer: true };
const STARTED_MS = 5000;

/** Look every second; the milliseconds after which it had to end, and why. */
function lived(
  activity: (second: number) => Activity,
  limits: Partial<SessionLimits> = {},
): [number, string] | null {
  const times = new TimeLimits({ ...LIMITS, ...limits }, STARTED_MS);
  for (let second = 1; second <= 2000; second++) {
    const ms = second * 1000;
    const status = times.look(STARTED_MS + ms, activity(second));
    if (status !== null) return [ms, status];
  }
  return null;
}

const CASES: readonly {
  readonly name: string;
  readonly activity: (second: number) => Activity;
  readonly limits?: Partial<SessionLimits>;
  readonly ends: [number, string] | null;
}[] = [
  {
    name: "a stranger, however busy",
    activity: (s) => ({ ...BODY, loggedIn: false, bytesMoved: s * 1e6 }),
    ends: [30_000, "login_timeout"],
  },
  {
    name: "nothing asked",
    activity: () => IDLE,
    ends: [900_000, "idle_timeout"],
  },
  {
    name: "nothing asked, bytes moving (pings)",
    activity: (s) => ({ ...IDLE, bytesMoved: s }),
    ends: [900_000, "idle_timeout"],
  },
  {
    name: "nothing asked, no limit",
    activity: () => IDLE,
    limits: { idleTimeoutMs: null },
    ends: null,
  },
  {
    name: "a request now and then",
    activity: (s) => ({ ...IDLE, busy: s % 800 === 0 }),
    ends: null,
  },
  { name: "half a frame", activity: () => STUCK, ends: [60_000, "stalled"] },
  {
    name: "a body that stands still",
    activity: () => BODY,
    ends: [60_000, "stalled"],
  },
  {
    name: "a body that stands still, no limits",
    activity: () => BODY,
    limits: { stallTimeoutMs: null, minRateBytesPerSecond: null },
    ends: null,
  },
  {
    name: "a byte every 59 s, no rate asked for",
    activity: (s) => ({ ...BODY, bytesMoved: Math.floor(s / 59) }),
    limits: { minRateBytesPerSecond: null },
    ends: null,
  },
  {
    name: "a byte every 61 s, no rate asked for",
    activity: (s) => ({ ...BODY, bytesMoved: Math.floor(s / 61) }),
    limits: { minRateBytesPerSecond: null },
    ends: [60_000, "stalled"],
  },
  {
    name: "a byte a second under the rate",
    activity: (s) => ({ ...BODY, bytesMoved: s * 1023 }),
    ends: [60_000, "stalled"],
  },
  {
    name: "just the rate",
    activity: (s) => ({ ...BODY, bytesMoved: s * 1024 }),
    ends: null,
  },
  {
    name: "all of a minute's bytes in one second",
    activity: (s) => ({ ...BODY, bytesMoved: Math.ceil(s / 60) * 60 * 1024 }),
    ends: null,
  },
  {
    name: "a slow home, the peer always quick",
    activity: () => ({ ...IDLE, busy: true }),
    ends: null,
  },
  {
    name: "a home that takes every other second: half the peer's time counts",
    activity: (s) => ({
      ...BODY,
      bodyUpToPeer: s % 2 === 0,
      bytesMoved: s * 500,
    }),
    ends: [120_000, "stalled"],
  },
];
for (const { name, activity, limits, ends } of CASES) {
  Deno.test(`${name}: ${ends?.join(" ms, ") ?? "goes on"}`, () => {
    assert.deepEqual(lived(activity, limits), ends);
  });
}

Deno.test("the stall clock starts anew with what is up to the peer", () => {
  const times = new TimeLimits(LIMITS, 0);
  times.look(300_000, { ...IDLE, busy: true }); // the home took five minutes
  assert.equal(times.look(359_000, STUCK), null);
  assert.equal(times.look(360_000, STUCK), "stalled");
});

Deno.test("short requests between two looks keep a session from being idle", () => {
  const times = new TimeLimits(LIMITS, 0);
  times.worked(899_500); // began and ended with nobody looking
  assert.equal(times.look(900_000, IDLE), null);
  assert.equal(times.look(1_799_000, IDLE), null);
  assert.equal(times.look(1_799_500, IDLE), "idle_timeout");
});

Deno.test("a sign of life of ours breaks the silence, and is no progress", () => {
  const times = new TimeLimits({ ...LIMITS, minRateBytesPerSecond: null }, 0);
  let written = 0;
  let told = 0;
  for (let second = 1; second < 60; second++) {
    const nowMs = second * 1000;
    assert.equal(times.look(nowMs, { ...BODY, bytesMoved: written }), null);
    if (times.silentMs(nowMs) >= 4000) {
      times.told(nowMs, 40);
      written += 40;
      told++;
    }
  }
  assert.equal(told, 14, "every four seconds");
  assert.equal(times.look(60_000, { ...BODY, bytesMoved: written }), "stalled");
});
