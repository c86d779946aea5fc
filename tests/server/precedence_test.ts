/**
 * Where several things are wrong with a request, the answer names the first of
 * them (PROTOCOL.md, 2); and a request that was cancelled is not done at all.
 */
import assert from "node:assert/strict";
import { type JsonObject } from "../../lib/protocol/mod.ts";
import { loginOf, type SessionPeer, Site } from "./site.ts";

const UNKNOWN = { requires: ["what nobody knows"] };
const BAD_NAME = { filename: "../above" };

interface Case {
  readonly name: string;
  readonly request: JsonObject;
  /** Its answer, and the one that it has when it is cancelled. */
  readonly status: number;
  readonly cancelled: number;
}

const [LOGIN] = loginOf(0, "test");
/** Of a session that has logged in. */
const CASES: readonly Case[] = [
  { name: "quit", request: { action: "quit" }, status: 200, cancelled: 213 },
  {
    name: "a second hello",
    request: { action: "hello", program: "test", versions: [1], ...UNKNOWN },
    status: 211,
    cancelled: 213,
  },
  {
    name: "a second login",
    request: { ...LOGIN },
    status: 207,
    cancelled: 213,
  },
  {
    name: "a feature that is not known, and a bad name",
    request: { action: "stat", ...BAD_NAME, ...UNKNOWN },
    status: 210,
    cancelled: 213,
  },
  {
    name: "a bad name",
    request: { action: "get", ...BAD_NAME },
    status: 204,
    cancelled: 213,
  },
  {
    name: "an action that is not known",
    request: { action: "fly", ...UNKNOWN },
    status: 201,
    cancelled: 201,
  },
  {
    name: "a field that is missing",
    request: { action: "stat", ...UNKNOWN },
    status: 202,
    cancelled: 202,
  },
];

/** Have requests wait behind one that hangs, and cancel what is to be. */
async function answerTo(
  site: Site,
  peer: SessionPeer,
  request: JsonObject,
  cancel: boolean,
): Promise<unknown> {
  using hanging = site.alex.faults.hang("stat");
  const first = ++peer.id;
  await peer.send({ action: "stat", id: first, filename: "a" });
  await hanging.reached;
  const id = ++peer.id;
  await peer.send({ ...request, id });
  if (cancel) await peer.send({ action: "cancel", id });
  // The pong says that all of it was seen.
  await peer.send({ action: "ping", token: "seen" });
  assert.equal((await peer.message()).token, "seen");
  hanging.release();
  assert.equal((await peer.message()).id, first);
  const answer = await peer.message();
  assert.equal(answer.id, id);
  return answer.status_code;
}

for (const { name, request, status, cancelled } of CASES) {
  Deno.test(`${name} is answered by ${status}, cancelled by ${cancelled}`, async () => {
    await using site = await Site.open();
    const peer = await site.enter();
    assert.equal(await answerTo(site, peer, request, true), cancelled);
    // Cancelled, it has done nothing: the session goes on.
    assert.equal(await answerTo(site, peer, request, false), status);
  });
}

Deno.test("before login what needs one is 206, whatever else it is", async () => {
  await using site = await Site.open();
  const peer = await site.dial();
  await peer.hello();
  const stat = { action: "stat", ...BAD_NAME, ...UNKNOWN };
  assert.equal((await peer.ask(stat)).status_code, 206);
});
