/**
 * What the actions on folders do and answer: the same in memory and on a disk,
 * through whole sessions.
 * @module
 */
import assert from "node:assert/strict";
import {
  type JsonObject,
  type ListedEntry,
  type ListingKind,
  ListingReader,
} from "../../lib/protocol/mod.ts";
import { openLocalHome } from "../../lib/storage/mod.ts";
import { HandClock } from "../support/hand_clock.ts";
import { endOf, FREE_TURNS, type SessionPeer, Site } from "./site.ts";

const WINDOWS = Deno.build.os === "windows";

/** A site whose homes are in memory, or one folder on the disk. */
interface Ground {
  readonly name: string;
  open(): Promise<{ site: Site; folder: string | null }>;
}

const GROUNDS: readonly Ground[] = [
  {
    name: "in memory",
    open: async () => ({ site: await Site.open(), folder: null }),
  },
  {
    name: "on a disk",
    open: async () => {
      const folder = await Deno.makeTempDir({ prefix: "ftpd-folders-" });
      const runtime = {
        clock: new HandClock(),
        random: {
          bytes: (length: number) =>
            crypto.getRandomValues(new Uint8Array(length)),
        },
        turns: FREE_TURNS,
      };
      const home = await openLocalHome(folder, { runtime, durable: false });
      const openHome = () => Promise.resolve(home);
      return { site: await Site.open({ openHome }), folder };
    },
  },
];

/** One session on each ground; what it does not look at is empty. */
function onBoth(
  name: string,
  run: (peer: SessionPeer) => Promise<void>,
): void {
  for (const ground of GROUNDS) {
    Deno.test(`${name}, ${ground.name}`, async () => {
      const { site, folder } = await ground.open();
      try {
        await using _site = site;
        const peer = await site.enter();
        await run(peer);
        peer.connection.kill();
      } finally {
        if (folder !== null) await Deno.remove(folder, { recursive: true });
      }
    });
  }
}

interface Listing {
  readonly answer: JsonObject;
  readonly entries: readonly ListedEntry[];
  readonly end: JsonObject | null;
}

async function listing(
  peer: SessionPeer,
  request: JsonObject & { readonly action: ListingKind },
): Promise<Listing> {
  const answer = await peer.ask(request);
  const entries: ListedEntry[] = [];
  if (answer.status_code !== 200) return { answer, entries, end: null };
  const reader = new ListingReader(request.action);
  while (true) {
    const part = await peer.part();
    assert(part);
    if (part.kind === "data") {
      entries.push(...reader.take(part.payload));
      continue;
    }
    const end: JsonObject = JSON.parse(new TextDecoder().decode(part.payload));
    if (end.action === "end") reader.end(Number(end.entries));
    return { answer, entries, end };
  }
}

async function names(
  peer: SessionPeer,
  action: ListingKind,
  filename = "",
  more: JsonObject = {},
): Promise<string[]> {
  const { entries } = await listing(peer, { action, filename, ...more });
  return entries.map(({ name }) => name).sort();
}

/** The text of a link in a folder. */
async function textOf(peer: SessionPeer, filename: string, link: string) {
  const { entries } = await listing(peer, { action: "list", filename });
  return entries.find(({ name }) => name === link)?.target;
}

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function put(peer: SessionPeer, ...files: string[]): Promise<void> {
  for (const file of files) {
    const answer = await peer.put(file, bytesOf(`content of ${file}`));
    assert.equal(answer.status_code, 200, `${answer.status_msg}`);
  }
}

async function mkdir(peer: SessionPeer, ...folders: string[]): Promise<void> {
  for (const filename of folders) {
    const request = { action: "mkdir", filename, parents: true };
    assert.equal((await peer.ask(request)).status_code, 200);
  }
}

/** Ask, and see that the answer has at least these fields. */
async function asked(
  peer: SessionPeer,
  request: JsonObject,
  fields: JsonObject,
): Promise<JsonObject> {
  const answer = await peer.ask(request);
  for (const [field, value] of Object.entries(fields)) {
    const what = `${JSON.stringify(request)}: ${JSON.stringify(answer)}`;
    if (value instanceof RegExp) {
      assert.match(String(answer[field]), value, what);
    } else assert.deepEqual(answer[field], value, what);
  }
  return answer;
}

onBoth("list tells all of each entry", async (peer) => {
  await put(peer, "b.txt", "ä 文");
  await mkdir(peer, "folder/inner");
  const stat = await peer.ask({ action: "stat", filename: "b.txt" });
  const { answer, entries, end } = await listing(peer, {
    action: "list",
    filename: "/",
  });
  assert.equal(answer.status_code, 200);
  assert.equal(end?.action, "end");
  assert.equal(end?.entries, 3);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  assert.deepEqual([...byName.keys()].sort(), ["b.txt", "folder", "ä 文"]);
  const file = byName.get("b.txt");
  assert(file);
  assert.equal(file.type, "file");
  assert.equal(file.reachable, true);
  assert.equal(file.size, stat.size);
  assert.equal(file.mode, stat.mode);
  assert.equal(file.version, stat.file_version);
  assert.equal(file.target, null);
  const seconds = Number(stat.mtime);
  assert.equal(Math.floor(seconds), Number(file.mtimeNs / 1_000_000_000n));
  assert.equal(byName.get("folder")?.type, "dir");
  assert.equal(byName.get("folder")?.size, 0);
});

onBoth("an empty folder is an empty body", async (peer) => {
  for (const action of ["list", "walk"] as const) {
    const { entries, end } = await listing(peer, { action, filename: "" });
    assert.deepEqual(entries, []);
    assert.deepEqual(end, {
      action: "end",
      id: peer.id,
      size: 0,
      checksum: "crc32:00000000",
      entries: 0,
    });
  }
});

onBoth("what cannot be listed is an answer without a body", async (peer) => {
  await put(peer, "file");
  const cases: [string, number][] = [
    ["missing", 220],
    ["file", 222],
    ["file/below", 222],
    ["../up", 204],
    [".ftpd", 204],
  ];
  for (const action of ["list", "walk"] as const) {
    for (const [filename, status_code] of cases) {
      await asked(peer, { action, filename }, { status_code });
    }
  }
  await asked(peer, { action: "walk", filename: "", after: "../a" }, {
    status_code: 204,
  });
  assert.deepEqual(await names(peer, "list"), ["file"]);
});

onBoth(
  "walk: every entry below, a folder before what is in it",
  async (peer) => {
    await mkdir(peer, "t/b/c", "t/empty", "other");
    await put(peer, "t/a", "t/b/x", "t/b/c/y", "t/z", "other/no");
    const all = ["a", "b", "b/c", "b/c/y", "b/x", "empty", "z"];
    const { entries, end } = await listing(peer, {
      action: "walk",
      filename: "t",
    });
    assert.deepEqual(entries.map(({ name }) => name), all);
    assert.equal(end?.entries, all.length);
    for (const [at, after] of all.entries()) {
      const rest = await listing(peer, {
        action: "walk",
        filename: "t",
        after,
      });
      assert.deepEqual(
        rest.entries.map(({ name }) => name),
        all.slice(at + 1),
        `after ${after}`,
      );
    }
    for (const entries_max of [1, 3, 7, 8]) {
      const seen: string[] = [];
      for (let more = true; more;) {
        const page = await listing(peer, {
          ...{ action: "walk", filename: "t", entries_max },
          ...(seen.length === 0 ? {} : { after: seen.at(-1) ?? "" }),
        });
        more = page.end?.more === true;
        assert.equal(page.end?.entries, page.entries.length);
        assert(page.entries.length <= entries_max);
        assert(!more || page.entries.length === entries_max);
        seen.push(...page.entries.map(({ name }) => name));
      }
      assert.deepEqual(seen, all);
    }
    // What was seen last may be gone when it goes on.
    const gone = await listing(peer, {
      action: "walk",
      filename: "t",
      after: "b/d",
    });
    assert.deepEqual(gone.entries.map(({ name }) => name), [
      "b/x",
      "empty",
      "z",
    ]);
  },
);

onBoth("mkdir makes one folder, or all that are missing", async (peer) => {
  const make = (filename: string, more: JsonObject = {}) => ({
    action: "mkdir",
    filename,
    ...more,
  });
  await put(peer, "file");
  await asked(peer, make("a/b"), { status_code: 220 });
  await asked(peer, make("a"), { status_code: 200, created: 1 });
  await asked(peer, make("a"), { status_code: 225, created: undefined });
  await asked(peer, make("file"), { status_code: 225 });
  await asked(peer, make("file/x"), { status_code: 222 });
  await asked(peer, make("/"), { status_code: 225 });
  await asked(peer, make("../a"), { status_code: 204 });
  const parents = true;
  await asked(peer, make("a/b/c/d", { parents }), {
    status_code: 200,
    created: 3,
  });
  await asked(peer, make("a/b/c/d", { parents }), {
    status_code: 200,
    created: 0,
  });
  await asked(peer, make("/", { parents }), { status_code: 200, created: 0 });
  await asked(peer, make("file", { parents }), { status_code: 225 });
  await asked(peer, make("file/x/y", { parents }), { status_code: 222 });
  assert.deepEqual(await names(peer, "walk"), [
    "a",
    "a/b",
    "a/b/c",
    "a/b/c/d",
    "file",
  ]);
  await asked(peer, make("moded", { mode: 0o700 }), { status_code: 200 });
  if (WINDOWS) return;
  await asked(peer, { action: "stat", filename: "moded" }, {
    type: "folder",
    mode: 0o700,
  });
});

onBoth("rm removes a file, and a folder only when asked to", async (peer) => {
  await mkdir(peer, "t/u/v", "empty");
  await put(peer, "t/a", "t/u/b", "t/u/v/c", "f");
  const rm = (filename: string, recursive = false) => ({
    action: "rm",
    filename,
    recursive,
  });
  await asked(peer, rm("f"), { status_code: 200, removed: 1 });
  await asked(peer, rm("f"), { status_code: 220 });
  await asked(peer, rm("f", true), { status_code: 220 });
  await asked(peer, rm("t"), { status_code: 221 });
  await asked(peer, rm("empty"), { status_code: 221 });
  await asked(peer, rm("/", true), { status_code: 224 });
  await asked(peer, rm("t/u/../..", true), { status_code: 224 });
  await asked(peer, rm("t/u", true), { status_code: 200, removed: 4 });
  assert.deepEqual(await names(peer, "walk"), ["empty", "t", "t/a"]);
});

onBoth("rmdir removes an empty folder", async (peer) => {
  await mkdir(peer, "t/u");
  await put(peer, "f");
  const rmdir = (filename: string) => ({ action: "rmdir", filename });
  await asked(peer, rmdir("t"), { status_code: 231 });
  await asked(peer, rmdir("f"), { status_code: 222 });
  await asked(peer, rmdir("x"), { status_code: 220 });
  await asked(peer, rmdir("/"), { status_code: 224 });
  await asked(peer, rmdir("t/u"), { status_code: 200 });
  await asked(peer, rmdir("t"), { status_code: 200 });
  assert.deepEqual(await names(peer, "list"), ["f"]);
});

onBoth("mv gives another name, and never replaces a folder", async (peer) => {
  await mkdir(peer, "d/e", "g");
  await put(peer, "a", "b", "d/x");
  const mv = (filename: string, target: string, no_clobber = false) => ({
    action: "mv",
    filename,
    target,
    no_clobber,
  });
  await asked(peer, mv("missing", "c"), {
    status_code: 220,
    status_msg: /^missing: /,
  });
  await asked(peer, mv("a", "no/c"), {
    status_code: 220,
    status_msg: /^no\/c: /,
  });
  await asked(peer, mv("a", "../c"), {
    status_code: 204,
    status_msg: /^\.\.\/c: /,
  });
  await asked(peer, mv("a", "b", true), { status_code: 225 });
  await asked(peer, mv("a", "d"), { status_code: 225, status_msg: /^d: / });
  await asked(peer, mv("d", "a"), { status_code: 225 });
  await asked(peer, mv("d", "g"), { status_code: 225 });
  await asked(peer, mv("d", "d/e/f"), { status_code: 225 });
  await asked(peer, mv("d", "d/h"), { status_code: 225 });
  await asked(peer, mv("/", "h"), { status_code: 224 });
  await asked(peer, mv("a", "a"), { status_code: 200 });
  await asked(peer, mv("a", "b"), { status_code: 200 });
  await asked(peer, mv("b", "c", true), { status_code: 200 });
  await asked(peer, mv("d", "g/d"), { status_code: 200 });
  assert.deepEqual(await names(peer, "walk"), [
    "c",
    "g",
    "g/d",
    "g/d/e",
    "g/d/x",
  ]);
  const { hex } = await peer.get("c");
  assert.equal(hex, bytesOf("content of a").toHex());
});

onBoth("cp copies files and folders where they are", async (peer) => {
  await mkdir(peer, "d/e", "into");
  await put(peer, "a", "d/x", "d/e/y", "into/x", "into/kept");
  const cp = (filename: string, target: string, more: JsonObject = {}) => ({
    action: "cp",
    filename,
    target,
    ...more,
  });
  const recursive = true;
  await asked(peer, cp("missing", "c"), { status_code: 220 });
  await asked(peer, cp("d", "c"), { status_code: 221 });
  await asked(peer, cp("a", "d"), { status_code: 225, status_msg: /^d: / });
  await asked(peer, cp("a", "no/c"), {
    status_code: 220,
    status_msg: /^no\/c: /,
  });
  await asked(peer, cp("a", ".."), { status_code: 204 });
  await asked(peer, cp("d", "d/in", { recursive }), {
    status_code: 225,
    status_msg: /^d\/in: /,
  });
  await asked(peer, cp("d", "d", { recursive }), { status_code: 225 });
  await asked(peer, cp("/", "all", { recursive }), { status_code: 225 });
  await asked(peer, cp("d", "a", { recursive }), { status_code: 225 });
  await asked(peer, cp("a", "copy"), {
    status_code: 200,
    files: 1,
    bytes: 12,
    others: 0,
  });
  await asked(peer, cp("a", "copy", { no_clobber: true }), {
    status_code: 225,
  });
  assert.equal((await peer.get("copy")).hex, bytesOf("content of a").toHex());
  await asked(peer, cp("d", "new", { recursive }), {
    status_code: 200,
    files: 2,
    bytes: 30,
  });
  assert.deepEqual(await names(peer, "walk", "new"), ["e", "e/y", "x"]);
  await asked(peer, cp("d", "into", { recursive, no_clobber: true }), {
    status_code: 200,
    files: 1,
  });
  assert.equal(
    (await peer.get("into/x")).hex,
    bytesOf("content of into/x").toHex(),
  );
  await asked(peer, cp("d", "into", { recursive }), {
    status_code: 200,
    files: 2,
  });
  assert.deepEqual(await names(peer, "walk", "into"), [
    "e",
    "e/y",
    "kept",
    "x",
  ]);
  assert.equal(
    (await peer.get("into/x")).hex,
    bytesOf("content of d/x").toHex(),
  );
});

onBoth("cp goes on after a failure, and tells the first", async (peer) => {
  await mkdir(peer, "d/e", "into/x");
  await put(peer, "d/a", "d/e/y", "d/x", "d/z");
  const answer = await asked(peer, {
    action: "cp",
    filename: "d",
    target: "into",
    recursive: true,
  }, { status_code: 225, files: 3, status_msg: /^into\/x: / });
  assert.equal(answer.bytes, 14 + 16 + 14);
  assert.deepEqual(await names(peer, "walk", "into"), [
    "a",
    "e",
    "e/y",
    "x",
    "z",
  ]);
});

onBoth("cp keeps times where it is asked to", async (peer) => {
  await mkdir(peer, "d");
  await put(peer, "d/a");
  const mtime = "1000000000.5";
  for (const filename of ["d/a", "d"]) {
    await asked(peer, { action: "setattr", filename, mtime }, {
      status_code: 200,
      mtime,
    });
  }
  const cp = { action: "cp", filename: "d", recursive: true };
  await asked(peer, { ...cp, target: "kept", preserve: true }, {
    status_code: 200,
  });
  await asked(peer, { ...cp, target: "new" }, { status_code: 200 });
  for (const filename of ["kept", "kept/a"]) {
    await asked(peer, { action: "stat", filename }, { mtime });
  }
  for (const filename of ["new", "new/a"]) {
    const stat = await peer.ask({ action: "stat", filename });
    assert.notEqual(stat.mtime, mtime);
  }
});

onBoth("setattr sets times and modes, and answers as stat", async (peer) => {
  await mkdir(peer, "d");
  await put(peer, "a");
  const before = await peer.ask({ action: "stat", filename: "a" });
  const set = { action: "setattr", filename: "a" };
  const same = await peer.ask(set);
  assert.deepEqual({ ...same, id: 0 }, { ...before, id: 0 });
  await asked(peer, { ...set, mtime: "1000000000.5", mode: 0o640 }, {
    status_code: 200,
    type: "file",
    size: before.size,
    mtime: "1000000000.5",
    ...(WINDOWS ? {} : { mode: 0o640 }),
  });
  await asked(peer, { ...set, filename: "d", mtime: "5" }, {
    status_code: 200,
    type: "folder",
    mtime: "5",
  });
  await asked(peer, { ...set, filename: "x" }, { status_code: 220 });
  for (const mode of [-1, 512, 0.5, "420"]) {
    await asked(peer, { ...set, mode }, {
      status_code: 202,
      status_msg: /^mode: has to be/,
    });
  }
});

onBoth(
  "setattr follows a link, as put does a link to a folder",
  async (peer) => {
    if (WINDOWS) return;
    await mkdir(peer, "d");
    await put(peer, "a");
    const set = { action: "setattr", mtime: "7", mode: 0o700 };
    for (
      const [name, target, type] of [["l", "a", "file"], ["k", "d", "folder"]]
    ) {
      const link = { action: "link", filename: name, target };
      await asked(peer, link, { status_code: 200 });
      const is = { status_code: 200, type, mtime: "7", mode: 0o700 };
      await asked(peer, { ...set, filename: name }, is);
      await asked(peer, { action: "stat", filename: target }, is);
    }
    const link = { action: "link", filename: "n", target: "nothing" };
    await asked(peer, link, { status_code: 200 });
    await asked(peer, { ...set, filename: "n" }, { status_code: 223 });
  },
);

onBoth("checksum sums a file, or its start", async (peer) => {
  await mkdir(peer, "d");
  const bytes = bytesOf("Hello, world!\n");
  const { file_version } = await peer.put("a", bytes);
  const sum = { action: "checksum", filename: "a" };
  const stat = await peer.ask({ action: "stat", filename: "a" });
  await asked(peer, sum, {
    status_code: 200,
    checksum: "crc32:7b55a718",
    size: 14,
    file_size: 14,
    file_version: stat.file_version,
    mtime: stat.mtime,
  });
  await asked(peer, { ...sum, checksum_type: "sha256" }, {
    checksum:
      "sha256:d9014c4624844aa5bac314773d6b689ad467fa4e1d1a50a1b8a99d5a95f72ff5",
  });
  const { checksum } = endOf(1, bytes.subarray(0, 5));
  await asked(peer, { ...sum, length: 5 }, {
    checksum,
    size: 5,
    file_size: 14,
  });
  await asked(peer, { ...sum, length: 0 }, {
    checksum: "crc32:00000000",
    size: 0,
  });
  await asked(peer, { ...sum, length: 99 }, {
    checksum: "crc32:7b55a718",
    size: 14,
  });
  await asked(peer, { ...sum, if_version: file_version }, { status_code: 200 });
  await asked(peer, { ...sum, if_version: "other" }, { status_code: 228 });
  await asked(peer, { ...sum, filename: "d" }, { status_code: 221 });
  await asked(peer, { ...sum, filename: "x" }, { status_code: 220 });
});

onBoth("du counts what is at a name and below it", async (peer) => {
  await mkdir(peer, "d/e");
  await put(peer, "d/a", "d/e/b", "c");
  const du = { action: "du", status_code: 200 };
  await asked(peer, { action: "du", filename: "d" }, {
    status_code: 200,
    files: 2,
    folders: 1,
    others: 0,
    bytes: 30,
  });
  await asked(peer, { action: "du", filename: "c" }, {
    status_code: 200,
    files: 1,
    folders: 0,
    bytes: 12,
  });
  await asked(peer, { ...du, filename: "x" }, { status_code: 220 });
});

onBoth("space tells what is free, or null", async (peer) => {
  const answer = await asked(peer, { action: "space" }, {
    status_code: 200,
    upload_bytes: null,
  });
  for (const field of ["free_bytes", "total_bytes"]) {
    const value = answer[field];
    assert(value === null || Number.isSafeInteger(value), field);
  }
});

onBoth("a get of a range has that of the file", async (peer) => {
  await mkdir(peer, "d");
  const bytes = bytesOf("0123456789");
  const { file_version } = await peer.put("a", bytes);
  const cases: [JsonObject, string][] = [
    [{ offset: 0 }, "0123456789"],
    [{ offset: 3 }, "3456789"],
    [{ offset: 3, length: 4 }, "3456"],
    [{ length: 4 }, "0123"],
    [{ length: 0 }, ""],
    [{ offset: 10 }, ""],
    [{ offset: 99, length: 5 }, ""],
    [{ offset: 9, length: Number.MAX_SAFE_INTEGER }, "9"],
  ];
  for (const [range, text] of cases) {
    const id = peer.id + 1;
    const answer = await peer.ask({ action: "get", filename: "a", ...range });
    assert.equal(answer.status_code, 200);
    assert.equal(answer.size, text.length);
    assert.equal(answer.file_version, file_version);
    const whole = "offset" in range && range.offset === 0 ? undefined : 10;
    assert.equal(answer.file_size, whole);
    let hex = "";
    let part = await peer.part();
    for (; part?.kind === "data"; part = await peer.part()) {
      hex += part.payload.toHex();
    }
    assert.equal(hex, bytesOf(text).toHex());
    assert(part);
    assert.deepEqual(
      JSON.parse(new TextDecoder().decode(part.payload)),
      endOf(id, bytesOf(text)),
    );
  }
  const get = { action: "get", filename: "a" };
  await asked(peer, { ...get, if_version: "other" }, { status_code: 228 });
  for (const bad of [{ offset: -1 }, { length: 0.5 }, { offset: "1" }]) {
    await asked(peer, { ...get, ...bad }, { status_code: 202 });
  }
});

onBoth("a put under a condition replaces nothing else", async (peer) => {
  const text = bytesOf("one");
  const putting = async (more: JsonObject, fields: JsonObject) => {
    const id = ++peer.id;
    await peer.send({ action: "put", id, filename: "a", ...more });
    await peer.data(text);
    await peer.send(endOf(id, text));
    const answer = await peer.message();
    for (const [field, value] of Object.entries(fields)) {
      assert.deepEqual(answer[field], value, JSON.stringify(answer));
    }
    return answer;
  };
  await putting({ if_version: "v" }, { status_code: 228 });
  const first = await putting({ if_absent: true }, { status_code: 200 });
  await putting({ if_absent: true }, { status_code: 225 });
  await putting({ if_version: "other" }, { status_code: 228 });
  const second = await putting({ if_version: first.file_version }, {
    status_code: 200,
  });
  assert.notEqual(second.file_version, first.file_version);
  await putting({ if_version: first.file_version }, { status_code: 228 });
  const stat = await peer.ask({ action: "stat", filename: "a" });
  assert.equal(stat.file_version, second.file_version);
  if (WINDOWS) return;
  for (const mode of [0o600, 0o755]) {
    await putting({ mode }, { status_code: 200 });
    await asked(peer, { action: "stat", filename: "a" }, { mode });
  }
  await putting({}, { status_code: 200 });
  await asked(peer, { action: "stat", filename: "a" }, { mode: 0o755 });
});

onBoth("a listing may not be overtaken by a put", async (peer) => {
  await put(peer, "a");
  await peer.sendAtOnce(
    { action: "list", id: 50, filename: "" },
    { action: "put", id: 51, filename: "b" },
    endOf(51, new Uint8Array(0)),
    { action: "stat", id: 52, filename: "b" },
  );
  peer.id = 52;
  assert.equal(await peer.status(), 200);
  assert.equal((await peer.message()).action, "end");
  const codes = [await peer.status(), await peer.status()];
  // The listing may have ended before the put was read.
  assert(codes.join() === "211,220" || codes.join() === "200,200", `${codes}`);
});

onBoth(
  "links are listed, made, moved and removed as links",
  async (peer) => {
    await mkdir(peer, "d");
    await put(peer, "d/a");
    const link = (filename: string, target: string) => ({
      action: "link",
      filename,
      target,
    });
    if (WINDOWS) {
      await asked(peer, link("l", "d/a"), { status_code: 232 });
      return;
    }
    await asked(peer, link("l", "d/a"), { status_code: 200 });
    await asked(peer, link("l", "d/a"), { status_code: 225 });
    await asked(peer, link("d/up", "../d"), { status_code: 200 });
    await asked(peer, link("out", ".."), { status_code: 204 });
    await asked(peer, link("out", "/etc"), { status_code: 204 });
    await asked(peer, link("no/l", "a"), { status_code: 220 });
    const { entries } = await listing(peer, { action: "list", filename: "" });
    const listed = entries.find(({ name }) => name === "l");
    assert.deepEqual([listed?.type, listed?.target], ["link", "d/a"]);
    assert.deepEqual(await names(peer, "walk"), ["d", "d/a", "d/up", "l"]);
    await asked(peer, { action: "stat", filename: "l" }, { type: "file" });
    // Into itself by a link is none the less that.
    const into = await peer.ask({
      ...{ action: "mv", filename: "d", target: "d/up/moved" },
    });
    assert.equal(into.status_code, 225);
    assert.match(String(into.status_msg), /lies in what is to be moved/);
    await asked(peer, {
      action: "cp",
      filename: "d",
      target: "d/up/copy",
      recursive: true,
    }, { status_code: 225 });
    await asked(peer, {
      action: "cp",
      filename: "d",
      target: "copy",
      recursive: true,
    }, { status_code: 200, files: 2 });
    assert.equal(await textOf(peer, "copy", "up"), "../d");
    await asked(peer, { action: "mv", filename: "l", target: "m" }, {
      status_code: 200,
    });
    assert.equal(await textOf(peer, "", "m"), "d/a");
    await asked(peer, { action: "rm", filename: "d/up" }, {
      status_code: 200,
      removed: 1,
    });
    await asked(peer, { action: "rm", filename: "m", recursive: true }, {
      status_code: 200,
      removed: 1,
    });
    assert.deepEqual(await names(peer, "walk", "d"), ["a"]);
  },
);

Deno.test("each action is a line in the log", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await mkdir(peer, "d");
  await put(peer, "a");
  await peer.ask({ action: "mv", filename: "a", target: "d/a" });
  await peer.ask({ action: "cp", filename: "x\n", target: "y" });
  await names(peer, "list");
  await peer.ask({ action: "rm", filename: "d", recursive: true });
  peer.connection.kill();
  const lines = site.log.map(({ event, name, target, result, ...more }) =>
    [event, name, target, result, more.removed ?? more.entries].join()
  );
  for (
    const line of [
      "mkdir,d,,success,",
      "mv,a,d/a,success,",
      "cp,x\\x0a,y,invalid_filename,",
      "list,,,success,1",
      "rm,d,,success,2",
    ]
  ) assert(lines.includes(line), `${line} in\n${lines.join("\n")}`);
});

Deno.test("long work says how far it has come", async () => {
  await using site = await Site.open();
  const peer = await site.enter();
  await mkdir(peer, "d/z");
  await put(peer, "d/z/a", "d/b");
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const wait = () => {
    reached.resolve();
    return released.promise;
  };
  site.alex.faults.add({ step: "remove", nth: 2, wait });
  const id = ++peer.id;
  await peer.send({ action: "rm", id, filename: "d", recursive: true });
  await reached.promise;
  for (let second = 0; second < 10; second++) await site.clock.advance(1000);
  const progress = await peer.message();
  assert.deepEqual(progress, { action: "progress", id, entries: 1 });
  await peer.send({ action: "cancel", id });
  let answer = await peer.message();
  while (answer.action === "progress") answer = await peer.message();
  assert.equal(answer.status_code, 213);
  released.resolve();
  peer.connection.kill();
});
