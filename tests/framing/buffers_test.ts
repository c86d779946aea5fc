/** The pool: what is lent is counted, what comes back is used again. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { BufferPool } from "../../lib/framing/mod.ts";

Deno.test("buffers are lent up to the budget, then small ones are", () => {
  const pool = new BufferPool(100, 10, 2);
  const [first, second, third] = [1, 2, 3].map(() => pool.takeLarge());
  assert.deepEqual(
    [first?.length, second?.length, third?.length],
    [100, 100, 10],
  );
  assert.equal(pool.lent, 2);
});

Deno.test("what is given back is lent again, what is lost is not", () => {
  const pool = new BufferPool(100, 10, 2);
  const [first, second] = [pool.takeLarge(), pool.takeSmall()];
  pool.give(first);
  pool.give(second);
  assert.equal(pool.takeLarge(), first);
  assert.equal(pool.takeSmall(), second);
  pool.lose(first);
  pool.lose(second);
  assert.equal(pool.lent, 0);
  assert.notEqual(pool.takeLarge(), first);
  assert.notEqual(pool.takeSmall(), second);
});

Deno.test("the count of lent buffers is right after any order of calls", () => {
  const steps = fc.array(
    fc.constantFrom("large", "small", "give", "lose"),
    { maxLength: 60 },
  );
  fc.assert(fc.property(steps, (calls) => {
    const pool = new BufferPool(100, 10, 3);
    const held: Uint8Array<ArrayBuffer>[] = [];
    for (const call of calls) {
      if (call === "large") held.push(pool.takeLarge());
      else if (call === "small") held.push(pool.takeSmall());
      else {
        const buffer = held.shift();
        if (buffer !== undefined) pool[call](buffer);
      }
      assert.equal(new Set(held).size, held.length, "lent to two at once");
      const large = held.filter(({ length }) => length === 100).length;
      assert.equal(pool.lent, large);
      assert(pool.lent <= 3);
    }
  }));
});

Deno.test("sizes that could not be told apart, or hold no frame, are a bug", () => {
  assert.throws(() => new BufferPool(10, 10), RangeError);
  assert.throws(() => new BufferPool(10, 20), RangeError);
  assert.throws(() => new BufferPool(10, 5), RangeError);
  new BufferPool(7, 6, 1);
});
