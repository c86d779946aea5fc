/** Sizes, rates, durations, counts, modes and times, as people type them. */
import assert from "node:assert/strict";
import * as fc from "fast-check";
import { parseTime } from "../../lib/client/grammar/times.ts";
import {
  parseCount,
  parseCountOrOff,
  parseDuration,
  parseMode,
  parseRate,
  parseSize,
} from "../../lib/client/grammar/values.ts";

const SIZES: readonly [string, number][] = [
  ["0", 0],
  ["1", 1],
  ["1K", 1024],
  ["5M", 5 * 1024 ** 2],
  ["2G", 2 * 1024 ** 3],
  ["1T", 1024 ** 4],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
];
const NO_SIZES = [
  ..."-1 +1 1.5M 1e3 5m 5MB 5Mbit M 0x10 ٣ 9007199254740992 9999T".split(" "),
  ...["", " 1", "1 ", "1 K"],
];
const RATES: readonly [string, number][] = [
  ["5M", 5 * 1024 ** 2],
  ["1", 1],
  ["40Mbit", 5_000_000],
  ["8bit", 1],
  ["1Gbit", 125_000_000],
  ["64Kbit", 8000],
];
const DURATIONS: readonly [string, number][] = [
  ["1ms", 1],
  ["10", 10_000],
  ["30s", 30_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["24d", 24 * 86_400_000],
];

Deno.test("values that are taken", () => {
  for (const [text, bytes] of SIZES) assert.equal(parseSize(text, "-x"), bytes);
  for (const [text, bytes] of RATES) assert.equal(parseRate(text, "-x"), bytes);
  for (const [text, ms] of DURATIONS) {
    assert.equal(parseDuration(text, "-x"), ms);
  }
  assert.equal(parseCount("0", "-x"), 0);
  assert.equal(parseCount("16", "-x", 1, 16), 16);
  assert.equal(parseCountOrOff("off", "-x"), "off");
  assert.equal(parseCountOrOff("3", "-x"), 3);
  assert.equal(parseMode("644", "-x"), 0o644);
  assert.equal(parseMode("0000", "-x"), 0);
});

Deno.test("values that are refused", () => {
  const usage = { code: "usage", message: /^-x / };
  for (const text of NO_SIZES) {
    assert.throws(() => parseSize(text, "-x"), usage, text);
    assert.throws(() => parseCount(text.replace(/^[01]$/, "x"), "-x"), usage);
  }
  for (const text of ["0", "7bit", "1.5Mbit", "fast", "", "-1"]) {
    assert.throws(() => parseRate(text, "-x"), usage, text);
  }
  for (const text of ["0", "0s", "25d", "1.5s", "s", "", "1 s", "-1s"]) {
    assert.throws(() => parseDuration(text, "-x"), usage, text);
  }
  for (const text of ["0", "17"]) {
    assert.throws(() => parseCount(text, "-x", 1, 16), usage, text);
  }
  for (const text of ["64", "1644", "12345", "999", "rwx", "", "-644"]) {
    assert.throws(() => parseMode(text, "-x"), usage, text);
  }
});

const NOW = new Date("2026-11-25T12:00:00.250Z");
const ns = (date: Date) => BigInt(date.getTime()) * 1_000_000n;
const utc = (text: string) => ns(new Date(text));

const TIMES: readonly [string, bigint][] = [
  ["2026-11-01T10:20:30Z", utc("2026-11-01T10:20:30Z")],
  ["2026-11-01t10:20:30z", utc("2026-11-01T10:20:30Z")],
  ["2026-11-01T10:20:30+02:00", utc("2026-11-01T08:20:30Z")],
  ["2026-11-01 10:20:30 -0530", utc("2026-11-01T15:50:30Z")],
  ["2026-11-01T10:20Z", utc("2026-11-01T10:20:00Z")],
  ["1969-12-31T23:59:59.5Z", -500_000_000n],
  [
    "2026-11-01T10:20:30.123456789Z",
    utc("2026-11-01T10:20:30Z") + 123_456_789n,
  ],
  ["2024-02-29T00:00:00Z", utc("2024-02-29T00:00:00Z")],
  ["0001-01-01T00:00:00Z", utc("0001-01-01T00:00:00Z")],
  // This machine's zone, whichever it is.
  ["2026-11-01", ns(new Date(2026, 10, 1))],
  ["2026-07-01 12:30", ns(new Date(2026, 6, 1, 12, 30))],
  ["2026-07-01T12:30:01", ns(new Date(2026, 6, 1, 12, 30, 1))],
  ["@1764000000", 1_764_000_000_000_000_000n],
  ["@-1", -1_000_000_000n],
  ["now", ns(NOW)],
  ["today", ns(NOW)],
  ["-90 sec", ns(NOW) - 90_000_000_000n],
  ["-1 hour", ns(NOW) - 3_600_000_000_000n],
  ["2 hours ago", ns(NOW) - 7_200_000_000_000n],
  ["-2 hours ago", ns(NOW) + 7_200_000_000_000n],
  ["+5min", ns(NOW) + 300_000_000_000n],
  ["-2 days", ns(daysBefore(2))],
  ["yesterday", ns(daysBefore(1))],
  ["1 week ago", ns(daysBefore(7))],
  ["-1 Month", ns(monthsBefore(1))],
  ["-1 year", ns(monthsBefore(12))],
];

function daysBefore(days: number): Date {
  const date = new Date(NOW);
  date.setDate(date.getDate() - days);
  return date;
}

function monthsBefore(months: number): Date {
  const date = new Date(NOW);
  date.setMonth(date.getMonth() - months);
  return date;
}

for (const [text, time] of TIMES) {
  Deno.test(`parseTime("${text}")`, () => {
    assert.equal(parseTime(text, "-x", NOW), time);
  });
}

const NO_TIMES = [
  ...["", "x", "2026", "2026-13-01", "2026-02-30", "2026-00-01", "2026-11-00"],
  ...["2026-11-01T24:00:00Z", "2026-11-01T10:60", "26-11-01", "11/01/2026"],
  ...["2026-11-01Z", "@", "@x", "2 fortnights", "days", "-2 days ago ago"],
  ...["2026-11-01T10:20:30.1234567890Z"],
];
for (const text of NO_TIMES) {
  Deno.test(`parseTime("${text}") is refused`, () => {
    assert.throws(() => parseTime(text, "-x", NOW), { code: "usage" });
  });
}

Deno.test("every RFC 3339 time is read to the nanosecond", () => {
  const times = fc.date({
    min: new Date("0001-01-01T00:00:00Z"),
    max: new Date("9999-12-31T23:59:59Z"),
    noInvalidDate: true,
  });
  fc.assert(fc.property(times, fc.nat({ max: 999_999 }), (date, rest) => {
    const text = date.toISOString().replace(
      "Z",
      `${String(rest).padStart(6, "0")}Z`,
    );
    assert.equal(parseTime(text, "-x", NOW), ns(date) + BigInt(rest));
  }));
});
