/** What a job's journal tells, whatever became of its last lines. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  begunLine,
  doneLine,
  headerLine,
  isOld,
  JOB_MS_MAX,
  type JobKey,
  journalName,
  readJournal,
} from "../../lib/client/jobs/journal.ts";

const KEY: JobKey = {
  verb: "put",
  server: "127.0.0.1:10021",
  username: "alex",
  words: ["-r", "photos", "backup"],
  folder: "/home/alex",
};
const HEAD = headerLine(KEY, 1000);
const TRANSFER = "0123456789abcdef0123456789abcdef";
const A = { identity: "i1", version: "v1", size: 3 };

Deno.test("a journal is read as it was written", () => {
  const text = HEAD + begunLine("b", { identity: "i2", transfer: TRANSFER }) +
    doneLine("a", A) + begunLine("a2", { identity: "x", transfer: TRANSFER }) +
    doneLine("a2", { ...A, size: 0 });
  const state = readJournal(text);
  assert(state);
  assert.deepEqual(state.key, KEY);
  assert.deepEqual([...state.done], [["a", A], ["a2", { ...A, size: 0 }]]);
  assert.deepEqual([...state.begun.keys()], ["b"]);
});

Deno.test("cut anywhere, it tells only what was written whole", () => {
  const names = ["a", "b/ü", "c\n", "__proto__"];
  const lines = names.map((name) => doneLine(name, A));
  const text = HEAD + lines.join("");
  for (let length = 0; length <= text.length; length++) {
    const state = readJournal(text.slice(0, length));
    if (length < HEAD.length) {
      assert.equal(state, null);
      continue;
    }
    const whole = names.filter((_, at) =>
      (HEAD + lines.slice(0, at + 1).join("")).length <= length
    );
    assert.deepEqual([...state?.done.keys() ?? []], whole);
  }
});

Deno.test("behind a bad line nothing counts", () => {
  for (
    const bad of [
      "{}\n",
      "\n",
      "null\n",
      '{"is":"done","name":"x","identity":"i","version":"v","size":-1}\n',
      '{"is":"begun","name":"x","identity":"i","transfer":"../../etc"}\n',
    ]
  ) {
    const state = readJournal(HEAD + doneLine("a", A) + bad + doneLine("b", A));
    assert.deepEqual([...state?.done.keys() ?? []], ["a"], bad);
  }
});

Deno.test("random text never throws, and tells nothing", () => {
  fc.assert(fc.property(fc.string(), (text) => {
    assert.equal(readJournal(text), null);
    assert.equal(readJournal(HEAD + text)?.done.size, 0);
  }));
});

Deno.test("an old job is forgotten; a clock set back forgets none", () => {
  const state = readJournal(HEAD);
  assert(state);
  assert.equal(isOld(state, 1000 + JOB_MS_MAX), false);
  assert.equal(isOld(state, 1001 + JOB_MS_MAX), true);
  assert.equal(isOld(state, -JOB_MS_MAX * 2), false);
});

Deno.test("the same command has the same file, another one another", async () => {
  const name = await journalName(KEY);
  assert.match(name, /^[0-9a-f]{32}\.job$/);
  assert.equal(await journalName({ ...KEY }), name);
  for (
    const other of [
      { ...KEY, verb: "get" as const },
      { ...KEY, username: "test" },
      { ...KEY, words: ["-r", "photos backup"] },
      { ...KEY, folder: "/" },
      { ...KEY, server: "127.0.0.1:10022" },
    ]
  ) assert.notEqual(await journalName(other), name);
});
