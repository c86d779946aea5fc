/** Too much of everything: requests, connections, bytes that nobody reads. */
import assert from "node:assert/strict";
import * as net from "node:net";
import { COMPILED, makeSite } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import {
  connected,
  dataFrame,
  endOf,
  messageFrame,
  type Peer,
} from "../support/peer.ts";
import { Watched } from "./watched_ftpd.ts";

const MIB = 1024 * 1024;

/** The bounds of what waits, as large and as small as they can be set. */
const AHEAD = ["1", "2", "1024", "65536"];
const REQUESTS = 10_000;

Deno.test("10,000 pipelined requests are all answered, in order", async (t) => {
  for (const ahead of AHEAD) {
    await t.step(`--requests-ahead ${ahead}`, async () => {
      await using site = await makeSite();
      await using watched = await Watched.start(
        site,
        "--requests-ahead",
        ahead,
      );
      const before = watched.bytesHeld;
      {
        await using peer = await watched.alex();
        const first = peer.nextId();
        const writing = writeAll(
          peer,
          Array.from({ length: REQUESTS }, (_, at) =>
            messageFrame({
              action: "stat",
              id: first + at,
              filename: at % 3 === 0 ? "missing" : "witness",
            })),
        );
        for (let at = 0; at < REQUESTS; at++) {
          const { id, status_code } = await peer.message();
          assert.equal(id, first + at);
          assert.equal(status_code, at % 3 === 0 ? 220 : 200);
        }
        await writing;
      }
      await watched.unharmed();
      watched.holdsLittleMore(before, 96 * MIB);
    });
  }
});

Deno.test("a client that pipelines puts and gets is served with every bound at 1", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--requests-ahead", "1");
  const files = Array.from({ length: 60 }, (_, at) => ({
    name: `file${at}`,
    bytes: randomBytes(at * 1500),
  }));
  {
    await using peer = await watched.alex();
    const frames: Uint8Array[] = [];
    for (const { name, bytes } of files) {
      const id = peer.nextId();
      frames.push(messageFrame({ action: "put", id, filename: name }));
      if (bytes.length > 0) frames.push(dataFrame(bytes));
      frames.push(messageFrame({ action: "end", id, ...endOf(bytes) }));
      watched.files.set(name, bytes);
    }
    for (const { name } of files) {
      const id = peer.nextId();
      frames.push(messageFrame({ action: "get", id, filename: name }));
    }
    const writing = writeAll(peer, frames);
    for (const { bytes } of files) {
      const { status_code, checksum } = await peer.message();
      assert.deepEqual([status_code, checksum], [200, endOf(bytes).checksum]);
    }
    for (const { bytes } of files) {
      assert.equal((await peer.message()).size, bytes.length);
      assert.equal((await peer.bodyEnd()).checksum, endOf(bytes).checksum);
    }
    await writing;
  }
  await watched.unharmed();
});

Deno.test("a body in frames of one byte is as good as another", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const bytes = randomBytes(100_000);
  {
    await using peer = await watched.alex();
    const id = peer.nextId();
    const frames = Array.from(
      bytes,
      (_, at) => dataFrame(bytes.subarray(at, at + 1)),
    );
    await peer.send({ action: "put", id, filename: "bytes" });
    const writing = writeAll(peer, frames);
    await watched.alex().then((other) => other.close());
    await writing;
    await peer.send({ action: "end", id, ...endOf(bytes) });
    assert.equal((await peer.message()).status_code, 200);
    watched.files.set("bytes", bytes);
  }
  await watched.unharmed();
});

Deno.test("60 sessions that each hold back the end of a message cost little", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const before = watched.bytesHeld;
  const request = messageFrame({
    action: "stat",
    id: 10,
    filename: "witness",
    more: "x".repeat(65_000),
  });
  const peers = await Promise.all(
    Array.from({ length: 60 }, () => watched.alex()),
  );
  for (const peer of peers) await peer.write(request.subarray(0, -1));
  await watched.serves();
  watched.holdsLittleMore(before, 64 * MIB);
  for (const peer of peers) await peer.write(request.subarray(-1));
  for (const peer of peers) {
    assert.equal((await peer.message()).status_code, 200);
    await peer.close();
  }
  await watched.unharmed();
});

/** Its answer is twice as long: what nobody reads soon fills the kernel. */
const NAME = "\u202e".repeat(200);

/** What a client sends without end, and never reads what comes of it. */
const FLOODS = [
  { name: "stat", frame: (id: number) => ask("stat", id, NAME) },
  { name: "get", frame: (id: number) => ask("get", id, "witness") },
  {
    name: "put that is refused", // by what makes no line in the log
    frame: (id: number) =>
      joined([
        messageFrame({
          action: "put",
          id,
          filename: "x",
          requires: [NAME.slice(0, 64)],
        }),
        dataFrame(Uint8Array.of(1)),
        messageFrame({ action: "abort", id }),
      ]),
  },
  {
    name: "ping",
    frame: () => messageFrame({ action: "ping", token: "x".repeat(64) }),
  },
];

function ask(action: string, id: number, filename: string): Uint8Array {
  return messageFrame({ action, id, filename });
}

Deno.test("who sends and never reads is dropped at the stall time-out", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--stall-timeout", "4s");
  const before = watched.bytesHeld;
  let over = false;
  const flooded = FLOODS.map(async ({ name, frame }) => {
    await using peer = await watched.alex();
    // On the older runtime the socket stays until the peer moves: it closes.
    const stopped = flood(peer, frame);
    await watched.dropped(peer);
    if (!COMPILED) assert.equal(await stopped, "dropped", name);
    await peer.close();
    await stopped;
  });
  const serving = (async () => {
    while (!over) {
      await watched.serves();
      watched.holdsLittleMore(before, 256 * MIB);
    }
  })();
  await Promise.all(flooded);
  over = true;
  await serving;
  await watched.unharmed();
});

Deno.test("who pings without end before login is dropped, too", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--login-timeout", "12s");
  {
    await using peer = await watched.connect();
    const ping = messageFrame({ action: "ping" });
    const stopped = flood(peer, () => ping);
    await watched.ftpd.logged(/disconnect.*login_timeout/);
    if (!COMPILED) assert.equal(await stopped, "dropped");
    await peer.close();
    await stopped;
  }
  await watched.unharmed();
});

/** Write without end. @returns How it ended. */
async function flood(
  peer: Peer,
  frame: (id: number) => Uint8Array,
): Promise<"dropped" | "closed"> {
  try {
    while (true) {
      const frames = Array.from({ length: 100 }, () => frame(peer.nextId()));
      await peer.write(joined(frames));
    }
  } catch (error) {
    const dropped = error instanceof Deno.errors.ConnectionReset ||
      error instanceof Deno.errors.BrokenPipe;
    return dropped ? "dropped" : "closed";
  }
}

const CONNECTS = 500;

Deno.test("500 connects and closes do no harm", async (t) => {
  await using site = await makeSite();
  // A burst may be through before the server has seen that the first are gone.
  const limit = ["--max-connections-per-address", `${CONNECTS + 50}`];
  await using watched = await Watched.start(site, ...limit);
  const { port } = watched;
  const ways = [
    {
      name: "one after the other",
      once: () => connectAndClose(port),
      atOnce: 1,
    },
    {
      name: "all at once",
      once: () => connectAndClose(port),
      atOnce: CONNECTS,
    },
    {
      name: "one after the other, by a reset",
      once: () => connectAndReset(port),
      atOnce: 1,
    },
    {
      name: "all at once, by a reset",
      once: () => connectAndReset(port),
      atOnce: CONNECTS,
    },
  ];
  for (const { name, once, atOnce } of ways) {
    await t.step(name, async () => {
      for (let done = 0; done < CONNECTS; done += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, once));
      }
      await watched.unharmed();
    });
  }
});

async function connectAndClose(port: number): Promise<void> {
  (await Deno.connect({ hostname: "127.0.0.1", port })).close();
}

/** Deno's own sockets cannot send a RST when they like. */
function connectAndReset(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, "127.0.0.1", () => {
      socket.resetAndDestroy();
      resolve();
    });
    socket.on("error", reject);
  });
}

Deno.test("300 silent connections go at the login time-out; others are served", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(
    site,
    ...["--login-timeout", "12s", "--max-connections-per-address", "400"],
  );
  const before = watched.bytesHeld;
  const silent = await Promise.all(
    Array.from({ length: 300 }, () => connected(watched.port)),
  );
  for (let round = 0; round < 10; round++) await watched.serves();
  watched.holdsLittleMore(before, 64 * MIB);
  await Promise.all(silent.map(async (peer) => {
    const codes = (await peer.lastWords()).map((word) => word.status_code);
    assert.deepEqual(codes, [243]);
    await peer.close();
  }));
  await watched.unharmed();
});

/** All frames, while somebody else reads the answers. */
async function writeAll(
  peer: Peer,
  frames: readonly Uint8Array[],
): Promise<void> {
  for (let at = 0; at < frames.length; at += 500) {
    await peer.write(joined(frames.slice(at, at + 500)));
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(
    parts.reduce((sum, { length }) => sum + length, 0),
  );
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
