/**
 * A home on a disk that is full: a small tmpfs (support/mounts.ts).
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as path from "node:path";
import { makeSite, type Site } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { mountTmpfs, testWithMount } from "../support/mounts.ts";
import { dataFrame, endOf, messageFrame } from "../support/peer.ts";
import { Watched, WITNESS } from "./watched_ftpd.ts";

const MIB = 1024 * 1024;

/** Mount a disk where alex's home is. */
function mountHome(site: Site, options: string): Promise<AsyncDisposable> {
  return mountTmpfs(path.join(site.home, "alex"), options);
}

const FULL = [
  { name: "a new file", filename: "new", announce: false },
  { name: "a new file, its size announced", filename: "new", announce: true },
  { name: "a file that is there", filename: "witness", announce: false },
];

testWithMount(
  "a full disk is a status; what is there stays, and so does the session",
  async (t) => {
    await using site = await makeSite();
    await using _disk = await mountHome(site, "size=2m");
    await using watched = await Watched.start(site);
    for (const { name, filename, announce } of FULL) {
      await t.step(name, async () => {
        {
          await using peer = await watched.alex();
          const bytes = randomBytes(3 * MIB);
          const answer = await peer.put(filename, bytes, { announce });
          assert.equal(answer.status_code, 226);
          const { size } = await peer.ask({
            action: "stat",
            filename: "witness",
          });
          assert.equal(size, WITNESS.length);
          assert.equal(
            (await peer.put("small", bytes.subarray(0, 1000)))
              .status_code,
            200,
          );
          await Deno.remove(path.join(watched.home, "small"));
        }
        await watched.unharmed();
      });
    }
    await t.step("until there is room again", async () => {
      const fill = path.join(watched.home, "fill");
      {
        await using peer = await watched.alex();
        const most = randomBytes(1.5 * MIB);
        assert.equal((await peer.put("fill", most)).status_code, 200);
        const file = randomBytes(0.5 * MIB);
        assert.equal((await peer.put("file", file)).status_code, 226);
        await Deno.remove(fill);
        assert.equal((await peer.put("file", file)).status_code, 200);
        watched.files.set("file", file);
      }
      await watched.unharmed();
    });
  },
);

testWithMount(
  "many puts at once fill the disk; each is whole or not there",
  async () => {
    await using site = await makeSite();
    await using _disk = await mountHome(site, "size=4m");
    await using watched = await Watched.start(site);
    await Promise.all(Array.from({ length: 12 }, async (_, at) => {
      await using peer = await watched.alex();
      const bytes = randomBytes(MIB, at + 1);
      const { status_code } = await peer.put(`file${at}`, bytes);
      if (status_code === 200) watched.files.set(`file${at}`, bytes);
      else assert.equal(status_code, 226);
    }));
    assert(watched.files.size < 5, "what did not fit was refused");
    await watched.unharmed();
  },
);

testWithMount("a disk with no room for another file is full, too", async () => {
  await using site = await makeSite();
  await using _disk = await mountHome(site, "size=2m,nr_inodes=8");
  await using watched = await Watched.start(site);
  {
    await using peer = await watched.alex();
    let answer = await peer.put("file0", WITNESS.subarray(0, 0));
    for (let at = 1; at < 20 && answer.status_code === 200; at++) {
      watched.files.set(`file${at - 1}`, new Uint8Array());
      answer = await peer.put(`file${at}`, WITNESS.subarray(0, 0));
    }
    assert.equal(answer.status_code, 226);
    await Deno.remove(path.join(watched.home, "file0"));
    watched.files.delete("file0");
  }
  await watched.unharmed();
});

testWithMount(
  "the disk fills in the middle of a batch: what was acknowledged is whole",
  async () => {
    await using site = await makeSite();
    await using _disk = await mountHome(site, "size=4m");
    await using watched = await Watched.start(site);
    {
      await using peer = await watched.alex();
      const files = Array.from(
        { length: 400 },
        (_, at) => ({ filename: `file${at}`, bytes: randomBytes(20_000, at) }),
      );
      const frames: Uint8Array[] = [];
      for (const { filename, bytes } of files) {
        const id = peer.nextId();
        frames.push(messageFrame({ action: "put", id, filename }));
        frames.push(dataFrame(bytes));
        frames.push(messageFrame({ action: "end", id, ...endOf(bytes) }));
      }
      const written = peer.write(Buffer.concat(frames));
      let full = 0;
      for (const { filename, bytes } of files) {
        const { status_code } = await peer.message();
        if (status_code === 200) watched.files.set(filename, bytes);
        else {
          assert.equal(status_code, 226);
          full++;
        }
      }
      await written;
      assert(full > 0 && watched.files.size > 1, `${full} did not fit`);
      // Room again, for what looks whether all is well.
      for (let at = 0; at < 30; at++) {
        const filename = `file${at}`;
        const { status_code } = await peer.ask({ action: "rm", filename });
        assert.equal(status_code, 200);
        watched.files.delete(filename);
      }
    }
    await watched.unharmed();
  },
);
