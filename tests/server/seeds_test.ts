/**
 * Whole sessions drawn from a seed: requests good and bad, cancels, homes that
 * fail, wires that cut everywhere, peers that vanish. Whatever comes, each
 * request has its one answer in its turn, and nothing is left over.
 */
import assert from "node:assert/strict";
import { BufferPool, encodeFrame } from "../../lib/framing/mod.ts";
import { encodeObject, type JsonObject } from "../../lib/protocol/mod.ts";
import type { StorageCode } from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { Dice } from "../support/dice.ts";
import { settled } from "../support/hand_clock.ts";
import { endOf, type SessionPeer, Site } from "./site.ts";

const SEEDS = 300;
/** To run one seed alone: `SESSION_SEED=17 deno test … seeds_test.ts`. */
const ONE = Deno.env.get("SESSION_SEED");
const STEPS = ["stat", "open", "read", "openPart", "write", "commit"] as const;
const FAULTS: readonly StorageCode[] = ["no_space", "failed", "changed"];
const NAMES = ["a", "b", "../c", "no/d", "/"];

interface Script {
  /** What is sent, each whole; a notice may follow any of them. */
  readonly parts: readonly (JsonObject | Uint8Array)[];
  /** The ids that have to be answered, in order. */
  readonly ids: readonly number[];
}

function draw(dice: Dice): Script {
  const parts: (JsonObject | Uint8Array)[] = [];
  const ids: number[] = [];
  let id = 3;
  const ask = (request: JsonObject) => {
    id += 1 + dice.below(2);
    parts.push({ id, ...request });
    ids.push(id);
  };
  for (let n = 1 + dice.below(12); n > 0; n--) {
    const filename = dice.pick(NAMES);
    switch (dice.below(7)) {
      case 0:
        ask({ action: "stat", filename });
        break;
      case 1:
      case 2:
        ask({ action: "get", filename });
        break;
      case 3:
      case 4:
        ask({ action: "put", filename });
        parts.push(...drawBody(dice, id));
        break;
      case 5:
        ask({ action: dice.pick(["fly", "stat", "end "]) });
        break;
      case 6:
        parts.push({ action: "ping", token: `${n}` });
    }
    while (dice.below(4) === 0) {
      const back = dice.below(3);
      parts.push({ action: "cancel", id: Math.max(1, id - back) });
    }
  }
  return { parts, ids };
}

function drawBody(dice: Dice, id: number): (JsonObject | Uint8Array)[] {
  const bytes = randomBytes(dice.below(400), id * 7919 + dice.below(1000));
  const body: (JsonObject | Uint8Array)[] = [];
  for (let at = 0; at < bytes.length;) {
    const to = at + 1 + dice.below(bytes.length - at);
    body.push(bytes.subarray(at, to));
    if (dice.below(6) === 0) body.push({ action: "cancel", id });
    at = to;
  }
  const end = endOf(id, bytes);
  const last = dice.pick([
    end,
    end,
    end,
    end,
    end,
    { action: "abort", id },
    {
      ...end,
      checksum: "crc32:00000000",
    },
    { ...end, size: bytes.length + 1 },
    { ...end, id: id + 50 },
  ]);
  return [...body, last];
}

function drawSite(dice: Dice, seed: number): Promise<Site> {
  const tight = dice.yes();
  return Site.open({
    seed,
    windowBytes: dice.pick([1, 30, 200, 65_536]),
    chunkBytes: dice.pick([1, 7, 100, 65_536]),
    buffers: tight ? new BufferPool(40, 12, dice.below(3)) : new BufferPool(),
    limits: {
      requestsAhead: dice.pick([1, 3, 1024]),
      maxUploadBytes: dice.pick([null, 200]),
    },
  });
}

/** Send it all; what is left of a peer that is gone does not matter. */
async function say(peer: SessionPeer, { parts }: Script): Promise<void> {
  for (const part of parts) {
    const frame = part instanceof Uint8Array
      ? encodeFrame("data", part)
      : encodeFrame("message", encodeObject(part));
    await peer.connection.write(frame);
  }
}

async function session(seed: number): Promise<void> {
  const dice = new Dice(seed);
  const script = draw(dice);
  await using site = await drawSite(dice, seed);
  await site.keep("a", randomBytes(dice.below(500)));
  const peer = await site.enter();
  for (let n = dice.below(3); n > 0; n--) {
    const nth = 1 + dice.below(3);
    site.alex.faults.add({
      step: dice.pick(STEPS),
      nth,
      code: dice.pick(FAULTS),
    });
  }
  const vanishes = dice.below(4) === 0;
  const heard: (JsonObject | string)[] = [];
  const hearing = peer.rest(heard).catch(() => {});
  const saying = say(peer, script)
    .then(() => peer.connection.closeWrite()).catch(() => {});
  let over = false;
  const all = Promise.all([hearing, saying]).then(() => over = true);
  for (let turn = 0; !over; turn++) {
    assert(turn < 20_000, "it hangs");
    if (vanishes && dice.below(20) === 0) peer.connection.kill();
    if (dice.below(10) === 0) await site.clock.advance(20);
    await settled();
  }
  await all;
  if (!vanishes) check(heard, script);
  peer.connection.kill();
}

/** One answer each, in order; a good get with its body, whole or aborted. */
function check(
  heard: readonly (JsonObject | string)[],
  { ids }: Script,
): void {
  const answered: unknown[] = [];
  let body: JsonObject | null = null as JsonObject | null;
  let bytes = "";
  for (const part of heard) {
    if (typeof part === "string") {
      assert(body !== null, "data where no body is due");
      bytes += part;
    } else if (part.action === "end" || part.action === "abort") {
      assert.equal(part.id, body?.id);
      if (part.action === "end") {
        assert.equal(bytes.length, Number(body?.size) * 2);
        assert.deepEqual(
          part,
          endOf(Number(part.id), Uint8Array.fromHex(bytes)),
        );
      }
      body = null;
      bytes = "";
    } else if (part.action === undefined) {
      assert(body === null, "an answer within a body");
      answered.push(part.id);
      if (part.mtime !== undefined && part.type === undefined) body = part;
    } else assert.equal(part.action, "pong");
  }
  assert(body === null, "a body without an end");
  assert.deepEqual(answered, ids);
}

Deno.test("whatever a seed draws, answers are one each, and nothing is left", async () => {
  const seeds = ONE === undefined
    ? Array.from({ length: SEEDS }, (_, n) => n)
    : [Number(ONE)];
  for (const seed of seeds) {
    try {
      await session(seed);
    } catch (error) {
      throw new Error(`SESSION_SEED=${seed}`, { cause: error });
    }
  }
});
