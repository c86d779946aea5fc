/** Folders, conditions and ranges by the library, on a real ftpd. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { connect, type RemoteEntry } from "../../lib/client/mod.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { bytesSource, Pieces } from "../client/connected.ts";
import { makeSite, startFtpd } from "../programs.ts";

const BODY = new TextEncoder().encode("123456789");
const SUM = "crc32:cbf43926"; // the check value of the catalogues

Deno.test("a tree is made, listed, changed and removed", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.home, "alex");
  await using client = await connect({
    runtime: systemRuntime(),
    hostname: "127.0.0.1",
    port: ftpd.port,
    username: "alex",
    password: "123",
  });

  assert.equal(await client.mkdir("t/sub", { parents: true }), 2);
  const put = await client.put(bytesSource(BODY), "t/a", { ifAbsent: true });
  const first = await client.stat("t/a");
  assert.deepEqual([first.type, first.size], ["file", 9]);
  assert.equal(first.version, put.version);
  assert.notEqual(put.version, null);
  await assert.rejects(
    client.put(bytesSource(BODY), "t/a", { ifAbsent: true }),
    { code: "exists" },
  );
  await assert.rejects(
    client.put(bytesSource(BODY), "t/a", { ifVersion: "another" }),
    { code: "file_changed" },
  );

  const part = new Pieces();
  await client.get("t/a", (info) => {
    assert.deepEqual([info.size, info.fileSize], [3, 9]);
    return part;
  }, { offset: 2, length: 3 });
  assert.equal(new TextDecoder().decode(part.bytes), "345");

  assert.deepEqual(await client.copy("t/a", "t/sub/b"), { files: 1, bytes: 9 });
  await client.rename("t/sub/b", "t/sub/c");
  const { checksum, size } = await client.checksum("t/sub/c");
  assert.deepEqual([checksum, size], [SUM, 9]);
  const time = 1_600_000_000_000_000_000n;
  const set = await client.setAttributes("t/a", { mtimeNs: time });
  assert.equal(set.mtimeNs, time);

  const listed: RemoteEntry[] = [];
  for await (const some of client.list("t")) listed.push(...some);
  assert.deepEqual(
    listed.map(({ name, type }) => `${type} ${name}`).sort(),
    ["file a", "folder sub"],
  );
  assert.equal(listed.find(({ name }) => name === "a")?.mtimeNs, time);
  const walked: string[] = [];
  for await (const some of client.walk("t")) {
    walked.push(...some.map(({ path }) => path));
  }
  assert.deepEqual(walked, ["a", "sub", "sub/c"]);
  const usage = await client.du("t");
  assert.deepEqual([usage.files, usage.bytes], [2, 18]);

  await assert.rejects(client.rmdir("t/sub"), { code: "not_empty" });
  await assert.rejects(client.remove("t"), { code: "is_folder" });
  await assert.rejects(
    client.rename("t", "t/sub/t"),
    { code: "exists" },
  );
  assert.equal(await client.remove("t", { recursive: true }), 4);
  await assert.rejects(client.stat("t"), { code: "not_found" });
  const left = [...Deno.readDirSync(home)].map(({ name }) => name);
  assert.deepEqual(left.filter((name) => name !== ".ftpd"), []);
});
