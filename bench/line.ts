/** @module What the relay can do: itself, between a sender and a receiver. */
import { startRelay } from "../tests/support/relay/mod.ts";
import { LINE } from "./far.ts";
import { percentile, row } from "./measure.ts";

const HOSTNAME = "127.0.0.1";

export async function relayAlone(bytes: number): Promise<void> {
  const unlimited = { delayMs: 0, bytesPerSecond: null };
  await roundTrips();
  for (const connections of [1, 8]) {
    for (
      const [what, shape] of [["20 ms, 1 Gbit/s", LINE], [
        "no line",
        unlimited,
      ]] as const
    ) {
      await using ends = await openEnds(shape);
      const pairs: [Deno.TcpConn, Deno.TcpConn][] = [];
      while (pairs.length < connections) pairs.push(await ends.connect());
      const since = performance.now();
      await Promise.all(
        pairs.map(([near, far]) => moved(near, far, bytes / connections)),
      );
      const seconds = (performance.now() - since) / 1000;
      row(
        `relay, ${what}, ${connections} connections`,
        `${Math.round(bytes / seconds / 1e6)} MB/s`,
      );
    }
  }
}

async function roundTrips(): Promise<void> {
  await using ends = await openEnds(LINE);
  const [near, far] = await ends.connect();
  using _near = near;
  using _far = far;
  const one = new Uint8Array(1);
  const took: number[] = [];
  for (let n = 0; n < 50; n++) {
    const since = performance.now();
    await near.write(one);
    await far.read(one);
    await far.write(one);
    await near.read(one);
    took.push(performance.now() - since);
  }
  const at = (percent: number) =>
    `p${percent} ${percentile(took, percent).toFixed(1)} ms`;
  row("relay, 20 ms: there and back", at(50), at(95));
}

async function openEnds(
  shape: { delayMs: number; bytesPerSecond: number | null },
) {
  await using stack = new AsyncDisposableStack();
  const listener = stack.use(Deno.listen({ hostname: HOSTNAME, port: 0 }));
  const to = { hostname: HOSTNAME, port: listener.addr.port };
  const from = { hostname: HOSTNAME, port: 0 };
  const relay = stack.use(
    await startRelay({ ...shape, routes: [{ from, to }] }),
  );
  const kept = stack.move();
  return {
    connect: async (): Promise<[Deno.TcpConn, Deno.TcpConn]> => {
      const port = relay.ports[0] ?? 0;
      const near = await Deno.connect({ hostname: HOSTNAME, port });
      return [near, await listener.accept()];
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function moved(near: Deno.TcpConn, far: Deno.TcpConn, bytes: number) {
  using _near = near;
  using _far = far;
  const piece = new Uint8Array(2 ** 18);
  const buffer = new Uint8Array(2 ** 18);
  const sent = async () => {
    for (let left = bytes; left > 0;) {
      left -= await near.write(piece.subarray(0, Math.min(left, piece.length)));
    }
    await near.closeWrite();
  };
  const received = async () => {
    while (await far.read(buffer) !== null);
  };
  await Promise.all([sent(), received()]);
}
