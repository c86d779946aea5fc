/** Durations, sizes, rates, ports: at, below and above their limits. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  choice,
  count,
  DURATION,
  DURATION_OR_ZERO,
  type Form,
  HOST,
  onlyOff,
  orOff,
  PATH,
  PORT,
  SIZE,
  SWITCH,
} from "../../lib/config/values.ts";

const BASE = "/base";

const TAKEN: { form: Form<unknown>; text: string; value: unknown }[] = [
  { form: DURATION, text: "500ms", value: 500 },
  { form: DURATION, text: "30s", value: 30_000 },
  { form: DURATION, text: "15m", value: 900_000 },
  { form: DURATION, text: "24h", value: 86_400_000 },
  { form: DURATION, text: "24d", value: 2_073_600_000 },
  { form: DURATION_OR_ZERO, text: "0s", value: 0 },
  { form: DURATION_OR_ZERO, text: "10s", value: 10_000 },
  { form: SIZE, text: "1", value: 1 },
  { form: SIZE, text: "64K", value: 65_536 },
  { form: SIZE, text: "5M", value: 5 * 2 ** 20 },
  { form: SIZE, text: "2G", value: 2 ** 31 },
  { form: SIZE, text: "8191T", value: 8191 * 2 ** 40 },
  { form: SIZE, text: "9007199254740991", value: Number.MAX_SAFE_INTEGER },
  { form: count(64), text: "1", value: 1 },
  { form: count(64), text: "64", value: 64 },
  { form: PORT, text: "0", value: 0 },
  { form: PORT, text: "65535", value: 65535 },
  { form: choice(["text", "json"]), text: "json", value: "json" },
  { form: SWITCH, text: "on", value: true },
  { form: SWITCH, text: "off", value: false },
  { form: PATH, text: "a/../b c", value: "/base/b c" },
  { form: PATH, text: "/x", value: "/x" },
  { form: HOST, text: "127.0.0.1", value: "127.0.0.1" },
  { form: HOST, text: "::", value: "::" },
  { form: HOST, text: "fe80::1%eth0", value: "fe80::1%eth0" },
  { form: HOST, text: "ftp.example.org", value: "ftp.example.org" },
  { form: orOff(SIZE), text: "off", value: null },
  { form: orOff(SIZE), text: "1K", value: 1024 },
  { form: onlyOff("later"), text: "off", value: null },
];
for (const { form, text, value } of TAKEN) {
  Deno.test(`${form.placeholder} takes ${text}`, () => {
    const parsed = form.parse(text, BASE);
    assert.ok("value" in parsed);
    assert.equal(parsed.value, value);
  });
}

/** Refused by every form of numbers. */
const NEVER = [
  ...["", " ", "1 ", " 1", "-1", "+1", "1.5", "1e3", "0x10", "1_000", "1,000"],
  ...["\uff11", "\u0661", "NaN", "Infinity", "off", "01", "00", "1\n", "1\0"],
  "9".repeat(400),
];
const NUMBERS = [DURATION, DURATION_OR_ZERO, SIZE, count(1e6), PORT];
for (const form of NUMBERS) {
  for (const suffix of ["", form.placeholder === "DURATION" ? "s" : ""]) {
    Deno.test(`${form.hint} is strict about digits, ending in "${suffix}"`, () => {
      for (const text of NEVER) {
        const parsed = form.parse(text + suffix, BASE);
        assert.ok("problem" in parsed, JSON.stringify(text + suffix));
      }
    });
  }
}

const REFUSED: { form: Form<unknown>; text: string; problem: RegExp }[] = [
  { form: DURATION, text: "30", problem: /form/ },
  { form: DURATION, text: "0s", problem: /is zero/ },
  { form: DURATION, text: "0", problem: /is zero/ },
  { form: DURATION, text: "30S", problem: /form/ },
  { form: DURATION, text: "1h30m", problem: /form/ },
  { form: DURATION, text: "25d", problem: /more than 24d/ },
  { form: DURATION, text: "constructors", problem: /form/ },
  { form: DURATION_OR_ZERO, text: "0", problem: /is zero/ },
  { form: SIZE, text: "0", problem: /is zero/ },
  { form: SIZE, text: "0K", problem: /is zero/ },
  { form: SIZE, text: "5m", problem: /form/ },
  { form: SIZE, text: "5MB", problem: /form/ },
  { form: SIZE, text: "9007199254740992", problem: /more than/ },
  { form: SIZE, text: "8192T", problem: /more than/ },
  { form: count(64), text: "65", problem: /more than 64/ },
  { form: count(64), text: "0", problem: /is zero/ },
  { form: PORT, text: "65536", problem: /more than 65535/ },
  { form: choice(["text", "json"]), text: "JSON", problem: /form/ },
  { form: choice(["text", "json"]), text: "__proto__", problem: /form/ },
  { form: SWITCH, text: "yes", problem: /form/ },
  { form: PATH, text: "", problem: /empty/ },
  { form: PATH, text: "a\0b", problem: /control/ },
  { form: PATH, text: "~/x", problem: /~/ },
  { form: HOST, text: "", problem: /form/ },
  { form: HOST, text: "[::1]", problem: /form/ },
  { form: HOST, text: "127.0.0.1:10021", problem: /form/ },
  { form: HOST, text: "a b", problem: /form/ },
  { form: orOff(SIZE), text: "0", problem: /is zero/ },
  { form: orOff(SIZE), text: "OFF", problem: /form/ },
  { form: onlyOff("comes later"), text: "2121", problem: /comes later/ },
];
for (const { form, text, problem } of REFUSED) {
  Deno.test(`${form.placeholder} refuses ${JSON.stringify(text)}`, () => {
    const parsed = form.parse(text, BASE);
    assert.ok("problem" in parsed);
    assert.match(parsed.problem, problem);
  });
}

Deno.test("a size is its number times its unit, never rounded", () => {
  const unit = fc.constantFrom(
    ["", 0n],
    ["K", 10n],
    ["M", 20n],
    ["G", 30n],
    [
      "T",
      40n,
    ] as const,
  );
  fc.assert(fc.property(fc.bigInt(1n, 2n ** 60n), unit, (n, [letter, bits]) => {
    const exact = n << BigInt(bits);
    const parsed = SIZE.parse(`${n}${letter}`, BASE);
    if (exact > BigInt(Number.MAX_SAFE_INTEGER)) assert.ok("problem" in parsed);
    else assert.ok("value" in parsed && BigInt(parsed.value) === exact);
  }));
});
