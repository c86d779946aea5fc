/** Listings and changes of folders under hostile and unlucky circumstances. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  decodeObject,
  type JsonObject,
  ListingReader,
} from "../../lib/protocol/mod.ts";
import { type Ftpd, makeSite, type Site, startFtpd } from "../programs.ts";
import { dataFrame, endOf, loggedIn, type Peer } from "../support/peer.ts";

const MANY = 100_000;
const ROOT_USER = Deno.build.os !== "windows" && Deno.uid() === 0;

/** The names of a listing's body, and the message that ended it. */
async function bodyOf(peer: Peer, kind: "list" | "walk") {
  const reader = new ListingReader(kind);
  const names: string[] = [];
  while (true) {
    const part = await peer.part();
    assert(part, "the server closed within a listing");
    if (part.kind === "data") {
      for (const entry of reader.take(part.payload)) names.push(entry.name);
      continue;
    }
    const end = decodeObject(part.payload);
    if (end.action === "end") reader.end(Number(end.entries));
    return { names, end };
  }
}

function ask(peer: Peer, request: JsonObject): Promise<JsonObject> {
  return peer.ask(request);
}

async function makeMany(folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (let n = 0; n < MANY; n++) {
    Deno.openSync(path.join(folder, `f${n}`), { write: true, create: true })
      .close();
  }
}

/** A home of alex with a folder `many`; made once. */
async function withMany(
  run: (ftpd: Ftpd, folder: string, site: Site) => Promise<void>,
): Promise<void> {
  await using site = await makeSite();
  const folder = path.join(site.home, "alex", "many");
  await makeMany(folder);
  await using ftpd = await startFtpd(...site.args);
  await run(ftpd, folder, site);
}

Deno.test("folders of 100,000 entries", async (t) => {
  await withMany(async (ftpd, folder) => {
    await t.step("are listed and walked whole", async () => {
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      for (const kind of ["list", "walk"] as const) {
        const answer = await ask(peer, { action: kind, filename: "many" });
        assert.equal(answer.status_code, 200);
        const { names, end } = await bodyOf(peer, kind);
        assert.equal(end.action, "end");
        assert.equal(new Set(names).size, MANY);
      }
      const { status_code, files } = await ask(peer, {
        action: "du",
        filename: "many",
      });
      assert.deepEqual([status_code, files], [200, MANY]);
    });

    await t.step("hold up nobody whose reader has stopped", async () => {
      await using deaf = await loggedIn(ftpd.port, "alex", "123");
      for (let n = 0; n < 20; n++) {
        const id = deaf.nextId();
        await deaf.send({ action: "list", id, filename: "many" });
      }
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      for (let n = 0; n < 20; n++) {
        const answer = await ask(peer, { action: "stat", filename: "many/f1" });
        assert.equal(answer.status_code, 200);
      }
    });

    await t.step("are left in the middle by a cancel", async () => {
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      for (const action of ["list", "walk"] as const) {
        // More than all buffers on the way can hold, and nobody reads it.
        const ids = Array.from({ length: 10 }, () => peer.nextId());
        await peer.send(
          ...ids.map((id) => ({ action, id, filename: "many" })),
          ...ids.map((id) => ({ action: "cancel", id })),
        );
        let whole = 0;
        for (const id of ids) {
          const answer = await peer.message();
          assert.equal(answer.id, id);
          if (answer.status_code === 213) continue;
          assert.equal(answer.status_code, 200);
          const end = await peer.bodyEnd();
          assert.equal(end.id, id);
          if (end.action === "end") whole++;
          else assert.equal(end.status_code, 213);
        }
        assert(whole <= 5, `${whole} were sent to their end`);
      }
      const { status_code } = await ask(peer, { action: "stat", filename: "" });
      assert.equal(status_code, 200);
    });

    await t.step("may change while they are listed", async () => {
      await using reader = await loggedIn(ftpd.port, "alex", "123");
      await using writer = await loggedIn(ftpd.port, "alex", "123");
      const id = reader.nextId();
      await reader.send({ action: "list", id, filename: "many" });
      assert.equal((await reader.message()).status_code, 200);
      const changes = (async () => {
        for (let n = 0; n < 300; n += 3) {
          for (
            const request of [
              { action: "rm", filename: `many/f${n}` },
              {
                action: "mv",
                filename: `many/f${n + 1}`,
                target: `many/g${n}`,
              },
              { action: "mkdir", filename: `many/new${n}` },
            ]
          ) assert.equal((await ask(writer, request)).status_code, 200);
        }
      })();
      const { names, end } = await bodyOf(reader, "list");
      await changes;
      assert.equal(end.action, "end");
      const seen = new Set(names);
      assert.equal(seen.size, names.length, "no name stands there twice");
      for (let n = 300; n < MANY; n++) assert(seen.has(`f${n}`), `f${n}`);
    });

    await t.step("a cp and an rm of them can be cancelled", async () => {
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      const asked = async (request: Record<string, unknown>) => {
        const id = peer.nextId();
        await peer.send({ id, ...request }, { action: "cancel", id });
        return (await peer.message()).status_code;
      };
      const cp = { action: "cp", filename: "many", target: "copy" };
      assert.equal(await asked({ ...cp, recursive: true }), 213);
      const rm = { action: "rm", filename: "many", recursive: true };
      assert.equal(await asked(rm), 213);
      let left = 0;
      for await (const _ of Deno.readDir(folder)) left++;
      assert(left > 0, "it went on to the end");
      const { status_code } = await ask(peer, { action: "stat", filename: "" });
      assert.equal(status_code, 200);
    });
  });
});

Deno.test("names that no request can have", {
  ignore: Deno.build.os !== "linux",
}, async (t) => {
  await using site = await makeSite();
  const folder = path.join(site.home, "alex", "t");
  await Deno.mkdir(path.join(folder, "u"), { recursive: true });
  await Deno.writeTextFile(path.join(folder, "u", "a\\b\n"), "x");
  await Deno.writeTextFile(path.join(folder, "u", "good"), "x");
  await Deno.mkdir(path.join(folder, "back\\slash"));
  await Deno.writeTextFile(path.join(folder, "back\\slash", "in"), "x");
  await using ftpd = await startFtpd(...site.args);
  await using peer = await loggedIn(ftpd.port, "alex", "123");

  await t.step("are shown escaped in listings, and not entered", async () => {
    await ask(peer, { action: "walk", filename: "t" });
    const { names, end } = await bodyOf(peer, "walk");
    assert.equal(end.entries, 4);
    for (const name of names) assert.doesNotMatch(name, /\p{Cc}|\/in$/u);
    assert(names.includes("u/good"));
  });

  await t.step("stop an rm -r, which says so", async () => {
    const answer = await ask(peer, {
      action: "rm",
      filename: "t",
      recursive: true,
    });
    assert.equal(answer.status_code, 204);
    assert.match(String(answer.status_msg), /^t\/.*no request/);
    assert.doesNotMatch(String(answer.status_msg), /\p{Cc}/u);
    assert.equal(answer.removed, 1); // u/good
    assert(await Deno.stat(path.join(folder, "back\\slash", "in")));
  });
});

Deno.test("a folder that may not be read is told, and the rest done", {
  ignore: ROOT_USER || Deno.build.os === "windows",
}, async () => {
  await using site = await makeSite();
  const home = path.join(site.home, "alex");
  await Deno.mkdir(path.join(home, "t", "shut"), { recursive: true });
  await Deno.writeTextFile(path.join(home, "t", "z"), "x");
  await Deno.chmod(path.join(home, "t", "shut"), 0);
  await using ftpd = await startFtpd(...site.args);
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  assert.equal(
    (await ask(peer, { action: "list", filename: "t/shut" })).status_code,
    224,
  );
  const du = await ask(peer, { action: "du", filename: "t" });
  assert.deepEqual([du.status_code, du.files], [224, 1]);
  await ask(peer, { action: "walk", filename: "t" });
  const { names } = await bodyOf(peer, "walk");
  assert.deepEqual(names, ["shut", "z"]);
});

Deno.test("two clients that put one name leave one of both, whole", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const ones = new Uint8Array(3_000_000).fill(1);
  const twos = new Uint8Array(3_000_000).fill(2);
  await using one = await loggedIn(ftpd.port, "alex", "123");
  await using two = await loggedIn(ftpd.port, "alex", "123");
  for (let round = 0; round < 5; round++) {
    const both = [[one, ones], [two, twos]] as const;
    const ids = both.map(([peer]) => peer.nextId());
    for (const [at, [peer]] of both.entries()) {
      await peer.send({ action: "put", id: ids[at], filename: "same" });
    }
    for (let from = 0; from < ones.length; from += 500_000) {
      for (const [peer, bytes] of both) {
        await peer.write(dataFrame(bytes.slice(from, from + 500_000)));
      }
    }
    await Promise.all(both.map(async ([peer, bytes], at) => {
      await peer.send({ action: "end", id: ids[at], ...endOf(bytes) });
      assert.equal((await peer.message()).status_code, 200);
    }));
    const there = await Deno.readFile(path.join(site.home, "alex", "same"));
    const first = there[0] ?? 0;
    assert(first === 1 || first === 2);
    assert.deepEqual(endOf(there), endOf(first === 1 ? ones : twos));
  }
  // Under a condition exactly one of them comes through.
  const sent = [one, two].map(async (peer) => {
    const id = peer.nextId();
    await peer.send({ action: "put", id, filename: "new", if_absent: true });
    await peer.data(new Uint8Array(10));
    await peer.send({ action: "end", id, ...endOf(new Uint8Array(10)) });
    return Number((await peer.message()).status_code);
  });
  assert.deepEqual((await Promise.all(sent)).sort(), [200, 225]);
});

Deno.test("no action on folders leaves the home, or comes before login", async () => {
  await using site = await makeSite();
  await Deno.mkdir(path.join(site.home, "alex"), { recursive: true });
  const outside = path.join(site.folder, "outside");
  await Deno.mkdir(outside);
  await Deno.writeTextFile(path.join(outside, "canary"), "unharmed");
  await Deno.symlink(outside, path.join(site.home, "alex", "out"));
  await using ftpd = await startFtpd(...site.args);
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  await peer.put("mine", new Uint8Array(5));
  const names = [
    ...["../test/x", "a/../../x", "out/canary", "a\\b", "a\0b", ".ftpd/x"],
    ...[".ftpd-x", ".ftpc-x", "x\u0085", "\ud800", "n".repeat(256)],
  ];
  const recursive = true;
  for (const filename of names) {
    for (
      const request of [
        ...["list", "walk", "mkdir", "rm", "rmdir", "setattr", "checksum", "du"]
          .map((action) => ({ action, filename, mtime: "1", recursive })),
        { action: "mkdir", filename, parents: true },
        { action: "link", filename, target: "mine" },
        { action: "mv", filename: "mine", target: filename },
        { action: "mv", filename, target: "stolen" },
        { action: "cp", filename: "mine", target: filename, recursive },
        { action: "cp", filename, target: "stolen", recursive },
      ]
    ) {
      const answer = await ask(peer, request);
      assert.equal(answer.status_code, 204, JSON.stringify([request, answer]));
    }
  }
  // The link itself is ours: a walk does not follow it, an rm takes it alone.
  await ask(peer, { action: "walk", filename: "" });
  const { names: walked } = await bodyOf(peer, "walk");
  assert.deepEqual(walked, ["mine", "out"]);
  const rm = { action: "rm", filename: "out", recursive };
  assert.equal((await ask(peer, rm)).removed, 1);
  assert.equal(
    await Deno.readTextFile(path.join(outside, "canary")),
    "unharmed",
  );
});
