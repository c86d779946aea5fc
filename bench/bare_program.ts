/**
 * What the runtime can do at all: a server that reads and writes, and a client
 * that reads and writes, with no frames, no checksum and no login.
 *
 *   serve FILE      prints its port; sends FILE to whoever sends a byte
 *   get PORT FILE   says `ready`, waits for stdin, fetches into FILE
 */
import { createTurns } from "../lib/runtime/mod.ts";
import { systemTimers } from "../lib/runtime/timers.ts";

const BUFFER_BYTES = 512 * 1024; // as ours
const [mode, first = "", second = ""] = Deno.args;
const hostname = "127.0.0.1";

if (mode === "serve") await serve(first);
if (mode === "get") await get(Number(first), second);

async function serve(file: string): Promise<void> {
  using listener = Deno.listen({ hostname, port: 0 });
  console.log(listener.addr.port);
  const clock = {
    monotonicMs: () => performance.now(),
    date: () => new Date(),
  };
  const turns = createTurns(clock, systemTimers);
  for await (const conn of listener) send(conn, file, turns);
}

async function send(
  conn: Deno.TcpConn,
  file: string,
  turns: ReturnType<typeof createTurns>,
): Promise<void> {
  using _conn = conn;
  using _party = turns.join();
  using source = Deno.openSync(file);
  const buffer = new Uint8Array(BUFFER_BYTES);
  if (await conn.read(new Uint8Array(1)) === null) return;
  while (true) {
    const bytes = source.readSync(buffer);
    if (bytes === null) return;
    for (let at = 0; at < bytes;) {
      at += await conn.write(buffer.subarray(at, bytes));
    }
    const turn = turns.turn();
    if (turn !== undefined) await turn;
  }
}

async function get(port: number, file: string): Promise<void> {
  using conn = await Deno.connect({ hostname, port });
  console.log("ready");
  await Deno.stdin.read(new Uint8Array(1));
  await conn.write(Uint8Array.of(1));
  using target = Deno.openSync(file, { write: true, createNew: true });
  const buffer = new Uint8Array(BUFFER_BYTES);
  while (true) {
    const bytes = await conn.read(buffer);
    if (bytes === null) break;
    for (let at = 0; at < bytes;) {
      at += target.writeSync(buffer.subarray(at, bytes));
    }
  }
  Deno.exit(0);
}
