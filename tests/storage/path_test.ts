/** Names: what they resolve to, what is refused, and that none leads out. */
import assert from "node:assert/strict";
import * as posix from "node:path/posix";
import * as win32 from "node:path/win32";
import fc from "fast-check";
import {
  parentOf,
  type Platform,
  resolveName,
  StorageError,
} from "../../lib/storage/mod.ts";
import { ATTACK_PATHS } from "./attack_paths.ts";

const PLATFORMS = ["posix", "windows"] as const satisfies readonly Platform[];

const RESOLVED: Readonly<Record<string, readonly string[]>> = {
  "": [],
  "/": [],
  ".": [],
  "a": ["a"],
  "/a": ["a"],
  "//a//b/": ["a", "b"],
  "./a/./b/.": ["a", "b"],
  "a/../b": ["b"],
  "a/..": [],
  "a/b/../../c": ["c"],
  "...": ["..."],
  "..a/a..": ["..a", "a.."],
  "a/.ftpd": ["a", ".ftpd"],
  ".ftpdx": [".ftpdx"],
  "%2e%2e/a": ["%2e%2e", "a"],
  " a ": [" a "],
  "\uff0e\uff0e": ["\uff0e\uff0e"],
};

for (const [name, path] of Object.entries(RESOLVED)) {
  Deno.test(`resolveName() takes ${JSON.stringify(name)}`, () => {
    assert.deepEqual([...resolveName(name, "posix")], path);
  });
}

const REFUSED: readonly { name: string; says: RegExp; on?: Platform }[] = [
  { name: "..", says: /above the root/ },
  { name: "a/../..", says: /above the root/ },
  { name: "/../a", says: /above the root/ },
  { name: "a\\b", says: /backslash/ },
  { name: "a\0", says: /control/ },
  { name: "a\u0085", says: /control/ },
  { name: "a\ud800", says: /Unicode/ },
  { name: "\udc00", says: /Unicode/ },
  { name: "x".repeat(256), says: /255/ },
  { name: "\u00e4".repeat(128), says: /255/ },
  { name: "\u{1f600}".repeat(64), says: /255/ },
  { name: "x/".repeat(2049), says: /4096/ },
  { name: "\u00e4/".repeat(1366), says: /4096/ },
  { name: ".ftpd", says: /reserved/ },
  { name: ".FtPd/a", says: /reserved/ },
  { name: ".ftp\u200bd", says: /reserved/ },
  { name: "\u200b.ftpd", says: /reserved/ },
  { name: "a/../.ftpd", says: /reserved/ },
  { name: ".ftpd/../a", says: /reserved/ },
  { name: ".ftpd-x/../a", says: /reserved/ },
  { name: "a/.ftpd-x", says: /reserved/ },
  { name: "a/.FTPC-x.j", says: /reserved/ },
  { name: "a:b", says: /Windows/, on: "windows" },
  { name: "a?", says: /Windows/, on: "windows" },
  { name: "CON", says: /device/, on: "windows" },
  { name: "a/nul.txt", says: /device/, on: "windows" },
  { name: "COM\u00b9", says: /device/, on: "windows" },
  { name: "aux .x", says: /device/, on: "windows" },
  { name: "a.", says: /dot/, on: "windows" },
  { name: "a /b", says: /blank/, on: "windows" },
  { name: "...", says: /dot/, on: "windows" },
  { name: "FTPD~1", says: /reserved/, on: "windows" },
];

for (const { name, says, on } of REFUSED) {
  Deno.test(`resolveName() refuses ${JSON.stringify(name).slice(0, 40)}`, () => {
    for (const platform of on === undefined ? PLATFORMS : [on]) {
      assert.throws(() => resolveName(name, platform), (error) => {
        assert.ok(error instanceof StorageError);
        assert.equal(error.code, "bad_name");
        assert.match(error.message, says);
        return true;
      });
    }
    // Elsewhere it is a name like others.
    if (on === "windows") resolveName(name, "posix");
  });
}

Deno.test("limits of length hold at the byte", () => {
  assert.equal(resolveName("x".repeat(255)).length, 1);
  assert.equal(resolveName("\u{1f600}".repeat(63) + "xyz").length, 1);
  assert.equal(resolveName("x/".repeat(2048)).length, 2048);
});

Deno.test("the parent of a path", () => {
  assert.deepEqual([...parentOf(resolveName("a/b/c"))], ["a", "b"]);
  assert.deepEqual([...parentOf(resolveName("/"))], []);
  assert.deepEqual(resolveName("/"), []);
  assert.deepEqual(resolveName("a//b/"), ["a", "b"]);
});

/** What a path may not hold, whoever looks at it later. */
function assertHarmless(name: string, platform: Platform): void {
  let path;
  try {
    path = resolveName(name, platform);
  } catch (error) {
    assert.ok(error instanceof StorageError, String(error));
    assert.equal(error.code, "bad_name");
    return;
  }
  for (const segment of path) {
    assert.ok(segment !== "" && segment !== "." && segment !== "..", name);
    assert.doesNotMatch(segment, /[/\\\p{Cc}]/u);
    assert.ok(segment.isWellFormed());
  }
  // Another resolver, the system's own, must come to the same place.
  const other = platform === "posix" ? posix : win32;
  const root = platform === "posix" ? "/srv/home" : "D:\\srv\\home";
  const whole = other.resolve(root, ...path);
  assert.equal(whole, [root, ...path].join(other.sep));
  assert.deepEqual(
    [...resolveName(path.join("/"), platform)],
    [...path],
    "resolved again, a path is the same",
  );
}

Deno.test("names of known attacks are refused, or stay inside", () => {
  assert.ok(ATTACK_PATHS.length >= 200, String(ATTACK_PATHS.length));
  for (const name of ATTACK_PATHS) {
    for (const platform of PLATFORMS) assertHarmless(name, platform);
  }
});

const anySegment = fc.oneof(
  fc.constantFrom("..", ".", "", ".ftpd", ".ftpd-x", "C:", "nul", "a.", "\\"),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.string({ unit: "grapheme", maxLength: 6 }),
);
const anyName = fc.oneof(
  fc.array(anySegment, { maxLength: 8 }).map((parts) => parts.join("/")),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 })
    .map((units) => String.fromCharCode(...units)),
);

Deno.test("no name leads above the root, on any platform", () => {
  fc.assert(
    fc.property(anyName, fc.constantFrom(...PLATFORMS), assertHarmless),
    { numRuns: 5000 },
  );
});

Deno.test("what joins two names that are taken is taken, and is both", () => {
  const taken = fc.array(fc.constantFrom("a", "..", "b c", ".", "ä"), {
    maxLength: 6,
  }).map((parts) => parts.join("/")).filter((name) => {
    try {
      return resolveName(name).length >= 0;
    } catch {
      return false;
    }
  });
  fc.assert(fc.property(taken, taken, (one, two) => {
    assert.deepEqual(
      [...resolveName(`${one}/${two}`)],
      [...resolveName(one), ...resolveName(two)],
    );
  }));
});
