/**
 * Listings as a server makes them up: what of them comes through as a name is
 * one, the rest is told or ends the connection, and memory stays bounded.
 */
import assert from "node:assert/strict";
import type { FtpClient, RemoteEntry } from "../../lib/client/mod.ts";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { connected } from "../client/connected.ts";
import { startLiar, type Victim } from "./liar.ts";

const FEATURES = { hello: { features: ["crc32", "list", "walk"] } };
const STEERING = "\x1b[2J\u202egnp.exe\r\nx";

/** A line of a listing that says what a good server would. */
function line(name: string, more: JsonObject = {}): string {
  const entry = { name, type: "file", size: 1, mtime: "5", version: "v" };
  return JSON.stringify({ ...entry, ...more });
}

function walked(path: string, type = "file", more: JsonObject = {}): string {
  return JSON.stringify({
    path,
    type,
    size: 0,
    mtime: "5",
    version: "",
    ...more,
  });
}

type Kind = "list" | "walk";

async function taken(client: FtpClient, kind: Kind): Promise<RemoteEntry[]> {
  const entries: RemoteEntry[] = [];
  for await (const some of client[kind]("x")) entries.push(...some);
  return entries;
}

Deno.test("a listing as it should be, in its order", async () => {
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn(FEATURES);
    await victim.serveLines([
      line("b", { mode: 0o644 }),
      line("a", { type: "dir" }),
      line("l", { type: "link", target: "../b" }),
      line("s", { type: "socket" }),
      '{"name_escaped":"x\\\\xff","unreachable":true,"type":"file"}',
    ]);
    await victim.serveLines([]);
    asked.push(await victim.request());
    await victim.left();
  });
  await using client = await connected(liar);
  const entries = await taken(client, "list");
  const failure = entries.at(-1)?.failure;
  assert.equal(failure?.code, "refused");
  const FILE = { size: 1, mtimeNs: 5n, mode: null, version: "v" };
  const named = (name: string) => ({ name, path: name, reachable: true });
  assert.deepEqual(entries, [
    { ...named("b"), ...FILE, type: "file", mode: 0o644 },
    { ...named("a"), ...FILE, type: "folder" },
    { ...named("l"), ...FILE, type: "link", target: "../b" },
    { ...named("s"), ...FILE, type: "other" },
    {
      name: "x\\xff",
      path: "x\\xff",
      reachable: false,
      type: "file",
      size: 0,
      mtimeNs: 0n,
      mode: null,
      version: null,
      failure,
    },
  ]);
  assert.deepEqual(await taken(client, "list"), []);
});

Deno.test("a walk as it should be, behind a cursor", async () => {
  const asked = Promise.withResolvers<JsonObject>();
  await using liar = startLiar(async (victim) => {
    await victim.letIn(FEATURES);
    const request = await victim.request();
    asked.resolve(request);
    const { id } = request;
    const text = [
      walked("a/c"),
      walked("d", "dir"),
      walked("d/e", "dir", { status_code: 224, status_msg: "no" }),
      walked("d/f", "link", { target: "e" }),
    ].map((line) => `${line}\n`).join("");
    await victim.send({ id, status_code: 200 });
    for (const byte of new TextEncoder().encode(text)) {
      await victim.data(Uint8Array.of(byte)); // cut wherever it can be
    }
    const { endOf } = await import("../support/peer.ts");
    const end = endOf(new TextEncoder().encode(text));
    await victim.send({ action: "end", id, entries: 4, ...end });
    await victim.left();
  });
  await using client = await connected(liar);
  const entries: RemoteEntry[] = [];
  for await (const some of client.walk("x", { after: "a/b" })) {
    entries.push(...some);
  }
  assert.equal((await asked.promise).after, "a/b");
  assert.deepEqual(
    entries.map(({ path, name, type }) => [path, name, type]),
    [
      ["a/c", "c", "file"],
      ["d", "d", "folder"],
      ["d/e", "e", "folder"],
      ["d/f", "f", "link"],
    ],
  );
  assert.deepEqual(
    entries.map(({ failure }) => failure?.statusCode),
    [undefined, undefined, 224, undefined],
  );
});

const BAD_NAMES = [
  ...["", ".", "..", "a/b", "/etc/passwd", "../a", "a\\b", "a\0b", STEERING],
  ..."\n\t\x7f\x85".split("").map((control) => `a${control}`),
];
const OUT_OF_ORDER = [
  [walked("a"), walked("a")],
  [walked("b"), walked("a")],
  [walked("a"), walked("a/b")],
  [walked("a/b")],
  [walked("d", "dir", { status_code: 224 }), walked("d/a")],
];

const LIES: readonly {
  readonly name: string;
  readonly kind: Kind;
  readonly tell: (victim: Victim) => Promise<unknown>;
  readonly code: string;
}[] = [
  ...BAD_NAMES.map((name) => ({
    name: `the name ${JSON.stringify(name)}`,
    kind: "list" as const,
    tell: (victim: Victim) => victim.serveLines([line("a"), line(name)]),
    code: "protocol",
  })),
  ...["", "/", "a/", "/a", "a//b", "a/../b", "..", "a/.", "a\0"].map((
    path,
  ) => ({
    name: `the path ${JSON.stringify(path)}`,
    kind: "walk" as const,
    tell: (victim: Victim) =>
      victim.serveLines([walked("a", "dir"), walked(path)]),
    code: "protocol",
  })),
  ...OUT_OF_ORDER.map((lines) => ({
    name: `a walk of ${lines.join()}`,
    kind: "walk" as const,
    tell: (victim: Victim) => victim.serveLines(lines),
    code: "protocol",
  })),
  {
    name: "another checksum",
    kind: "list",
    tell: (victim) =>
      victim.serveLines([line("a")], { end: { checksum: "crc32:00000000" } }),
    code: "integrity",
  },
  {
    name: "another size",
    kind: "list",
    tell: (victim) => victim.serveLines([line("a")], { end: { size: 1 } }),
    code: "integrity",
  },
  {
    name: "an entry more than it says",
    kind: "list",
    tell: (victim) => victim.serveLines([line("a")], { end: { entries: 0 } }),
    code: "protocol",
  },
  {
    name: "an entry less than it says",
    kind: "walk",
    tell: (victim) => victim.serveLines([], { end: { entries: 1 } }),
    code: "protocol",
  },
  {
    name: "nobody's end",
    kind: "list",
    tell: (victim) => victim.serveLines([line("a")], { end: { id: 99 } }),
    code: "protocol",
  },
  {
    name: "an end before the answer",
    kind: "list",
    tell: async (victim) => {
      const { id } = await victim.request();
      const end = { size: 0, checksum: "crc32:00000000", entries: 0 };
      await victim.send({ action: "end", id, ...end });
      await victim.left();
    },
    code: "protocol",
  },
  {
    name: "entries after the end",
    kind: "list",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200 });
      const end = { size: 0, checksum: "crc32:00000000", entries: 0 };
      await victim.send({ action: "end", id, ...end });
      await victim.data(new TextEncoder().encode(`${line("a")}\n`));
      await victim.left();
    },
    code: "",
  },
  {
    name: "a body given up",
    kind: "list",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200 });
      await victim.send({
        ...{ action: "abort", id, status_code: 224 },
        status_msg: STEERING,
      });
      await victim.left();
    },
    code: "refused",
  },
  {
    name: "a line without an end",
    kind: "list",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200 });
      while (true) await victim.data(new Uint8Array(60_000).fill(0x61));
    },
    code: "protocol",
  },
  {
    name: "a line that ends with the body",
    kind: "walk",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200 });
      const bytes = new TextEncoder().encode(walked("a"));
      await victim.data(bytes);
      const { endOf } = await import("../support/peer.ts");
      await victim.send({ action: "end", id, ...endOf(bytes), entries: 1 });
      await victim.left();
    },
    code: "protocol",
  },
  {
    name: "no JSON",
    kind: "list",
    tell: (victim) => victim.serveLines(["name a"]),
    code: "protocol",
  },
  {
    name: "what ends in the midst",
    kind: "list",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200 });
      await victim.data(new TextEncoder().encode(`${line("a")}\n`));
      await victim.close();
    },
    code: "connection_lost",
  },
];

for (const { name, kind, tell, code } of LIES) {
  Deno.test(`a lying ${kind}: ${name}`, async () => {
    await using liar = startLiar(async (victim) => {
      await victim.letIn(FEATURES);
      await tell(victim);
      await victim.left();
    });
    await using client = await connected(liar);
    const all = taken(client, kind);
    if (code === "") {
      assert.deepEqual(await all, []);
      await assert.rejects(client.ping(), { code: "protocol" });
    } else {
      await assert.rejects(all, { code });
    }
    if (code === "protocol") assert.equal(client.alive, false);
  });
}

Deno.test("the same name twice: the second is told, and no name", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn(FEATURES);
    await victim.serveLines([
      line("a"),
      line("b"),
      line("a", { type: "link" }),
    ]);
    await victim.left();
  });
  await using client = await connected(liar);
  const entries = await taken(client, "list");
  assert.deepEqual(entries.map(({ reachable }) => reachable), [
    true,
    true,
    false,
  ]);
  assert.equal(entries[2]?.failure?.code, "refused");
  assert(client.alive);
});

Deno.test("pages grow within one folder, and are small again behind it", async () => {
  const paths = ["flat"];
  for (let n = 0; n < 300; n++) paths.push(`flat/${1000 + n}`);
  for (let n = 0; n < 30; n++) paths.push(`n${10 + n}`, `n${10 + n}/file`);
  const isFolder = (path: string) => /^(flat|n..)$/.test(path);
  const asked: unknown[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn(FEATURES);
    for (let from = 0; from < paths.length;) {
      const { id, after, entries_max } = await victim.request();
      assert.equal(after, paths[from - 1]);
      asked.push(entries_max);
      const page = paths.slice(from, from + Number(entries_max));
      from += page.length;
      const lines = page.map((path) =>
        walked(path, isFolder(path) ? "dir" : "file")
      );
      const more = from < paths.length ? { more: true } : {};
      await victim.answerLines(id, lines, { end: more });
    }
    await victim.left();
  });
  await using client = await connected(liar);
  const seen: string[] = [];
  for await (const page of client.walk("x", { pageEntries: 10 })) {
    seen.push(...page.map(({ path }) => path));
  }
  assert.deepEqual(seen, paths);
  assert.deepEqual(asked, [10, 10, 20, 40, 80, 80, 80, 10, 10, 10, 10, 10]);
});

Deno.test("a listing without an end is taken as far as it is wanted", async (t) => {
  for (const kind of ["list", "walk"] as const) {
    await t.step(kind, async () => {
      let sent = 0;
      await using liar = startLiar(async (victim) => {
        await victim.letIn(FEATURES);
        const { id } = await victim.request();
        await victim.send({ id, status_code: 200 });
        let cancelled = false;
        const notice = victim.message().then((message) => {
          assert.deepEqual(message, { action: "cancel", id });
          cancelled = true;
        });
        for (let n = 0; !cancelled; n += 1000) {
          const names = Array.from(
            { length: 1000 },
            (_, at) => String(n + at).padStart(12, "0"),
          );
          const lines = names.map((name) =>
            kind === "list" ? line(name) : walked(name)
          );
          await victim.data(new TextEncoder().encode(`${lines.join("\n")}\n`));
          sent += 1000;
        }
        await notice;
        await victim.send({ action: "abort", id, status_code: 213 });
        await victim.serveLines([]);
        await victim.left();
      });
      await using client = await connected(liar);
      let seen = 0;
      for await (const some of client[kind]("x")) {
        seen += some.length;
        if (seen >= 50_000) break;
      }
      // What is on the way, in the buffers of both systems, counts as sent.
      assert(seen >= 50_000 && sent >= seen);
      assert.deepEqual(await taken(client, "list"), []);
      assert(client.alive);
    });
  }
});

/** In lines of 50 kB: more than the sockets of both ends hold. */
const AHEAD_LINES_MAX = 700;

Deno.test("no more is taken of a listing than its caller takes", async () => {
  let sent = 0;
  await using liar = startLiar(async (victim) => {
    await victim.letIn(FEATURES);
    const { id } = await victim.request();
    await victim.send({ id, status_code: 200 });
    const target = "x".repeat(50_000);
    let cancelled = false;
    const notice = victim.message().then(() => cancelled = true);
    while (!cancelled) {
      const text = `${line(String(sent), { target })}\n`;
      await victim.data(new TextEncoder().encode(text));
      sent++;
    }
    await notice;
    await victim.send({ action: "abort", id, status_code: 213 });
    await victim.left();
  });
  await using client = await connected(liar);
  let seen = 0;
  for await (const some of client.list("x")) {
    seen += some.length;
    assert(sent - seen < AHEAD_LINES_MAX, `${sent} sent, ${seen} seen`);
    if (seen >= 1000) break;
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
});

Deno.test("a signal ends a listing, and leaves the connection good", async () => {
  const controller = new AbortController();
  await using liar = startLiar(async (victim) => {
    await victim.letIn(FEATURES);
    const { id } = await victim.request();
    await victim.send({ id, status_code: 200 });
    await victim.data(new TextEncoder().encode(`${line("a")}\n`));
    assert.deepEqual(await victim.message(), { action: "cancel", id });
    await victim.send({ action: "abort", id, status_code: 213 });
    await victim.serveLines([line("b")]);
    await victim.left();
  });
  await using client = await connected(liar);
  await assert.rejects(async () => {
    for await (const _ of client.list("x", controller)) controller.abort();
  }, { code: "cancelled", message: "list x: cancelled" });
  const [entry] = await taken(client, "list");
  assert.equal(entry?.name, "b");
});
