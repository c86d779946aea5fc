/** Small files that are done in one go: each has its own end. */
import assert from "node:assert/strict";
import { ClientError } from "../../lib/client/error.ts";
import type { StepResult } from "../../lib/client/jobs/side.ts";
import type { FileStep, Step } from "../../lib/client/tree/step.ts";
import { type Deed, DONE, Line, Recorder, run, steps } from "./plan_run.ts";

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
