/** Listening and dialling, with real sockets. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  type Connection,
  type NetworkCode,
  NetworkError,
  systemRuntime,
} from "../../lib/runtime/mod.ts";

const { network, timers } = systemRuntime();
const LOOPBACK = "127.0.0.1";
const never = new AbortController().signal;

/** A port of the loopback that nobody listens on. */
function freePort(): number {
  using listener = network.listen({ hostname: LOOPBACK, port: 0 });
  return listener.address.port;
}

const REFUSED: readonly {
  name: string;
  hostname: string;
  port?: number;
  code: NetworkCode;
}[] = [
  { name: "a port nobody listens on", hostname: LOOPBACK, code: "refused" },
  {
    name: "a name without address",
    hostname: "x.invalid",
    code: "unknown_host",
  },
  { name: "what is no name", hostname: "a b", code: "unknown_host" },
  { name: "an empty name", hostname: "", code: "unknown_host" },
  { name: "no port", hostname: LOOPBACK, port: 70_000, code: "failed" },
];
for (const { name, hostname, port = freePort(), code } of REFUSED) {
  Deno.test(`connect() to ${name} is \`${code}\``, async () => {
    await assert.rejects(
      network.connect({ hostname, port }, never),
      (error) =>
        error instanceof NetworkError && error.code === code &&
        error.message.startsWith(`connect to ${hostname}:${port}: `) &&
        error.cause instanceof Error,
    );
  });
}

Deno.test("connect() gives up when its signal fires, before and meanwhile", async () => {
  using listener = network.listen({ hostname: LOOPBACK, port: 0 });
  const given = { code: "timed_out" };
  const before = AbortSignal.abort();
  await assert.rejects(network.connect(listener.address, before), given);
  const giving = new AbortController();
  const dialling = network.connect(listener.address, giving.signal);
  giving.abort(new Error("enough"));
  await assert.rejects(dialling, (error) => {
    assert(error instanceof NetworkError && error.cause instanceof Error);
    return error.code === "timed_out" && error.cause.message === "enough";
  });
  // What was dialled in vain is closed again: its other end reads the end.
  const late = await accepted(listener.accept(() => {}));
  assert.equal(await late.read(new Uint8Array(1)), null);
  late.kill();
});

Deno.test("a signal that fires after connect() changes nothing", async () => {
  using listener = network.listen({ hostname: LOOPBACK, port: 0 });
  const controller = new AbortController();
  const accepting = listener.accept(() => {});
  const dialled = await network.connect(listener.address, controller.signal);
  controller.abort();
  const other = await accepted(accepting);
  await dialled.write(new Uint8Array([7]));
  assert.equal(await other.read(new Uint8Array(1)), 1);
  dialled.kill();
  other.kill();
});

Deno.test("a signal that fires when the connection is just there leaves it whole or closed", async () => {
  using listener = network.listen({ hostname: LOOPBACK, port: 0 });
  for (let turns = 0; turns < 12; turns++) {
    const controller = new AbortController();
    const dialling = network.connect(listener.address, controller.signal);
    const other = await accepted(listener.accept(() => {}));
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    controller.abort();
    const dialled = await dialling.catch((error) => {
      assert.equal(error.code, "timed_out");
      return null;
    });
    await other.write(new Uint8Array([1])).catch(() => {});
    const answer = dialled?.read(new Uint8Array(2));
    if (answer !== undefined) assert.equal(await answer, 1);
    else assert.equal(await other.read(new Uint8Array(1)), null);
    dialled?.kill();
    other.kill();
  }
});

Deno.test("listen() takes a free port, and says why it cannot", () => {
  using listener = network.listen({ hostname: LOOPBACK, port: 0 });
  const { hostname, port } = listener.address;
  assert.equal(hostname, LOOPBACK);
  assert(port > 0);
  const refused: [string, number, NetworkCode][] = [
    [LOOPBACK, port, "in_use"],
    ["192.0.2.1", 0, "bad_address"], // RFC 5737: nobody's
    ["x.invalid", 0, "unknown_host"],
    [LOOPBACK, 70_000, "failed"],
  ];
  for (const [hostname, port, code] of refused) {
    assert.throws(() => network.listen({ hostname, port }), {
      name: "NetworkError",
      code,
    });
  }
});

Deno.test("close() ends a pending accept() and later ones by null", async () => {
  const listener = network.listen({ hostname: LOOPBACK, port: 0 });
  const pending = listener.accept((trouble) => assert.fail(trouble));
  const dialled = await network.connect(listener.address, never);
  const first = await accepted(pending);
  const waiting = listener.accept((trouble) => assert.fail(trouble));
  listener.close();
  listener.close();
  assert.equal(await waiting, null);
  assert.equal(await listener.accept(() => assert.fail()), null);
  // Connections stay, and the port can be taken again at once.
  await first.write(new Uint8Array([1]));
  assert.equal(await dialled.read(new Uint8Array(1)), 1);
  network.listen(listener.address).close();
  first.kill();
  dialled.kill();
});

Deno.test("600 connects at once succeed before the first is accepted", async () => {
  using listener = network.listen({ hostname: LOOPBACK, port: 0 });
  // Deno's own backlog, 511, would leave the rest to be tried for ever.
  using deadline = timers.deadline(30_000);
  const dialled = await Promise.all(
    Array.from(
      { length: 600 },
      () => network.connect(listener.address, deadline.signal),
    ),
  );
  const ports = new Set<number>();
  while (ports.size < dialled.length) {
    const connection = await accepted(listener.accept(() => assert.fail()));
    ports.add(connection.remote.port);
    connection.kill();
  }
  assert.deepEqual(ports, new Set(dialled.map(({ local }) => local.port)));
  for (const connection of dialled) connection.kill();
});

Deno.test("accept() survives that no descriptor is left, and goes on after it", async () => {
  const program = path.join(import.meta.dirname ?? "", "accept_program.ts");
  const child = new Deno.Command("sh", {
    // Some are the runtime's own; the rest is what it can accept.
    args: [
      ...["-c", 'ulimit -n 40; exec "$0" "$@"', Deno.execPath()],
      ...["run", "--quiet", "--no-prompt", "--allow-net", program],
    ],
    stdin: "null",
    stdout: "piped",
    signal: AbortSignal.timeout(60_000),
  }).spawn();
  const said = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  const until = async (pattern: RegExp) => {
    while (!pattern.test(text)) {
      const { value, done } = await said.read();
      assert(!done, `it ended, and said ${text}`);
      text += value;
    }
    return text;
  };
  const port = Number((await until(/listening (\d+)\n/)).split(/\s/)[1]);
  const dial = () => network.connect({ hostname: LOOPBACK, port }, never);
  const first = await Promise.all(Array.from({ length: 50 }, dial));
  await until(/trouble exhausted\n/);
  const more = await Promise.all(Array.from({ length: 5 }, dial));
  // Those that waited are served once others have gone.
  for (const connection of first) await connection.closeWrite();
  const into = new Uint8Array(1);
  for (const connection of [...first, ...more]) {
    assert.equal(await connection.read(into), 1);
    connection.kill();
  }
  assert.doesNotMatch(text, /trouble (?!exhausted)/);
  child.kill("SIGKILL");
  await child.status;
  await said.cancel();
});

async function accepted(
  accepting: Promise<Connection | null>,
): Promise<Connection> {
  const connection = await accepting;
  assert(connection);
  return connection;
}
