/**
 * The forms that a flag's value may have: text as a person typed it, to a value
 * that is right. Strict: ASCII digits, no sign, no exponent, nothing that
 * overflows.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";

const KIBI = 1024;
const KILO = 1000;
const BITS = 8;
/** Longer ones overflow a timer (2^31 - 1 ms). */
const DURATION_MS_MAX = 24 * 86_400_000;
const COUNT_MAX = Number.MAX_SAFE_INTEGER;
/** Of a second. A DURATION without a unit is one of seconds. */
const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["", KILO],
  ["s", KILO],
  ["m", 60 * KILO],
  ["h", 3600 * KILO],
  ["d", 86_400 * KILO],
]);
const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["K", KIBI],
  ["M", KIBI ** 2],
  ["G", KIBI ** 3],
  ["T", KIBI ** 4],
]);
/** As networks are sold: powers of 1000. */
const BIT_UNITS: ReadonlyMap<string, number> = new Map([
  ["bit", 1],
  ["Kbit", KILO],
  ["Mbit", KILO ** 2],
  ["Gbit", KILO ** 3],
]);

/**
 * Bytes: `5M`, `64K`, `2G` (powers of 1024), or a number of them; 0, too.
 * @param flag As it was typed, for errors.
 * @throws {ClientError} `usage`, as all below.
 */
export function parseSize(text: string, flag: string): number {
  const bytes = amount(text, SIZE_UNITS);
  if (bytes === null) throw wrong(flag, text, texts.grammar.forms.size);
  return bytes;
}

/** Bytes a second, at least one: as a size, or `40Mbit`, which are 5,000,000. */
export function parseRate(text: string, flag: string): number {
  const bits = amount(text, BIT_UNITS);
  const bytes = bits === null
    ? amount(text, SIZE_UNITS)
    : Math.floor(bits / BITS);
  if (bytes === null || bytes < 1) {
    throw wrong(flag, text, texts.grammar.forms.rate);
  }
  return bytes;
}

/** Milliseconds, at least one: `30s`, `1.5s` is none, `2m`, `500ms`, `10`. */
export function parseDuration(text: string, flag: string): number {
  const ms = amount(text, DURATION_UNITS);
  if (ms === null || ms < 1 || ms > DURATION_MS_MAX) {
    throw wrong(flag, text, texts.grammar.forms.duration);
  }
  return ms;
}

export function parseCount(
  text: string,
  flag: string,
  min = 0,
  max = COUNT_MAX,
): number {
  const count = amount(text, new Map([["", 1]]));
  if (count === null || count < min || count > max) {
    throw wrong(flag, text, texts.grammar.forms.count(min, max));
  }
  return count;
}

/** A count, or `off`. */
export function parseCountOrOff(text: string, flag: string): number | "off" {
  return text === "off" ? text : parseCount(text, flag);
}

export function parseChoice<T extends string>(
  text: string,
  flag: string,
  choices: readonly T[],
): T {
  const choice = choices.find((one) => one === text);
  if (choice !== undefined) return choice;
  throw wrong(flag, text, texts.grammar.forms.choice(choices));
}

/** Permission bits in octal digits: `644`, `0755`. */
export function parseMode(text: string, what: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw wrong(what, text, texts.grammar.forms.mode);
}

export function someText(text: string, flag: string): string {
  if (text === "") throw wrong(flag, text, texts.grammar.forms.text);
  return text;
}

/** `12K` is 12 of them; null where it is no such amount, or too large. */
function amount(
  text: string,
  units: ReadonlyMap<string, number>,
): number | null {
  const [, digits, unit = ""] = /^(\d{1,16})([A-Za-z]*)$/.exec(text) ?? [];
  const scale = units.get(unit);
  if (digits === undefined || scale === undefined) return null;
  const value = Number(digits) * scale;
  return Number.isSafeInteger(value) ? value : null;
}

/** @param form What it should look like, to follow "write". */
export function wrong(flag: string, text: string, form: string): ClientError {
  return new ClientError(
    "usage",
    ...texts.grammar.wrongValue(flag, text, form),
  );
}
