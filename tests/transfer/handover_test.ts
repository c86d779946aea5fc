/** A body from its reader to its taker: nobody runs ahead, nobody hangs. */
import assert from "node:assert/strict";
import {
  BodyHandover,
  HeldBodies,
  TransferError,
} from "../../lib/transfer/mod.ts";
import { Dice } from "../support/dice.ts";
import { settled } from "../support/hand_clock.ts";

const piece = (n: number) => new Uint8Array([n]);
const END = { action: "end", size: 0, checksum: "crc32:00000000" } as const;
const failure = () => new TransferError("cancelled", "cancelled");

Deno.test("the reader waits until its piece was used, not until it was taken", async () => {
  const body = new BodyHandover();
  const used = state(body.push(piece(1)));
  await settled();
  assert.equal(used.is, "waits");
  assert.deepEqual(await body.next(), piece(1));
  await settled();
  assert.equal(used.is, "waits", "the taker still has it");
  const next = state(body.next());
  await settled();
  assert.equal(used.is, "done");
  assert.equal(next.is, "waits");
  body.finish(END);
  await settled();
  assert.equal(next.is, "done");
  assert.equal(body.ending, END);
  assert.equal(await body.next(), null);
});

Deno.test("a taker who is first gets the piece at once", async () => {
  const body = new BodyHandover();
  const taking = body.next();
  const used = state(body.push(piece(7)));
  assert.deepEqual(await taking, piece(7));
  assert.equal(used.is, "waits");
  body.finish(END);
  assert.equal(await body.next(), null, "the end comes after the piece");
  await settled();
  assert.equal(used.is, "done");
});

Deno.test("an end that is here before its last piece is taken comes after it", async () => {
  const body = new BodyHandover();
  const used = state(body.push(piece(1)));
  body.finish(END);
  assert.deepEqual(await body.next(), piece(1));
  assert.equal(await body.next(), null);
  await settled();
  assert.equal(used.is, "done");
});

Deno.test("a body that is held can be taken whole, once it has ended well", async () => {
  const body = new BodyHandover();
  assert(body.hold(piece(1)) && body.hold(piece(2)));
  assert.equal(body.whole(9), null, "it has not ended");
  body.finish(END);
  assert.equal(body.whole(1), null, "longer than it may be");
  assert.deepEqual(body.whole(2), new Uint8Array([1, 2]));
  body.lend();
  body.fail(failure());
  const used = state(body.used());
  await settled();
  assert.equal(used.is, "waits", "it is in use");
  body.drop();
  await settled();
  assert.equal(used.is, "done");
});

Deno.test("what was lent comes once more by next()", async () => {
  const body = new BodyHandover();
  body.hold(piece(1));
  body.finish(END);
  assert.deepEqual(body.whole(9), piece(1));
  body.lend();
  assert.deepEqual(await body.next(), piece(1));
  assert.equal(await body.next(), null);
  assert.equal(body.used(), undefined);
});

Deno.test("pieces are held until the taker begins, and come in order", async () => {
  const body = new BodyHandover();
  assert(body.hold(piece(1)));
  const pushed = state(body.push(piece(2)));
  assert.deepEqual(await body.next(), piece(1));
  assert(!body.hold(piece(3)), "the taker has begun");
  assert.deepEqual(await body.next(), piece(2));
  await settled();
  assert.equal(pushed.is, "waits");
  body.finish(END);
  assert.equal(await body.next(), null);
  await settled();
  assert.equal(pushed.is, "done");
});

Deno.test("an abort, an empty body, one that was dropped: what is whole", () => {
  const aborted = new BodyHandover();
  aborted.finish({ action: "abort", reason: "" });
  assert.equal(aborted.whole(9), null);
  const empty = new BodyHandover();
  empty.finish(END);
  assert.deepEqual(empty.whole(0), new Uint8Array(0));
  const dropped = new BodyHandover();
  dropped.hold(piece(1));
  dropped.finish(END);
  dropped.drop();
  assert.equal(dropped.whole(9), null);
  assert.equal(dropped.used(), undefined);
});

Deno.test("held bodies: the reader waits for the last that is not used", async () => {
  const held = new HeldBodies();
  const [first, last] = [new BodyHandover(), new BodyHandover()];
  for (const body of [first, last]) {
    assert.equal(held.add(body, piece(1)), undefined);
  }
  assert.deepEqual([...held], [first, last]);
  assert(held.unused());
  last.drop();
  const unused = state(held.unused());
  await settled();
  assert.equal(unused.is, "waits");
  first.drop();
  await settled();
  assert.equal(unused.is, "done");
  assert.equal(held.unused(), undefined);
  assert.deepEqual([...held], []);
});

Deno.test("held bodies: no more pieces than so many, the rest one by one", () => {
  const held = new HeldBodies();
  const body = new BodyHandover();
  let pieces = 0;
  while (pieces < 100_000 && held.add(body, piece(1)) === undefined) pieces++;
  assert(pieces > 100 && pieces < 100_000, `${pieces}`);
  body.drop();
  assert.equal(held.unused(), undefined);
});

/** Where a body may stand when it fails, and what its reader waits for then. */
const MOMENTS: readonly {
  name: string;
  reach: (body: BodyHandover) => Promise<unknown> | undefined;
}[] = [
  { name: "before anything", reach: () => undefined },
  { name: "while a piece waits", reach: (body) => body.push(piece(1)) },
  {
    name: "after a piece was used",
    reach: (body) => {
      body.push(piece(1));
      body.next();
      body.next().catch(() => {});
      return undefined;
    },
  },
];
for (const { name, reach } of MOMENTS) {
  for (const how of ["fail", "drop"] as const) {
    Deno.test(`${how}() ${name} lets the reader go on and the taker know`, async () => {
      const body = new BodyHandover();
      const used = state(reach(body));
      await settled();
      if (how === "fail") body.fail(failure());
      else body.drop();
      await settled();
      assert.equal(used.is, "done");
      await assert.rejects(body.next(), { code: "cancelled" });
      await assert.rejects(body.next(), { code: "cancelled" }, "and stays so");
      assert.equal(body.push(piece(2)), undefined, "nobody waits for more");
      body.finish(END);
      await assert.rejects(body.next(), { code: "cancelled" });
    });
  }
}

for (const how of ["next", "drop"] as const) {
  Deno.test(`fail() leaves a piece in use alone, until ${how}() says that it is used`, async () => {
    const body = new BodyHandover();
    const used = state(body.push(piece(1)));
    assert.deepEqual(await body.next(), piece(1));
    body.fail(failure());
    await settled();
    assert.equal(used.is, "waits", "its bytes would be read over");
    if (how === "drop") body.drop();
    else await assert.rejects(body.next(), { code: "cancelled" });
    await settled();
    assert.equal(used.is, "done");
    assert.equal(body.push(piece(2)), undefined, "nobody waits for more");
  });
}

Deno.test("fail() wakes a taker who waits; the first failure is the one told", async () => {
  const body = new BodyHandover();
  const taking = assert.rejects(body.next(), { code: "lost" });
  body.fail(new TransferError("lost", "connection lost"));
  body.fail(failure());
  body.drop();
  await taking;
  await assert.rejects(body.next(), { code: "lost" });
});

Deno.test("whoever is quicker, every piece comes once and in order", async () => {
  for (let seed = 0; seed < 50; seed++) {
    const dice = new Dice(seed);
    const body = new BodyHandover();
    const dawdle = async () => {
      for (let turns = dice.below(4); turns > 0; turns--) await null;
    };
    const taken: number[] = [];
    let inUse: number | null = null;
    const taker = (async () => {
      for (let got; (got = await body.next()) !== null;) {
        inUse = got[0] ?? null;
        await dawdle();
        taken.push(inUse ?? -1);
        inUse = null;
      }
    })();
    for (let n = 0; n < 20; n++) {
      await dawdle();
      await body.push(piece(n));
      assert.equal(inUse, null, `seed ${seed}: piece ${n} still in use`);
    }
    body.finish(END);
    await taker;
    assert.deepEqual(taken, Array.from({ length: 20 }, (_, n) => n));
  }
});

/** Whether a promise still waits; nothing to wait for is done. */
function state(promise: Promise<unknown> | undefined): { is: string } {
  const seen = { is: promise === undefined ? "done" : "waits" };
  promise?.then(() => seen.is = "done", () => seen.is = "failed");
  return seen;
}
