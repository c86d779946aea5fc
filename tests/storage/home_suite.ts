/**
 * What every Home does, whatever holds its files: one table of cases, run by
 * home_test.ts on each kind of home.
 */
import assert from "node:assert/strict";
import {
  type Entry,
  type FileInfo,
  type Home,
  type HomePath,
  resolveName,
} from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";

export interface Case {
  readonly name: string;
  readonly run: (home: Home) => Promise<void>;
}

export const at = (name: string): HomePath => resolveName(name);
export const text = (words: string) => new TextEncoder().encode(words);

/** All that a home has under a name; `length` bytes at a time. */
export async function readAll(
  home: Home,
  name: string,
  length = 65_536,
): Promise<Uint8Array> {
  await using file = await home.read(at(name));
  const chunks: Uint8Array[] = [];
  const into = new Uint8Array(length);
  for (let bytes; (bytes = await file.read(into)) > 0;) {
    chunks.push(into.slice(0, bytes));
  }
  return new Uint8Array(await new Blob(chunks as BlobPart[]).arrayBuffer());
}

export async function readText(home: Home, name: string): Promise<string> {
  return new TextDecoder().decode(await readAll(home, name));
}

export async function entriesOf(home: Home, name = "/"): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const page of home.list(at(name))) entries.push(...page);
  return entries.sort((a, b) => a.name < b.name ? -1 : 1);
}

export async function namesOf(home: Home, name = "/"): Promise<string[]> {
  return (await entriesOf(home, name)).map((entry) => entry.name);
}

/** Put by a part, in chunks. */
async function putPart(
  home: Home,
  name: string,
  bytes: Uint8Array,
  chunk = 65_536,
): Promise<FileInfo> {
  await using part = await home.openPart({ target: at(name) });
  for (let from = 0; from < bytes.length; from += chunk) {
    await part.write(bytes.subarray(from, from + chunk));
  }
  assert.equal(part.bytesWritten, bytes.length);
  return await part.commit();
}

const aborted = AbortSignal.abort(new Error("enough"));
const SIZES = [0, 1, 4096, 65_536, 3 * 1024 * 1024 + 1];

export const CASES: readonly Case[] = [
  {
    name: "what is put by a part is what is read",
    async run(home) {
      for (const size of SIZES) {
        const bytes = randomBytes(size);
        const info = await putPart(home, "a", bytes);
        assert.equal(info.type, "file");
        assert.equal(info.size, size);
        assert.deepEqual(await readAll(home, "a"), bytes);
        assert.deepEqual(await home.stat(at("a")), info);
      }
    },
  },
  {
    name: "what is put whole is what is read",
    async run(home) {
      for (const size of SIZES) {
        const bytes = randomBytes(size);
        const info = await home.putWhole(at("a"), bytes);
        assert.equal(info.size, size);
        assert.deepEqual(await readAll(home, "a", 10_000), bytes);
        assert.deepEqual(await home.stat(at("a")), info);
      }
      assert.deepEqual(await namesOf(home), ["a"]);
    },
  },
  {
    name: "a read from an offset, of a length, and beyond the end",
    async run(home) {
      await home.putWhole(at("a"), text("0123456789"));
      const ranges = [
        { options: { offset: 3 }, read: "3456789" },
        { options: { length: 4 }, read: "0123" },
        { options: { offset: 3, length: 4 }, read: "3456" },
        { options: { offset: 8, length: 4 }, read: "89" },
        { options: { offset: 10 }, read: "" },
        { options: { offset: 99 }, read: "" },
        { options: { length: 0 }, read: "" },
      ];
      for (const { options, read } of ranges) {
        await using file = await home.read(at("a"), options);
        assert.equal(file.info.size, 10);
        const into = new Uint8Array(100);
        const bytes = await file.read(into);
        assert.equal(new TextDecoder().decode(into.subarray(0, bytes)), read);
        assert.equal(await file.read(into), 0);
      }
    },
  },
  {
    name: "a put replaces whole; who was reading reads the earlier file",
    async run(home) {
      await home.putWhole(at("a"), text("an earlier, longer file"));
      await using file = await home.read(at("a"));
      const into = new Uint8Array(3);
      assert.equal(await file.read(into), 3);
      await home.putWhole(at("a"), text("new"));
      assert.equal(await readText(home, "a"), "new");
      let rest = new TextDecoder().decode(into);
      for (let bytes; (bytes = await file.read(into)) > 0;) {
        rest += new TextDecoder().decode(into.subarray(0, bytes));
      }
      assert.equal(rest, "an earlier, longer file");
    },
  },
  {
    name: "bytes given may be used again once a call has settled",
    async run(home) {
      const bytes = text("aaaa");
      await using part = await home.openPart({ target: at("a") });
      await part.write(bytes);
      bytes.fill(0x62);
      await part.write(bytes);
      bytes.fill(0x63);
      await part.commit();
      assert.equal(await readText(home, "a"), "aaaabbbb");
      await home.putWhole(at("b"), bytes);
      bytes.fill(0x64);
      assert.equal(await readText(home, "b"), "cccc");
    },
  },
  {
    name: "a part is seen by nobody until it is committed",
    async run(home) {
      await home.putWhole(at("a"), text("old"));
      await home.mkdir(at("d"));
      await using one = await home.openPart({ target: at("a") });
      await using two = await home.openPart({ target: at("d/b"), size: 4 });
      await one.write(text("new"));
      await two.write(text("news"));
      await two.checkpoint();
      assert.deepEqual(await namesOf(home), ["a", "d"]);
      assert.deepEqual(await namesOf(home, "d"), []);
      assert.equal(await readText(home, "a"), "old");
      await assert.rejects(home.stat(at("d/b")), { code: "not_found" });
      await one.commit();
      await two.commit();
      assert.equal(await readText(home, "a"), "new");
      assert.equal(await readText(home, "d/b"), "news");
    },
  },
  {
    name: "a part that is discarded, or left, leaves nothing",
    async run(home) {
      await home.putWhole(at("a"), text("old"));
      const part = await home.openPart({ target: at("a") });
      await part.write(text("new"));
      await part.discard();
      await part.discard();
      {
        await using left = await home.openPart({ target: at("b") });
        await left.write(text("new"));
      }
      assert.deepEqual(await namesOf(home), ["a"]);
      assert.equal(await readText(home, "a"), "old");
      await assert.rejects(part.write(text("more")), TypeError);
      await assert.rejects(part.commit(), TypeError);
    },
  },
  {
    name: "a part is committed once, and what is discarded later stays",
    async run(home) {
      await using part = await home.openPart({ target: at("a") });
      await part.write(text("new"));
      await part.commit();
      await assert.rejects(part.commit(), TypeError);
      await assert.rejects(part.write(text("more")), TypeError);
      await assert.rejects(part.checkpoint(), TypeError);
      await part.discard();
      assert.equal(await readText(home, "a"), "new");
    },
  },
  {
    name: "of two parts of one target the last committed stays, whole",
    async run(home) {
      await using one = await home.openPart({ target: at("a") });
      await using two = await home.openPart({ target: at("a") });
      await two.write(text("two"));
      await one.write(text("number one"));
      await one.commit();
      await two.commit();
      assert.equal(await readText(home, "a"), "two");
      assert.deepEqual(await namesOf(home), ["a"]);
    },
  },
  {
    name: "ifAbsent makes a file and replaces none",
    async run(home) {
      const absent = { ifAbsent: true };
      await home.putWhole(at("a"), text("first"), absent);
      await assert.rejects(home.putWhole(at("a"), text("second"), absent), {
        code: "exists",
      });
      await using part = await home.openPart({ target: at("b") });
      await using late = await home.openPart({ target: at("b") });
      await part.write(text("first"));
      await late.write(text("second"));
      await part.commit(absent);
      await assert.rejects(late.commit(absent), { code: "exists" });
      assert.equal(await readText(home, "a"), "first");
      assert.equal(await readText(home, "b"), "first");
      await late.discard();
      assert.deepEqual(await namesOf(home), ["a", "b"]);
    },
  },
  {
    name: "ifVersion replaces that version and no other",
    async run(home) {
      const first = await home.putWhole(at("a"), text("one"));
      const second = await home.putWhole(at("a"), text("two"), {
        ifVersion: first.version,
      });
      assert.notEqual(second.version, first.version);
      const stale = { ifVersion: first.version };
      await assert.rejects(home.putWhole(at("a"), text("three"), stale), {
        code: "changed",
      });
      await assert.rejects(home.putWhole(at("b"), text("three"), stale), {
        code: "changed",
      });
      await using part = await home.openPart({ target: at("a") });
      await part.write(text("three"));
      await assert.rejects(part.commit(stale), { code: "changed" });
      await assert.rejects(home.read(at("a"), stale), { code: "changed" });
      await using file = await home.read(at("a"), {
        ifVersion: second.version,
      });
      assert.equal(file.info.version, second.version);
      assert.equal(await readText(home, "a"), "two");
    },
  },
  {
    name: "the same bytes put again are another version",
    async run(home) {
      const mtimeNs = 1_000_000_000_000_000_000n;
      const one = await home.putWhole(at("a"), text("same"), { mtimeNs });
      const two = await home.putWhole(at("a"), text("same"), { mtimeNs });
      assert.notEqual(one.version, two.version);
    },
  },
  {
    name: "mtime is kept to the millisecond",
    async run(home) {
      for (
        const mtimeNs of [
          0n,
          1_234_567_890_123_000_000n,
          -2_000_000_000n,
          4_102_444_800_999_000_000n,
        ]
      ) {
        const put = await home.putWhole(at("a"), text("x"), { mtimeNs });
        assert.equal(put.mtimeNs, mtimeNs);
        await using part = await home.openPart({ target: at("a") });
        await part.write(text("xy"));
        assert.equal((await part.commit({ mtimeNs })).mtimeNs, mtimeNs);
        assert.equal((await home.stat(at("a"))).mtimeNs, mtimeNs);
      }
    },
  },
  {
    name: "a missing folder is an error, and is not made",
    async run(home) {
      const missing = { code: "not_found" };
      await assert.rejects(home.openPart({ target: at("d/a") }), missing);
      await assert.rejects(home.putWhole(at("d/a"), text("x")), missing);
      await assert.rejects(home.mkdir(at("d/e")), missing);
      await assert.rejects(home.stat(at("d")), missing);
      await assert.rejects(home.read(at("a")), missing);
      await assert.rejects(home.remove(at("a")), missing);
      await assert.rejects(entriesOf(home, "d"), missing);
      assert.deepEqual(await namesOf(home), []);
    },
  },
  {
    name: "a file is no folder",
    async run(home) {
      await home.putWhole(at("a"), text("x"));
      const refused = { code: "not_a_folder" };
      await assert.rejects(home.openPart({ target: at("a/b") }), refused);
      await assert.rejects(home.putWhole(at("a/b"), text("x")), refused);
      await assert.rejects(home.stat(at("a/b")), refused);
      await assert.rejects(home.read(at("a/b")), refused);
      await assert.rejects(home.mkdir(at("a/b")), refused);
      await assert.rejects(entriesOf(home, "a"), refused);
    },
  },
  {
    name: "a folder is no file",
    async run(home) {
      await home.mkdir(at("d"));
      const refused = { code: "is_folder" };
      for (const name of ["d", "/"]) {
        await assert.rejects(home.openPart({ target: at(name) }), refused);
        await assert.rejects(home.putWhole(at(name), text("x")), refused);
        await assert.rejects(home.read(at(name)), refused);
        assert.equal((await home.stat(at(name))).type, "folder");
      }
      assert.deepEqual(await namesOf(home), ["d"]);
    },
  },
  {
    name: "a target that became a folder meanwhile is not replaced",
    async run(home) {
      await using part = await home.openPart({ target: at("a") });
      await part.write(text("x"));
      await home.mkdir(at("a"));
      await assert.rejects(part.commit(), { code: "is_folder" });
      await part.discard();
      assert.deepEqual(await namesOf(home), ["a"]);
      assert.equal((await home.stat(at("a"))).type, "folder");
    },
  },
  {
    name: "a parent that went meanwhile is missing",
    async run(home) {
      await home.mkdir(at("d"));
      await using part = await home.openPart({ target: at("d/a") });
      await part.write(text("x"));
      await home.remove(at("d"));
      await assert.rejects(part.commit(), { code: "not_found" });
      assert.deepEqual(await namesOf(home), []);
    },
  },
  {
    name: "an aborted signal: every call says so, and does nothing",
    async run(home) {
      await home.putWhole(at("a"), text("old"));
      const refused = { code: "aborted" };
      const target = at("a");
      await assert.rejects(home.stat(target, aborted), refused);
      await assert.rejects(home.read(target, { signal: aborted }), refused);
      await assert.rejects(home.openPart({ target }, aborted), refused);
      const put = home.putWhole(target, text("new"), { signal: aborted });
      await assert.rejects(put, refused);
      await assert.rejects(home.remove(target, aborted), refused);
      await assert.rejects(home.rename(target, at("b"), aborted), refused);
      await assert.rejects(home.mkdir(at("d"), aborted), refused);
      await assert.rejects(async () => {
        for await (const _ of home.list(at("/"), aborted)) { /* none */ }
      }, refused);
      assert.deepEqual(await namesOf(home), ["a"]);
      assert.equal(await readText(home, "a"), "old");
    },
  },
  {
    name: "a part whose signal fired publishes nothing",
    async run(home) {
      await home.putWhole(at("a"), text("old"));
      const stop = new AbortController();
      await using part = await home.openPart(
        { target: at("a") },
        stop.signal,
      );
      await part.write(text("new"), stop.signal);
      stop.abort();
      const refused = { code: "aborted" };
      await assert.rejects(part.commit({ signal: stop.signal }), refused);
      await assert.rejects(part.write(text("x"), stop.signal), refused);
      await part.discard();
      assert.equal(await readText(home, "a"), "old");
    },
  },
  {
    name: "a read stops when its signal fires",
    async run(home) {
      await home.putWhole(at("a"), text("0123456789"));
      await using file = await home.read(at("a"));
      const into = new Uint8Array(4);
      assert.equal(await file.read(into), 4);
      await assert.rejects(file.read(into, aborted), { code: "aborted" });
    },
  },
  {
    name: "a long folder is listed in pages, each entry once",
    async run(home) {
      await home.mkdir(at("d"));
      const names = Array.from({ length: 700 }, (_, n) => `f${1000 + n}`);
      for (const name of names) await home.putWhole(at(`d/${name}`), text("x"));
      const seen: string[] = [];
      let pages = 0;
      for await (const page of home.list(at("d"))) {
        assert.ok(page.length <= 256, `${page.length}`);
        pages++;
        for (const { name, type, size, reachable } of page) {
          assert.deepEqual([type, size, reachable], ["file", 1, true]);
          seen.push(name);
        }
      }
      assert.ok(pages > 1);
      assert.deepEqual(seen.sort(), names);
    },
  },
  {
    name: "a listing stops when its signal fires",
    async run(home) {
      for (let n = 0; n < 300; n++) await home.putWhole(at(`f${n}`), text("x"));
      const stop = new AbortController();
      await assert.rejects(async () => {
        for await (const _ of home.list(at("/"), stop.signal)) stop.abort();
      }, { code: "aborted" });
    },
  },
  {
    name: "a listing tells what stat tells",
    async run(home) {
      await home.putWhole(at("a"), text("12345"), { mtimeNs: 5_000_000n });
      await home.mkdir(at("d"));
      for (const { name, reachable, ...info } of await entriesOf(home)) {
        assert.ok(reachable);
        assert.deepEqual(info, await home.stat(at(name)));
      }
    },
  },
  {
    name: "folders are made and removed, only once and only empty",
    async run(home) {
      await home.mkdir(at("d"));
      await assert.rejects(home.mkdir(at("d")), { code: "exists" });
      await assert.rejects(home.mkdir(at("/")), { code: "exists" });
      await home.putWhole(at("d/a"), text("x"));
      await assert.rejects(home.mkdir(at("d/a")), { code: "exists" });
      await assert.rejects(home.remove(at("d")), { code: "not_empty" });
      await assert.rejects(home.remove(at("/")), { code: "permission" });
      await home.remove(at("d/a"));
      await home.remove(at("d"));
      await assert.rejects(home.remove(at("d")), { code: "not_found" });
      assert.deepEqual(await namesOf(home), []);
    },
  },
  {
    name: "rename moves files over files, and folders to new names only",
    async run(home) {
      await home.putWhole(at("a"), text("a"));
      await home.putWhole(at("b"), text("b"));
      await home.mkdir(at("d"));
      await home.rename(at("a"), at("d/a"));
      await home.rename(at("b"), at("d/a"));
      assert.deepEqual(await namesOf(home, "d"), ["a"]);
      assert.equal(await readText(home, "d/a"), "b");
      await home.mkdir(at("e"));
      const exists = { code: "exists" };
      await assert.rejects(home.rename(at("d/a"), at("e")), exists);
      await assert.rejects(home.rename(at("e"), at("d/a")), exists);
      await assert.rejects(home.rename(at("e"), at("d")), exists);
      await assert.rejects(home.rename(at("d"), at("d/f")), exists);
      await assert.rejects(home.rename(at("d"), at("/")), exists);
      const missing = { code: "not_found" };
      await assert.rejects(home.rename(at("x"), at("y")), missing);
      await assert.rejects(home.rename(at("d/a"), at("x/y")), missing);
      await assert.rejects(home.rename(at("/"), at("y")), {
        code: "permission",
      });
      await home.rename(at("d"), at("e/d"));
      await home.rename(at("e/d/a"), at("e/d/a"));
      assert.equal(await readText(home, "e/d/a"), "b");
      assert.deepEqual(await namesOf(home), ["e"]);
    },
  },
  {
    name: "names may be long, and in any script",
    async run(home) {
      const names = [
        "ä ö",
        "文件.txt",
        "👩‍👩‍👧",
        "x".repeat(255),
        "-rf",
        "*?",
        "~",
        "#%41",
      ];
      for (const name of names) await home.putWhole(at(name), text(name));
      assert.deepEqual(await namesOf(home), [...names].sort());
      for (const name of names) assert.equal(await readText(home, name), name);
    },
  },
  {
    name: "names that are kept for parts cannot be named at all",
    // The home never sees such a path: no HomePath can be made of it.
    async run(home) {
      for (const name of [".ftpd", ".ftpd/x", "d/.ftpd-1", ".FTPC-1"]) {
        assert.throws(() => at(name), { code: "bad_name" });
      }
      await home.mkdir(at("d"));
      await home.mkdir(at("d/.ftpd")); // only at the root it is ours
      assert.deepEqual(await namesOf(home, "d"), [".ftpd"]);
    },
  },
  {
    name: "room is told in bytes, or not at all",
    async run(home) {
      const space = await home.space();
      assert.ok(space === null || space.freeBytes >= 0);
    },
  },
];
