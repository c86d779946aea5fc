/**
 * Times as `find -newermt` takes them: a useful part of what GNU find does. A
 * time without a zone is this machine's.
 * @module
 */
import { texts } from "../texts/mod.ts";
import { wrong } from "./values.ts";

/** RFC 3339 5.6, its parts optional from behind, a blank instead of its `T`. */
const DATE =
  /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?([Zz]|[+-]\d\d:?\d\d)?)?$/;
const EPOCH = /^@(-?\d{1,11})$/;
const RELATIVE =
  /^([+-]?)\s*(\d{1,6})\s*(sec|second|min|minute|hour|day|week|month|year)s?(\s+ago)?$/;
const MINUTE_MS = 60_000;
const NS_IN_MS = 1_000_000n;
const NS_IN_S = 1_000_000_000n;

/**
 * @returns Nanoseconds since 1970, UTC.
 * @throws {ClientError} `usage`.
 */
export function parseTime(text: string, flag: string, now: Date): bigint {
  const time = absolute(text) ?? relative(text.trim().toLowerCase(), now);
  if (time === null) throw wrong(flag, text, texts.grammar.forms.time);
  return time;
}

function absolute(text: string): bigint | null {
  const [, epoch] = EPOCH.exec(text) ?? [];
  if (epoch !== undefined) return BigInt(epoch) * NS_IN_S;
  const parts = DATE.exec(text);
  if (parts === null) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7).map((part) => Number(part ?? 0));
  const zone = parts[8];
  // A leap second (60) is the next one's start, as everywhere in POSIX.
  if (hour > 23 || minute > 59 || second > 60) return null;
  const midnight = new Date(0);
  midnight.setUTCFullYear(year, month - 1, day);
  // The 30th of February would be one of March.
  if (
    midnight.getUTCMonth() !== month - 1 || midnight.getUTCDate() !== day
  ) return null;
  const date = zone === undefined
    ? local(year, month, day, hour, minute, second)
    : new Date(
      midnight.getTime() + (hour * 60 + minute - offsetOf(zone)) * MINUTE_MS +
        second * 1000,
    );
  const fraction = BigInt((parts[7] ?? "").padEnd(9, "0"));
  return BigInt(date.getTime()) * NS_IN_MS + fraction;
}

/** Not by its constructor, which takes the year 26 for 1926. */
function local(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
): Date {
  const date = new Date(0);
  date.setFullYear(year, month - 1, day);
  date.setHours(hour, minute, second, 0);
  return date;
}

/** Minutes east. */
function offsetOf(zone: string): number {
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  const east = Number(hours) * 60 + Number(minutes);
  return sign === "-" ? -east : east;
}

/** `-2 days`, `2 days ago`, `yesterday`: months and days by the calendar. */
function relative(text: string, now: Date): bigint | null {
  const date = new Date(now);
  if (text === "now" || text === "today") return nanoseconds(date);
  if (text === "yesterday") return nanoseconds(shift(date, -1, "day"));
  const [, sign, digits, unit = "", ago] = RELATIVE.exec(text) ?? [];
  if (digits === undefined) return null;
  const back = (sign === "-") !== (ago !== undefined);
  return nanoseconds(shift(date, back ? -Number(digits) : +digits, unit));
}

function shift(date: Date, count: number, unit: string): Date {
  switch (unit) {
    case "sec":
    case "second":
      date.setTime(date.getTime() + count * 1000);
      break;
    case "min":
    case "minute":
      date.setTime(date.getTime() + count * MINUTE_MS);
      break;
    case "hour":
      date.setTime(date.getTime() + count * 60 * MINUTE_MS);
      break;
    case "day":
      date.setDate(date.getDate() + count);
      break;
    case "week":
      date.setDate(date.getDate() + count * 7);
      break;
    case "month":
      date.setMonth(date.getMonth() + count);
      break;
    default:
      date.setFullYear(date.getFullYear() + count);
  }
  return date;
}

/** Null where no calendar goes so far. */
function nanoseconds(date: Date): bigint | null {
  const ms = date.getTime();
  return Number.isNaN(ms) ? null : BigInt(ms) * NS_IN_MS;
}
