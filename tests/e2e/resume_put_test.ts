/** Puts that broke off and go on, on a real ftpd that is killed between. */
import assert from "node:assert/strict";
import * as path from "node:path";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { loggedIn, type Peer } from "../support/peer.ts";
import { sumOf } from "../support/sums.ts";

const TRANSFER = "0123456789abcdef".repeat(2);
const BODY = randomBytes(3 * 1024 * 1024 + 17);
const AT = 2 * 1024 * 1024;

function markOf(
  id: number,
  bytes: Uint8Array,
  type: "crc32" | "sha256" = "crc32",
): JsonObject {
  const offset = bytes.length;
  return { action: "mark", id, offset, checksum: sumOf(bytes, type) };
}

async function statesOf(peer: Peer, items: JsonObject[]) {
  await peer.send({ action: "resume", id: peer.nextId(), items });
  return await linesOf(peer);
}

async function linesOf(peer: Peer): Promise<JsonObject[]> {
  const answer = await peer.message();
  assert.equal(answer.status_code, 200);
  let text = "";
  while (true) {
    const part = await peer.part();
    assert(part);
    const words = new TextDecoder().decode(part.payload);
    if (part.kind === "data") text += words;
    else {
      const { entries } = JSON.parse(words);
      const lines = text.split("\n").slice(0, -1).map((one) => JSON.parse(one));
      assert.equal(lines.length, entries);
      return lines;
    }
  }
}

for (const type of ["crc32", "sha256"] as const) {
  Deno.test(`a put goes on at its last mark after a kill -9 of ftpd: ${type}`, async () => {
    await using site = await makeSite();
    const put = {
      ...{ action: "put", filename: "a", checksum_type: type },
      ...{ size: BODY.length, transfer: TRANSFER, identity: "i" },
    };
    const item = { filename: "a", transfer: TRANSFER, identity: "i" };
    const state = {
      state: "part",
      offset: AT,
      checksum: sumOf(BODY.subarray(0, AT), type),
    };
    {
      await using ftpd = await startFtpd(...site.args);
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      await using other = await loggedIn(ftpd.port, "alex", "123");
      const id = peer.nextId();
      await peer.send({ ...put, id });
      await peer.data(BODY.subarray(0, AT));
      await peer.send(markOf(id, BODY.subarray(0, AT), type));
      await peer.data(BODY.subarray(AT, AT + 1000));
      while (true) { // until it is recorded
        const [line] = await statesOf(other, [item]);
        if (line?.state === "part") break;
      }
      ftpd.kill("SIGKILL");
      await ftpd.code;
    }
    await using ftpd = await startFtpd(...site.args);
    await using peer = await loggedIn(ftpd.port, "alex", "123");
    assert.deepEqual(await statesOf(peer, [item]), [state]);
    const id = peer.nextId();
    const { offset, checksum: offset_checksum } = state;
    await peer.send({ ...put, id, offset, offset_checksum });
    await peer.data(BODY.subarray(AT));
    const end = { size: BODY.length, checksum: sumOf(BODY, type) };
    await peer.send({ action: "end", id, ...end });
    const answer = await peer.message();
    assert.equal(answer.status_code, 200, String(answer.status_msg));
    assert.equal(answer.checksum, end.checksum);
    assert.equal(answer.size, BODY.length);
    const kept = await Deno.readFile(path.join(site.home, "alex", "a"));
    assert.equal(sumOf(kept, "sha256"), sumOf(BODY, "sha256"));
    assert.deepEqual(await statesOf(peer, [item]), [{
      ...{ state: "complete", ...end, version: answer.file_version },
    }]);
  });
}

Deno.test("accounts of one home share its parts, and the next start removes old ones", async () => {
  await using site = await makeSite(
    "[alex]\npassword = 123\nhome = both\n" +
      "[test]\npassword = test\nhome = both\n",
  );
  const put = { action: "put", filename: "a", transfer: TRANSFER };
  const item = { filename: "a", transfer: TRANSFER };
  const kept = () =>
    [...Deno.readDirSync(path.join(site.home, "both", ".ftpd"))]
      .map(({ name }) => name);
  const mark = BODY.subarray(0, 1000);
  {
    await using ftpd = await startFtpd(...site.args);
    await using alex = await loggedIn(ftpd.port, "alex", "123");
    await using test = await loggedIn(ftpd.port, "test", "test");
    for (const peer of [alex, test]) {
      const id = peer.nextId();
      await peer.send({ ...put, id });
      await peer.data(mark);
      await peer.send(markOf(id, mark), { action: "abort", id });
      assert.equal((await peer.message()).status_code, 214);
    }
    // Each has its own: nothing of the one went for the other's sake.
    for (const peer of [alex, test]) {
      const [line] = await statesOf(peer, [item]);
      assert.equal(line?.offset, mark.length);
    }
  }
  assert.equal(kept().length, 4);
  {
    await using _ftpd = await startFtpd(...site.args);
    assert.equal(kept().length, 4);
  }
  await using ftpd = await startFtpd(...site.args, "--part-ttl", "1ms");
  assert.deepEqual(kept(), []);
  await using peer = await loggedIn(ftpd.port, "test", "test");
  assert.deepEqual(await statesOf(peer, [item]), [
    { state: "none", reason: "expired" },
  ]);
});
