/** Peers that stop in the midst of a transfer: the others do not feel it. */
import assert from "node:assert/strict";
import { COMPILED, makeSite } from "../programs.ts";
import { Watched } from "./watched_ftpd.ts";

const MIB = 1024 * 1024;
const READERS = 16;

/** Serve others until `over` is; the memory of ftpd stays as it was. */
async function othersAreServed(
  watched: Watched,
  over: Promise<unknown>,
): Promise<void> {
  const before = watched.bytesHeld;
  let going = true;
  const ended = over.finally(() => going = false);
  for (let served = 0; going || served < 2; served++) {
    await watched.serves();
    watched.holdsLittleMore(before, 96 * MIB);
  }
  await ended;
}

Deno.test("readers that stop reading are dropped at the stall time-out", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--stall-timeout", "4s");
  await watched.bigFile("big", 256);
  await othersAreServed(
    watched,
    Promise.all(Array.from({ length: READERS }, async () => {
      await using peer = await watched.alex();
      const answer = await peer.ask({ action: "get", filename: "big" });
      assert.equal(answer.status_code, 200);
      await peer.part(); // and no more of it
      await watched.dropped(peer);
      if (COMPILED) return; // its socket is held until the peer moves
      // What the kernel holds is still to be read, and then nothing.
      const words = await peer.lastWords();
      assert(words.every(({ action }) => action === "goaway"));
    })),
  );
  await watched.unharmed();
});

Deno.test("a reader that goes on in time is not dropped", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--stall-timeout", "4s");
  await watched.bigFile("big", 64);
  {
    await using stopped = await watched.alex();
    await stopped.ask({ action: "get", filename: "big" });
    // It goes on when another, that does not, has been dropped.
    await using peer = await watched.alex();
    await peer.ask({ action: "get", filename: "big" });
    const gone = watched.dropped(stopped);
    let over = false;
    gone.finally(() => over = true);
    while (!over) {
      await peer.part();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await gone;
    assert.equal((await peer.bodyEnd()).action, "end");
  }
  await watched.unharmed();
});

Deno.test("puts that stand still are dropped at the stall time-out", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--stall-timeout", "4s");
  await othersAreServed(
    watched,
    Promise.all([0, 1, 100_000].map(async (bytes) => {
      await using peer = await watched.alex();
      const id = peer.nextId();
      await peer.send({ action: "put", id, filename: "witness" });
      if (bytes > 0) await peer.data(new Uint8Array(bytes));
      const words = await peer.lastWords();
      assert.equal(words.pop()?.status_code, 245);
      for (const answer of words) assert.notEqual(answer.status_code, 200);
    })),
  );
  await watched.unharmed();
});

Deno.test("readers that stop and then vanish leave nothing behind", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  await watched.bigFile("big", 256);
  await Promise.all(Array.from({ length: READERS }, async (_, at) => {
    await using peer = await watched.alex();
    await peer.ask({ action: "get", filename: "big" });
    for (let parts = 0; parts < at; parts++) await peer.part();
    if (at % 2 === 0) await peer.closeWrite();
  }));
  await watched.unharmed();
});
