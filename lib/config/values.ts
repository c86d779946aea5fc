/**
 * The forms that a setting's value may have: text as a person wrote it to a
 * typed value, or what is wrong with it. Strict: ASCII digits alone, no sign,
 * no exponent, no fraction, no zero in front, nothing that overflows.
 * @module
 */
import * as path from "node:path";

/** One form of values. */
export interface Form<T> {
  /** What stands for a value in the help: `DURATION`. */
  readonly placeholder: string;
  /** What a value looks like, to follow "write": `30s, 15m or 24h`. */
  readonly hint: string;
  /** `base`: the folder that a relative path is relative to. */
  parse(text: string, base: string): Parsed<T>;
}

/** A problem follows the text that was written: `is too large`. */
export type Parsed<T> =
  | {
    readonly value: T;
    /** How to show it, where that is not as it was written. */
    readonly shown?: string;
  }
  | { readonly problem: string };

/** Longer ones overflow a timer (2^31 - 1 ms). */
const DURATION_MS_MAX = 24 * 86_400_000;
const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);
const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["K", 1024],
  ["M", 1024 ** 2],
  ["G", 1024 ** 3],
  ["T", 1024 ** 4],
]);

/** Milliseconds, from `500ms` to `24d`. */
export const DURATION: Form<number> = {
  placeholder: "DURATION",
  hint: "500ms, 30s, 15m, 24h or 7d",
  parse: (text) => amount(text, DURATION_UNITS, DURATION_MS_MAX, "24d"),
};

/** As DURATION, and `0s`, where none is a wish that makes sense. */
export const DURATION_OR_ZERO: Form<number> = {
  ...DURATION,
  hint: `${DURATION.hint}, or 0s`,
  parse: (text, base) =>
    /^0(?:ms|s|m|h|d)$/.test(text) ? { value: 0 } : DURATION.parse(text, base),
};

/** Bytes, in powers of 1024. */
export const SIZE: Form<number> = {
  placeholder: "SIZE",
  hint: "64K, 5M or 2G (powers of 1024), or a number of bytes",
  parse: (text) => amount(text, SIZE_UNITS, Number.MAX_SAFE_INTEGER, "8191T"),
};

/** Bytes a second. */
export const RATE: Form<number> = {
  ...SIZE,
  placeholder: "RATE",
  hint: "64K, 5M or 2G a second (powers of 1024)",
};

/** A whole number from 1 to `max`. */
export function count(max: number): Form<number> {
  return {
    placeholder: "COUNT",
    hint: `a whole number from 1 to ${max}`,
    parse: (text) => amount(text, new Map([["", 1]]), max, `${max}`),
  };
}

/** A TCP port; 0 takes a free one. */
export const PORT: Form<number> = {
  placeholder: "PORT",
  hint: "a number from 0 to 65535 (0: any free port)",
  parse: (text) => {
    if (text === "0") return { value: 0 };
    return amount(text, new Map([["", 1]]), 65535, "65535");
  },
};

/** One of some words. */
export function choice<const W extends string>(
  words: readonly W[],
): Form<W> {
  return {
    placeholder: words.join("|"),
    hint: words.join(" or "),
    parse: (text) => {
      const value = words.find((word) => word === text);
      return value === undefined ? BAD_FORM : { value };
    },
  };
}

/** `on` or `off`. */
export const SWITCH: Form<boolean> = {
  placeholder: "on|off",
  hint: "on or off",
  parse: (text) =>
    text === "on" || text === "off" ? { value: text === "on" } : BAD_FORM,
};

/** A file or folder, made absolute. */
export const PATH: Form<string> = {
  placeholder: "PATH",
  hint: "a path",
  parse: (text, base) => {
    if (text === "") return { problem: "is empty" };
    if (/\p{Cc}/u.test(text)) return { problem: "holds a control character" };
    if (text.startsWith("~")) {
      return { problem: "starts with `~`, which is not replaced here" };
    }
    const value = path.resolve(base, text);
    return { value, shown: value };
  },
};

/** An address or a name of this machine. */
export const HOST: Form<string> = {
  placeholder: "HOST",
  hint: "an address or a name of this machine, without brackets or port",
  parse: (text) => {
    // Colons stand in IPv6 addresses alone, which have at least two.
    const looksRight = /^[A-Za-z0-9_.:%-]{1,255}$/.test(text) &&
      !/^[^:]*:[^:]*$/.test(text);
    return looksRight ? { value: text } : BAD_FORM;
  },
};

/** Nothing but `off`, for what is not there yet: `why` says so. */
export function onlyOff(why: string): Form<null> {
  return {
    placeholder: "off",
    hint: "off",
    parse: (text) => text === "off" ? { value: null } : { problem: why },
  };
}

/** `form`, or `off` for "no limit". */
export function orOff<T>(form: Form<T>): Form<T | null> {
  return {
    placeholder: `${form.placeholder}|off`,
    hint: `${form.hint}, or off`,
    parse: (text, base) =>
      text === "off" ? { value: null } : form.parse(text, base),
  };
}

const BAD_FORM = { problem: "has not the right form" } as const;

function amount(
  text: string,
  units: ReadonlyMap<string, number>,
  max: number,
  maxText: string,
): Parsed<number> {
  if (/^0+[A-Za-z]*$/.test(text)) return { problem: "is zero" };
  const match = /^([0-9]+)([A-Za-z]*)$/.exec(text);
  const factor = units.get(match?.[2] ?? "");
  const digits = match?.[1];
  if (digits === undefined || factor === undefined) return BAD_FORM;
  if (digits.startsWith("0")) return { problem: "starts with a zero" };
  // Beyond 2^53 the product is rounded, and still far above any maximum.
  const value = Number(digits) * factor;
  if (value > max) return { problem: `is more than ${maxText}` };
  return { value };
}
