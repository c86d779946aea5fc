/** How listings look, at 80 columns and at 200, whatever the names hold. */
import assert from "node:assert/strict";
import fc from "fast-check";
import widthOf from "string-width";
import {
  columnLines,
  longLines,
  type Look,
  modeOf,
  type Shown,
  shownTime,
  singleLines,
} from "../../lib/client/terminal/listing.ts";

const NOW = new Date(2026, 10, 25, 12, 0);

function look(columns: number, more: Partial<Look> = {}): Look {
  return { columns, colours: false, human: false, now: NOW, widthOf, ...more };
}

function entry(name: string, more: Partial<Shown> = {}): Shown {
  const mtimeNs = nanoseconds(new Date(2026, 10, 24, 9, 5));
  return { name, type: "file", size: 1, mtimeNs, mode: 0o644, ...more };
}

function nanoseconds(date: Date): bigint {
  return BigInt(date.getTime()) * 1_000_000n;
}

const files = (count: number, name: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => entry(name(at)));

Deno.test("columns, from top to bottom, as many as there is room for", () => {
  const ten = files(10, (at) => `file-number-${at}`);
  assert.equal(
    columnLines(ten, look(80)),
    [
      "file-number-0  file-number-2  file-number-4  file-number-6  file-number-8",
      "file-number-1  file-number-3  file-number-5  file-number-7  file-number-9",
      "",
    ].join("\n"),
  );
  assert.equal(
    columnLines(ten, look(200)),
    `${ten.map(({ name }) => name).join("  ")}\n`,
  );
  assert.equal(columnLines([], look(80)), "");
  const long = entry("x".repeat(90));
  assert.equal(columnLines([long], look(80)), `${long.name}\n`);
  const both = [long, entry("y")];
  assert.equal(columnLines(both, look(80)), `${long.name}\ny\n`);
});

Deno.test("wide characters and marks are measured as they are shown", () => {
  const names = ["文件", "a", "e\u0301", "😀", "日本語の名前", "b"];
  const shown = columnLines(names.map((name) => entry(name)), look(20));
  assert.equal(
    shown,
    ["文件  😀", "a     日本語の名前", "e\u0301     b", ""].join("\n"),
  );
});

const anyName = fc.oneof(
  fc.string({ minLength: 1, maxLength: 30 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 12 }),
  fc.constantFrom("文件", "\x1b[31mred", "a\nb", "\u202eabc", "  "),
);

Deno.test("no line is too wide, and each name is there once, in order", () => {
  fc.assert(
    fc.property(
      fc.array(anyName, { maxLength: 60 }),
      fc.constantFrom(20, 80, 200),
      (names, columns) => {
        const all = names.map((name) => entry(name));
        const single = singleLines(all, look(columns)).split("\n").slice(0, -1);
        const lines = columnLines(all, look(columns)).split("\n").slice(0, -1);
        const one = lines.length === all.length;
        for (const line of lines) {
          assert(one || widthOf(line) <= columns, `${widthOf(line)} columns`);
          // deno-lint-ignore no-control-regex -- what steers a terminal
          assert(!/[\x00-\x1f\x7f-\x9f]/.test(line));
        }
        assert.equal(single.length, names.length);
        // Row by row, what is shown are the names that stand there.
        const rows = lines.length;
        for (const [row, line] of lines.entries()) {
          const here = single.filter((_, at) => at % rows === row);
          assert.equal(
            line.replaceAll(" ", ""),
            here.join("").replaceAll(" ", ""),
          );
        }
      },
    ),
  );
});

Deno.test("long lines: type and mode, size, time, name, where a link leads", () => {
  const old = nanoseconds(new Date(2020, 0, 2, 3, 4));
  const all = [
    entry("文件.txt", { size: 12_345 }),
    entry("sub", { type: "folder", mode: 0o750, size: 4096, mtimeNs: old }),
    entry("link", { type: "link", mode: 0o777, size: 4, target: "a\x1bb" }),
    entry("pipe", { type: "other", mode: null, size: 0 }),
    entry("a\\xff", { unreachable: true }),
  ];
  for (const columns of [80, 200]) {
    assert.equal(
      longLines(all, look(columns)),
      [
        "-rw-r--r--  12345  Nov 24 09:05  文件.txt",
        "drwxr-x---      -  Jan  2  2020  sub",
        "lrwxrwxrwx      4  Nov 24 09:05  link -> a\\x1bb",
        "?               0  Nov 24 09:05  pipe",
        "-rw-r--r--      1  Nov 24 09:05  a\\xff (its name cannot be used)",
        "",
      ].join("\n"),
    );
  }
  const human = longLines(all.slice(0, 1), look(80, { human: true }));
  assert.match(human, / 12\.3 kB {2}Nov/);
});

Deno.test("colours: folders, links and what is neither; never what was escaped", () => {
  const all = [
    entry("f"),
    entry("d", { type: "folder" }),
    entry("l", { type: "link", target: "f" }),
    entry("\x1b[2J", { type: "other" }),
  ];
  assert.equal(
    columnLines(all, look(80, { colours: true })),
    "f  \x1b[1;34md\x1b[0m  \x1b[1;36ml\x1b[0m  \x1b[1;33m\\x1b[2J\x1b[0m\n",
  );
});

Deno.test("modes in letters", () => {
  const cases = [
    ["file", 0o644, "-rw-r--r--"],
    ["folder", 0o755, "drwxr-xr-x"],
    ["file", 0o7777, "-rwxrwxrwx"],
    ["link", 0, "l---------"],
    ["file", 0o007, "-------rwx"],
    ["other", null, "?"],
  ] as const;
  for (const [type, mode, shown] of cases) {
    assert.equal(modeOf({ type, mode }), shown);
  }
});

Deno.test("times: the hour of the last half year, the year of others", () => {
  const cases = [
    [new Date(2026, 10, 25, 11, 59), "Nov 25 11:59"],
    [new Date(2026, 6, 1, 0, 0), "Jul  1 00:00"],
    [new Date(2026, 3, 1, 0, 0), "Apr  1  2026"],
    [new Date(2027, 0, 1, 0, 0), "Jan  1  2027"],
    [new Date(1969, 11, 31, 0, 0), "Dec 31  1969"],
  ] as const;
  for (const [date, shown] of cases) {
    assert.equal(shownTime(nanoseconds(date), NOW), shown);
  }
  assert.equal(shownTime(10n ** 30n, NOW), "?           ");
});
