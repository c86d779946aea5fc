/**
 * What every Home does with trees, links, attributes and whole contents: the
 * second table of cases, run by home_test.ts on each kind of home.
 */
import assert from "node:assert/strict";
import { type Home, StorageError, type Whole } from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import {
  at,
  type Case,
  entriesOf,
  namesOf,
  readAll,
  readText,
  text,
} from "./home_suite.ts";

const aborted = AbortSignal.abort(new Error("enough"));
const MTIME_NS = 1_234_567_890_123_000_000n;

/** All that a walk finds, as `a/b`, in its order. */
export async function walked(
  home: Home,
  name = "/",
  after?: string,
): Promise<string[]> {
  const options = after === undefined ? {} : { after: after.split("/") };
  const paths: string[] = [];
  for await (const page of home.walk(at(name), options)) {
    for (const { path } of page) paths.push(path.join("/"));
  }
  return paths;
}

/** Folders end in `/`; a file holds its own name. */
export async function plant(home: Home, ...names: string[]): Promise<void> {
  for (const name of names) {
    if (name.endsWith("/")) await home.mkdir(at(name));
    else await home.putWhole(at(name), text(name));
  }
}

const TREE = ["b/", "b/x", "b/d/", "b/d/y", "b/z", "a", "b.txt", "c/"];
/** A folder before what is in it; names by their units: `.` before `/`. */
const IN_ORDER = ["a", "b", "b/d", "b/d/y", "b/x", "b/z", "b.txt", "c"];

export const MORE_CASES: readonly Case[] = [
  {
    name: "a walk finds everything below, a folder before what is in it",
    async run(home) {
      assert.deepEqual(await walked(home), []);
      await plant(home, ...TREE);
      assert.deepEqual(await walked(home), IN_ORDER);
      assert.deepEqual(await walked(home, "b"), ["d", "d/y", "x", "z"]);
      assert.deepEqual(await walked(home, "c"), []);
      for await (const page of home.walk(at("/"))) {
        for (const { path, name, ...info } of page) {
          assert.equal(path.at(-1), name);
          const { reachable, ...rest } = info;
          assert.ok(reachable);
          assert.deepEqual(rest, await home.lstat(at(path.join("/"))));
        }
      }
    },
  },
  {
    name: "a walk goes on behind any entry that it gave",
    async run(home) {
      await plant(home, ...TREE);
      for (const [n, name] of IN_ORDER.entries()) {
        const rest = IN_ORDER.slice(n + 1);
        assert.deepEqual(await walked(home, "/", name), rest, name);
      }
      // What it gave last is gone meanwhile, or was never there.
      assert.deepEqual(await walked(home, "/", "b/d/none"), [
        ...["b/d/y", "b/x", "b/z", "b.txt", "c"],
      ]);
      assert.deepEqual(await walked(home, "/", "b/e/none"), [
        ...["b/x", "b/z", "b.txt", "c"],
      ]);
      assert.deepEqual(await walked(home, "/", "a/b"), IN_ORDER.slice(1));
      assert.deepEqual(await walked(home, "/", "zz"), []);
    },
  },
  {
    name: "a walk goes on behind no name that is none",
    async run(home) {
      await plant(home, "d/");
      for (
        const after of [
          ["..", "a"],
          ["."],
          [""],
          ["d/e"],
          ["d", ".."],
          [".ftpd-x"],
        ]
      ) {
        await assert.rejects(
          async () => {
            for await (const _ of home.walk(at("/"), { after })) { /* none */ }
          },
          { code: "bad_name" },
          after.join(),
        );
      }
    },
  },
  {
    name: "a long walk comes in pages, each entry once",
    async run(home) {
      const names: string[] = [];
      for (let n = 0; n < 300; n++) {
        const folder = `d${String(n).padStart(3, "0")}`;
        await home.mkdir(at(folder));
        names.push(folder);
        if (n % 3 === 0) {
          await home.putWhole(at(`${folder}/f`), text("x"));
          names.push(`${folder}/f`);
        }
      }
      const pages: string[][] = [];
      for await (const page of home.walk(at("/"))) {
        pages.push(page.map(({ path }) => path.join("/")));
      }
      assert.deepEqual(pages.flat(), names);
      assert.ok(pages.length > 1 && pages.every((page) => page.length <= 256));
    },
  },
  {
    name: "a walk of what is no folder, or of nothing",
    async run(home) {
      await plant(home, "a");
      await assert.rejects(walked(home, "a"), { code: "not_a_folder" });
      await assert.rejects(walked(home, "b"), { code: "not_found" });
      await assert.rejects(async () => {
        const walk = home.walk(at("/"), { signal: aborted });
        for await (const _ of walk) { /* none */ }
      }, { code: "aborted" });
    },
  },
  {
    name: "a copy is whole, of its own, and keeps the mode",
    async run(home) {
      for (const size of [0, 1, 65_536, 65_537, 3 * 1024 * 1024 + 1]) {
        const bytes = randomBytes(size);
        await home.putWhole(at("a"), bytes, { mtimeNs: MTIME_NS, mode: 0o640 });
        const before = await home.stat(at("a"));
        let told = 0;
        const info = await home.copy(at("a"), at("b"), {
          onBytes: (total) => told = total,
        });
        assert.deepEqual(await readAll(home, "b"), bytes);
        assert.deepEqual(info, await home.stat(at("b")));
        assert.equal(info.mode, before.mode);
        assert.notEqual(info.mtimeNs, MTIME_NS);
        assert.notEqual(info.version, before.version);
        assert.equal(told, size);
        const kept = await home.copy(at("a"), at("b"), { keepMtime: true });
        assert.equal(kept.mtimeNs, MTIME_NS);
        assert.deepEqual(await home.stat(at("a")), before);
      }
      assert.deepEqual(await namesOf(home), ["a", "b"]);
    },
  },
  {
    name: "a copy that is refused leaves all as it was",
    async run(home) {
      await plant(home, "a", "b", "d/");
      await home.putWhole(at("large"), new Uint8Array(100_000));
      const cases = [
        { from: "a", to: "a", code: "exists" },
        { from: "large", to: "large", code: "exists" },
        { from: "a", to: "d", code: "is_folder" },
        { from: "large", to: "d", code: "is_folder" },
        { from: "d", to: "e", code: "is_folder" },
        { from: "none", to: "e", code: "not_found" },
        { from: "a", to: "none/e", code: "not_found" },
        { from: "large", to: "a/e", code: "not_a_folder" },
      ];
      for (const { from, to, code } of cases) {
        const copy = home.copy(at(from), at(to));
        await assert.rejects(copy, { code }, `${from} ${to}`);
      }
      for (const from of ["a", "large"]) {
        const absent = home.copy(at(from), at("b"), { ifAbsent: true });
        await assert.rejects(absent, { code: "exists" });
        const signal = aborted;
        const copy = home.copy(at(from), at("b"), { signal });
        await assert.rejects(copy, { code: "aborted" });
        // And while it is under way.
        const stop = new AbortController();
        await home.copy(at(from), at("new"), {
          ifAbsent: true,
          signal: stop.signal,
        });
        await home.remove(at("new"));
      }
      const stop = new AbortController();
      const stopped = home.copy(at("large"), at("b"), {
        onBytes: () => stop.abort(),
        signal: stop.signal,
      });
      await assert.rejects(stopped, { code: "aborted" });
      assert.equal(await readText(home, "b"), "b");
      assert.deepEqual(await namesOf(home), ["a", "b", "d", "large"]);
    },
  },
  {
    name: "a checksum is of the content, of a part of it, of a version",
    async run(home) {
      const info = await home.putWhole(at("a"), text("123456789"));
      const crc = await home.checksum(at("a"), "crc32");
      assert.equal(crc.checksum, "crc32:cbf43926"); // the check of CRC-32
      assert.deepEqual(crc.info, info);
      const sha = await home.checksum(at("a"), "sha256");
      assert.equal(
        sha.checksum,
        "sha256:15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
      );
      const first = await home.checksum(at("a"), "crc32", { length: 1 });
      assert.equal(first.checksum, "crc32:83dcefb7");
      const none = await home.checksum(at("a"), "crc32", { length: 0 });
      assert.equal(none.checksum, "crc32:00000000");
      const all = await home.checksum(at("a"), "crc32", { length: 99 });
      assert.equal(all.checksum, crc.checksum);
      const { version } = info;
      await home.checksum(at("a"), "crc32", { ifVersion: version });
      await home.putWhole(at("a"), text("123456789"));
      await assert.rejects(
        home.checksum(at("a"), "crc32", { ifVersion: version }),
        { code: "changed" },
      );
      await home.mkdir(at("d"));
      await assert.rejects(home.checksum(at("d"), "crc32"), {
        code: "is_folder",
      });
      await assert.rejects(home.checksum(at("none"), "crc32"), {
        code: "not_found",
      });
    },
  },
  {
    name: "a checksum of much tells how far it is, and stops when told to",
    async run(home) {
      await home.putWhole(at("a"), new Uint8Array(3 * 1024 * 1024));
      const totals: number[] = [];
      await home.checksum(at("a"), "crc32", {
        onBytes: (total) => totals.push(total),
      });
      assert.equal(totals.at(-1), 3 * 1024 * 1024);
      assert.ok(totals.length > 1);
      const stop = new AbortController();
      const stopped = home.checksum(at("a"), "sha256", {
        onBytes: () => stop.abort(),
        signal: stop.signal,
      });
      await assert.rejects(stopped, { code: "aborted" });
    },
  },
  {
    name: "times and modes are changed, of files and of folders",
    async run(home) {
      await plant(home, "a", "d/", "d/a");
      for (const name of ["a", "d", "d/a"]) {
        const before = await home.stat(at(name));
        const timed = await home.setAttributes(at(name), {
          mtimeNs: MTIME_NS,
        });
        assert.equal(timed.mtimeNs, MTIME_NS);
        assert.equal(timed.mode, before.mode);
        assert.equal(timed.size, before.size);
        assert.deepEqual(await home.stat(at(name)), timed);
        if (!home.capabilities.modes) continue;
        const mode = before.type === "folder" ? 0o700 : 0o600;
        const moded = await home.setAttributes(at(name), { mode });
        assert.equal((moded.mode ?? 0) & 0o777, mode);
        assert.equal(moded.mtimeNs, MTIME_NS);
        // Set-id bits are nobody's to give.
        const both = await home.setAttributes(at(name), {
          mode: 0o6755,
          mtimeNs: MTIME_NS + 1_000_000n,
        });
        assert.equal((both.mode ?? 0) & 0o7777, 0o755);
        assert.equal(both.mtimeNs, MTIME_NS + 1_000_000n);
      }
      assert.equal(await readText(home, "a"), "a");
      const nothing = home.setAttributes(at("none"), { mtimeNs: 0n });
      await assert.rejects(nothing, { code: "not_found" });
      const stopped = home.setAttributes(at("a"), { mtimeNs: 0n }, aborted);
      await assert.rejects(stopped, { code: "aborted" });
    },
  },
  {
    name: "modes where there are none are not supported",
    async run(home) {
      await plant(home, "a");
      const change = home.setAttributes(at("a"), { mode: 0o600 });
      if (home.capabilities.modes) await change;
      else {
        await assert.rejects(change, { code: "unsupported" });
        assert.equal((await home.stat(at("a"))).mode, null);
      }
    },
  },
  {
    name: "the root's mode is not given away",
    async run(home) {
      if (!home.capabilities.modes) return;
      const change = home.setAttributes(at("/"), { mode: 0 });
      await assert.rejects(change, { code: "permission" });
      const timed = await home.setAttributes(at("/"), { mtimeNs: MTIME_NS });
      assert.equal(timed.type, "folder");
      assert.equal(timed.mtimeNs, MTIME_NS);
    },
  },
  {
    name: "a mode that a commit asks for is given; else the earlier stays",
    async run(home) {
      if (!home.capabilities.modes) return;
      const put = (mode?: number) =>
        home.putWhole(at("a"), text("x"), mode === undefined ? {} : { mode });
      assert.equal((await put(0o4711)).mode, 0o711);
      assert.equal((await put()).mode, 0o711);
      assert.equal((await put(0o600)).mode, 0o600);
      await using part = await home.openPart({ target: at("a") });
      assert.equal((await part.commit({ mode: 0o640 })).mode, 0o640);
    },
  },
  {
    name: "links are made, read, listed, and are themselves",
    async run(home) {
      await plant(home, "a", "d/", "d/b");
      if (!home.capabilities.links) {
        const link = home.symlink("a", at("l"));
        await assert.rejects(link, { code: "unsupported" });
        await assert.rejects(home.readLink(at("a")), { code: "not_a_link" });
        return assert.deepEqual(await namesOf(home), ["a", "d"]);
      }
      const links = { "l": "a", "d/l": "../a", "m": "d", "n": "./d/../l" };
      for (const [name, says] of Object.entries(links)) {
        await home.symlink(says, at(name));
      }
      for (const name of ["l", "d/l", "n"]) {
        const { text, leadsTo, info } = await home.readLink(at(name));
        assert.equal(text, links[name as keyof typeof links]);
        assert.deepEqual(leadsTo, ["a"]);
        assert.deepEqual(info, await home.stat(at("a")));
        assert.equal((await home.lstat(at(name))).type, "link");
        assert.equal((await home.stat(at(name))).type, "file");
        assert.equal(await readText(home, name), "a");
      }
      assert.equal((await home.readLink(at("m"))).info?.type, "folder");
      const listed = (await entriesOf(home)).filter((one) =>
        one.type === "link"
      );
      assert.deepEqual(listed.map(({ name, target }) => [name, target]), [
        ...[["l", "a"], ["m", "d"], ["n", "./d/../l"]],
      ]);
      // A walk goes into none, and says what they say.
      assert.deepEqual(await walked(home), [
        ...["a", "d", "d/b", "d/l", "l", "m", "n"],
      ]);
      assert.deepEqual(await walked(home, "m"), ["b", "l"]);
      // Nor does it by a cursor that names one.
      assert.deepEqual(await walked(home, "/", "m/b"), ["n"]);
      const change = home.setAttributes(at("l"), { mtimeNs: 0n });
      await assert.rejects(change, { code: "not_regular" });
      await home.remove(at("m"));
      await home.rename(at("l"), at("k"));
      assert.equal((await home.lstat(at("k"))).type, "link");
      assert.deepEqual(await namesOf(home), ["a", "d", "k", "n"]);
      assert.deepEqual(await namesOf(home, "d"), ["b", "l"]);
      assert.equal((await home.readLink(at("n"))).leadsTo, null);
      assert.equal((await home.readLink(at("n"))).info, null);
    },
  },
  {
    name: "a link that would leave the home is not made",
    async run(home) {
      if (!home.capabilities.links) return;
      await plant(home, "a", "d/", "d/e/");
      await home.symlink("..", at("d/e/up"));
      const cases = [
        { path: "l", says: "/etc/passwd", code: "outside" },
        { path: "l", says: "..", code: "outside" },
        { path: "l", says: "../x", code: "outside" },
        { path: "l", says: "d/../../x", code: "outside" },
        { path: "d/l", says: "../../x", code: "outside" },
        { path: "d/e/l", says: "../../../x", code: "outside" },
        // It really lies in d, whatever its path says.
        { path: "d/e/up/l", says: "../../x", code: "outside" },
        { path: "l", says: "", code: "bad_name" },
        { path: "l", says: ".ftpd/x", code: "bad_name" },
        { path: "d/l", says: "../.ftpd", code: "bad_name" },
        { path: "l", says: "a\0b", code: "bad_name" },
        { path: "l", says: "a\\b", code: "bad_name" },
        { path: "a", says: "d", code: "exists" },
        { path: "d", says: "a", code: "exists" },
        { path: "/", says: "a", code: "exists" },
        { path: "none/l", says: "a", code: "not_found" },
      ];
      for (const { path, says, code } of cases) {
        const made = home.symlink(says, at(path));
        await assert.rejects(made, { code }, `${path} ${says}`);
      }
      await home.symlink("../..", at("d/e/l"));
      await home.symlink("none", at("l"));
      assert.equal((await home.readLink(at("l"))).leadsTo, null);
      assert.deepEqual((await home.readLink(at("d/e/l"))).leadsTo, []);
      assert.deepEqual(await namesOf(home), ["a", "d", "l"]);
    },
  },
  {
    name: "a rename goes onto nothing where it is told so",
    async run(home) {
      await plant(home, "a", "b", "d/", "d/x", "e/");
      const absent = { ifAbsent: true };
      const move = (from: string, to: string) =>
        home.rename(at(from), at(to), undefined, absent);
      await assert.rejects(move("a", "b"), { code: "exists" });
      await assert.rejects(move("a", "d"), { code: "exists" });
      await assert.rejects(move("d", "e"), { code: "exists" });
      await assert.rejects(move("d", "d/y"), { code: "exists" });
      await move("a", "c");
      await move("d", "e/f");
      await move("b", "e/g");
      assert.deepEqual(await walked(home), [
        ...["c", "e", "e/f", "e/f/x", "e/g"],
      ]);
      assert.equal(await readText(home, "e/f/x"), "d/x");
      assert.equal(await readText(home, "e/g"), "b");
    },
  },
  {
    name: "many are put and read in one call, each with its own outcome",
    async run(home) {
      await plant(home, "d/", "old");
      const old = await home.stat(at("old"));
      const large = randomBytes(70_000);
      const outcomes = await home.putMany([
        { path: at("a"), bytes: text("one") },
        { path: at("d/b"), bytes: text("two"), options: { mode: 0o600 } },
        { path: at("d"), bytes: text("no") },
        { path: at("none/c"), bytes: text("no") },
        { path: at("a"), bytes: text("three"), options: { ifAbsent: true } },
        { path: at("a"), bytes: text("four") },
        { path: at("d/e"), bytes: large, options: { mtimeNs: MTIME_NS } },
        {
          path: at("old"),
          bytes: text("five"),
          options: { ifVersion: old.version },
        },
        {
          path: at("old"),
          bytes: text("six"),
          options: { ifVersion: old.version },
        },
        { path: at("d/f"), bytes: new Uint8Array() },
      ]);
      const told = outcomes.map((one) =>
        one instanceof StorageError ? one.code : one.size
      );
      assert.deepEqual(told, [
        ...[3, 3, "is_folder", "not_found", "exists", 4, 70_000, 4],
        ...["changed", 0],
      ]);
      assert.deepEqual(outcomes[5], await home.stat(at("a")));
      assert.deepEqual(outcomes[6], await home.stat(at("d/e")));
      assert.equal((await home.stat(at("d/e"))).mtimeNs, MTIME_NS);
      assert.equal(await readText(home, "a"), "four");
      assert.equal(await readText(home, "old"), "five");
      if (home.capabilities.modes) {
        assert.equal((await home.stat(at("d/b"))).mode, 0o600);
      }
      const names = ["a", "d/b", "none", "d/e", "d", "d/f"];
      const reads = await home.readMany(
        names.map((name) => ({ path: at(name), bytesMax: 65_536 })),
      );
      const content = (one: Whole | StorageError) =>
        one instanceof StorageError
          ? one.code
          : one.bytes === null
          ? one.info.size
          : new TextDecoder().decode(one.bytes);
      assert.deepEqual(reads.map(content), [
        ...["four", "two", "not_found", 70_000, "is_folder", ""],
      ]);
      const e = await home.readWhole(at("d/e"), { bytesMax: 70_000 });
      assert.deepEqual(e.bytes, large);
      assert.deepEqual(e.info, outcomes[6]);
      const { version } = old;
      const stale = home.readWhole(at("old"), {
        bytesMax: 9,
        ifVersion: version,
      });
      await assert.rejects(stale, { code: "changed" });
    },
  },
  {
    name: "many of a call whose signal has fired: none is begun",
    async run(home) {
      await plant(home, "old");
      const path = at("old");
      const codes = [
        ...await home.putMany([
          { path, bytes: text("new") },
          { path: at("b"), bytes: text("new") },
        ], aborted),
        ...await home.readMany([{ path, bytesMax: 9 }], aborted),
      ].map((one) => one instanceof StorageError ? one.code : "done");
      assert.deepEqual(codes, ["aborted", "aborted", "aborted"]);
      assert.equal(await readText(home, "old"), "old");
      assert.deepEqual(await namesOf(home), ["old"]);
    },
  },
  {
    name: "lstat of what is no link is stat",
    async run(home) {
      await plant(home, "a", "d/");
      for (const name of ["a", "d", "/"]) {
        assert.deepEqual(
          await home.lstat(at(name)),
          await home.stat(at(name)),
        );
      }
      await assert.rejects(home.lstat(at("none")), { code: "not_found" });
      await assert.rejects(home.lstat(at("a/b")), { code: "not_a_folder" });
      await assert.rejects(home.lstat(at("a"), aborted), { code: "aborted" });
    },
  },
];
