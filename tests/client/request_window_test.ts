/** Requests run ahead as far as the server's hello allows, and no further. */
import assert from "node:assert/strict";
import { RequestWindow } from "../../lib/client/session/request_window.ts";

const LIMITS = { upload_bytes: null, idle_seconds: null };

/** How many requests of `bytes` go in before one has to wait. */
async function room(window: RequestWindow, bytes: number): Promise<number> {
  let entered = 0;
  const enter = async () => {
    while (entered < 1000) {
      await window.enter(bytes);
      entered++;
    }
  };
  enter();
  for (let turn = 0; turn < 5000; turn++) await Promise.resolve();
  return entered;
}

const CASES = [
  { requests_ahead: 1, bytes_ahead: 1, bytes: 100, room: 1 },
  { requests_ahead: 5, bytes_ahead: 1, bytes: 100, room: 1 },
  { requests_ahead: 5, bytes_ahead: 1000, bytes: 100, room: 5 },
  { requests_ahead: 50, bytes_ahead: 1000, bytes: 100, room: 10 },
  { requests_ahead: 50, bytes_ahead: 1099, bytes: 100, room: 10 },
  { requests_ahead: 2 ** 53, bytes_ahead: 2 ** 53, bytes: 100, room: 1000 },
];
for (const { room: expected, bytes, ...ahead } of CASES) {
  Deno.test(`${JSON.stringify(ahead)}: ${expected} of ${bytes} bytes`, async () => {
    const window = new RequestWindow();
    window.limits = { ...LIMITS, ...ahead };
    assert.equal(await room(window, bytes), expected);
  });
}

Deno.test("before the hello's answer there is room for it and a login", async () => {
  assert.equal(await room(new RequestWindow(), 10), 2);
});

Deno.test("an answer, a raised limit and the end let the next one in", async (t) => {
  const steps = [
    { name: "an answer", step: (window: RequestWindow) => window.leave(10) },
    {
      name: "a raised limit",
      step: (window: RequestWindow) => {
        window.limits = { ...LIMITS, requests_ahead: 2, bytes_ahead: 20 };
      },
    },
    { name: "the end", step: (window: RequestWindow) => window.close() },
  ];
  for (const { name, step } of steps) {
    await t.step(name, async () => {
      const window = new RequestWindow();
      window.limits = { ...LIMITS, requests_ahead: 1, bytes_ahead: 10 };
      await window.enter(10);
      let entered = false;
      const second = window.enter(10)?.then(() => entered = true);
      for (let turn = 0; turn < 50; turn++) await Promise.resolve();
      assert.equal(entered, false);
      step(window);
      await second;
      assert(entered);
    });
  }
});

Deno.test("who gives up takes no room", async () => {
  const window = new RequestWindow();
  window.limits = { ...LIMITS, requests_ahead: 1, bytes_ahead: 10 };
  await window.enter(10);
  const controller = new AbortController();
  const second = window.enter(10, controller.signal);
  controller.abort(new Error("given up"));
  assert(second, "there is no room");
  await assert.rejects(second, /given up/);
  window.leave(10);
  await window.enter(10);
  const aborted = AbortSignal.abort(new Error("no"));
  assert.throws(() => window.enter(1, aborted), /no/);
});
