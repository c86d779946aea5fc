/**
 * Cancel, at every moment: one answer each, all or nothing, and a session that
 * is as good as before.
 */
import assert from "node:assert/strict";
import { makeSite } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { endOf, type Peer } from "../support/peer.ts";
import { Watched, WITNESS } from "./watched_ftpd.ts";

/** So large that no machine can send it before it looks at what came. */
const ENDLESS_MIB = 16 * 1024;
const PIECE = randomBytes(50_000);
const PIECES = 5;
const BODY = new Uint8Array(PIECE.length * PIECES);
for (let at = 0; at < PIECES; at++) BODY.set(PIECE, at * PIECE.length);

/** The session still answers, and nothing else is to come before that. */
async function isWell(peer: Peer): Promise<void> {
  const id = peer.nextId();
  await peer.send({ action: "stat", id, filename: "witness" });
  const answer = await peer.message();
  assert.deepEqual([answer.id, answer.size], [id, WITNESS.length]);
}

Deno.test("a get is cancelled after any of its frames", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await watched.bigFile("big", ENDLESS_MIB);
  {
    await using peer = await watched.alex();
    for (let parts = 0; parts < 40; parts++) {
      const id = peer.nextId();
      await peer.send({ action: "get", id, filename: "big" });
      assert.equal((await peer.message()).status_code, 200);
      for (let read = 0; read < parts; read++) await peer.part();
      await peer.send({ action: "cancel", id });
      const end = await peer.bodyEnd();
      const { action, status_code } = end;
      assert.deepEqual([action, end.id, status_code], ["abort", id, 213]);
      await isWell(peer);
    }
  }
  await watched.unharmed();
});

/** What of a put is sent before it is cancelled. */
const MOMENTS = [
  ...Array.from({ length: PIECES + 1 }, (_, pieces) => ({
    name: `after ${pieces} of ${PIECES} frames`,
    pieces,
    ended: false,
  })),
  { name: "after its end", pieces: PIECES, ended: true },
];
/** What comes of the body after the cancel. */
const RESTS = ["the rest of it", "an abort"] as const;

Deno.test("a put is cancelled after any of its frames", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await using peer = await watched.alex();
  for (const { name, pieces, ended } of MOMENTS) {
    for (const rest of ended ? ["nothing"] : RESTS) {
      await t.step(`${name}, then comes ${rest}`, async () => {
        const id = peer.nextId();
        const end = { action: "end", id, ...endOf(BODY) };
        await peer.send({ action: "put", id, filename: "cancelled" });
        for (let at = 0; at < pieces; at++) await peer.data(PIECE);
        if (ended) await peer.send(end);
        await peer.send({ action: "cancel", id });
        if (rest === "the rest of it") {
          for (let at = pieces; at < PIECES; at++) await peer.data(PIECE);
          await peer.send(end);
        }
        if (rest === "an abort") await peer.send({ action: "abort", id });
        const answer = await peer.message();
        assert.equal(answer.id, id);
        if (answer.status_code === 200) { // too late: it was done
          assert(ended);
          watched.files.set("cancelled", BODY);
        } else assert.equal(answer.status_code, 213);
        await isWell(peer);
      });
    }
  }
  await peer.close();
  await watched.unharmed();
});

Deno.test("what waits behind a get is cancelled in its turn", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await watched.bigFile("big", ENDLESS_MIB);
  {
    await using peer = await watched.alex();
    const get = peer.nextId();
    const waiting = [peer.nextId(), peer.nextId(), peer.nextId()] as const;
    await peer.send(
      { action: "get", id: get, filename: "big" },
      { action: "stat", id: waiting[0], filename: "witness" },
      { action: "get", id: waiting[1], filename: "witness" },
      { action: "stat", id: waiting[2], filename: "witness" },
      { action: "cancel", id: waiting[1] },
      { action: "cancel", id: waiting[0] },
      { action: "cancel", id: waiting[1] },
    );
    assert.equal((await peer.message()).status_code, 200);
    await peer.send({ action: "ping", token: "seen" });
    // The pong stands in the midst of the body: the cancels were seen by then.
    assert.equal((await peer.message()).token, "seen");
    await peer.send({ action: "cancel", id: get });
    assert.equal((await peer.bodyEnd()).action, "abort");
    const answers: unknown[] = [];
    for (const _ of waiting) {
      const { id, status_code } = await peer.message();
      answers.push([id, status_code]);
    }
    const [first, second, third] = waiting;
    assert.deepEqual(answers, [[first, 213], [second, 213], [third, 200]]);
    await isWell(peer);
  }
  await watched.unharmed();
});

Deno.test("a cancel that comes with its request, twice, or of nothing", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  {
    await using peer = await watched.alex();
    for (let round = 0; round < 50; round++) {
      const id = peer.nextId();
      const action = round % 2 === 0 ? "stat" : "get";
      await peer.send(
        { action: "cancel", id }, // of what is still to come: ignored
        { action, id, filename: "witness" },
        { action: "cancel", id },
        { action: "cancel", id },
      );
      const answer = await peer.message();
      assert.equal(answer.id, id);
      if (answer.status_code === 200 && action === "get") {
        const { action, status_code } = await peer.bodyEnd();
        assert(action === "end" || status_code === 213);
      } else assert([200, 213].includes(Number(answer.status_code)));
      await peer.send({ action: "cancel", id }, { action: "cancel", id: 9999 });
      await isWell(peer);
    }
  }
  await watched.unharmed();
});

Deno.test("a login is cancelled, and can be tried again", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  {
    await using peer = await watched.connect();
    const hello = { action: "hello", program: "test", versions: [1] };
    assert.equal((await peer.ask(hello)).status_code, 200);
    for (let round = 0; round < 10; round++) {
      const id = peer.nextId();
      await peer.send({
        action: "login",
        id,
        username: "alex",
        mechanism: "SCRAM-SHA-256",
        data: `n,,n=alex,r=abcdefghijklmnop${round}`,
      }, { action: "cancel", id });
      const { status_code } = await peer.message();
      assert(status_code === 205 || status_code === 213);
    }
  }
  await watched.unharmed();
});
