/** The network in memory keeps the promises that tests rely on it for. */
import assert from "node:assert/strict";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { MemoryNetwork, wire } from "../support/memory_network.ts";

const KILLED = { name: "NetworkError", code: "killed" };
const LOST = { name: "NetworkError", code: "lost" };

Deno.test("in memory: kill() settles a read and a write, and the peer sees the end", async () => {
  const [near, far] = wire({ windowBytes: 10 });
  const read = assert.rejects(near.read(new Uint8Array(1)), KILLED);
  const write = assert.rejects(near.write(new Uint8Array(100)), KILLED);
  await settled();
  assert(near.blocked);
  assert.equal(near.bytesWritten, 10);
  near.kill();
  near.kill();
  await Promise.all([read, write, near.released]);
  await assert.rejects(near.read(new Uint8Array(1)), KILLED);
  await assert.rejects(near.write(new Uint8Array(1)), KILLED);
  assert.equal(await far.read(new Uint8Array(100)), 10);
  assert.equal(await far.read(new Uint8Array(100)), null);
  await assert.rejects(far.write(new Uint8Array(1)), LOST);
});

Deno.test("in memory: a blocked write may hold the socket until the peer moves", async () => {
  const [near, far] = wire({ windowBytes: 10, holdsBlockedWrites: true });
  const write = assert.rejects(near.write(new Uint8Array(100)), KILLED);
  await settled();
  near.kill();
  await write;
  let released = false;
  near.released.then(() => released = true);
  await settled();
  assert(!released);
  await far.read(new Uint8Array(5));
  await settled();
  assert(released);
});

Deno.test("in memory: the same seed cuts the same, and all bytes come", async () => {
  const bytes = randomBytes(5000);
  const cuts: number[][] = [];
  for (const seed of [1, 1, 2]) {
    const [near, far] = wire({ windowBytes: 700, chunkBytes: 90, seed });
    const writing = near.write(bytes).then(() => near.closeWrite());
    const into = new Uint8Array(4096);
    const read: number[] = [];
    let hex = "";
    for (let n; (n = await far.read(into)) !== null;) {
      assert(n > 0 && n <= 90);
      read.push(n);
      hex += into.subarray(0, n).toHex();
    }
    await writing;
    assert.equal(hex, bytes.toHex());
    await far.write(new Uint8Array(3)); // a half close: this way is open
    assert.equal(near.bytesWritten, far.bytesRead);
    cuts.push(read);
  }
  assert.deepEqual(cuts[0], cuts[1]);
  assert.notDeepEqual(cuts[0], cuts[2]);
});

Deno.test("in memory: two reads or two writes at once are a bug of their caller", async () => {
  const [near] = wire({ windowBytes: 1 });
  const read = near.read(new Uint8Array(1));
  await assert.rejects(near.read(new Uint8Array(1)), /two reads/);
  const write = near.write(new Uint8Array(2));
  assert.throws(() => near.write(new Uint8Array(2)), /two writes/);
  near.kill();
  await assert.rejects(read, KILLED);
  await assert.rejects(write, KILLED);
});

Deno.test("in memory: listening, dialling and closing are as for real", async () => {
  const network = new MemoryNetwork();
  const { signal } = new AbortController();
  const listener = network.listen({ hostname: "192.0.2.2", port: 0 });
  const { address } = listener;
  assert.throws(() => network.listen(address), { code: "in_use" });
  const dialled = await network.connect(address, signal);
  const accepted = await listener.accept(() => {});
  assert.deepEqual(accepted?.remote, dialled.local);
  assert.deepEqual(dialled.remote, address);
  const pending = listener.accept(() => {});
  listener.close();
  assert.equal(await pending, null);
  await assert.rejects(network.connect(address, signal), { code: "refused" });
  await dialled.write(new Uint8Array(1));
  assert.equal(await accepted?.read(new Uint8Array(1)), 1, "it stays");
});
