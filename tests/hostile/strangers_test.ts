/** Peers that speak something else, or nothing, before they have logged in. */
import assert from "node:assert/strict";
import { makeSite } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { messageFrame, type Peer } from "../support/peer.ts";
import { eachUnharmed, Watched } from "./watched_ftpd.ts";

const encoder = new TextEncoder();
const HELLO = { action: "hello", id: 1, program: "test", versions: [1] };

/** What a stranger says at once, and the one status it gets (null: none). */
interface Stranger {
  readonly name: string;
  readonly says: Uint8Array;
  readonly status: number | null;
}

const STRANGERS: readonly Stranger[] = [
  { name: "nothing at all", says: new Uint8Array(), status: null },
  ...[3, 5, 7, 11, 13].map((seed) => ({
    name: `random bytes, seed ${seed}, that look like nobody's`,
    says: Uint8Array.of(0xff, ...randomBytes(100_000, seed)),
    status: null,
  })),
  {
    name: "random bytes behind a byte of ours",
    says: Uint8Array.of(0, 0xff, ...randomBytes(100_000)),
    status: 212,
  },
  {
    name: "a flood of zero bytes: empty messages",
    says: new Uint8Array(1 << 20),
    status: 212,
  },
  {
    name: "an HTTP request",
    says: encoder.encode("GET /../etc/passwd HTTP/1.1\r\nHost: ftpd\r\n\r\n"),
    status: null,
  },
  {
    name: "the hello of a TLS client",
    says: Uint8Array.of(22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3),
    status: null,
  },
  {
    name: "a message of 4 GiB",
    says: Uint8Array.fromHex("00ffffffff"),
    status: 212,
  },
  {
    name: "data of 4 GiB",
    says: Uint8Array.fromHex("01ffffffff"),
    status: 212,
  },
  {
    name: "a message over what strangers may send",
    says: Uint8Array.fromHex("0000001001"),
    status: 212,
  },
  {
    name: "JSON 30,000 deep",
    says: messageFrame({ ...HELLO, deep: deep(30_000) }),
    status: 212,
  },
  { name: "data", says: Uint8Array.fromHex("010000000178"), status: 212 },
];

Deno.test("strangers are told what is wrong, or nothing, and closed", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await eachUnharmed(t, watched, STRANGERS, async ({ says, status }) => {
    await using peer = await watched.connect();
    const saying = sayAll(peer, says);
    if (says.length === 0) await peer.closeWrite();
    // What is no frame (HTTP's and TLS' words) is for tests/vectors to see.
    const words = await wordsOrNone(peer);
    assert.deepEqual(
      words.map(({ action, status_code }) => [action, status_code]),
      status === null ? [] : [["goaway", status]],
    );
    await saying;
  });
});

const EARLY = [
  { name: "a stat before hello", says: [{ action: "stat", filename: "a" }] },
  { name: "a login before hello", says: [loginStep("alex")] },
  { name: "quit before hello", says: [{ action: "quit" }] },
];

Deno.test("before hello everything else is out of order", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await eachUnharmed(t, watched, EARLY, async ({ says }) => {
    await using peer = await watched.connect();
    for (const request of says) {
      assert.equal((await peer.ask(request)).status_code, 211);
    }
    const { status_code } = await peer.ask({ ...HELLO, id: peer.nextId() });
    assert.equal(status_code, 200, "hello is as good as before");
  });
});

const GREETED = [
  { name: "a stat", says: { action: "stat", filename: "witness" }, gets: 206 },
  { name: "a get", says: { action: "get", filename: "witness" }, gets: 206 },
  { name: "a second hello", says: HELLO, gets: 211 },
  { name: "an end of nothing", says: { action: "fly" }, gets: 201 },
  {
    name: "the last step of a login that never began",
    says: { ...loginStep("alex"), data: "c=biws,r=abc,p=abc" },
    gets: 202,
  },
  {
    name: "another mechanism",
    says: { ...loginStep("alex"), mechanism: "PLAIN" },
    gets: 202,
  },
];

Deno.test("before login nothing but a login is done", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await eachUnharmed(t, watched, GREETED, async ({ says, gets }) => {
    await using peer = await greeted(watched);
    const answer = await peer.ask({ ...says, id: peer.nextId() });
    assert.equal(answer.status_code, gets);
  });
});

Deno.test("before login the body of a put is read and dropped", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  {
    await using peer = await greeted(watched);
    const { status_code } = await peer.put("a", randomBytes(200_000));
    assert.equal(status_code, 206);
    assert.equal((await peer.ask({ action: "fly" })).status_code, 201);
  }
  await watched.unharmed();
});

const USERS = ["__proto__", "constructor", "toString", "..", "a/b", "nobody"];

Deno.test("no name of JavaScript's own is a user", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const cases = USERS.map((name) => ({ name }));
  await eachUnharmed(t, watched, cases, async ({ name }) => {
    await using peer = await greeted(watched);
    const step1 = await peer.ask(loginStep(name));
    assert.equal(step1.status_code, 205, "as for a user that there is");
    const [r = ""] = String(step1.data).split(",");
    const data = `c=biws,${r},p=${btoa("x".repeat(32))}`;
    const step2 = await peer.ask({ ...loginStep(name), data });
    assert.equal(step2.status_code, 203);
  });
});

Deno.test("no common version is an answer and a close", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const cases = [[2], [2 ** 53 - 1, 7, 2]].map((versions) => ({
    name: `versions ${versions}`,
    versions,
  }));
  await eachUnharmed(t, watched, cases, async ({ versions }) => {
    await using peer = await watched.connect();
    await peer.send({ ...HELLO, versions }, {
      action: "stat",
      id: 2,
      filename: "witness",
    });
    const answers = await peer.lastWords();
    assert.deepEqual(
      answers.map(({ id, status_code }) => [id, status_code]),
      [[1, 209]],
    );
  });
});

Deno.test("the third failed login is the last, however quickly they come", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  {
    await using peer = await greeted(watched);
    for (const round of [1, 2, 3]) {
      const first = await peer.ask(loginStep("alex"));
      const [r = ""] = String(first.data).split(",");
      const data = `c=biws,${r},p=${btoa("x".repeat(32))}`;
      const guess = { ...loginStep("alex"), data };
      const requests = Array.from({ length: round === 3 ? 7 : 1 }, () => ({
        ...guess,
        id: peer.nextId(),
      }));
      await peer.send(...requests);
      if (round < 3) assert.equal((await peer.message()).status_code, 203);
    }
    const codes = (await peer.lastWords()).map((word) => word.status_code);
    assert.deepEqual([codes.at(0), codes.at(-1)], [203, 246]);
    assert.equal(codes.filter((code) => code === 203).length, 1);
  }
  await watched.unharmed();
});

Deno.test("who takes too long to log in is told and closed", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--login-timeout", "12s");
  const hello = messageFrame(HELLO);
  const slow = [
    new Uint8Array(),
    hello.subarray(0, 1),
    hello.subarray(0, 5),
    hello.subarray(0, -1),
    hello,
  ];
  await Promise.all(slow.map(async (says) => {
    await using peer = await watched.connect();
    await peer.write(says);
    const codes = (await peer.lastWords()).map((word) => word.status_code);
    assert.deepEqual(codes, says === hello ? [200, 243] : [243]);
  }));
  await watched.unharmed();
});

/** A peer that has said hello. */
async function greeted(watched: Watched): Promise<Peer> {
  const peer = await watched.connect();
  await peer.ask({ ...HELLO, id: peer.nextId() });
  return peer;
}

function loginStep(username: string) {
  return {
    action: "login",
    username,
    mechanism: "SCRAM-SHA-256",
    data: `n,,n=${username},r=abcdefghijklmnop`,
  };
}

function deep(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

/** The server may close before all is said. */
async function sayAll(peer: Peer, bytes: Uint8Array): Promise<void> {
  try {
    await peer.write(bytes);
  } catch (error) {
    assert(
      error instanceof Deno.errors.ConnectionReset ||
        error instanceof Deno.errors.BrokenPipe,
    );
  }
}

async function wordsOrNone(peer: Peer) {
  try {
    return await peer.lastWords();
  } catch {
    return [];
  }
}
