/** At, over and below each limit of connections, files and descriptors. */
import assert from "node:assert/strict";
import { commandOf, makeSite, PROGRAM_MS_MAX, run } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { connected, loggedIn, type Peer } from "../support/peer.ts";
import { assertGoodLog, settled, Watched } from "./watched_ftpd.ts";

const LIMIT = 3;

/** Each limit: what takes its places, and what the next one is told. */
const CONNECTIONS: readonly {
  readonly flag: string;
  readonly status: number;
  readonly take: (port: number) => Promise<Peer>;
}[] = [
  {
    flag: "--max-connections",
    status: 240,
    take: (port) => loggedIn(port, "alex", "123"),
  },
  { flag: "--max-connections-per-address", status: 241, take: connected },
  { flag: "--max-unauthenticated", status: 240, take: connected },
];

for (const { flag, status, take } of CONNECTIONS) {
  Deno.test(`over ${flag}, a status and a close`, async () => {
    await using site = await makeSite();
    await using watched = await Watched.start(site, flag, `${LIMIT}`);
    const taken = await Promise.all(
      Array.from({ length: LIMIT }, () => take(watched.port)),
    );
    for (let round = 0; round < 3; round++) {
      await using refused = await watched.connect();
      const [goaway, ...more] = await refused.lastWords();
      assert.deepEqual(more, []);
      const { action, status_code, last_id } = goaway ?? {};
      assert.deepEqual([action, status_code, last_id], [
        "goaway",
        status,
        0,
      ]);
    }
    // Refused ones that neither read nor close are not waited for.
    const deaf = await Promise.all(
      Array.from({ length: 100 }, () => watched.connect()),
    );
    for (const peer of deaf) await peer.lastWords();
    for (const peer of [...deaf, ...taken]) await peer.close();
    await placesAreFree(watched);
    await watched.unharmed();
  });
}

/** Until the server has seen that its connections are gone. */
async function placesAreFree(watched: Watched): Promise<void> {
  let free = false;
  while (!free) {
    await using peer = await watched.connect();
    const hello = { action: "hello", program: "test", versions: [1] };
    // While many are being told why, one more is closed without a word.
    const answer = await peer.ask(hello).catch(() => null);
    free = answer?.status_code === 200;
  }
}

Deno.test("over --max-connections-per-user, a status and a close", async () => {
  await using site = await makeSite();
  const limit = ["--max-connections-per-user", `${LIMIT}`];
  await using watched = await Watched.start(site, ...limit);
  const taken = await Promise.all(
    Array.from({ length: LIMIT }, () => watched.alex()),
  );
  for (let round = 0; round < 3; round++) {
    await assert.rejects(watched.alex(), /status 242/);
    await using other = await loggedIn(watched.port, "test", "test");
    assert.equal((await other.ask({ action: "fly" })).status_code, 201);
  }
  for (const peer of taken) await peer.close();
  // Each of the check's own is told, too, before a place is free for the next.
  const due = LIMIT + watched.served;
  await settled(() => {
    const gone = watched.ftpd.log().match(/ disconnect .*user=alex/g)?.length;
    return gone === due ? null : `${gone} of ${due} are gone`;
  });
  await watched.unharmed();
});

const UPLOAD = 65_536;

Deno.test("over --max-upload, a status, and the session goes on", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site, "--max-upload", "512K");
  {
    await using peer = await watched.alex();
    const at = randomBytes(8 * UPLOAD);
    const above = randomBytes(8 * UPLOAD + 1);
    for (const announce of [true, false]) {
      for (const name of ["new", "witness"]) {
        const refused = await peer.put(name, above, { announce });
        assert.equal(refused.status_code, 227);
      }
    }
    assert.equal((await peer.put("at", at)).status_code, 200);
    watched.files.set("at", at);
    // A size that was not what was said does not let more in.
    const id = peer.nextId();
    await peer.send({ action: "put", id, filename: "witness", size: 1 });
    await peer.data(above);
    await peer.send({ action: "abort", id });
    const { status_code } = await peer.message();
    assert([214, 227, 229].includes(Number(status_code)));
  }
  await watched.unharmed();
});

/** Open files that ftpd may have, and connections that are tried. */
const FILES = 100;
const TRIED = 300;

Deno.test("with few descriptors from the start, ftpd takes fewer connections", async () => {
  await using site = await makeSite();
  const [command, before] = commandOf("ftpd");
  const child = new Deno.Command("sh", {
    args: [
      ...["-c", `ulimit -n ${FILES}; exec "$@"`, "sh", command, ...before],
      ...["start", "--port", "0", ...site.args],
    ],
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, tell] = child.stdout.tee();
  let port = 0;
  for await (const text of tell.pipeThrough(new TextDecoderStream())) {
    port = Number(/:(\d+)\n/.exec(text)?.[1]);
    break;
  }
  const log = new Response(child.stderr).text();
  for (let round = 0; round < 2; round++) {
    const peers = await Promise.all(
      Array.from({ length: TRIED }, () => connected(port)),
    );
    // Those over the limit are told, or just closed where they are too many.
    await Promise.all(peers.map((peer) => peer.close()));
  }
  let served = false;
  while (!served) served = await putAndGet(port);
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  await stdout.cancel();
  const text = await log;
  assertGoodLog(text);
  assert.match(text, / refuse .*result=server_full/);
});

/** @returns Whether there was a place. */
async function putAndGet(port: number): Promise<boolean> {
  let peer: Peer;
  try {
    peer = await loggedIn(port, "alex", "123");
  } catch {
    return false;
  }
  await using _peer = peer;
  const bytes = randomBytes(200_000);
  assert.equal((await peer.put("file", bytes)).status_code, 200);
  assert.equal((await peer.get("file")).end.size, bytes.length);
  return true;
}

Deno.test("out of descriptors while it runs, ftpd goes on when there are some", async () => {
  await using site = await makeSite();
  const limit = ["--max-connections-per-address", "4000"];
  await using watched = await Watched.start(site, ...limit);
  const { pid } = watched.ftpd;
  const open = [...Deno.readDirSync(`/proc/${pid}/fd`)].length;
  const limited = await run("prlimit", [
    ...["--pid", `${pid}`, `--nofile=${open + 20}:`],
  ]);
  assert.equal(limited.code, 0, limited.stderr);
  const peers = await Promise.all(
    Array.from({ length: TRIED }, () => watched.connect()),
  );
  await watched.ftpd.logged(/ accept .*result=exhausted/);
  // A place that comes free goes to one that waited.
  for (const peer of peers) await peer.close();
  await watched.unharmed();
});
