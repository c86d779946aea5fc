/** A home that fails: one clear error each, and the session goes on. */
import assert from "node:assert/strict";
import { STATUS, type StatusName } from "../../lib/protocol/mod.ts";
import { NetworkError } from "../../lib/runtime/mod.ts";
import type { Fault } from "../../lib/storage/memory_faults.ts";
import type { StorageCode } from "../../lib/storage/mod.ts";
import { resolveName } from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { helloOf, loginOf, type SessionPeer, Site } from "./site.ts";

type Step = Fault["step"];
const OLD = new TextEncoder().encode("the earlier file");
const NEW = randomBytes(300_000);

/** What a home says, and what the peer is told by which code. */
const CODES: readonly [StorageCode, StatusName][] = [
  ["not_found", "not_found"],
  ["outside", "invalid_filename"],
  ["permission", "permission_denied"],
  ["no_space", "no_space"],
  ["changed", "file_changed"],
  ["is_folder", "is_folder"],
  ["failed", "storage_failed"],
];

/** The session answers as if nothing had been. */
async function goesOn(site: Site, peer: SessionPeer): Promise<void> {
  assert.equal((await peer.put("b", NEW)).status_code, 200);
  const { hex, end } = await peer.get("b");
  assert.equal(hex, NEW.toHex());
  assert.equal(end?.action, "end");
  await settled();
  assert.equal(site.alex.open, 0);
  assert.equal(site.buffers.lent, 0);
}

for (const [code, status] of CODES) {
  const [number] = STATUS[status];
  for (const step of ["stat", "open"] as const) {
    Deno.test(`${code} at ${step}: ${number}, and the session goes on`, async () => {
      await using site = await Site.open();
      const peer = await site.enter();
      await site.keep("a", OLD);
      {
        using _fault = site.alex.faults.add({ step, code });
        const action = step === "stat" ? "stat" : "get";
        const answer = await peer.ask({ action, filename: "a" });
        assert.equal(answer.status_code, number);
        assert.match(String(answer.status_msg), /^a: [a-z]/);
      }
      await goesOn(site, peer);
    });
  }

  Deno.test(`${code} while a file is read: its body ends by abort ${number}`, async () => {
    for (const nth of [1, 2]) {
      await using site = await Site.open();
      const peer = await site.enter();
      await site.keep("a", NEW);
      {
        using _fault = site.alex.faults.add({ step: "read", nth, code });
        const { answer, hex, end } = await peer.get("a");
        assert.equal(answer.status_code, 200);
        assert.equal(end?.action, "abort");
        assert.equal(end?.id, answer.id);
        assert.equal(end?.status_code, number);
        assert(NEW.toHex().startsWith(hex));
      }
      await goesOn(site, peer);
    }
  });

  for (const step of ["openPart", "write", "commit"] as const) {
    Deno.test(`${code} at ${step}: ${number}, and the earlier file stays`, async () => {
      for (const nth of step === "write" ? [1, 2] : [1]) {
        await using site = await Site.open();
        const peer = await site.enter();
        await site.keep("a", OLD);
        {
          using _fault = site.alex.faults.add({ step, nth, code });
          const answer = await peer.put("a", NEW);
          assert.equal(answer.status_code, number);
          assert.match(String(answer.status_msg), /^a: [a-z]/);
          const [line] = site.logged("put");
          assert.equal(line?.result, status);
          assert.equal(line?.level, "warn");
        }
        assert.equal((await peer.get("a")).hex, OLD.toHex());
        await goesOn(site, peer);
      }
    });
  }
}

Deno.test("what no home should throw is 250, its cause in the log alone", async () => {
  for (const step of ["stat", "open", "read", "openPart", "write", "commit"]) {
    const site = await Site.open();
    const peer = await site.enter();
    await site.keep("a", OLD);
    {
      using _fault = site.alex.faults.add({
        step: step as Step,
        wait: () => Promise.reject(new TypeError("/secret/path broke")),
      });
      const answer = step === "stat"
        ? await peer.ask({ action: "stat", filename: "a" })
        : step === "open" || step === "read"
        ? await peer.get("a").then(({ answer, end }) => end ?? answer)
        : await peer.put("a", NEW);
      assert.equal(answer.status_code, 250, step);
      assert.doesNotMatch(JSON.stringify(answer), /secret/);
    }
    const lines = site.log.filter(({ level }) => level === "error");
    assert.equal(lines.length, 1, step);
    assert.match(String(lines[0]?.cause), /\/secret\/path broke/);
    assert.doesNotMatch(JSON.stringify(site.log), /\.ts:/, "no stack");
    await goesOn(site, peer);
    await site[Symbol.asyncDispose]();
  }
});

Deno.test("a home that hangs does not stop a session on another home", async () => {
  for (const step of ["stat", "open", "read", "openPart", "write", "commit"]) {
    await using site = await Site.open();
    await site.keep("a", NEW);
    const stuck = await site.enter("alex");
    using hanging = site.alex.faults.hang(step as Step);
    if (step === "stat") {
      await stuck.send({ action: "stat", id: 4, filename: "a" });
    } else if (step === "open" || step === "read") {
      await stuck.send({ action: "get", id: 4, filename: "a" });
    } else {
      await stuck.send({ action: "put", id: 4, filename: "b" });
      await stuck.data(new Uint8Array(10));
      await stuck.send({
        action: "end",
        id: 4,
        size: 10,
        checksum: "crc32:e38a6876",
      });
    }
    await hanging.reached;
    const other = await site.enter("test");
    assert.equal((await other.put("b", NEW)).status_code, 200);
    assert.equal((await other.get("b")).hex, NEW.toHex());
    // It can be ended all the same: its place, part and file are free at once.
    stuck.connection.kill();
    // Its side may be closed and it may still read: the signs of life tell.
    await site.clock.advance(10_000);
    assert.equal(site.server.sessions, 1, step);
    assert.equal(site.alex.open, 0, step);
  }
});

Deno.test("a home that cannot be opened: the login says so, and may be tried again", async () => {
  let broken = true;
  await using site = await Site.open({
    openHome: () =>
      broken
        ? Promise.reject(new NetworkError("failed", "/secret"))
        : Promise.resolve(site.alex),
  });
  const peer = await site.dial();
  await peer.hello();
  const refused = await peer.login("alex");
  assert.equal(refused.status_code, 250);
  assert.doesNotMatch(JSON.stringify(refused), /secret/);
  broken = false;
  assert.equal((await peer.login("alex")).status_code, 200);
  await site.alex.putWhole(resolveName("a"), OLD);
  assert.equal((await peer.get("a")).hex, OLD.toHex());
});

Deno.test("a bug of ours is 250 and the end, after what was answered before it", async () => {
  const site = await Site.open({
    authenticator: {
      mechanisms: ["SCRAM-SHA-256"],
      begin: () => Promise.reject(new TypeError("a bug")),
    },
  });
  const peer = await site.dial();
  await peer.sendAtOnce(helloOf(1), ...loginOf(2, "alex"));
  const [hello, goaway, ...more] = await peer.rest();
  assert(typeof hello === "object" && typeof goaway === "object");
  assert.deepEqual([hello.id, hello.status_code], [1, 200]);
  assert.deepEqual([goaway.action, goaway.status_code], ["goaway", 250]);
  assert.deepEqual(more, []);
  assert.equal(site.logged("internal")[0]?.cause, "a bug");
  peer.connection.kill();
  site.log.length = 0;
  await site[Symbol.asyncDispose]();
});

Deno.test("a connection lost in the midst of a request gives its buffer back", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  using _lost = site.alex.faults.add({
    step: "stat",
    nth: 2,
    wait: () => Promise.reject(new NetworkError("lost", "the network's disk")),
  });
  const stat = { action: "stat", filename: "a" };
  await peer.sendAtOnce({ id: 4, ...stat }, { id: 5, ...stat });
  await peer.rest();
  await settled();
  assert.equal(site.server.sessions, 0);
  assert.equal(site.buffers.lent, 0);
});
