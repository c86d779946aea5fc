/** Nagle's delay is off at both ends: the calls are watched, not the time. */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";

Deno.test("what is written goes out at once, dialled or accepted", async () => {
  const { network } = systemRuntime();
  using listener = network.listen({ hostname: "127.0.0.1", port: 0 });
  const prototype = await prototypeOfSockets();
  const { setNoDelay } = prototype;
  const asked: unknown[] = [];
  prototype.setNoDelay = function (this: Deno.TcpConn, on?: boolean) {
    asked.push(on);
    setNoDelay.call(this, on);
  };
  try {
    const signal = AbortSignal.timeout(60_000);
    const dialled = await network.connect(listener.address, signal);
    const accepted = await listener.accept(() => {});
    dialled.kill();
    accepted?.kill();
    await Promise.all([dialled.released, accepted?.released]);
  } finally {
    prototype.setNoDelay = setNoDelay;
  }
  assert.deepEqual(asked, [true, true]);
});

/** Deno names no class: a socket's own tells. */
async function prototypeOfSockets(): Promise<Deno.TcpConn> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const accepting = listener.accept();
  using one = await Deno.connect({ hostname: "127.0.0.1", port });
  using _other = await accepting;
  return Object.getPrototypeOf(one);
}
