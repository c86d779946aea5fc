/** Small files put and got in one go: each has its own outcome. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  ClientError,
  connect,
  type FtpClient,
  type ManyOutcome,
} from "../../lib/client/mod.ts";
import { type Runtime, systemRuntime } from "../../lib/runtime/mod.ts";
import { makeSite, startFtpd } from "../programs.ts";
import { startLiar } from "../liars/liar.ts";
import { randomBytes } from "../support/bytes.ts";
import { connected } from "./connected.ts";
import { CutNetwork } from "./cut_network.ts";

const SMALL_MAX = 64 * 1024;

function shown(outcomes: readonly ManyOutcome[]): (string | number)[] {
  return outcomes.map((outcome) =>
    outcome === null
      ? "alone"
      : outcome instanceof ClientError
      ? outcome.code
      : outcome.bytes
  );
}

function source(name: string, bytes: Uint8Array) {
  return {
    name,
    mtimeNs: 1_700_000_000_123_000_000n,
    whole(into: Uint8Array): number | null {
      if (bytes.length >= into.length) return null;
      into.set(bytes);
      return bytes.length;
    },
  };
}

function failing(name: string) {
  return {
    name,
    whole: () => {
      throw new ClientError("not_found", "gone", "");
    },
  };
}

class Taken {
  readonly got = new Map<string, Uint8Array>();

  sink(name: string) {
    return {
      name,
      take: (bytes: Uint8Array) => void this.got.set(name, bytes.slice()),
    };
  }
}

function loggedIn(
  port: number,
  runtime: Runtime = systemRuntime(),
): Promise<FtpClient> {
  const login = { username: "alex", password: "123" };
  return connect({ runtime, hostname: "127.0.0.1", port, ...login });
}

const AHEAD = [[], ["--requests-ahead", "1"]] as const;
for (const ahead of AHEAD) {
  Deno.test(`many, each with its own outcome ${ahead.join(" ")}`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args, ...ahead);
    await using client = await loggedIn(ftpd.port);
    const home = path.join(site.folder, "home", "alex");
    await Deno.mkdir(path.join(home, "folder"));
    const empty = new Uint8Array();
    const one = randomBytes(1);
    const page = randomBytes(4096);
    const most = randomBytes(SMALL_MAX);
    const ten = randomBytes(10);
    const puts = client.putMany([
      source("empty", empty),
      source("one", one),
      failing("missing"),
      source("folder", ten),
      source("too large", randomBytes(SMALL_MAX + 1)),
      source("page", page),
      source("no/such/folder", ten),
      source("most", most),
    ]);
    // What is asked for behind them comes in its turn.
    const stat = client.stat("most");
    assert.deepEqual(shown(await puts), [
      ...[0, 1, "not_found", "is_folder", "alone", 4096, "not_found"],
      SMALL_MAX,
    ]);
    assert.equal((await stat).size, SMALL_MAX);
    assert.equal((await stat).mtimeNs, 1_700_000_000_123_000_000n);
    const names = [...Deno.readDirSync(home)].map(({ name }) => name);
    assert.deepEqual(
      names.filter((name) => !name.startsWith(".")).sort(),
      ["empty", "folder", "most", "one", "page"],
    );
    await Deno.writeFile(path.join(home, "larger"), new Uint8Array(300_000));
    const taken = new Taken();
    const gets = client.getMany([
      taken.sink("empty"),
      taken.sink("larger"),
      taken.sink("most"),
      taken.sink("missing"),
      {
        name: "one",
        take: () => {
          throw new ClientError("no_space", "full", "");
        },
      },
      taken.sink("page"),
    ]);
    const last = client.putMany([source("last", ten)]);
    assert.deepEqual(shown(await gets), [
      ...[0, "alone", SMALL_MAX, "not_found", "no_space", 4096],
    ]);
    assert.deepEqual(shown(await last), [10]);
    assert.deepEqual([...taken.got.keys()], ["empty", "most", "page"]);
    assert.deepEqual(taken.got.get("most"), most);
    assert.deepEqual(taken.got.get("page"), page);
    assert.equal(taken.got.get("empty")?.length, 0);
    assert.deepEqual(await Deno.readFile(path.join(home, "most")), most);
  });
}

Deno.test("many of many: more than there is room for", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await using client = await loggedIn(ftpd.port);
  const body = randomBytes(5000);
  const name = (at: number) => `file${at}`;
  const all = Array.from({ length: 700 }, (_, at) => source(name(at), body));
  const some = [all.slice(0, 300), all.slice(300, 301), all.slice(301)];
  const puts = await Promise.all(some.map((files) => client.putMany(files)));
  assert.deepEqual(new Set(shown(puts.flat())), new Set([5000]));
  const taken = new Taken();
  const gets = await Promise.all(
    some.map((files) =>
      client.getMany(files.map(({ name }) => taken.sink(name)))
    ),
  );
  assert.deepEqual(new Set(shown(gets.flat())), new Set([5000]));
  assert.equal(taken.got.size, 700);
  for (const bytes of taken.got.values()) assert.deepEqual(bytes, body);
});

Deno.test("many that are cancelled leave the connection as it was", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await using client = await loggedIn(ftpd.port);
  const body = randomBytes(60_000);
  const all = Array.from({ length: 100 }, (_, at) => source(`f${at}`, body));
  for (const moment of [0, 1, 20, 99]) {
    const stop = new AbortController();
    const { signal } = stop;
    const files = all.map((file, at) => ({
      ...file,
      whole: (into: Uint8Array) => {
        if (at === moment) stop.abort();
        return file.whole(into);
      },
    }));
    const codes = shown(await client.putMany(files, { signal }));
    assert.equal(codes.length, 100);
    for (const code of codes) assert(code === 60_000 || code === "cancelled");
    assert.equal((await client.space()).freeBytes === 0, false);
  }
  const ended = new AbortController();
  ended.abort();
  const { signal } = ended;
  assert.deepEqual(
    shown(await client.putMany(all.slice(0, 2), { signal })),
    ["cancelled", "cancelled"],
  );
  const [first] = all;
  assert(first);
  assert.deepEqual(shown(await client.putMany([first])), [60_000]);
  const got = new AbortController();
  const gets = await client.getMany(
    [{ name: "f0", take: () => got.abort() }, { name: "f0", take: () => {} }],
    { signal: got.signal },
  );
  const [one, other] = shown(gets);
  assert.equal(one, 60_000);
  assert(other === 60_000 || other === "cancelled" || other === "alone");
  assert.equal((await client.stat("f0")).size, 60_000);
});

Deno.test("many on a connection that is lost: every one hears of it", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const body = randomBytes(10_000);
  const all = Array.from({ length: 50 }, (_, at) => source(`f${at}`, body));
  {
    await using client = await loggedIn(ftpd.port);
    await client.putMany(all);
  }
  for (const at of [2000, 30_000, 200_000]) {
    await t.step(`puts, after ${at} bytes`, async () => {
      const network = new CutNetwork([{ writtenBytes: at }]);
      await using client = await loggedIn(ftpd.port, network.runtime);
      const codes = shown(await client.putMany(all));
      assert.equal(codes.length, 50);
      assert(codes.includes("connection_lost"));
      for (const code of codes) {
        assert(code === 10_000 || code === "connection_lost", String(code));
      }
    });
    await t.step(`gets, after ${at} bytes`, async () => {
      const network = new CutNetwork([{ readBytes: at }]);
      await using client = await loggedIn(ftpd.port, network.runtime);
      const taken = new Taken();
      const gets = await client.getMany(all.map((f) => taken.sink(f.name)));
      const codes = shown(gets);
      assert(codes.includes("connection_lost"));
      const whole = codes.filter((code) => code === 10_000);
      assert.equal(whole.length, taken.got.size);
      for (const bytes of taken.got.values()) assert.deepEqual(bytes, body);
    });
  }
});

Deno.test("a server that lies about one of many", async () => {
  const body = randomBytes(100);
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const answers = [await victim.takePut(), await victim.takePut()] as const;
    const [first, second] = answers;
    await victim.send(first, { ...second, checksum: "crc32:00000000" });
    await victim.serve(body);
    await victim.serve(body, { end: { checksum: "crc32:00000000" } });
    await victim.serve(body, { end: { size: 99 } });
    await victim.serve(body, { answer: { size: 99 } });
    await victim.serve(body, { answer: { size: 70_000 } });
    await victim.serve(body, {
      end: { action: "abort", status_code: 203, status_msg: "read" },
    });
    await victim.serve(body);
    await victim.left();
  });
  await using client = await connected(liar);
  const puts = [source("a", body), source("b", body)];
  assert.deepEqual(shown(await client.putMany(puts)), [100, "integrity"]);
  const taken = new Taken();
  const names = ["a", "b", "c", "d", "e", "f", "g"];
  const gets = await client.getMany(names.map((name) => taken.sink(name)));
  assert.deepEqual(shown(gets), [
    ...[100, "alone", "alone", "alone", "alone", "alone", 100],
  ]);
  assert.deepEqual([...taken.got.keys()], ["a", "g"]);
});
