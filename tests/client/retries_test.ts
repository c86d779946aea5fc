/** When a command tries again, and how long it waits. */
import assert from "node:assert/strict";
import { ClientError } from "../../lib/client/error.ts";
import { Retries, waitMs } from "../../lib/client/jobs/retries.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";

const { timers, random } = systemRuntime();
const middle = { bytes: (length: number) => new Uint8Array(length).fill(0x7f) };

function failure(code: ConstructorParameters<typeof ClientError>[0]) {
  return new ClientError(code, "what", "hint");
}

function full(retryAfterSeconds?: number) {
  const details = { statusCode: 240, retryAfterSeconds };
  return new ClientError("connect_failed", "what", "hint", details);
}

Deno.test("waits double up to 30 s, a fifth more or less", () => {
  const plain = [1, 2, 4, 8, 16, 30, 30, 30].map((s) => s * 1000);
  plain.forEach((ms, at) => {
    for (let round = 0; round < 200; round++) {
      const wait = waitMs(at + 1, random);
      assert(wait >= ms * 0.8 && wait <= ms * 1.2, `${at + 1}: ${wait}`);
    }
    assert(Math.abs(waitMs(at + 1, middle) - ms) <= ms / 100);
  });
});

Deno.test("gives up after so many failures in a row without progress", () => {
  const retries = new Retries(2, timers, middle);
  assert.notEqual(retries.failed(failure("connection_lost")), null);
  assert.notEqual(retries.failed(failure("connection_lost")), null);
  retries.progress();
  assert.notEqual(retries.failed(full()), null);
  assert.notEqual(retries.failed(failure("connection_lost")), null);
  assert.equal(retries.failed(failure("connection_lost")), null);
});

Deno.test("off never gives up; 0 never tries again", () => {
  const never = new Retries("off", timers, middle);
  for (let round = 0; round < 100; round++) {
    assert.notEqual(never.failed(failure("connection_lost")), null);
  }
  const once = new Retries(0, timers, middle);
  assert.equal(once.failed(failure("connection_lost")), null);
});

Deno.test("what does not pass by itself is not tried again", () => {
  for (
    const code of [
      "usage",
      "login_refused",
      "untrusted",
      "refused",
      "no_space",
      "not_found",
      "protocol",
      "integrity",
      "cancelled",
    ] as const
  ) {
    assert.equal(
      new Retries("off", timers, middle).failed(failure(code)),
      null,
      code,
    );
  }
  const some = new Retries(1, timers, middle);
  assert(some.worthOneMore(failure("integrity")));
  assert(!some.worthOneMore(failure("refused")));
  assert(!new Retries(0, timers, middle).worthOneMore(failure("integrity")));
});

Deno.test("a server that is not there is waited for only if it was there", () => {
  const retries = new Retries(5, timers, middle);
  assert.equal(retries.failed(failure("connect_failed")), null);
  retries.connected();
  assert.notEqual(retries.failed(failure("connect_failed")), null);
});

Deno.test("a server that says when to come back is taken at its word", () => {
  const retries = new Retries(5, timers, middle);
  assert.equal(retries.failed(full(7)), 7000);
  assert.equal(retries.failed(full(0)), 0);
  assert.equal(retries.failed(full(1e9)), 300_000);
  assert.equal(retries.failed(full(-1)), 0);
});
