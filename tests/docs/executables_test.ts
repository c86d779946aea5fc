/** What .ci/executables.ts makes of base executables and of Deno's errors. */
import assert from "node:assert/strict";
import {
  compiledAtOnce,
  failureOf,
  platformOf,
  PROGRAMS,
} from "../../.ci/executables.ts";

/** The first bytes of an executable: some of them given, by their offsets. */
function header(parts: Record<number, string>): Uint8Array {
  const bytes = new Uint8Array(512);
  for (const [at, hex] of Object.entries(parts)) {
    bytes.set(
      Uint8Array.from(hex.match(/../g) ?? [], (b) => parseInt(b, 16)),
      +at,
    );
  }
  return bytes;
}

const HEADERS = [
  { platform: "linux-x64", bytes: header({ 0: "7f454c46", 18: "3e00" }) },
  { platform: "linux-arm64", bytes: header({ 0: "7f454c46", 18: "b700" }) },
  { platform: "macos-x64", bytes: header({ 0: "cffaedfe07000001" }) },
  { platform: "macos-arm64", bytes: header({ 0: "cffaedfe0c000001" }) },
  {
    platform: "windows-x64",
    bytes: header({ 0: "4d5a", 60: "80000000", 128: "504500006486" }),
  },
  {
    platform: "windows-arm64",
    bytes: header({ 0: "4d5a", 60: "80000000", 128: "5045000064aa" }),
  },
  { platform: null, bytes: header({ 0: "4d5a", 60: "ffffffff" }) },
  { platform: null, bytes: header({ 0: "7f454c46", 18: "f300" }) },
  { platform: null, bytes: new TextEncoder().encode("#!/bin/sh\n") },
  { platform: null, bytes: new Uint8Array() },
];
for (const { platform, bytes } of HEADERS) {
  const hex = bytes.subarray(0, 8).toHex();
  Deno.test(`an executable that starts with ${hex} is ${platform}'s`, () => {
    assert.equal(platformOf(bytes), platform);
  });
}

Deno.test("the Deno that runs the tests is of the platform it says", () => {
  const os = Deno.build.os === "darwin" ? "macos" : Deno.build.os;
  const arch = Deno.build.arch === "x86_64" ? "x64" : "arm64";
  using file = Deno.openSync(Deno.execPath());
  const bytes = new Uint8Array(4096);
  file.readSync(bytes);
  assert.equal(platformOf(bytes), `${os}-${arch}`);
});

const FAILURES = [
  {
    name: "a base that cannot be fetched",
    said: "error: Writing deno compile executable to '/x'\n\nCaused by:\n" +
      "    0: Setting up base binary.\n    1: error sending request\n" +
      "    2: dns error\n\nStack backtrace:\n   0: <unknown>\n",
    is: { noBase: true, why: "error sending request" },
  },
  {
    name: "a platform that Deno does not know",
    said: "error: invalid value 'x' for '--target <target>'\n  [possible " +
      "values: y]\n\nFor more information, try '--help'.\n",
    is: { noBase: true, why: "this Deno knows none" },
  },
  {
    name: "a mistake in the program",
    said: "error: SyntaxError: Unexpected token\n    at server.ts:6:10\n",
    is: {
      noBase: false,
      why: "error: SyntaxError: Unexpected token\nat server.ts:6:10",
    },
  },
];
for (const { name, said, is } of FAILURES) {
  Deno.test(`${name} is told in short`, () => {
    assert.deepEqual(failureOf(said), is);
  });
}

Deno.test("modules in a bundle are compiled with it, and remain the same", () => {
  const bundle = [
    "var __esm = (fns) => () => Object.values(fns)[0]();",
    "var a;",
    ...["var init_a = __esm({", '  "lib/a.ts"() {', "    a = { b() {"],
    ...["      return '$1';", "    } };", "  }", "});"],
    ...["var init_empty = __esm({", '  "lib/empty.ts"() {', "  }", "});"],
    ...["var other = Object({", "  a() {", "    return 1;", "  }", "});"],
    "init_a(); init_empty();",
    "return [a.b(), other.a()];",
  ].join("\n");
  const changed = compiledAtOnce(bundle);
  assert.equal(changed.split(": (function() {").length, 3);
  assert.match(changed, /^ {2}a\(\) \{$/m);
  assert.deepEqual(new Function(changed)(), new Function(bundle)());
  assert.deepEqual(new Function(changed)(), ["$1", 1]);
});

Deno.test("no program may do everything, or ask for more", () => {
  for (const { name, permissions } of PROGRAMS) {
    for (const permission of permissions) {
      assert.match(
        permission,
        /^--allow-(?:net|read|write|run|env=\S+|sys=\S+)$/,
        name,
      );
    }
  }
});
