/**
 * Each request of the library: what it sends, what it makes of the answer, and
 * that nothing is sent to a server that does not know it.
 */
import assert from "node:assert/strict";
import type { FtpClient } from "../../lib/client/mod.ts";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { startLiar } from "../liars/liar.ts";
import { bytesSource, connected, Pieces } from "./connected.ts";

const ID = "0123456789abcdef0123456789abcdef";
const BODY = new TextEncoder().encode("123456789");
const SUM = "crc32:cbf43926"; // the check value of the catalogues
const STAT = { type: "file", size: 9, mtime: "5.5" };
const STATED = { type: "file", size: 9, mtimeNs: 5_500_000_000n };
const ALL = [
  ...["list", "walk", "mkdir", "rm", "rmdir", "mv", "cp", "setattr"],
  ...["checksum", "du", "space", "link"],
  ...["versions", "conditions", "range", "resume"],
];

const CASES: readonly {
  readonly name: string;
  readonly ask: (client: FtpClient) => Promise<unknown>;
  /** Without its id. */
  readonly sent: JsonObject;
  /** Beside the status; a body, where `lines` are given. */
  readonly answer: JsonObject;
  readonly lines?: readonly JsonObject[];
  readonly gives: unknown;
  /** That it needs; none of them where it is left out. */
  readonly feature?: string;
}[] = [
  {
    name: "stat",
    ask: (client) => client.stat("a"),
    sent: { action: "stat", filename: "a" },
    answer: { ...STAT, mode: 0o644, file_version: "v" },
    gives: { ...STATED, mode: 0o644, version: "v" },
  },
  {
    name: "stat of an older server",
    ask: (client) => client.stat("a"),
    sent: { action: "stat", filename: "a" },
    answer: STAT,
    gives: { ...STATED, mode: null, version: null },
  },
  {
    name: "mkdir",
    ask: (client) => client.mkdir("a/b", { parents: true, mode: 0o700 }),
    sent: { action: "mkdir", filename: "a/b", parents: true, mode: 0o700 },
    answer: { created: 2 },
    gives: 2,
    feature: "mkdir",
  },
  {
    name: "rm",
    ask: (client) => client.remove("a", { recursive: true, operation: ID }),
    sent: { action: "rm", filename: "a", recursive: true, operation: ID },
    answer: { removed: 7 },
    gives: 7,
    feature: "rm",
  },
  {
    name: "rmdir",
    ask: (client) => client.rmdir("a", { operation: ID }),
    sent: { action: "rmdir", filename: "a", operation: ID },
    answer: {},
    gives: undefined,
    feature: "rmdir",
  },
  {
    name: "mv",
    ask: (client) => client.rename("a", "b", { noClobber: true }),
    sent: { action: "mv", filename: "a", target: "b", no_clobber: true },
    answer: {},
    gives: undefined,
    feature: "mv",
  },
  {
    name: "cp",
    ask: (client) => client.copy("a", "b", { recursive: true, preserve: true }),
    sent: {
      ...{ action: "cp", filename: "a", target: "b" },
      ...{ recursive: true, preserve: true },
    },
    answer: { files: 3, bytes: 4 },
    gives: { files: 3, bytes: 4 },
    feature: "cp",
  },
  {
    name: "setattr",
    ask: (client) => client.setAttributes("a", { mtimeNs: -1n, mode: 0 }),
    sent: {
      ...{ action: "setattr", filename: "a" },
      ...{ mtime: "-0.000000001", mode: 0 },
    },
    answer: STAT,
    gives: { ...STATED, mode: null, version: null },
    feature: "setattr",
  },
  {
    name: "checksum",
    ask: (client) =>
      client.checksum("a", { type: "sha256", length: 3, ifVersion: "v" }),
    sent: {
      ...{ action: "checksum", filename: "a", checksum_type: "sha256" },
      ...{ length: 3, if_version: "v" },
    },
    answer: { checksum: SUM, size: 9, mtime: "1", file_version: "w" },
    gives: { checksum: SUM, size: 9, mtimeNs: 1_000_000_000n, version: "w" },
    feature: "checksum",
  },
  {
    name: "du",
    ask: (client) => client.du("a"),
    sent: { action: "du", filename: "a" },
    answer: { files: 1, folders: 2, bytes: 3, others: 4 },
    gives: { files: 1, folders: 2, bytes: 3, others: 4 },
    feature: "du",
  },
  {
    name: "space",
    ask: (client) => client.space(),
    sent: { action: "space" },
    answer: { free_bytes: 1, total_bytes: null },
    gives: { freeBytes: 1, totalBytes: null, uploadBytes: null },
    feature: "space",
  },
  {
    name: "link",
    ask: (client) => client.link("a", "../b"),
    sent: { action: "link", filename: "a", target: "../b" },
    answer: {},
    gives: undefined,
    feature: "link",
  },
  {
    name: "resume of parts",
    ask: (client) =>
      client.resumeStates([
        { name: "a", transfer: ID, identity: "i" },
        { name: "b", transfer: ID, identity: "j" },
        { name: "c", transfer: ID, identity: "k" },
      ]),
    sent: {
      action: "resume",
      items: [
        { filename: "a", transfer: ID, identity: "i" },
        { filename: "b", transfer: ID, identity: "j" },
        { filename: "c", transfer: ID, identity: "k" },
      ],
    },
    answer: {},
    lines: [
      { state: "part", offset: 5, checksum: SUM },
      { state: "complete", size: 9, checksum: SUM, version: "v" },
      { state: "none", reason: "in_use" },
    ],
    gives: [
      { state: "part", offset: 5, checksum: SUM },
      { state: "complete", size: 9, checksum: SUM, version: "v" },
      { state: "none", reason: "in_use" },
    ],
    feature: "resume",
  },
  {
    name: "resume of versions",
    ask: (client) => client.versionStates([{ name: "a", version: "v" }]),
    sent: { action: "resume", items: [{ filename: "a", version: "v" }] },
    answer: {},
    lines: [{ state: "same" }],
    gives: ["same"],
    feature: "resume",
  },
  {
    name: "parts",
    ask: (client) => client.parts(),
    sent: { action: "resume" },
    answer: {},
    lines: [{
      ...{ filename: "a", transfer: ID, identity: "i", offset: 5 },
      ...{ updated: "7", checksum: SUM, in_use: true },
    }],
    gives: [{
      ...{ name: "a", transfer: ID, identity: "i", offset: 5, size: null },
      ...{ updatedNs: 7n, checksum: SUM, inUse: true },
    }],
    feature: "resume",
  },
  {
    name: "discarding parts",
    ask: (client) => client.discardParts([ID]),
    sent: { action: "resume", discard: [ID] },
    answer: { discarded: 1 },
    gives: 1,
    feature: "resume",
  },
];

for (const { name, ask, sent, answer, lines, gives } of CASES) {
  Deno.test(`a request and its answer: ${name}`, async () => {
    let asked: JsonObject = {};
    await using liar = startLiar(async (victim) => {
      await victim.letIn({ hello: { features: ALL } });
      if (lines === undefined) {
        asked = await victim.request();
        await victim.send({ id: asked.id, status_code: 200, ...answer });
      } else {
        const texts = lines.map((line) => JSON.stringify(line));
        asked = await victim.serveLines(texts, { answer });
      }
      await victim.left();
    });
    await using client = await connected(liar);
    assert.deepEqual(await ask(client), gives);
    const { id, ...rest } = asked;
    assert.equal(typeof id, "number");
    assert.deepEqual(rest, sent);
  });
}

/** What a server of the first version cannot do. */
const BEYOND: readonly [string, (client: FtpClient) => Promise<unknown>][] = [
  ...CASES.filter(({ feature }) => feature !== undefined)
    .map(({ name, ask }): (typeof BEYOND)[number] => [name, ask]),
  ["list", (client) => Array.fromAsync(client.list("a"))],
  ["walk", (client) => Array.fromAsync(client.walk("a"))],
  ...([
    ["ifAbsent", { ifAbsent: true }],
    ["ifVersion", { ifVersion: "v" }],
    ["mode", { mode: 0o600 }],
    ["transfer", { transfer: ID, identity: "i" }],
    ["offset", { offset: 1, offsetChecksum: SUM }],
  ] as const).map(([name, options]): (typeof BEYOND)[number] => [
    `put with ${name}`,
    (client) => client.put(bytesSource(BODY), "a", options),
  ]),
  ...([
    ["offset", { offset: 1 }],
    ["length", { length: 1 }],
    ["ifVersion", { ifVersion: "v" }],
    ["offsetChecksum", { offset: 1, offsetChecksum: SUM }],
    ["marks", { onMark: () => {} }],
  ] as const).map(([name, options]): (typeof BEYOND)[number] => [
    `get with ${name}`,
    (client) => client.get("a", () => new Pieces(), options),
  ]),
];

Deno.test("a server without features: put and get, and nothing else is sent", async () => {
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    await victim.serve(BODY);
    await victim.send(await victim.takePut());
    for (let action; action !== "quit";) {
      const request = await victim.message();
      asked.push(action = request.action);
      await victim.send({ id: request.id, status_code: 201 });
    }
    await victim.left();
  });
  const client = await connected(liar);
  const sink = new Pieces();
  const got = await client.get("a", () => sink);
  assert.deepEqual(sink.bytes, BODY);
  assert.equal(got.version, null);
  const put = await client.put(bytesSource(BODY), "a");
  assert.equal(put.checksum, SUM);
  for (const [name, ask] of BEYOND) {
    await assert.rejects(
      ask(client),
      { code: "not_supported", exitCode: 1 },
      name,
    );
  }
  assert(client.alive);
  await client.quit();
  assert.deepEqual(asked, ["quit"]);
});

Deno.test("many states are asked for in requests that a message can be", async () => {
  const name = "x".repeat(1000);
  const items = Array.from({ length: 500 }, (_, at) => ({
    name: `${at}_${name}`,
    version: "v",
  }));
  let requests = 0;
  await using liar = startLiar(async (victim) => {
    await victim.letIn({ hello: { features: ALL } });
    for (let answered = 0; answered < items.length;) {
      const { id, items: some } = await victim.request();
      assert(Array.isArray(some));
      const states = some.map(({ filename }) => ({
        state: parseInt(filename) % 2 === 0 ? "same" : "other",
      }));
      await victim.answerLines(
        id,
        states.map((state) => JSON.stringify(state)),
      );
      answered += some.length;
      requests++;
    }
    await victim.left();
  });
  await using client = await connected(liar);
  const states = await client.versionStates(items);
  assert.deepEqual(
    states,
    items.map((_, at) => at % 2 === 0 ? "same" : "other"),
  );
  assert(requests > 1);
});

Deno.test("what was removed is told, also where not all could be", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn({ hello: { features: ALL } });
    const { id } = await victim.request();
    await victim.send({ id, status_code: 224, status_msg: "no", removed: 5 });
    await victim.left();
  });
  await using client = await connected(liar);
  const told: number[] = [];
  await assert.rejects(
    client.remove("a", { recursive: true, onRemoved: (n) => told.push(n) }),
    { code: "refused", statusCode: 224, message: "rm a: no" },
  );
  assert.deepEqual(told, [5]);
});

Deno.test("a copy tells its progress; errors call it what was typed", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn({ hello: { features: ALL } });
    const { id } = await victim.request();
    const progress = { action: "progress", id };
    await victim.send({ ...progress, bytes: 3 }, { ...progress, bytes: 5 });
    await victim.send({ action: "progress", id: 999, bytes: 7 });
    await victim.send({ id, status_code: 225, status_msg: "b: there" });
    await victim.left();
  });
  await using client = await connected(liar);
  const told: number[] = [];
  await assert.rejects(
    client.copy("a", "b", { verb: "dup", onProgress: (n) => told.push(n) }),
    { code: "exists", message: "dup a: b: there" },
  );
  assert.deepEqual(told, [3, 5]);
});
