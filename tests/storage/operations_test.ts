/** Answers are remembered ten minutes, over a restart, whatever a clock says. */
import assert from "node:assert/strict";
import {
  Operations,
  type OperationsFile,
  REMEMBERED_MS,
} from "../../lib/storage/operations.ts";

const OPERATION = "0123456789abcdef".repeat(2);

class MemoryFile implements OperationsFile {
  bytes = new Uint8Array();
  replaced = 0;

  read(): Promise<Uint8Array> {
    return Promise.resolve(this.bytes);
  }

  async append(bytes: Uint8Array): Promise<void> {
    const all = new Uint8Array(this.bytes.length + bytes.length);
    all.set(this.bytes);
    all.set(bytes, this.bytes.length);
    this.bytes = all;
    await Promise.resolve();
  }

  async replace(bytes: Uint8Array): Promise<void> {
    this.bytes = bytes.slice();
    this.replaced++;
    await Promise.resolve();
  }
}

const hands = {
  dateMs: 1_764_000_000_000,
  monotonic: 0,
  date: () => new Date(hands.dateMs),
  monotonicMs: () => hands.monotonic,
};

function pass(ms: number): void {
  hands.dateMs += ms;
  hands.monotonic += ms;
}

Deno.test("an answer is remembered for its account, also by the next process", async () => {
  const file = new MemoryFile();
  const operations = new Operations(file, hands);
  await operations.remember("alex", OPERATION, '{"status_code":200}');
  for (const one of [operations, new Operations(file, hands)]) {
    assert.equal(
      await one.answerTo("alex", OPERATION),
      '{"status_code":200}',
    );
    assert.equal(await one.answerTo("test", OPERATION), null);
    assert.equal(await one.answerTo("alex", OPERATION.replace("0", "1")), null);
  }
});

Deno.test("it is forgotten after ten minutes, and no sooner by a jump", async () => {
  for (const restarted of [false, true]) {
    const file = new MemoryFile();
    let operations = new Operations(file, hands);
    await operations.remember("alex", OPERATION, "done");
    hands.dateMs -= 24 * 3600_000;
    if (restarted) operations = new Operations(file, hands);
    pass(REMEMBERED_MS);
    assert.equal(await operations.answerTo("alex", OPERATION), "done");
    if (!restarted) {
      pass(1);
      assert.equal(await operations.answerTo("alex", OPERATION), null);
    }
    hands.dateMs += 24 * 3600_000 + 1;
    const next = new Operations(file, hands);
    assert.equal(await next.answerTo("alex", OPERATION), null);
  }
});

Deno.test("a line that is torn or damaged takes no other with it", async () => {
  const file = new MemoryFile();
  const operations = new Operations(file, hands);
  for (const name of ["a", "b", "c"]) {
    await operations.remember("alex", name, name);
  }
  // In the second line; each has a break in front and one behind.
  const half = file.bytes.indexOf(0x0a, 1) + 12;
  file.bytes[half] = (file.bytes[half] ?? 0) ^ 1;
  file.bytes = file.bytes.slice(0, -2);
  const next = new Operations(file, hands);
  assert.equal(await next.answerTo("alex", "a"), "a");
  assert.equal(await next.answerTo("alex", "b"), null);
  assert.equal(await next.answerTo("alex", "c"), null);
  await next.remember("alex", "d", "d");
  assert.equal(await new Operations(file, hands).answerTo("alex", "d"), "d");
});

Deno.test("memory and file are bounded, the latest stay", async () => {
  const file = new MemoryFile();
  const operations = new Operations(file, hands);
  for (let n = 0; n < 9000; n++) {
    await operations.remember("alex", String(n), "x");
  }
  assert.ok(file.replaced > 0);
  assert.ok(file.bytes.length < 9000 * 60);
  for (const one of [operations, new Operations(file, hands)]) {
    assert.equal(await one.answerTo("alex", "8999"), "x");
    assert.equal(await one.answerTo("alex", "5000"), "x");
    assert.equal(await one.answerTo("alex", "100"), null);
  }
});
