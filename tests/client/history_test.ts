/** Lines that are remembered, and the file that they are kept in. */
import assert from "node:assert/strict";
import {
  History,
  HISTORY_LINES_MAX,
  type HistoryFile,
  mayBeKept,
} from "../../lib/client/shell/history.ts";

const COMMANDS = new Set(["put", "get", "ls", "mkdir", "cp"]);
const isCommand = (word: string) => COMMANDS.has(word);
const complain = (error: unknown) => assert.fail(`complained: ${error}`);

const LINES: readonly [line: string, kept: boolean][] = [
  ["put a b", true],
  ["ls", true],
  ["mkdir -p a/b", true],
  ["cp -p a b", true],
  ["get password.txt", true],
  ["put passwords/a b", true],
  ["!ls -l", true],
  ["get 文件", true],
  ["sesame3", false],
  ["frobnicate a", false],
  [" put a b", false],
  ["put a\x1bb", false],
  ["put a\u0007", false],
  ["!ftpc -s h -p 123 put a", false],
  ["!ftpc -s h -p123 put a", false],
  ["!mysql -psesame", false],
  ["!FTPC_PASSWORD=123 ftpc -s h", false],
  ["!curl --password 123 h", false],
  ["!curl --pass=123 h", false],
  ["!curl ftp://a:123@h/", false],
  ["!PGPASSWORD='x' psql", false],
  ["!echo token: 1", false],
  ["ls password 123", false],
  ["!curl http://h/a:b", true],
  [`put ${"a".repeat(4092)}`, true],
  [`put ${"a".repeat(4093)}`, false],
];
for (const [line, kept] of LINES) {
  const name = line.length > 60 ? `a line of ${line.length}` : line;
  Deno.test(`${JSON.stringify(name)} is ${kept ? "" : "not "}kept`, () => {
    assert.equal(mayBeKept(line, isCommand), kept);
  });
}

/** A file in memory that several may share. */
class MemoryFile implements HistoryFile {
  text = "";
  /** Runs once, between a read and what follows from it. */
  meanwhile: (() => void) | null = null;

  read(): Uint8Array {
    const bytes = new TextEncoder().encode(this.text);
    this.meanwhile?.();
    this.meanwhile = null;
    return bytes;
  }

  append(bytes: Uint8Array): number {
    this.text += new TextDecoder().decode(bytes);
    return this.#size;
  }

  replace(bytes: Uint8Array, sizeBefore: number): boolean {
    if (this.#size !== sizeBefore) return false;
    this.text = new TextDecoder().decode(bytes);
    return true;
  }

  get #size(): number {
    return new TextEncoder().encode(this.text).length;
  }
}

Deno.test("lines come back in the next shell, those with passwords do not", () => {
  const file = new MemoryFile();
  const first = new History(file, isCommand, complain);
  for (const line of ["put a", "put a", "", "sesame3", "!x -p 1", "get b"]) {
    first.add(line);
  }
  assert.deepEqual(first.lines, ["put a", "sesame3", "!x -p 1", "get b"]);
  assert.equal(first.list(), "1  put a\n2  get b\n");
  assert.equal(file.text, "put a\nget b\n");
  const next = new History(file, isCommand, complain);
  assert.deepEqual(next.lines, ["put a", "get b"]);
});

Deno.test("the file has 1,000 lines at most, the latest ones", () => {
  const file = new MemoryFile();
  const history = new History(file, isCommand, complain);
  for (let n = 1; n <= HISTORY_LINES_MAX + 5; n++) history.add(`get ${n}`);
  const kept = file.text.trimEnd().split("\n");
  assert.equal(kept.length, 1000);
  assert.equal(kept[0], "get 6");
  assert.equal(kept.at(-1), "get 1005");
  assert.deepEqual(history.lines, kept);
});

Deno.test("several shells add to one file, also while one of them trims", () => {
  const file = new MemoryFile();
  const shells = [1, 2, 3].map(() => new History(file, isCommand, complain));
  for (let n = 0; n < 600; n++) shells[n % 3]?.add(`get ${n}`);
  file.text = "ls\n".repeat(1000);
  file.meanwhile = () => file.append(new TextEncoder().encode("get between\n"));
  shells[0]?.add("get one");
  assert(file.text.endsWith("get one\nget between\n"), "nothing is lost");
  shells[1]?.add("get two");
  assert(file.text.endsWith("get one\nget between\nget two\n"));
  assert.equal(file.text.trimEnd().split("\n").length, 1000);
});

Deno.test("what would steer a terminal is not taken from the file", () => {
  const file = new MemoryFile();
  file.text = "get a\n\x1b]0;x\x07\nget \x7fb\n\nget c";
  const { lines } = new History(file, isCommand, complain);
  assert.deepEqual(lines, ["get a", "get c"]);
});

Deno.test("a file that fails is told once, and it goes on without", () => {
  const told: unknown[] = [];
  const refuses = () => {
    throw new Error("no");
  };
  const file = { read: refuses, append: refuses, replace: refuses };
  const history = new History(file, isCommand, (error) => told.push(error));
  history.add("get a");
  history.add("get b");
  assert.equal(told.length, 1);
  assert.deepEqual(history.lines, ["get a", "get b"]);
});

Deno.test("without a file there is a history all the same", () => {
  const history = new History(null, isCommand, complain);
  history.add("get a");
  assert.equal(history.list(), "1  get a\n");
});
