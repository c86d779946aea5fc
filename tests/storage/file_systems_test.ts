/**
 * Disks that are full, of bytes or of files, and targets on another file system
 * than their home's root. Needs root, for mounting; in CI it has to run.
 */
import assert from "node:assert/strict";
import { cleanParts, type Home } from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import {
  at,
  entriesOf,
  namesOf,
  readAll,
  readText,
  text,
} from "./home_suite.ts";
import { mountTmpfs, testWithMount } from "../support/mounts.ts";
import { type TempHome, tempHome, warmUp } from "./temp_home.ts";

async function onBoth(use: (temp: TempHome) => Promise<void>): Promise<void> {
  for (const quick of [false, true]) {
    await using temp = await tempHome();
    if (quick) await warmUp(temp.home);
    await use(temp);
  }
}

async function fill(home: Home, name: string): Promise<void> {
  await using part = await home.openPart({ target: at(name) });
  for (let n = 0; n < 64; n++) await part.write(randomBytes(65_536));
  await part.commit();
}

testWithMount(
  "a full disk: one clear error, and nothing of the file",
  () =>
    onBoth(async (temp) => {
      const disk = `${temp.folder}/disk`;
      await using _ = await mountTmpfs(disk, "size=1m");
      const home = await temp.openOther(`${temp.folder}/disk`);
      await home.putWhole(at("a"), text("old"));
      await assert.rejects(fill(home, "a"), { code: "no_space" });
      await assert.rejects(fill(home, "b"), { code: "no_space" });
      await assert.rejects(
        home.putWhole(at("b"), randomBytes(2 * 1024 * 1024)),
        { code: "no_space" },
      );
      assert.deepEqual(await namesOf(home), ["a"]);
      assert.deepEqual([...Deno.readDirSync(`${disk}/.ftpd`)], []);
      assert.equal(await readText(home, "a"), "old");
      // All the room is there again.
      const most = randomBytes(900 * 1024);
      await home.putWhole(at("b"), most);
      assert.deepEqual(await readAll(home, "b"), most);
    }),
);

testWithMount(
  "a part that met a full disk is not committed",
  () =>
    onBoth(async (temp) => {
      await using _ = await mountTmpfs(`${temp.folder}/disk`, "size=64k");
      const home = await temp.openOther(`${temp.folder}/disk`);
      await using part = await home.openPart({ target: at("a") });
      await part.write(text("first"));
      const full = { code: "no_space" };
      await assert.rejects(part.write(randomBytes(1024 * 1024)), full);
      await assert.rejects(part.commit(), full);
      assert.deepEqual(await namesOf(home), []);
    }),
);

testWithMount(
  "a disk that takes no more files: no_space as well",
  () =>
    onBoth(async (temp) => {
      const disk = `${temp.folder}/disk`;
      await using _ = await mountTmpfs(disk, "size=1m,nr_inodes=5");
      const home = await temp.openOther(`${temp.folder}/disk`);
      await home.putWhole(at("a"), text("a"));
      await home.putWhole(at("b"), text("b"));
      const full = { code: "no_space" };
      await using taken = await home.openPart({ target: at("c") });
      await assert.rejects(home.openPart({ target: at("d") }), full);
      await assert.rejects(home.putWhole(at("d"), text("d")), full);
      await assert.rejects(home.mkdir(at("d")), full);
      await taken.discard();
      await home.putWhole(at("a"), text("again"));
      assert.equal(await readText(home, "a"), "again");
      assert.deepEqual(await namesOf(home), ["a", "b"]);
    }),
);

testWithMount(
  "a target on another file system: a part beside it, never seen",
  () =>
    onBoth(async (temp) => {
      const { home, folder } = temp;
      const disk = `${folder}/disk`;
      await using _ = await mountTmpfs(disk, "size=4m");
      await home.mkdir(at("disk/d"));
      const old = await home.putWhole(at("disk/d/a"), text("old"));
      await Deno.chmod(`${disk}/d/a`, 0o600);
      await using part = await home.openPart({ target: at("disk/d/a") });
      await part.write(text("new"));
      const beside = [...Deno.readDirSync(`${disk}/d`)]
        .map(({ name }) => name).filter((name) => name !== "a");
      assert.equal(beside.length, 1);
      assert.match(beside[0] ?? "", /^\.ftpd-[0-9a-f]{32}$/);
      assert.deepEqual(temp.parts(), [
        `${(beside[0] ?? "").slice(".ftpd-".length)}.at`,
      ]);
      assert.deepEqual(await namesOf(home, "disk/d"), ["a"]);
      assert.equal(await readText(home, "disk/d/a"), "old");
      const info = await part.commit({ mtimeNs: 5_000_000n });
      assert.notEqual(info.version, old.version);
      assert.equal(info.mode, 0o600);
      assert.equal(info.mtimeNs, 5_000_000n);
      assert.equal(await readText(home, "disk/d/a"), "new");
      assert.deepEqual([...Deno.readDirSync(`${disk}/d`)].length, 1);
      assert.deepEqual(temp.parts(), []);
      // Small files, ifAbsent, and a part that is left.
      await home.putWhole(at("disk/d/a"), text("whole"));
      assert.equal(await readText(home, "disk/d/a"), "whole");
      await assert.rejects(
        home.putWhole(at("disk/d/a"), text("x"), { ifAbsent: true }),
        { code: "exists" },
      );
      await home.putWhole(at("disk/b"), text("x"), { ifAbsent: true });
      await (await home.openPart({ target: at("disk/c") })).discard();
      assert.deepEqual(await namesOf(home, "disk"), ["b", "d"]);
      assert.equal([...Deno.readDirSync(disk)].length, 2);
      assert.deepEqual(temp.parts(), []);
    }),
);

testWithMount(
  "a part beside its target is cleaned at the next start",
  () =>
    onBoth(async (temp) => {
      const { home, folder } = temp;
      await using _ = await mountTmpfs(`${folder}/disk`, "size=4m");
      await home.mkdir(at("disk/d"));
      // By a link: the note tells where the part really is.
      await Deno.symlink("disk/d", `${folder}/link`);
      const part = await home.openPart({ target: at("link/a") });
      await part.write(text("new"));
      assert.equal([...Deno.readDirSync(`${folder}/disk/d`)].length, 1);
      assert.equal(await cleanParts(folder), 1);
      assert.deepEqual([...Deno.readDirSync(`${folder}/disk/d`)], []);
      assert.deepEqual(temp.parts(), []);
      await assert.rejects(part.commit(), { code: "not_found" });
      await part.discard();
    }),
);

testWithMount(
  "a full disk beside: no part, and no note of one, is left",
  () =>
    onBoth(async (temp) => {
      const { home, folder } = temp;
      await using _ = await mountTmpfs(`${folder}/disk`, "size=1m,nr_inodes=2");
      await home.putWhole(at("disk/a"), text("old"));
      const full = { code: "no_space" };
      await assert.rejects(home.openPart({ target: at("disk/a") }), full);
      await assert.rejects(home.putWhole(at("disk/b"), text("x")), full);
      assert.deepEqual(temp.parts(), []);
      assert.deepEqual(await namesOf(home, "disk"), ["a"]);
      const [entry] = await entriesOf(home, "disk");
      assert.equal(entry?.size, 3);
    }),
);

testWithMount(
  "a disk that is read-only says permission",
  () =>
    onBoth(async (temp) => {
      const { home, folder } = temp;
      await using _ = await mountTmpfs(`${folder}/disk`, "size=1m,ro");
      const refused = { code: "permission" };
      await assert.rejects(home.openPart({ target: at("disk/a") }), refused);
      await assert.rejects(home.putWhole(at("disk/a"), text("x")), refused);
      await assert.rejects(home.mkdir(at("disk/d")), refused);
      assert.deepEqual(temp.parts(), []);
    }),
);
