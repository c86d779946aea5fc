/** Kept parts: whose they are, what of them is proved, how long they stay. */
import assert from "node:assert/strict";
import { crc32 } from "node:zlib";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { MemoryHome } from "../../lib/storage/memory.ts";
import { MemoryPartFiles } from "../../lib/storage/memory_part_files.ts";
import type { ResumePoint } from "../../lib/storage/kept_part.ts";
import { type PartClaim, PartStore } from "../../lib/storage/part_store.ts";
import { at, readText, text } from "./home_suite.ts";

const DAY_MS = 24 * 3600_000;
const { random } = systemRuntime();
const transfer = (n: number) => n.toString(16).padStart(32, "0");

const CLAIM: PartClaim = {
  owner: "alex",
  target: at("a"),
  transfer: transfer(1),
  identity: "the source",
  size: 10,
};

/** Both hands of a clock, moved by the test. */
class Hands {
  dateMs = 1_764_000_000_000;
  monotonic = 0;
  date = () => new Date(this.dateMs);
  monotonicMs = () => this.monotonic;
  pass(ms: number): void {
    this.dateMs += ms;
    this.monotonic += ms;
  }
}

class Bench {
  readonly clock = new Hands();
  readonly home = new MemoryHome({ clock: this.clock });
  files = new MemoryPartFiles(this.home);
  partsMax = 64;
  store = this.#open();

  #open(): PartStore {
    const { files, clock, partsMax } = this;
    return new PartStore({ files, clock, random, ttlMs: DAY_MS, partsMax });
  }

  /** Another process on the same disk. */
  restart(after: "dropped" | "zeros" | "killed" = "killed"): void {
    this.files = this.files.after(after);
    this.store = this.#open();
  }

  async begin(claim: Partial<PartClaim> = {}) {
    const part = await this.store.open({ ...CLAIM, ...claim }, null);
    assert.ok(part !== null);
    return part;
  }

  /** A part with these words, marked and kept. */
  async keep(words: string, claim: Partial<PartClaim> = {}): Promise<void> {
    const part = await this.begin(claim);
    await part.write(text(words));
    await part.mark(pointOf(words));
    await part.keep();
  }

  state(claim: Partial<PartClaim> = {}) {
    return this.store.stateOf({ ...CLAIM, ...claim });
  }
}

function pointOf(words: string): ResumePoint {
  const value = crc32(words).toString(16).padStart(8, "0");
  return { offset: words.length, checksum: `crc32:${value}` };
}

const isPart = (words: string) => ({ state: "part", ...pointOf(words) });

Deno.test("a part that was kept is gone on with, also after a restart", async () => {
  for (const restarted of [false, true]) {
    const bench = new Bench();
    await bench.keep("01234");
    if (restarted) bench.restart();
    assert.deepEqual(await bench.state(), isPart("01234"));
    const part = await bench.store.open(CLAIM, pointOf("01234"));
    assert.equal(part?.bytesWritten, 5);
    await part?.write(text("56789"));
    const { checksum } = pointOf("0123456789");
    const info = await part?.commit({ checksum });
    assert.equal(await readText(bench.home, "a"), "0123456789");
    // Done already, to the same transfer only, while the target stands.
    if (restarted) bench.restart();
    const complete = { state: "complete", size: 10, checksum };
    const { version } = info ?? {};
    assert.deepEqual(await bench.state(), { ...complete, version });
    assert.deepEqual(await bench.state({ transfer: transfer(2) }), {
      state: "none",
    });
    await bench.home.putWhole(at("a"), text("0123456789"));
    assert.deepEqual(await bench.state(), { state: "none" });
    assert.equal(bench.files.used, 0);
  }
});

Deno.test("a part without a mark goes with its session", async () => {
  const bench = new Bench();
  for (const end of ["keep", "discard"] as const) {
    const part = await bench.begin();
    await part.write(text("01234"));
    await part[end]();
    assert.deepEqual(await bench.state(), { state: "none" });
    assert.deepEqual(bench.files.count, { parts: 0, journals: 0 });
  }
  {
    await using part = await bench.begin();
    await part.write(text("01234"));
    await part.mark(pointOf("01234"));
  } // left without keep
  assert.deepEqual(bench.files.count, { parts: 0, journals: 0 });
});

for (const cut of ["dropped", "zeros", "killed"] as const) {
  Deno.test(`what was marked survives (${cut}), and nothing else is gone on with`, async () => {
    const bench = new Bench();
    const part = await bench.begin();
    await part.write(text("01234"));
    await part.mark(pointOf("01234"));
    await part.write(text("567"));
    await part.mark(pointOf("01234567"));
    await part.write(text("xx")); // never marked
    bench.restart(cut);
    assert.deepEqual(await bench.state(), isPart("01234567"));
    assert.equal(await bench.store.open(CLAIM, pointOf("01234")), null);
    const other = { offset: 8, checksum: "crc32:00000000" };
    assert.equal(await bench.store.open(CLAIM, other), null);
    const again = await bench.store.open(CLAIM, pointOf("01234567"));
    await again?.write(text("89"));
    await again?.commit();
    assert.equal(await readText(bench.home, "a"), "0123456789");
  });

  Deno.test(`the power goes at any sync (${cut}): the part is what its journal says`, async () => {
    for (let nth = 1; nth <= 8; nth++) {
      const bench = new Bench();
      let after: MemoryPartFiles | null = null;
      let syncs = 0;
      bench.files.onSync = () => {
        if (++syncs === nth) after = bench.files.after(cut);
      };
      await using part = await bench.begin();
      let words = "";
      for (const some of ["01", "23", "45"]) {
        await part.write(text(some));
        words += some;
        await part.mark(pointOf(words));
      }
      if (after === null) {
        assert.ok(nth > 6, `${nth}`); // each mark syncs the data, then says so
        continue;
      }
      bench.files = after;
      bench.restart("killed");
      const state = await bench.state();
      if (state.state === "none") {
        assert.ok(nth <= 2);
        continue;
      }
      assert.ok(state.state === "part");
      assert.deepEqual(state, isPart(words.slice(0, state.offset)));
      const again = await bench.store.open(CLAIM, state);
      await again?.commit();
      assert.equal(
        await readText(bench.home, "a"),
        words.slice(0, state.offset),
      );
    }
  });
}

Deno.test("the same transfer takes over; the former writer is told so", async () => {
  const bench = new Bench();
  const former = await bench.begin();
  await former.write(text("01234"));
  await former.mark(pointOf("01234"));
  await former.write(text("567"));
  assert.deepEqual(await bench.state(), isPart("01234"));
  const next = await bench.store.open(CLAIM, pointOf("01234"));
  assert.equal(next?.bytesWritten, 5);
  const refused = { code: "taken_over" };
  await assert.rejects(former.write(text("x")), refused);
  await assert.rejects(former.mark(pointOf("01234")), refused);
  await assert.rejects(former.commit(), refused);
  await former.keep();
  await former.discard(); // neither touches what is another's
  await next?.write(text("56789"));
  await next?.commit();
  assert.equal(await readText(bench.home, "a"), "0123456789");
  assert.equal(bench.files.used, 0);
});

Deno.test("of two that take over at once one writes", async () => {
  const bench = new Bench();
  await bench.keep("01234");
  const [one, two] = await Promise.all([
    bench.store.open(CLAIM, pointOf("01234")),
    bench.store.open(CLAIM, pointOf("01234")),
  ]);
  await assert.rejects(one!.write(text("x")), { code: "taken_over" });
  await two?.write(text("56789"));
  await two?.commit();
  assert.equal(await readText(bench.home, "a"), "0123456789");
});

Deno.test("another transfer leaves a part in use alone, and goes on with one that is not", async () => {
  const bench = new Bench();
  const other = { transfer: transfer(2) };
  const part = await bench.begin();
  await part.write(text("01234"));
  await part.mark(pointOf("01234"));
  assert.deepEqual(await bench.state(other), {
    state: "none",
    reason: "in_use",
  });
  const claim = { ...CLAIM, ...other };
  assert.equal(await bench.store.open(claim, pointOf("01234")), null);
  const own = await bench.begin(other);
  await own.write(text("own"));
  await own.discard();
  await part.write(text("5"));
  await part.keep();
  assert.deepEqual(await bench.state(other), isPart("01234"));
  const next = await bench.store.open(claim, pointOf("01234"));
  await next?.write(text("x"));
  await next?.keep();
  // It is the other's now, also for the next process.
  bench.restart();
  const [listed] = await bench.store.list("alex");
  assert.equal(listed?.transfer, other.transfer);
});

Deno.test("parts are an account's own, of one target and one source", async () => {
  const bench = new Bench();
  await bench.keep("01234");
  assert.deepEqual(await bench.state({ owner: "test" }), { state: "none" });
  assert.deepEqual(await bench.state({ target: at("b") }), { state: "none" });
  const changed = { state: "none", reason: "changed" };
  assert.deepEqual(await bench.state({ identity: "changed" }), changed);
  assert.deepEqual(await bench.store.list("test"), []);
  assert.deepEqual(await bench.store.list("alex"), [{
    target: at("a"),
    transfer: CLAIM.transfer,
    identity: CLAIM.identity,
    size: 10,
    ...pointOf("01234"),
    updatedMs: bench.clock.dateMs,
    inUse: false,
  }]);
  assert.equal(await bench.store.discard("test", [CLAIM.transfer]), 0);
  assert.equal(await bench.store.discard("alex", [transfer(9)]), 0);
  assert.equal(await bench.store.discard("alex", [CLAIM.transfer]), 1);
  assert.deepEqual(bench.files.count, { parts: 0, journals: 0 });
});

Deno.test("a part expires a day after its last mark, and says so", async () => {
  const bench = new Bench();
  await bench.keep("01234");
  bench.clock.pass(DAY_MS);
  assert.deepEqual(await bench.state(), isPart("01234"));
  bench.clock.pass(1);
  const expired = { state: "none", reason: "expired" };
  assert.deepEqual(await bench.state(), expired);
  assert.deepEqual(bench.files.count, { parts: 0, journals: 0 });
});

Deno.test("a clock that jumps makes no part older: not back, not ahead", async () => {
  const bench = new Bench();
  await bench.keep("01234");
  for (const jumpMs of [-10 * DAY_MS, 20 * DAY_MS]) {
    bench.clock.dateMs += jumpMs;
    assert.deepEqual(await bench.state(), isPart("01234"));
  }
  bench.clock.dateMs -= 30 * DAY_MS;
  bench.restart();
  assert.deepEqual(await bench.state(), isPart("01234"));
  // But what a restart finds to be old is.
  bench.clock.dateMs += 30 * DAY_MS;
  bench.restart();
  assert.deepEqual(await bench.state(), { state: "none", reason: "expired" });
});

Deno.test("over parts_max the oldest goes first, never one in use", async () => {
  const bench = new Bench();
  bench.partsMax = 2;
  bench.restart();
  const used = await bench.begin({ target: at("used") });
  await used.write(text("0"));
  await used.mark(pointOf("0"));
  for (const name of ["b", "c", "d"]) {
    bench.clock.pass(1000);
    await bench.keep(name, { target: at(name) });
  }
  const names = (await bench.store.list("alex")).map(({ target }) => target[0]);
  assert.deepEqual(names, ["used", "c", "d"]);
  await used.discard();
});

Deno.test("parts hold no more than a tenth of what is free", async () => {
  const bench = new Bench();
  bench.files.free = 81; // and 9 are held: a tenth is 9
  for (const name of ["b", "c", "d"]) {
    bench.clock.pass(1000);
    await bench.keep("012", { target: at(name) });
  }
  assert.equal((await bench.store.list("alex")).length, 3);
  bench.files.free = 80;
  bench.clock.pass(1000);
  await bench.keep("0", { target: at("e") });
  const names = (await bench.store.list("alex")).map(({ target }) => target[0]);
  assert.deepEqual(names, ["c", "d", "e"]);
});

Deno.test("a journal that is damaged: its part is not gone on with", async () => {
  const bench = new Bench();
  await bench.keep("01234");
  bench.files.damage((bytes) => bytes.fill(0, 10, 20));
  bench.restart();
  assert.deepEqual(await bench.state(), { state: "none" });
  assert.deepEqual(bench.files.count, { parts: 0, journals: 0 });
});
