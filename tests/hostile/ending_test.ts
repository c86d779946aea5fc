/** SIGTERM in the midst of it all: goaway, the grace, the end; exit code 0. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { makeSite, type Site, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { connected, endOf, loggedIn } from "../support/peer.ts";
import { assertGoodLog } from "./watched_ftpd.ts";

const BODY = randomBytes(500_000);

/** What alex's home shows, and the parts in it. */
function homeOf(site: Site): { shown: string[]; parts: string[] } {
  const home = path.join(site.home, "alex");
  const names = (folder: string) =>
    [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  return {
    shown: names(home).filter((name) => name !== ".ftpd"),
    parts: names(path.join(home, ".ftpd")),
  };
}

Deno.test("SIGTERM: a put within the grace is finished, requests after it are not", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args, "--grace", "60s");
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  await using idle = await loggedIn(ftpd.port, "alex", "123");
  await using silent = await connected(ftpd.port);
  await ping(silent); // the system's own queue is not ftpd
  const id = peer.nextId();
  await peer.send({ action: "put", id, filename: "whole" });
  await peer.data(BODY.subarray(0, 100_000));
  await ping(peer);
  ftpd.kill("SIGTERM");
  const goaway = await peer.message();
  assert.deepEqual(
    [goaway.action, goaway.status_code, goaway.last_id],
    ["goaway", 247, id],
  );
  // Nothing was under way on these.
  for (const other of [idle, silent]) {
    const [bye, ...more] = await other.lastWords();
    assert.deepEqual([bye?.action, bye?.status_code], ["goaway", 247]);
    assert.deepEqual(more, []);
  }
  await peer.data(BODY.subarray(100_000));
  await peer.send({ action: "end", id, ...endOf(BODY) });
  await peer.send({ action: "stat", id: peer.nextId(), filename: "whole" });
  const [answer, ...more] = await peer.lastWords();
  assert.deepEqual([answer?.id, answer?.status_code], [id, 200]);
  assert.deepEqual(more, [], "goaway had said so");
  assert.equal(await ftpd.code, 0);
  assert.deepEqual(homeOf(site), { shown: ["whole"], parts: [] });
  assertGoodLog(ftpd.log());
});

Deno.test("SIGTERM: what is not through after the grace is undone", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args, "--grace", "1s");
  await using putter = await loggedIn(ftpd.port, "alex", "123");
  assert.equal((await putter.put("earlier", BODY)).status_code, 200);
  const put = putter.nextId();
  await putter.send({ action: "put", id: put, filename: "earlier" });
  await putter.data(BODY.subarray(1));
  await using getter = await loggedIn(ftpd.port, "alex", "123");
  const big = path.join(site.home, "alex", "big");
  await Deno.writeFile(big, new Uint8Array());
  await Deno.truncate(big, 256 * 1024 * 1024);
  await getter.ask({ action: "get", filename: "big" });
  await ping(putter);
  ftpd.kill("SIGTERM");
  const words = await putter.lastWords();
  assert.deepEqual(
    words.map(({ action, id, status_code }) => ({
      action,
      id,
      status_code,
    })),
    [
      { action: "goaway", id: undefined, status_code: 247 },
      { action: undefined, id: put, status_code: 213 },
      { action: "goaway", id: undefined, status_code: 247 },
    ],
  );
  assert.equal(await ftpd.code, 0);
  assert.deepEqual(homeOf(site), { shown: ["big", "earlier"], parts: [] });
  const earlier = await Deno.readFile(path.join(site.home, "alex", "earlier"));
  assert.deepEqual(endOf(earlier), endOf(BODY));
  assertGoodLog(ftpd.log());
});

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  Deno.test(`a second ${signal} ends it at once, and publishes nothing`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args, "--grace", "100s");
    await using peer = await loggedIn(ftpd.port, "alex", "123");
    await peer.send({ action: "put", id: peer.nextId(), filename: "half" });
    await peer.data(BODY);
    await ping(peer);
    ftpd.kill(signal);
    assert.equal((await peer.message()).action, "goaway");
    ftpd.kill(signal);
    assert.equal(await ftpd.code, 0); // well before the grace is over
    assert.deepEqual(homeOf(site), { shown: [], parts: [] });
    assertGoodLog(ftpd.log());
  });
}

/** Until the server has read all that was sent. */
async function ping(peer: Awaited<ReturnType<typeof loggedIn>>): Promise<void> {
  await peer.send({ action: "ping" });
  assert.equal((await peer.message()).action, "pong");
}
