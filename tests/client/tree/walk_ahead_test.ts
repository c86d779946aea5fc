/** A walk read ahead: the same pages, what it throws, and no further than said. */
import assert from "node:assert/strict";
import type { Found } from "../../../lib/client/tree/entry.ts";
import { walkAhead } from "../../../lib/client/tree/walk_ahead.ts";

function page(at: number, entries: number): readonly Found[] {
  return Array.from({ length: entries }, (_, one) => ({
    excluded: [`${at}-${one}`],
  }));
}

Deno.test("walkAhead() hands on the same pages, and then what was thrown", async () => {
  const failure = new Error("gone");
  async function* walk() {
    for (let at = 0; at < 5; at++) yield page(at, at);
    await Promise.reject(failure);
  }
  const seen: (readonly Found[])[] = [];
  await assert.rejects(async () => {
    for await (const one of walkAhead(walk())) seen.push(one);
  }, failure);
  assert.deepEqual(seen, [0, 1, 2, 3, 4].map((at) => page(at, at)));
});

Deno.test("walkAhead() reads so far ahead and no further, and closes the walk", async () => {
  let read = 0;
  let closed = false;
  async function* walk() {
    try {
      while (true) {
        await Promise.resolve();
        read++;
        yield page(read, 2000);
      }
    } finally {
      closed = true;
    }
  }
  let taken = 0;
  for await (const _ of walkAhead(walk())) {
    if (++taken === 10) break;
    for (let turn = 0; turn < 100; turn++) await Promise.resolve();
    assert(read - taken <= 4, `${read} read, ${taken} taken`);
  }
  assert(read > 10);
  assert(closed);
});
