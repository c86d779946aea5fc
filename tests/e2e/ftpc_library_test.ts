/**
 * The client as a library, on a real ftpd: hundreds of files at once over one
 * connection, and the example of its documentation.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import { connect, type FtpClient, openSource } from "../../lib/client/mod.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { type Ftpd, makeSite, run, startFtpd } from "../programs.ts";

const FILES = 200;
const SERVERS: readonly { name: string; args: readonly string[] }[] = [
  { name: "as it is", args: [] },
  { name: "with one request ahead", args: ["--requests-ahead", "1"] },
];

for (const { name, args } of SERVERS) {
  Deno.test(`${FILES} puts, ${FILES} gets and a mix at once, ftpd ${name}`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args, ...args);
    await using client = await connected(ftpd);
    const numbers = Array.from({ length: FILES }, (_, number) => number);
    const puts = await Promise.all(numbers.map((n) => put(client, n)));
    assert.deepEqual(
      puts.map(({ name, bytes }) => [name, bytes]),
      numbers.map((n) => [nameOf(n), bytesOf(n).length]),
    );
    for (const n of numbers) {
      const file = path.join(site.home, "alex", nameOf(n));
      assert.deepEqual(await Deno.readFile(file), bytesOf(n));
    }
    await Promise.all(numbers.map((n) => get(client, n)));
    await Promise.all(numbers.map(async (n) => {
      if (n % 3 === 0) await put(client, n);
      else if (n % 3 === 1) await get(client, n);
      else {
        const { size, type } = await client.stat(nameOf(n));
        assert.deepEqual([size, type], [bytesOf(n).length, "file"]);
      }
    }));
    await client.ping();
  });
}

Deno.test("among hundreds, each that fails is its own failure", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await using client = await connected(ftpd);
  const numbers = Array.from({ length: FILES }, (_, number) => number);
  await Promise.all(
    numbers.filter((n) => n % 2 === 0).map((n) => put(client, n)),
  );
  const outcomes = await Promise.allSettled(numbers.map((n) => get(client, n)));
  for (const [n, outcome] of outcomes.entries()) {
    assert.equal(outcome.status, n % 2 === 0 ? "fulfilled" : "rejected");
    if (outcome.status === "rejected") {
      assert.equal(outcome.reason.code, "not_found");
      assert.match(outcome.reason.message, new RegExp(`get ${nameOf(n)}`));
    }
  }
});

Deno.test("a file that changes while it is put: one error, nothing published", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const file = path.join(site.folder, "file");
  const published = path.join(site.home, "alex", "file");
  const changes: [string, () => void][] = [
    ["cut short", () => Deno.truncateSync(file, 1000)],
    ["grown", () => Deno.writeFileSync(file, bytesOf(7), { append: true })],
    ["written over", () => {
      using other = Deno.openSync(file, { write: true });
      other.writeSync(Uint8Array.of(1));
      other.utimeSync(1, 1);
    }],
  ];
  for (const [name, change] of changes) {
    await t.step(name, async () => {
      await using client = await connected(ftpd);
      await Deno.writeTextFile(file, "before");
      {
        using source = openSource(file);
        await client.put(source, "file");
      }
      await Deno.writeFile(file, bytesOf(7));
      using source = openSource(file, "my file");
      let changed = false;
      const changing = {
        size: source.size,
        read(into: Uint8Array): Promise<number> {
          if (changed) return source.read(into);
          changed = true;
          const read = source.read(into);
          change();
          return read;
        },
      };
      await assert.rejects(client.put(changing, "file"), {
        code: "file_changed",
        message: "put my file: the file changed while it was being sent",
      });
      assert.equal(await Deno.readTextFile(published), "before");
      await put(client, 7); // the session is as good as before
    });
  }
});

Deno.test("the example of the library runs as it is written", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const root = path.resolve(import.meta.dirname ?? ".", "../..");
  const documented = await Deno.readTextFile(
    path.join(root, "lib/client/mod.ts"),
  );
  const example = /```ts\n([^]*?) \* ```/.exec(documented)?.[1];
  assert(example);
  const text = example.replaceAll(/^ \* ?/gm, "")
    .replaceAll('"./lib/', `"${pathToFileURL(path.join(root, "lib"))}/`)
    .replace("10021", `${ftpd.port}`);
  const file = path.join(site.folder, "example.ts");
  await Deno.writeTextFile(file, text);
  await Deno.writeTextFile(path.join(site.folder, "notes.txt"), "Notes.\n");
  const config = path.join(root, "deno.json");
  const ran = await run(
    Deno.execPath(),
    ["run", "-A", "--check", "--quiet", "--config", config, file],
    { cwd: site.folder },
  );
  assert.equal(ran.stderr, "");
  assert.equal(
    ran.stdout,
    "put: 7 bytes, crc32:cd351bd0\nget: 7 bytes to come\nget: 7 of 7\nNotes.\n\n",
  );
});

function connected(ftpd: Ftpd): Promise<FtpClient> {
  return connect({
    runtime: systemRuntime(),
    hostname: "127.0.0.1",
    port: ftpd.port,
    username: "alex",
    password: "123",
  });
}

function nameOf(n: number): string {
  return `file-${n}`;
}

/** Of nothing, of little, and one of more than any buffer holds. */
function bytesOf(n: number): Uint8Array {
  const length = n === 7 ? 3_000_000 : n % 10 * 97;
  return new Uint8Array(length).fill(n % 251);
}

async function put(client: FtpClient, n: number) {
  const bytes = bytesOf(n);
  let at = 0;
  const source = {
    size: bytes.length,
    read(into: Uint8Array): Promise<number> {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
  };
  return await client.put(source, nameOf(n));
}

async function get(client: FtpClient, n: number): Promise<void> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const sink = {
    write(bytes: Uint8Array): Promise<void> {
      pieces.push(bytes.slice());
      return Promise.resolve();
    },
  };
  await client.get(nameOf(n), () => sink);
  const got = new Uint8Array(await new Blob(pieces).arrayBuffer());
  assert.deepEqual(got, bytesOf(n));
}
