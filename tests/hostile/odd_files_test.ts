/** Files that change while they are sent, and things that are no files. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { makeSite, run } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { eachUnharmed, Watched } from "./watched_ftpd.ts";

const MIB = 1024 * 1024;

const CHANGES: readonly {
  readonly name: string;
  readonly change: (file: string) => Promise<void>;
  /** The bytes of the earlier file are still to be had. */
  readonly whole: boolean;
}[] = [
  {
    name: "is truncated",
    change: (file) => Deno.truncate(file, MIB),
    whole: false,
  },
  {
    name: "grows",
    change: (file) => Deno.writeFile(file, Uint8Array.of(1), { append: true }),
    whole: false,
  },
  { name: "is removed", change: (file) => Deno.remove(file), whole: true },
  {
    name: "is replaced",
    change: async (file) => {
      await Deno.writeFile(`${file}.new`, randomBytes(1000));
      await Deno.rename(`${file}.new`, file);
    },
    whole: true,
  },
];

for (const { name, change, whole } of CHANGES) {
  Deno.test(`a file that ${name} while it is sent`, async () => {
    await using site = await makeSite();
    await using watched = await Watched.start(site);
    await watched.bigFile("big", 64);
    const file = path.join(watched.home, "big");
    {
      await using peer = await watched.alex();
      const answer = await peer.ask({ action: "get", filename: "big" });
      assert.equal(answer.size, 64 * MIB);
      await change(file);
      const end = await peer.bodyEnd();
      if (!whole || end.action === "abort") {
        assert.deepEqual([end.action, end.status_code], ["abort", 228]);
      } else assert.equal(peer.bodyBytes, 64 * MIB);
      const { status_code } = await peer.ask({
        action: "stat",
        filename: "witness",
      });
      assert.equal(status_code, 200);
    }
    await Deno.writeFile(file, new Uint8Array());
    await watched.unharmed();
  });
}

/** What stands in a home, and what a get and a put of it are answered. */
const ODD = [
  { name: "fifo", get: 223, put: 223 },
  { name: "folder", get: 221, put: 221 },
  { name: "socket", get: 223, put: 223 },
  { name: "folder/..", get: 221, put: 221 },
  { name: "witness/a", get: 222, put: 222 },
  { name: "missing/a", get: 220, put: 220 },
  { name: "out/passwd", get: 204, put: 204 },
  { name: ".ftpd/a", get: 204, put: 204 },
  { name: "folder/.ftpd-a", get: 204, put: 204 },
  { name: "../alex/witness", get: 204, put: 204 },
  { name: "a\\..\\b", get: 204, put: 204 },
  { name: "x".repeat(256), get: 204, put: 204 },
  { name: "d/".repeat(2049), get: 204, put: 204 },
  { name: "", get: 221, put: 221 },
  { name: "//.//", get: 221, put: 221 },
];

/** Links that a get does not follow, and that a put replaces. */
const LEADING_OUT = ["to_passwd", "to_null", "to_itself"];

Deno.test("what is no file of this home is refused, and hangs nobody", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const { home } = watched;
  const here = (name: string) => path.join(home, name);
  await Deno.mkdir(here("folder"));
  const made = await run("mkfifo", [here("fifo")]);
  assert.equal(made.code, 0, made.stderr);
  using _socket = Deno.listen({ transport: "unix", path: here("socket") });
  await Deno.symlink("/etc", here("out"));
  await Deno.symlink("/etc/passwd", here("to_passwd"));
  await Deno.symlink("/dev/null", here("to_null"));
  await Deno.symlink("to_itself", here("to_itself"));
  watched.others.push("folder", "fifo", "socket", "out", ...LEADING_OUT);
  const bytes = randomBytes(1000);
  await eachUnharmed(t, watched, ODD, async ({ name, get, put }) => {
    await using peer = await watched.alex();
    assert.equal((await peer.get(name)).answer.status_code, get);
    assert.equal((await peer.put(name, bytes)).status_code, put);
    const { status_code } = await peer.ask({
      action: "stat",
      filename: "witness",
    });
    assert.equal(status_code, 200);
  });
  await t.step("links that lead out", async () => {
    const passwd = await Deno.readFile("/etc/passwd");
    {
      await using peer = await watched.alex();
      for (const name of LEADING_OUT) {
        const { status_code } = (await peer.get(name)).answer;
        assert([204, 220].includes(Number(status_code)), `${status_code}`);
        assert.equal((await peer.put(name, bytes)).status_code, 200);
        assert((await Deno.lstat(here(name))).isFile, "the link is replaced");
      }
    }
    assert.deepEqual(await Deno.readFile("/etc/passwd"), passwd);
    await watched.unharmed();
  });
});
