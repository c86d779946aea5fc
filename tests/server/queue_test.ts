/** The queue of a session's requests: order, bounds, and who waits for room. */
import assert from "node:assert/strict";
import { Job } from "../../lib/server/job.ts";
import { JobQueue } from "../../lib/server/queue.ts";
import { BodyHandover } from "../../lib/transfer/mod.ts";
import { settled } from "../support/hand_clock.ts";

const job = (id: number | null, bytes = 1, body: BodyHandover | null = null) =>
  new Job(id, { refused: "invalid_command" }, bytes, body);

const BOUNDS = [
  { name: "its number", jobsMax: 3, bytesMax: 1000, bytes: 1 },
  { name: "its bytes", jobsMax: 1000, bytesMax: 30, bytes: 10 },
];
for (const { name, jobsMax, bytesMax, bytes } of BOUNDS) {
  Deno.test(`a queue is full by ${name}, and has room again after a shift`, async () => {
    const queue = new JobQueue(jobsMax, bytesMax);
    assert.equal(queue.push(job(1, bytes)), undefined);
    assert.equal(queue.push(job(2, bytes)), undefined);
    const room = queue.push(job(3, bytes));
    assert(room, "full: the reader has to wait");
    let waits = true;
    room.then(() => waits = false);
    await settled();
    assert(waits);
    assert.equal(queue.shift()?.id, 1);
    await settled();
    assert(!waits);
    assert.equal(queue.length, 2);
  });
}

Deno.test("with bounds of 1 each job waits for the one before it", async () => {
  const queue = new JobQueue(1, 1);
  for (let id = 1; id < 5; id++) {
    const room = queue.push(job(id, 5000)); // one is let in, however large
    assert(room);
    assert.equal(queue.shift()?.id, id);
    await room;
  }
  assert.equal(queue.shift(), undefined);
});

Deno.test("a raised bound holds from the next shift on", async () => {
  const queue = new JobQueue(1);
  const room = queue.push(job(1));
  queue.jobsMax = 10;
  assert.equal(queue.push(job(2)), undefined);
  queue.shift();
  await room;
});

Deno.test("a thousand jobs come out in order, while others go in", () => {
  const queue = new JobQueue(Infinity);
  const out: (number | null | undefined)[] = [];
  for (let id = 0; id < 1000; id++) {
    queue.push(job(id));
    if (id % 3 === 0) out.push(queue.shift()?.id);
    const [first] = queue;
    assert.equal(first?.id, queue.length > 0 ? out.length : undefined);
    assert.equal(queue.find(out.length)?.id, first?.id);
    assert.equal(queue.find(out.length - 1), undefined, "shifted away");
  }
  while (queue.length > 0) out.push(queue.shift()?.id);
  assert.deepEqual(out, Array.from({ length: 1000 }, (_, id) => id));
});

Deno.test("what is put back comes first, and counts once more", async () => {
  const queue = new JobQueue(3, 1000);
  for (let id = 1; id <= 2; id++) assert.equal(queue.push(job(id)), undefined);
  const taken = queue.take(9);
  assert.deepEqual(taken.map(({ id }) => id), [1, 2]);
  queue.push(job(3));
  queue.putBack(taken);
  assert.deepEqual([...queue].map(({ id }) => id), [1, 2, 3]);
  assert.deepEqual([queue.at(0)?.id, queue.at(2)?.id], [1, 3]);
  assert.equal(queue.at(3), undefined);
  const room = queue.push(job(4));
  assert(room, "it is full");
  queue.take(2);
  await room;
  assert.equal(queue.shift()?.id, 3);
});

Deno.test("clear() drops all and lets the one who waits go on", async () => {
  const queue = new JobQueue(2);
  queue.push(job(1));
  const room = queue.push(job(2));
  queue.clear();
  await room;
  assert.equal(queue.length, 0);
  assert.equal(queue.shift(), undefined);
  assert.equal(queue.push(job(3)), undefined);
  assert.deepEqual([...queue].map(({ id }) => id), [3]);
});

Deno.test("a cancelled job: its signal fires, its body fails, once", async () => {
  const body = new BodyHandover();
  const early = job(1, 1, body);
  const { signal } = early;
  early.cancel();
  early.cancel();
  assert(signal.aborted && early.cancelled);
  assert.equal(signal.reason.code, "cancelled");
  await assert.rejects(body.next(), { code: "cancelled" });
  const late = job(2);
  late.cancel();
  assert(late.signal.aborted, "also where the signal is asked for later");
});
