/**
 * How far a peer may run ahead: when as many requests wait as may, nothing
 * more is read, not even a ping.
 */
import assert from "node:assert/strict";
import {
  AccountsError,
  type Authenticator,
  type LoginStep,
} from "../../lib/accounts/mod.ts";
import { settled } from "../support/hand_clock.ts";
import { loginOf, type SessionPeer, Site } from "./site.ts";

/**
 * Send requests and a ping behind one that is under way, and have that end.
 * @returns Whether the ping was answered before, and every status in order.
 */
async function sendBehind(
  peer: SessionPeer,
  waiting: number,
  end: () => void,
): Promise<{ pongedBefore: boolean; statuses: unknown[] }> {
  for (let n = 0; n < waiting; n++) {
    await peer.send({ action: "stat", id: ++peer.id, filename: "a" });
  }
  await peer.send({ action: "ping" });
  let came = false;
  const first = peer.message().finally(() => came = true);
  for (let n = 0; n < 10; n++) await settled();
  const pongedBefore = came;
  end();
  const messages = [await first];
  // The pong, the answer that was waited for, and those behind it.
  while (messages.length < waiting + 2) messages.push(await peer.message());
  const answers = messages.filter(({ action }) => action === undefined);
  return { pongedBefore, statuses: answers.map((one) => one.status_code) };
}

for (const waiting of [7, 8]) {
  const what = waiting < 8 ? "more is read" : "nothing more is read";
  Deno.test(`before login, with ${waiting} requests waiting, ${what}`, async () => {
    const step = Promise.withResolvers<LoginStep>();
    const authenticator: Authenticator = {
      mechanisms: ["SCRAM-SHA-256"],
      begin: () => step.promise,
    };
    await using site = await Site.open({ authenticator });
    const peer = await site.dial();
    await peer.hello();
    const [login] = loginOf(0, "alex");
    await peer.send({ ...login, id: ++peer.id });
    await settled(); // it is worked on, and waits no more
    const busy = new AccountsError("busy", "too many at once");
    const end = () => step.reject(busy);
    const { pongedBefore, statuses } = await sendBehind(peer, waiting, end);
    assert.equal(pongedBefore, waiting < 8);
    assert.deepEqual(statuses, [208, ...Array(waiting).fill(206)]);
  });
}

for (const requestsAhead of [1, 3]) {
  for (const waiting of [requestsAhead - 1, requestsAhead]) {
    const what = waiting < requestsAhead ? "more is read" : "nothing more is";
    Deno.test(`requests_ahead ${requestsAhead}: with ${waiting} waiting, ${what}`, async () => {
      await using site = await Site.open({ limits: { requestsAhead } });
      const peer = await site.enter();
      using hanging = site.alex.faults.hang("stat");
      await peer.send({ action: "stat", id: ++peer.id, filename: "a" });
      await hanging.reached;
      const end = () => hanging.release();
      const { pongedBefore, statuses } = await sendBehind(peer, waiting, end);
      assert.equal(pongedBefore, waiting < requestsAhead);
      assert.deepEqual(statuses, Array(waiting + 1).fill(220));
    });
  }
}
