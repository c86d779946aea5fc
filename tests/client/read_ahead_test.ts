/** A plan read ahead: the same pages, within bounds, and never past a barrier. */
import assert from "node:assert/strict";
import { type Amount, readAhead } from "../../lib/client/jobs/read_ahead.ts";
import type { Step } from "../../lib/client/tree/step.ts";

const BARRIER: Step = { kind: "barrier" };

function file(size: number): Step {
  const source = {
    ...{ path: [`${size}`], kind: "file" as const, size, mtimeNs: 0n },
    ...{ mode: null, identity: "" },
  };
  return { kind: "file", path: source.path, source };
}

/** Gives its pages, and tells how many were asked for, and whether it closed. */
class Plan {
  asked = 0;
  closed = false;
  constructor(
    private readonly pages: readonly (readonly Step[])[],
    private readonly error?: Error,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<readonly Step[]> {
    try {
      for (const page of this.pages) {
        this.asked++;
        await Promise.resolve();
        yield page;
      }
      if (this.error !== undefined) throw this.error;
    } finally {
      this.closed = true;
    }
  }
}

/** Let whatever is on its way come. */
async function settle(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
}

Deno.test("the pages come as they are, and their sum is known before", async () => {
  const plan = new Plan([[file(1), file(2)], [file(3), BARRIER], [file(4)]]);
  const told: Amount[] = [];
  const ahead = readAhead(plan, (amount) => told.push({ ...amount }));
  const first = await ahead.next();
  assert.deepEqual(first.value, [file(1), file(2)]);
  await settle();
  assert.deepEqual(told.at(-1), { files: 3, bytes: 6, whole: true });
  assert.equal(plan.asked, 2, "behind the barrier nothing is read");
  assert.deepEqual((await ahead.next()).value, [file(3), BARRIER]);
  await settle();
  assert.equal(plan.asked, 2, "it was not asked for yet");
  assert.deepEqual((await ahead.next()).value, [file(4)]);
  assert.equal((await ahead.next()).done, true);
  assert(plan.closed);
});

Deno.test("it reads no further than its bound", async () => {
  const page = Array.from({ length: 1000 }, (_, at) => file(at));
  const plan = new Plan(Array.from({ length: 100 }, () => page));
  const ahead = readAhead(plan, () => {});
  await ahead.next();
  await settle();
  assert(plan.asked >= 8 && plan.asked <= 10, `${plan.asked} pages`);
  await ahead.return(undefined);
  assert(plan.closed, "who leaves early closes the plan");
});

Deno.test("a plan that fails: first its pages, then its error", async () => {
  const plan = new Plan([[file(1)], [file(2)]], new Error("the listing"));
  const ahead = readAhead(plan, () => {});
  assert.deepEqual((await ahead.next()).value, [file(1)]);
  await settle();
  assert.deepEqual((await ahead.next()).value, [file(2)]);
  await assert.rejects(ahead.next(), /the listing/);
});
