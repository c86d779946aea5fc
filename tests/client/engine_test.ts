/** Steps done many at once, in order, whatever fails meanwhile. */
import assert from "node:assert/strict";
import { ClientError } from "../../lib/client/error.ts";
import type { StepResult } from "../../lib/client/jobs/side.ts";
import type { Step } from "../../lib/client/tree/step.ts";
import { Connections } from "../../lib/client/jobs/connections.ts";
import { runPlan } from "../../lib/client/jobs/engine.ts";
import { Retries } from "../../lib/client/jobs/retries.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import {
  atOnce,
  DONE,
  Line,
  lost,
  Recorder,
  run,
  steps,
  Told,
} from "./plan_run.ts";

const { random } = systemRuntime();

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
    if (name === "b") throw new ClientError("file_changed", "b", "");
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
        "b failed file_changed",
        "c done",
        "d failed refused", // and what is in its place keeps its time
        "d/e failed below_failed",
        "d/e/y failed below_failed",
        "d/x failed below_failed",
      ],
    );
  }
});

Deno.test("a full disk ends the sending; what was not tried is counted", async () => {
  for (const filesAhead of [1, 3, 100]) {
    for (const connections of [1, 3]) {
      let room = 2;
      const side = new Recorder((name): StepResult => {
        if (name === "d/" || /^[-=]/.test(name) || room-- > 0) return DONE;
        throw new ClientError("no_space", name, "");
      });
      const names = Array.from({ length: 300 }, (_, at) => `d/${at}`);
      const plan = steps("d/", ...names, "e/", "e/x", "@l", "-y", "=e", "=d");
      const given = { filesAhead, connections };
      const { told, error } = await run(plan, side, given);
      assert.equal(error, null);
      const { results } = told;
      assert.equal(results.filter((one) => /no_space/.test(one)).length, 1);
      const untold = results.filter((one) => / failed no_room$/.test(one));
      assert.equal(untold.length, 300 + 3 - 2 - 1);
      assert(untold.includes("e failed no_room"));
      assert(!side.begun.includes("=e"), "it has no time");
      assert(side.done.includes("-y") && side.done.includes("=d"));
      // What was under way by then was tried.
      const tries = side.begun.filter((name) => !/^[-=]/.test(name)).length;
      assert(tries <= 1 + 2 + filesAhead * connections, String(tries));
    }
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
