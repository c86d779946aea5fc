/** What a job remembers, whatever became of its file, its files and its server. */
import assert from "node:assert/strict";
import {
  type JobFile,
  JobMemory,
  readOnly,
} from "../../lib/client/jobs/job_memory.ts";
import {
  begunLine,
  doneLine,
  headerLine,
  JOB_MS_MAX,
  type JobKey,
  readJournal,
  rootLine,
} from "../../lib/client/jobs/journal.ts";
import type { VersionQuestion, VersionState } from "../../lib/client/remote.ts";
import { HandClock } from "../support/hand_clock.ts";

const KEY: JobKey = {
  ...{ verb: "put", server: "127.0.0.1:10021", username: "alex" },
  ...{ words: ["A", "B"], folder: "/home/alex" },
};
const TRANSFER = "0123456789abcdef0123456789abcdef";
const A = { identity: "a1", version: "v1", size: 3 };
const B = { identity: "b1", version: "v2", size: 5 };
const { signal } = new AbortController();

/** A journal's file, in memory. */
class Paper implements JobFile {
  text: string | null;
  writes = 0;
  fails = false;

  constructor(text: string | null = null) {
    this.text = text;
  }

  read(): Uint8Array | null {
    if (this.fails) throw new TypeError("read");
    return this.text === null ? null : new TextEncoder().encode(this.text);
  }

  append(bytes: Uint8Array): number {
    return this.#put((this.text ?? "") + new TextDecoder().decode(bytes));
  }

  replace(bytes: Uint8Array): boolean {
    return this.#put(new TextDecoder().decode(bytes)) > 0;
  }

  remove(): void {
    this.text = null;
  }

  removeOthers(): void {}

  #put(text: string): number {
    if (this.fails) throw new TypeError("write");
    this.writes++;
    this.text = text;
    return text.length;
  }

  get state() {
    return readJournal(this.text ?? "");
  }

  get done(): string[] {
    return [...this.state?.done.keys() ?? []];
  }
}

interface Given {
  readonly file: JobFile | null;
  readonly clock?: HandClock;
  readonly restart?: boolean;
}

function memoryOf({ file, clock = new HandClock(), restart = false }: Given) {
  return new JobMemory({ key: KEY, file, clock, timers: clock, restart });
}

/** A server that has these versions. */
function server(versions: Record<string, string>, features = ["resume"]) {
  const asked: VersionQuestion[][] = [];
  return {
    asked,
    features: new Set(features),
    versionStates(items: readonly VersionQuestion[]) {
      asked.push([...items]);
      return Promise.resolve(items.map(({ name, version }): VersionState => {
        const there = versions[name];
        return there === undefined
          ? "none"
          : there === version
          ? "same"
          : "other";
      }));
    },
  };
}

function began(clock: HandClock): string {
  return headerLine(KEY, clock.date().getTime());
}

Deno.test("what is done is written in one go, soon, or at once where it is much", async () => {
  const clock = new HandClock();
  const file = new Paper();
  const memory = memoryOf({ file, clock });
  assert.equal(memory.isKept, false);
  memory.done("a", A);
  memory.done("b", B);
  assert.deepEqual([file.text, memory.isKept], [null, true]);
  await clock.advance(1000);
  assert.deepEqual([file.done, file.writes], [["a", "b"], 1]);
  memory.done("c", A);
  memory.done("big", { ...B, size: 2 ** 20 });
  assert.deepEqual(file.done, ["a", "b", "c", "big"]);
  assert.equal(clock.pending, 0);
});

Deno.test("a put that may be gone on with is known before its first byte", () => {
  const file = new Paper();
  const memory = memoryOf({ file });
  const begun = { identity: "i", transfer: TRANSFER };
  memory.begin("a", begun);
  assert.deepEqual(file.state?.begun.get("a"), begun);
  const again = memoryOf({ file });
  assert.deepEqual([again.begun("a"), again.goesOn], [begun, true]);
  again.done("a", A);
  again.end(false);
  assert.deepEqual([file.done, file.state?.begun.size], [["a"], 0]);
  assert.equal(again.begun("a"), undefined);
});

Deno.test("known is what the server still has, asked for all at once", async () => {
  const clock = new HandClock();
  const lines = [
    ...["same", "changed", "gone"].map((name) => doneLine(name, A)),
    doneLine("got\0/here/got", B),
  ];
  const text = began(clock) + lines.join("");
  const there = server({ same: "v1", changed: "v9", got: "v2" });
  const memory = memoryOf({ file: new Paper(text), clock });
  assert.deepEqual([memory.goesOn, memory.filesDone], [false, 0]);
  await memory.ask(there, signal);
  assert.deepEqual(there.asked.map((items) => items.map(({ name }) => name)), [
    ["same", "changed", "gone", "got"],
  ]);
  assert.deepEqual([memory.goesOn, memory.filesDone], [true, 2]);
  assert.deepEqual(memory.known("same"), A);
  assert.equal(memory.known("changed"), undefined);
  assert.equal(memory.known("gone"), undefined);
  assert.deepEqual(memory.gets.known("got", "/here/got"), B);
  assert.equal(memory.gets.known("got", "/there/got"), undefined);
});

Deno.test("nothing is asked where there is nothing, or nobody who knows", async () => {
  const clock = new HandClock();
  const none = server({});
  await memoryOf({ file: new Paper() }).ask(none, signal);
  assert.deepEqual(none.asked, []);
  const old = server({ a: "v1" }, ["crc32"]);
  const file = new Paper(began(clock) + doneLine("a", A));
  const memory = memoryOf({ file, clock });
  await memory.ask(old, signal);
  assert.deepEqual([old.asked, memory.known("a")], [[], undefined]);
});

Deno.test("behind a line that a kill cut, what follows counts all the same", async () => {
  const clock = new HandClock();
  const whole = began(clock) + rootLine("B") + doneLine("a", A) +
    begunLine("b", { identity: "b1", transfer: TRANSFER });
  for (const cut of ['{"is":"done","na', "{}\n", '{"is":"new"}\n{"is":']) {
    const file = new Paper(whole + cut);
    const memory = memoryOf({ file, clock });
    memory.done("c", B);
    memory.end(false);
    assert.deepEqual(file.done, ["a", "c"], cut);
    const state = file.state;
    assert.deepEqual([state?.root, state?.whole], ["B", true]);
    assert.deepEqual([...state?.begun.keys() ?? []], ["b"]);
    const there = server({ a: "v1", c: "v2" });
    const again = memoryOf({ file, clock });
    await again.ask(there, signal);
    assert.equal(again.filesDone, 2);
  }
});

Deno.test("7 days later it is another job, and its journal a new one", async () => {
  const clock = new HandClock();
  const file = new Paper();
  const first = memoryOf({ file, clock });
  first.becomes("B");
  first.done("a", A);
  first.end(false);
  await clock.advance(JOB_MS_MAX);
  assert.equal(memoryOf({ file, clock }).root, "B");
  await clock.advance(1);
  const memory = memoryOf({ file, clock });
  assert.deepEqual([memory.root, memory.isKept], [null, false]);
  memory.done("b", B);
  memory.end(false);
  assert.deepEqual(file.done, ["b"]);
  assert.equal(file.state?.begunAtMs, clock.date().getTime());
});

Deno.test("--restart does all files again, at once, where they were to be", async () => {
  const clock = new HandClock();
  const text = began(clock) + rootLine("B") + doneLine("a", A) +
    begunLine("b", { identity: "b1", transfer: TRANSFER });
  const file = new Paper(text);
  const there = server({ a: "v1" });
  const memory = memoryOf({ file, clock, restart: true });
  await memory.ask(there, signal);
  assert.equal(memory.known("a"), undefined);
  assert.equal(memory.begun("b"), undefined);
  assert.equal(memory.root, "B");
  // Killed now, and given again without it: nothing of before comes back.
  assert.deepEqual([file.done, file.state?.begun.size], [[], 0]);
  assert.equal(file.state?.root, "B");
});

Deno.test("when all is done the journal goes; else it stays", () => {
  const file = new Paper();
  const broken = memoryOf({ file });
  broken.done("a", A);
  broken.end(false);
  assert.deepEqual(file.done, ["a"]);
  const whole = memoryOf({ file });
  whole.done("b", B);
  whole.end(true);
  assert.equal(file.text, null);
});

Deno.test("what a folder becomes is known before it is made, and until it is not", () => {
  const file = new Paper();
  const memory = memoryOf({ file });
  memory.becomes("B");
  assert.equal(file.state?.root, "B");
  const again = memoryOf({ file });
  assert.deepEqual([again.root, again.goesOn, again.filesDone], ["B", true, 0]);
  again.becomes("B");
  assert.equal(file.writes, 1);
  again.becomesNothing();
  again.end(false);
  assert.equal(file.text, null);
  assert.equal(memoryOf({ file }).root, null);
});

Deno.test("a file that cannot be read or written is done without", async () => {
  const file = new Paper();
  file.fails = true;
  const clock = new HandClock();
  for (const one of [file, null]) {
    const memory = memoryOf({ file: one, clock });
    await memory.ask(server({}), signal);
    memory.becomes("B");
    memory.begin("a", { identity: "i", transfer: TRANSFER });
    assert.equal(memory.begun("a")?.transfer, TRANSFER);
    memory.done("a", A);
    memory.done("b", { ...B, size: 2 ** 30 });
    await clock.advance(1000);
    memory.end(false);
    assert.deepEqual([memory.isKept, clock.pending], [false, 0]);
  }
  const later = new Paper();
  const memory = memoryOf({ file: later, clock });
  memory.done("a", A);
  memory.flush();
  later.fails = true;
  memory.done("b", B);
  memory.flush();
  memory.done("c", B);
  memory.end(false);
  assert.deepEqual(later.done, ["a"]);
});

Deno.test("--dry-run reads what there is, and leaves it as it is", () => {
  const text = headerLine(KEY, new HandClock().date().getTime()) +
    rootLine("B") + doneLine("a", A) + "{";
  for (const restart of [false, true]) {
    const file = new Paper(text);
    const memory = memoryOf({ file: readOnly(file), restart });
    assert.equal(memory.root, "B");
    memory.done("c", B);
    memory.end(true);
    assert.equal(file.text, text);
  }
});
