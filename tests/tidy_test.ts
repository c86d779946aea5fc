/**
 * The code reads itself: imports go one way, no file is dead, nothing in lib/
 * reaches for what lib/runtime passes down, no mark of unfinished work is left.
 */
import assert from "node:assert/strict";
import * as path from "node:path";

const root = path.resolve(import.meta.dirname ?? ".", "..");

/** A folder of lib/, and the folders that it may import from. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  runtime: [],
  framing: ["runtime"],
  protocol: ["framing", "runtime"],
  storage: ["runtime"],
  transfer: ["runtime", "framing", "protocol"],
  ini: ["protocol"],
  accounts: ["runtime", "protocol", "ini"],
  config: ["accounts", "protocol", "ini"],
  server: [
    ...["runtime", "framing", "protocol", "storage", "transfer"],
    ...["ini", "accounts", "config"],
  ],
  client: ["runtime", "framing", "protocol", "transfer", "ini"],
};

interface Source {
  /** Relative to the repository. */
  readonly file: string;
  readonly text: string;
  /** What it imports, as written. */
  readonly imports: readonly string[];
}

const sources = [...walk(".")];
const rootFiles = [...Deno.readDirSync(root)].map(({ name }) => name);
const lib = sources.filter(({ file }) => file.startsWith("lib/"));

Deno.test("imports in lib/ go one way, and through mod.ts", () => {
  for (const { file, imports } of lib) {
    const here = file.split("/")[1] ?? "";
    for (const name of imports.filter((name) => name.startsWith("."))) {
      const target = path.join(path.dirname(file), name);
      const [top, there = "", inside] = target.split("/");
      assert.equal(top, "lib", `${file} imports ${name}`);
      if (there === here) continue;
      assert(MAY_IMPORT[here]?.includes(there), `${file} imports ${name}`);
      // What imports nothing may be had alone: it loads nothing else.
      const leaf = sources.some((one) =>
        one.file === target && one.imports.length === 0
      );
      assert(inside === "mod.ts" || leaf, `${file} imports ${name}`);
    }
  }
});

Deno.test("every file is reached from a program, a test or a bench", () => {
  const starts = sources.map(({ file }) => file).filter((file) =>
    /^(?:server|client)\.ts$|_test\.ts$|^bench\/main\.ts$|^\.ci\//.test(file)
  );
  const reached = new Set<string>();
  const waiting = [...starts];
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (reached.has(file)) continue;
    reached.add(file);
    const source = sources.find((one) => one.file === file);
    for (const name of source?.imports ?? []) {
      if (name.startsWith(".")) {
        waiting.push(path.join(path.dirname(file), name));
      }
    }
  }
  // Programs that tests start by name.
  const started = new Set(
    sources.flatMap(({ text }) =>
      [...text.matchAll(/["'/]([a-z_]+_program\.ts)["']/g)].map((m) => m[1])
    ),
  );
  const dead = sources.map(({ file }) => file).filter((file) =>
    !reached.has(file) && !started.has(path.basename(file))
  );
  assert.deepEqual(dead, []);
});

/** What lib/runtime passes down, and no other room of lib/ reaches for. */
const PASSED_DOWN: readonly RegExp[] = [
  /\bsetTimeout\(/,
  /\bsetInterval\(/,
  /\bsetImmediate\(/,
  /\bDate\.now\(/,
  /\bnew Date\(\)/,
  /\bperformance\.now\(/,
  /\bMath\.random\(/,
  /\bgetRandomValues\(/,
  /\brandomBytes\(/,
  /\brandomUUID\(/,
  /\bAbortSignal\.timeout\(/,
  /\bDeno\.(?:connect|listen|startTls|addSignalListener|removeSignalListener)\b/,
  /from "node:(?:net|tls|timers)/,
];

Deno.test("what the runtime passes down is not reached for elsewhere", () => {
  for (const { file, text } of lib) {
    if (file.startsWith("lib/runtime/")) continue;
    for (const global of PASSED_DOWN) {
      const line = text.split("\n").find((line) =>
        global.test(line) && !/^\s*(?:\*|\/\/)/.test(line)
      );
      assert.equal(line, undefined, `${file}: ${line}`);
    }
  }
});

Deno.test("a disk's paths are touched where they belong", () => {
  const disk =
    /\bDeno\.(?:open|create|read|write|stat|lstat|mkdir|remove|rename|link|symlink|chmod|utime|truncate|makeTemp|realPath|copyFile)(?:Sync|File|Dir|Link|TextFile)*\(|from "node:fs/;
  const rooms = [
    /^lib\/storage\//, // homes
    /^lib\/accounts\/(?:load|init)\.ts$/, // accounts.ini
    /^lib\/config\/load\.ts$/, // ftpd.ini
    /^lib\/client\/local\//, // the files of the one who runs ftpc
    /^lib\/server\/descriptors\.ts$/, // opens one file often, reads none
  ];
  for (const { file, text } of lib) {
    if (rooms.some((room) => room.test(file))) continue;
    assert.doesNotMatch(text, disk, file);
  }
});

Deno.test("what a person reads of ftpc stands in its catalogue", () => {
  // Two words in a row, or a word where only a text for a person can stand.
  const sentence = /\p{L}{2,}[,:;.?]? \p{L}{2,}/u;
  const told =
    /\b(?:new ClientError\(\s*"\w+",|\.(?:say|print)\()\s*(["`])(.*?)\1/gs;
  for (const { file, text } of lib) {
    if (!/^lib\/client\/(?!texts\/)/.test(file)) continue;
    const code = text.replaceAll(/^\s*(?:\/?\*|\/\/).*$| \/\/ .*$/gm, "");
    const literals = code.matchAll(
      /"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/gs,
    );
    for (const [, quoted, template = ""] of literals) {
      assert.doesNotMatch(quoted ?? withoutValues(template), sentence, file);
    }
    for (const [, , words = ""] of code.matchAll(told)) {
      const letters = withoutValues(words).replaceAll(/\\./g, "");
      assert.doesNotMatch(letters, /\p{L}/u, `${file}: ${words}`);
    }
  }
});

/** A template's text alone. */
function withoutValues(template: string): string {
  return template.replaceAll(/\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}/g, "${}");
}

Deno.test("no mark of unfinished work, no way around a type", () => {
  // Put together here, so that this file does not find itself.
  const marks = ["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"];
  const ways = ["@ts-" + "ignore", "@ts-" + "expect-error", "as " + "any"];
  for (const { file, text } of sources) {
    for (const mark of [...marks, ...ways]) {
      const found = new RegExp(`(?<![\\w-])${mark}(?![\\w-])`).exec(text);
      assert.equal(found, null, `${file}: ${mark}`);
    }
  }
});

Deno.test("code cites only what a clone has", () => {
  // Put together here, so that this file does not find itself.
  const papers = ["DES" + "IGN", "DENO-" + "FACTS", "DEPEND" + "ENCIES"];
  for (const { file, text } of sources) {
    for (const paper of papers) assert(!text.includes(paper), file);
    for (const [, cited = ""] of text.matchAll(/(?<![\w./-])([A-Z]+\.md)\b/g)) {
      assert(rootFiles.includes(cited), `${file} cites ${cited}`);
    }
  }
});

Deno.test("files have one job: seldom over 300 lines, never over 500", () => {
  const long = lib.map(({ file, text }) => [file, text.split("\n").length])
    .filter(([, lines]) => Number(lines) > 500);
  assert.deepEqual(long, []);
});

Deno.test("every file of lib/ and tests/ says what it is for", () => {
  for (const { file, text } of sources) {
    assert.match(text, /^(?:#!.*\n)?\/\*\*/, file);
  }
});

function* walk(folder: string): Generator<Source> {
  for (const entry of Deno.readDirSync(path.join(root, folder))) {
    const file = path.join(folder, entry.name);
    const skipped = ["dist", "node_modules", ".git", "home"];
    if (entry.isDirectory && !skipped.includes(entry.name)) yield* walk(file);
    if (!entry.isFile || !file.endsWith(".ts")) continue;
    const text = Deno.readTextFileSync(path.join(root, file));
    const imports = [
      ...text.matchAll(/^(?:import|export)\b[^;]*?from "([^"]+)"/gms),
      ...text.matchAll(/^import "([^"]+)"/gm),
      ...text.matchAll(/\bimport\("([^"]+)"\)/g),
    ].map((match) => match[1] ?? "");
    yield { file, text, imports };
  }
}
