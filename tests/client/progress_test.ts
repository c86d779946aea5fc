/** How progress looks: text of a width, units, rates. */
import assert from "node:assert/strict";
import fc from "fast-check";
import stringWidth from "string-width";
import {
  closingLine,
  formatBytes,
  formatDuration,
  type ProgressState,
  renderProgress,
  shorten,
} from "../../lib/client/terminal/progress.ts";
import { RateMeter } from "../../lib/client/terminal/rate_meter.ts";

const state: ProgressState = {
  name: "big.iso",
  bytes: 250_000_000,
  total: 1_000_000_000,
  bytesPerSecond: 50_000_000,
  silentSeconds: 0,
};

const LINES: readonly {
  readonly name: string;
  readonly state: Partial<ProgressState>;
  readonly columns: number;
  readonly line: string;
}[] = [
  {
    name: "all of it",
    state: {},
    columns: 80,
    line:
      "big.iso  [#######----------------------]   25 %  250.0 MB   50.0 MB/s  0:15 left",
  },
  {
    name: "no room for a bar",
    state: {},
    columns: 55,
    line: "big.iso   25 %  250.0 MB   50.0 MB/s  0:15 left",
  },
  {
    name: "little room for the name",
    state: { name: "a-very-long-name.iso" },
    columns: 46,
    line: "a-ver…   25 %  250.0 MB   50.0 MB/s  0:15 left",
  },
  {
    name: "a size that nobody knows",
    state: { total: null },
    columns: 80,
    line: "big.iso  250.0 MB   50.0 MB/s",
  },
  {
    name: "no rate yet",
    state: { bytes: 0, bytesPerSecond: null },
    columns: 40,
    line: "big.iso  [------------]    0 %       0 B",
  },
  {
    name: "nothing moved for 9 seconds",
    state: { silentSeconds: 9.9, bytesPerSecond: 0, total: null },
    columns: 80,
    line: "big.iso  250.0 MB       0 B/s",
  },
  {
    name: "nothing moved for 10 seconds",
    state: { silentSeconds: 10.2, bytesPerSecond: 0, total: null },
    columns: 80,
    line: "big.iso  250.0 MB  no progress for 10 s",
  },
  {
    name: "an empty file",
    state: { bytes: 0, total: 0, bytesPerSecond: null },
    columns: 40,
    line: "big.iso  [############]  100 %       0 B",
  },
  {
    name: "a file that grew",
    state: { bytes: 20, total: 10, bytesPerSecond: 10 },
    columns: 60,
    line: "big.iso  [#########]  100 %      20 B      10 B/s  0:00 left",
  },
  {
    name: "a name that would steer the terminal",
    state: { name: "a\x1b[2Jb\u202e", total: null, bytesPerSecond: null },
    columns: 80,
    line: "a\\x1b[2Jb\\u202e  250.0 MB",
  },
];
for (const { name, state: part, columns, line } of LINES) {
  Deno.test(`renderProgress(): ${name}`, () => {
    const rendered = renderProgress({ ...state, ...part }, columns);
    assert.equal(rendered, line);
  });
}

Deno.test("a line of progress never takes more columns than there are", () => {
  const anyState = fc.record({
    name: fc.string({
      unit: fc.constantFrom("a", "名", "é", "👩‍👩‍👧", "\x1b", "\u0301"),
    }),
    bytes: fc.nat({ max: 1e13 }),
    total: fc.option(fc.nat({ max: 1e13 })),
    bytesPerSecond: fc.option(fc.double({ min: 0, max: 1e10, noNaN: true })),
    silentSeconds: fc.double({ min: 0, max: 1e5, noNaN: true }),
  });
  const columns = fc.nat({ max: 200 });
  fc.assert(fc.property(anyState, columns, (state, columns) => {
    const line = renderProgress(state, columns, stringWidth);
    assert(stringWidth(line) <= columns, `${stringWidth(line)}: ${line}`);
    assert.doesNotMatch(line, /\p{Cc}/u);
  }));
});

Deno.test("wide letters are cut between letters", () => {
  assert.equal(shorten("名前名前", 8, stringWidth), "名前名前");
  assert.equal(shorten("名前名前", 7, stringWidth), "名前名…");
  assert.equal(shorten("名前名前", 6, stringWidth), "名前…");
  assert.equal(shorten("名前名前", 0, stringWidth), "");
});

const BYTES: readonly [number, string][] = [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [999_949, "999.9 kB"],
  [999_950, "1.0 MB"],
  [1_073_741_824, "1.1 GB"],
  [1e21, "1000.0 EB"],
];
for (const [bytes, text] of BYTES) {
  Deno.test(`formatBytes(${bytes})`, () => {
    assert.equal(formatBytes(bytes), text);
  });
}

const DURATIONS: readonly [number, string][] = [
  [0, "0:00"],
  [0.1, "0:01"],
  [59.5, "1:00"],
  [754, "12:34"],
  [3599.5, "1:00:00"],
  [10_921, "3:02:01"],
];
for (const [seconds, text] of DURATIONS) {
  Deno.test(`formatDuration(${seconds})`, () => {
    assert.equal(formatDuration(seconds), text);
  });
}

const CLOSING = [
  { bytes: 1_234_567, seconds: 0.5, line: "1,234,567 bytes in 0.500 s, 2.5" },
  {
    bytes: 50_000_000,
    seconds: 0.0526,
    line: "50,000,000 bytes in 0.053 s, 943.4",
  },
  {
    bytes: 50_000_000,
    seconds: 12.345,
    line: "50,000,000 bytes in 12.35 s, 4.0",
  },
  { bytes: 3, seconds: 0.002, line: "3 bytes in 0.002 s, 0.0015" },
  { bytes: 200_000, seconds: 1, line: "200,000 bytes in 1.00 s, 0.2" },
  { bytes: 1, seconds: 100, line: "1 byte in 100.00 s, 0.0" },
  { bytes: 0, seconds: 0, line: "0 bytes in 0.001 s, 0.0" },
];
for (const { bytes, seconds, line } of CLOSING) {
  Deno.test(`the closing line of ${bytes} bytes in ${seconds} s`, () => {
    assert.equal(
      closingLine({
        name: "a\tb",
        bytes,
        seconds,
        checksum: "",
        version: null,
      }),
      `a\\x09b: ${line} MB/s, checksum verified`,
    );
  });
}

Deno.test("the rate is that of the last seconds", () => {
  const meter = new RateMeter(1000);
  assert.equal(meter.bytesPerSecond, null);
  for (let ms = 1100; ms <= 11_000; ms += 100) meter.note(ms, (ms - 1000) * 10);
  assert.equal(meter.bytesPerSecond, 10_000);
  for (let ms = 11_100; ms <= 21_000; ms += 100) meter.note(ms, 100_000);
  assert.equal(meter.bytesPerSecond, 0);
  assert.equal(meter.silentMs, 10_000);
  meter.note(21_100, 100_001);
  assert.equal(meter.silentMs, 0);
});
