/**
 * What lib/runtime promises of a connection, with real sockets: the same cases
 * run as tests on this Deno and, by socket_program.ts, on the older runtime of
 * the executables.
 * @module
 */
import assert from "node:assert/strict";
import {
  type Connection,
  type NetworkCode,
  NetworkError,
  systemRuntime,
} from "../../lib/runtime/mod.ts";

export interface SocketCase {
  readonly name: string;
  readonly run: () => Promise<void>;
}

/** 2.9 ends a blocked write by closing; 2.6 lets it wait for the peer. */
const ENDS_BLOCKED_WRITES = Number(Deno.version.deno.split(".")[1]) >= 9;
/** More than the kernel holds for two sockets of a loopback (measured: 4 MB). */
const FLOOD_BYTES = 64 * 1024 * 1024;

const { network, timers } = systemRuntime();

/** When it is killed: what it does then. */
const BUSY = [
  { name: "while it does nothing", read: false, write: false },
  { name: "while a read is pending", read: true, write: false },
  { name: "while a write is blocked", read: false, write: true },
  { name: "while a read and a write wait", read: true, write: true },
];

export const SOCKET_CASES: readonly SocketCase[] = [
  ...BUSY.map(({ name, read, write }) => ({
    name: `kill() ${name} settles both, and frees the socket`,
    run: () => killed(read, write),
  })),
  {
    name: "kill() while closeWrite() waits behind a blocked write",
    run: async () => {
      using pair = await connected();
      const write = failsBy("killed", flood(pair.ours));
      await blocked(pair.ours);
      const closing = pair.ours.closeWrite();
      const again = pair.ours.closeWrite();
      pair.ours.kill();
      await Promise.all([write, closing, again]);
      await pair.ours.closeWrite();
    },
  },
  {
    name: "after kill() reads and writes reject, and more kills are nothing",
    run: async () => {
      using pair = await connected();
      const { ours } = pair;
      await ours.write(bytesOf("a"));
      ours.kill();
      ours.kill();
      await ours.released;
      await failsBy("killed", ours.read(new Uint8Array(1)));
      await failsBy("killed", ours.write(bytesOf("b")));
      await failsBy("killed", ours.write(new Uint8Array(0)).then(refuse));
      assert.equal(ours.bytesWritten, 1);
      assert.equal(ours.remote.hostname, "127.0.0.1", "still told for a log");
      assert.equal(await textTo(pair.theirs), "a", "what was taken arrives");
    },
  },
  {
    name: "a kill between two parts of a write ends it",
    run: async () => {
      using pair = await connected();
      const write = failsBy("killed", flood(pair.ours));
      await blocked(pair.ours);
      const taken = pair.ours.bytesWritten;
      assert(taken > 0 && taken < FLOOD_BYTES);
      // The peer moves: the system takes some more, and the loop goes on.
      assert(await pair.theirs.read(new Uint8Array(65_536)));
      pair.ours.kill();
      await write;
    },
  },
  {
    name: "closeWrite() is an end of file there; reading goes on",
    run: async () => {
      using pair = await connected();
      await pair.ours.write(bytesOf("question"));
      await pair.ours.closeWrite();
      await pair.ours.closeWrite();
      assert.equal(await textTo(pair.theirs), "question");
      await writeAll(pair.theirs, "answer");
      await pair.theirs.closeWrite();
      assert.equal(await textOf(pair.ours), "answer");
      assert.equal(pair.ours.bytesRead, 6);
      assert.equal(pair.ours.bytesWritten, 8);
    },
  },
  {
    name: "a peer's half close is null, and writing still works",
    run: async () => {
      using pair = await connected();
      await writeAll(pair.theirs, "q");
      await pair.theirs.closeWrite();
      assert.equal(await textOf(pair.ours), "q");
      assert.equal(await pair.ours.read(new Uint8Array(1)), null);
      await pair.ours.write(bytesOf("answer"));
      await pair.ours.closeWrite();
      assert.equal(await textTo(pair.theirs), "answer");
    },
  },
  {
    name: "a peer that is gone ends a blocked write by `lost`",
    run: async () => {
      using pair = await connected();
      const write = failsBy("lost", flood(pair.ours));
      await blocked(pair.ours);
      pair.theirs.close();
      await write;
      await pair.ours.closeWrite();
    },
  },
  {
    name: "a peer that closes with bytes unread ends a read, then writes",
    run: async () => {
      using pair = await connected();
      await pair.ours.write(bytesOf("never read"));
      const read = pair.ours.read(new Uint8Array(1)).catch(String);
      await arrived(pair.theirs);
      pair.theirs.close();
      // An end of file or a reset, as the system likes.
      assert.match(String(await read), /^null$|lost/);
      await failsBy("lost", flood(pair.ours));
    },
  },
];

async function killed(reads: boolean, writes: boolean): Promise<void> {
  using pair = await connected();
  const { ours } = pair;
  const waiting: Promise<void>[] = [];
  if (reads) {
    waiting.push(failsBy("killed", ours.read(new Uint8Array(16))));
  }
  if (writes) {
    waiting.push(failsBy("killed", flood(ours)));
    await blocked(ours);
  }
  let released = false;
  const release = ours.released.then(() => released = true);
  assert(!released);
  ours.kill();
  await Promise.all(waiting);
  // The older runtime holds the bare socket until the peer moves.
  if (ENDS_BLOCKED_WRITES || !writes) {
    await release;
    await ours.released;
  }
  const end = await ended(pair.theirs);
  if (!writes) assert.equal(end, "FIN");
  await release;
}

interface Pair extends Disposable {
  readonly ours: Connection;
  /** The peer, on a bare socket. */
  readonly theirs: Deno.TcpConn;
}

async function connected(): Promise<Pair> {
  using listener = network.listen({ hostname: "127.0.0.1", port: 0 });
  const accepting = listener.accept((trouble) => assert.fail(trouble));
  const theirs = await Deno.connect({ ...listener.address });
  const ours = await accepting;
  assert(ours);
  return {
    ours,
    theirs,
    [Symbol.dispose]: () => {
      ours.kill();
      try {
        theirs.close();
      } catch (error) {
        if (!(error instanceof Deno.errors.BadResource)) throw error;
      }
    },
  };
}

/** Write more than fits between the two. */
async function flood(connection: Connection): Promise<void> {
  await connection.write(new Uint8Array(FLOOD_BYTES));
}

/** Until the system takes nothing more of what is being written. */
async function blocked(connection: Connection): Promise<void> {
  let seen = -1;
  for (let quiet = 0; quiet < 10;) {
    await timers.sleep(5);
    quiet = connection.bytesWritten === seen ? quiet + 1 : 0;
    seen = connection.bytesWritten;
  }
}

/** Wait for the first byte and leave the rest unread. */
async function arrived(conn: Deno.TcpConn): Promise<void> {
  assert.equal(await conn.read(new Uint8Array(1)), 1);
}

/** Read to the end: how the peer of a killed connection sees it end. */
async function ended(conn: Deno.TcpConn): Promise<"FIN" | "RST"> {
  const into = new Uint8Array(65_536);
  try {
    while (await conn.read(into) !== null);
    return "FIN";
  } catch (error) {
    if (error instanceof Deno.errors.ConnectionReset) return "RST";
    throw error;
  }
}

async function textOf(connection: Connection): Promise<string> {
  return await gather((into) => connection.read(into));
}

async function textTo(conn: Deno.TcpConn): Promise<string> {
  return await gather((into) => conn.read(into));
}

async function gather(
  read: (into: Uint8Array) => Promise<number | null>,
): Promise<string> {
  let text = "";
  const into = new Uint8Array(4);
  while (true) {
    const bytes = await read(into);
    if (bytes === null) return text;
    assert(bytes > 0 && bytes <= into.length);
    text += new TextDecoder().decode(into.subarray(0, bytes));
  }
}

async function writeAll(conn: Deno.TcpConn, text: string): Promise<void> {
  let rest = bytesOf(text);
  while (rest.length > 0) rest = rest.subarray(await conn.write(rest));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** A write of nothing has nothing to fail by: it may also just settle. */
function refuse(): never {
  throw new NetworkError("killed", "settled");
}

async function failsBy(
  code: NetworkCode,
  promise: Promise<unknown>,
): Promise<void> {
  const error = await promise.then(() => null, (error: unknown) => error);
  assert(error instanceof NetworkError, `not a NetworkError: ${error}`);
  assert.equal(error.code, code, error.message);
}
