/** Steps done many at once, in order, whatever fails meanwhile. */
import assert from "node:assert/strict";
import { ClientError } from "../../lib/client/error.ts";
import { Connections } from "../../lib/client/jobs/connections.ts";
import { type JobObserver, runPlan } from "../../lib/client/jobs/engine.ts";
import type { Place, Side, StepResult } from "../../lib/client/jobs/side.ts";
import { Retries } from "../../lib/client/jobs/retries.ts";
import type { Entry } from "../../lib/client/tree/entry.ts";
import type { FileStep, Step } from "../../lib/client/tree/step.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";

const { timers, random } = systemRuntime();
const DONE: StepResult = { kind: "done" };

class Line {
  alive = true;
  quits = 0;
  // deno-lint-ignore require-await -- as FtpClient has it
  async quit(): Promise<void> {
    this.quits++;
    this.alive = false;
  }
}

function entry(path: string, kind: Entry["kind"] = "file"): Entry {
  return {
    ...{ path: path === "" ? [] : path.split("/"), kind, size: 1 },
    ...{ mtimeNs: 0n, mode: null, identity: path },
  };
}

/** `d/` a folder, `a` a file, `@l` a link, `-x` goes, `=d` gets its time. */
function steps(...words: string[]): Step[] {
  return words.map((word): Step => {
    const [name, kind] = [word.replace(/^[-@=]|\/$/g, ""), word[0]];
    const path = entry(name).path;
    if (word.endsWith("/")) {
      return { kind: "folder", path, source: entry(name, "folder") };
    }
    if (kind === "@") {
      return { kind: "link", path, text: "x", source: entry(name, "link") };
    }
    if (kind === "-") return { kind: "delete", path, target: entry(name) };
    if (kind === "=") {
      const source = entry(name, "folder");
      return { kind: "attributes", path, source, mtimeNs: 0n, mode: 0 };
    }
    return { kind: "file", path, source: entry(name) };
  });
}

/** As tree/plan.ts has it: what has to wait stands behind a barrier. */
async function* planOf(
  all: readonly Step[] | readonly Step[][],
): AsyncGenerator<readonly Step[]> {
  let kind: Step["kind"] = "file";
  for (const step of all) {
    await Promise.resolve();
    if ("length" in step) {
      yield step;
      continue;
    }
    const late = step.kind !== "file" && step.kind !== "folder";
    if (late && step.kind !== kind) yield [{ kind: "barrier" }];
    kind = step.kind;
    yield [step];
  }
}

type Deed = (name: string, at: Place<Line>) => StepResult | Promise<StepResult>;

/** A side that writes down what was begun and what was done, and how many. */
class Recorder implements Side<Line> {
  readonly begun: string[] = [];
  /** On which connection. */
  readonly on = new Map<string, Line>();
  readonly done: string[] = [];
  most = 0;
  #now = 0;
  readonly #deed: Deed;

  constructor(deed: Deed = () => DONE) {
    this.#deed = deed;
  }

  folder = this.#step((name) => `${name}/`);
  file = this.#step((name) => name);
  link = this.#step((name) => `@${name}`);
  attributes = this.#step((name) => `=${name}`);
  remove = this.#step((name) => `-${name}`);

  #step(write: (name: string) => string) {
    return async (
      { path }: { readonly path: readonly string[] },
      at: Place<Line>,
    ): Promise<StepResult> => {
      const name = write(path.join("/"));
      this.begun.push(name);
      this.on.set(name, at.client);
      this.most = Math.max(this.most, ++this.#now);
      try {
        for (let turn = random.bytes(1)[0] ?? 0; turn > 0; turn -= 16) {
          await Promise.resolve();
        }
        const result = await this.#deed(name, at);
        if (result.kind === "done") this.done.push(name);
        return result;
      } finally {
        this.#now--;
      }
    };
  }
}

class Told implements JobObserver {
  readonly results: string[] = [];
  waits = 0;
  passedCount = 0;
  begun(): void {}
  moved(): void {}
  passed(count: number): void {
    this.passedCount += count;
  }
  withheld(): void {}
  ended(step: Step, result: StepResult): void {
    const path = "path" in step
      ? step.path
      : step.kind === "trouble"
      ? step.trouble.path
      : [];
    const why = result.kind === "done"
      ? ""
      : "reason" in result
      ? ` ${result.reason}`
      : ` ${result.error.code}`;
    this.results.push(`${path.join("/")} ${result.kind}${why}`);
  }
  constructor(readonly onWait: () => void = () => {}) {}
  waiting(): void {
    this.waits++;
    this.onWait();
  }
}

/** Waits that are over at once. */
const atOnce = { ...timers, sleep: () => Promise.resolve() };

async function run(
  plan: readonly Step[] | readonly Step[][],
  side: Side<Line>,
  {
    connections = 1,
    filesAhead = 4,
    retries = 5,
    signal,
    open,
    onWait,
    ...more
  }: {
    connections?: number;
    filesAhead?: number;
    retries?: number;
    signal?: AbortSignal;
    stopOnError?: boolean;
    open?: () => Promise<Line>;
    onWait?: () => void;
  } = {},
) {
  const told = new Told(onWait);
  const lines: Line[] = [];
  const counted = new Retries(retries, atOnce, random);
  const openOne = open ?? (() => {
    lines.push(new Line());
    return Promise.resolve(lines.at(-1) ?? new Line());
  });
  const all = new Connections(
    null,
    openOne,
    connections,
    () => counted.connected(),
  );
  let error: unknown = null;
  try {
    error = await runPlan(planOf(plan), {
      ...{ connections: all, side, retries: counted, observer: told },
      ...{ filesAhead, signal: signal ?? new AbortController().signal },
      ...more,
    });
  } catch (thrown) {
    error = thrown;
  } finally {
    await all.close();
  }
  return { told, lines, error };
}

function lost(): ClientError {
  return new ClientError("connection_lost", "lost", "");
}

Deno.test("folders first, links behind all files, times last", async () => {
  const plan = steps("/", "a", "d/", "d/b", "@l", "@m", "-x", "=d", "=");
  for (const connections of [1, 3]) {
    for (const filesAhead of [1, 2, 100]) {
      const side = new Recorder();
      const { error } = await run(plan, side, { connections, filesAhead });
      assert.equal(error, null);
      assert.equal(side.done.length, plan.length);
      const at = (name: string) => side.begun.indexOf(name);
      assert(at("/") < at("a") && at("d/") < at("d/b"));
      assert(Math.max(at("a"), at("d/b")) < at("@l"));
      assert(at("@m") < at("-x") && at("-x") < at("=d"));
    }
  }
});

Deno.test("on several connections a file waits for its folder", async () => {
  const made = new Set<string>();
  const side: Recorder = new Recorder(async (name, { client }) => {
    if (name.endsWith("/")) {
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      made.add(name);
    } else { // behind it on its own connection, it need not wait
      const folder = `${name.split("/").slice(0, -1).join("/")}/`;
      assert(made.has(folder) || side.on.get(folder) === client, name);
    }
    return DONE;
  });
  const folders = Array.from({ length: 20 }, (_, at) => `d${at}`);
  const plan = steps(
    ...folders.flatMap((d) => [`${d}/`, ...[1, 2, 3].map((n) => `${d}/${n}`)]),
  );
  const { told, lines } = await run(plan, side, { connections: 4 });
  assert.equal(told.results.filter((r) => r.endsWith(" done")).length, 80);
  assert(lines.length > 1);
  assert(lines.every(({ quits }) => quits === 1));
});

Deno.test("no more are in flight than there may be", async () => {
  const plan = steps(...Array.from({ length: 200 }, (_, at) => `f${at}`));
  for (const filesAhead of [1, 7]) {
    const full = Promise.withResolvers<void>();
    const side: Recorder = new Recorder(async () => {
      if (side.most === filesAhead) full.resolve();
      await full.promise;
      return DONE;
    });
    await run(plan, side, { filesAhead });
    assert.equal(side.done.length, 200);
    assert.equal(side.most, filesAhead);
  }
});

Deno.test("one that fails keeps no other from its turn", async () => {
  const side = new Recorder((name): StepResult => {
    if (name === "d/") throw new ClientError("refused", "d", "");
    if (name === "b") throw new ClientError("no_space", "b", "");
    if (name.startsWith("d/")) throw new ClientError("not_found", "x", "");
    return DONE;
  });
  const plan = steps("a", "b", "d/", "d/x", "d/e/", "d/e/y", "c", "=d/e", "=d");
  for (const filesAhead of [1, 100]) {
    const { told, error } = await run(plan, side, { filesAhead });
    assert.equal(error, null);
    assert.deepEqual(
      told.results.toSorted(),
      [
        "a done",
        "b failed no_space",
        "c done",
        "d failed refused", // and what is in its place keeps its time
        "d/e failed below_failed",
        "d/e/y failed below_failed",
        "d/x failed below_failed",
      ],
    );
  }
});

Deno.test("what was not acknowledged is done again, and nothing else", async () => {
  for (const connections of [1, 4]) {
    let deeds = 0;
    const side = new Recorder((_, { client }): StepResult => {
      if (!client.alive) throw lost();
      if (++deeds % 13 === 0) {
        client.alive = false;
        throw lost();
      }
      return DONE;
    });
    const names = Array.from({ length: 100 }, (_, at) => `f${at}`);
    const plan = steps("d/", ...names, "@l", "=d");
    const { told, error } = await run(plan, side, { connections });
    assert.equal(error, null);
    assert.deepEqual(
      side.done.toSorted(),
      [
        ...["=d", "@l", "d/"],
        ...names,
      ].toSorted(),
    );
    assert.equal(side.done.indexOf("=d"), 102);
    assert(told.waits >= 7);
  }
});

Deno.test("what a plan only counts is told as a number, and is nothing to do", async () => {
  const side = new Recorder(() => DONE);
  const counted = (count: number): Step => ({
    ...{ kind: "passed", reason: "unchanged", count },
  });
  const plan = [counted(3), ...steps("a"), counted(4)];
  const { told, error } = await run(plan, side);
  assert.equal(error, null);
  assert.deepEqual(told.results, ["a done"]);
  assert.equal(told.passedCount, 7);
});

Deno.test("where no try makes progress it gives up, and says what failed", async () => {
  const side = new Recorder((name): StepResult => {
    if (name === "a") return DONE;
    throw lost();
  });
  const { told, error } = await run(steps("a", "b", "c"), side, { retries: 2 });
  assert(error instanceof ClientError);
  assert.equal(error.code, "connection_lost");
  assert.deepEqual(told.results, [
    "a done",
    "b failed connection_lost", // what comes after it was not tried
  ]);
  assert.equal(told.waits, 2);
});

Deno.test("a second connection that is refused: the first goes on", async () => {
  let opened = 0;
  const side: Recorder = new Recorder(async () => {
    while (opened < 2) await new Promise((resolve) => setTimeout(resolve));
    return DONE;
  });
  const plan = steps(...Array.from({ length: 50 }, (_, at) => `f${at}`));
  const { error } = await run(plan, side, {
    connections: 8,
    open: () =>
      ++opened === 1 ? Promise.resolve(new Line()) : Promise.reject(
        new ClientError("connect_failed", "full", "", { statusCode: 242 }),
      ),
  });
  assert.equal(error, null);
  assert.equal(opened, 2);
  assert.equal(side.done.length, 50);
});

Deno.test("an integrity error gets one more try, from the start", async () => {
  const tries = new Map<string, number>();
  const side = new Recorder((name): StepResult => {
    const count = (tries.get(name) ?? 0) + 1;
    tries.set(name, count);
    if (name === "b" && count === 1 || name === "c") {
      throw new ClientError("integrity", name, "");
    }
    return DONE;
  });
  const { told, error } = await run(steps("a", "b", "c", "=d"), side);
  assert.equal(error, null);
  assert.deepEqual(told.results.toSorted(), [
    "a done",
    "b done",
    "c failed integrity",
    "d done",
  ]);
  assert.equal(tries.get("c"), 2);
});

Deno.test("who says stop: nothing more is begun", async () => {
  const stop = new AbortController();
  const side = new Recorder((name, { signal }): StepResult => {
    if (name === "f5") stop.abort();
    if (signal.aborted) throw new ClientError("cancelled", name, "");
    return DONE;
  });
  const plan = steps(...Array.from({ length: 50 }, (_, at) => `f${at}`));
  const { error } = await run(plan, side, {
    filesAhead: 2,
    signal: stop.signal,
  });
  assert(error instanceof ClientError);
  assert.equal(error.code, "cancelled");
  assert(side.begun.length < 10);
});

Deno.test("who says stop while it waits is not told of the line", async () => {
  const stop = new AbortController();
  const side = new Recorder(() => {
    throw lost();
  });
  const { told, error } = await run(steps("a", "b"), side, {
    ...{ signal: stop.signal, onWait: () => stop.abort() },
  });
  assert(error instanceof ClientError);
  assert.equal(error.exitCode, 130);
  assert.deepEqual(told.results, ["a failed interrupted"]);
});

Deno.test("a plan that breaks off: what is under way comes to its end", async () => {
  async function* plan(): AsyncGenerator<readonly Step[]> {
    yield steps("a", "b");
    await Promise.resolve();
    throw new ClientError("refused", "the listing", "");
  }
  const side = new Recorder();
  const told = new Told();
  const connections = new Connections(
    new Line(),
    () => Promise.reject(lost()),
    1,
  );
  await assert.rejects(
    runPlan(plan(), {
      ...{ connections, side, observer: told, filesAhead: 4 },
      retries: new Retries(0, atOnce, random),
      signal: new AbortController().signal,
    }),
    { code: "refused" },
  );
  assert.deepEqual(side.done.toSorted(), ["a", "b"]);
});

Deno.test("where the first failure is to be the last thing, it is", async () => {
  const side = new Recorder((name): StepResult => {
    if (name === "b") throw new ClientError("refused", name, "");
    return DONE;
  });
  const plan = steps("a", "b", "c", "d");
  const { told, error } = await run(plan, side, {
    ...{ filesAhead: 1, stopOnError: true },
  });
  assert.equal(error, null);
  assert.deepEqual(told.results, ["a done", "b failed refused"]);
  assert.deepEqual(side.begun, ["a", "b"]);
});

/** A side that does files in one go, too. */
class Together extends Recorder {
  readonly goes: string[][] = [];
  many = {
    takes: (step: FileStep) => !step.path.join("/").startsWith("L"),
    files: async (steps: readonly FileStep[], { client }: { client: Line }) => {
      const names = steps.map(({ path }) => path.join("/"));
      this.goes.push(names);
      await Promise.resolve();
      return names.map((name) => this.#outcome(name, client));
    },
  };
  readonly #outcome: (name: string, client: Line) => Outcome;

  constructor(outcome: (name: string, client: Line) => Outcome, deed?: Deed) {
    super(deed);
    this.#outcome = outcome;
  }
}

type Outcome = StepResult | ClientError | null;

/** In pages, as a plan of many has them. */
function pages(words: string): Step[][] {
  return words.split("|").map((page) => steps(...page.trim().split(" ")));
}

Deno.test("small files go in one go, and each has its own outcome", async () => {
  const side = new Together((name) =>
    name === "b"
      ? new ClientError("refused", "no", "")
      : name === "c"
      ? null
      : DONE
  );
  const plan = pages("d/ a b c Large d/x d/y | z | y1 y2");
  const { told, error } = await run(plan, side, { filesAhead: 64 });
  assert.equal(error, null);
  assert.deepEqual(side.goes, [["a", "b", "c"], ["d/x", "d/y"], ["y1", "y2"]]);
  assert.deepEqual(side.done.sort(), ["Large", "c", "d/", "z"]);
  assert.deepEqual(
    told.results.sort(),
    [
      "Large done",
      "a done",
      "b failed refused",
      "c done",
      "d done",
      "d/x done",
      "d/y done",
      ...["y1 done", "y2 done", "z done"],
    ],
  );
});

Deno.test("no more go in one go than may be under way", async () => {
  const names = Array.from({ length: 100 }, (_, at) => `f${at}`).join(" ");
  for (const [filesAhead, most] of [[1, 0], [5, 5], [500, 32]] as const) {
    const side = new Together(() => DONE);
    const { told } = await run(pages(names), side, { filesAhead });
    assert.equal(told.results.length, 100);
    const longest = Math.max(0, ...side.goes.map(({ length }) => length));
    assert.equal(longest, most);
  }
});

Deno.test("files that were in one go when the line was lost are done again", async () => {
  const lost = new ClientError("connection_lost", "gone", "");
  let tries = 0;
  const side = new Together((name, client) => {
    if (name !== "b" || ++tries > 1) return name === "a" ? DONE : lost;
    client.alive = false;
    return lost;
  });
  const { told, lines, error } = await run(pages("a b c"), side, {
    filesAhead: 64,
  });
  assert.equal(error, null);
  assert.equal(lines.length, 2);
  assert.equal(told.waits, 1);
  assert.deepEqual(side.goes, [["a", "b", "c"]]);
  assert.deepEqual(side.done.sort(), ["b", "c"], "each alone");
  assert.deepEqual(told.results.sort(), ["a done", "b done", "c done"]);
});

Deno.test("what was asked for below a folder that failed is told so", async () => {
  const missing = new ClientError("not_found", "no folder", "");
  const side = new Together(
    (name) => name.startsWith("d/") ? missing : DONE,
    (name) =>
      name === "d/" ? { kind: "failed", reason: "file_in_place" } : DONE,
  );
  const plan = pages("d/ | a d/x d/y | b c");
  const { told } = await run(plan, side, { filesAhead: 64 });
  assert.deepEqual(told.results.sort(), [
    "a done",
    "b done",
    "c done",
    "d failed file_in_place",
    "d/x failed below_failed",
    "d/y failed below_failed",
  ]);
  assert.deepEqual(side.goes.at(-1), ["b", "c"]);
});
