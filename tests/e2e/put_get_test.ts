/** Files through the real programs: what goes in comes out. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, runFtpc, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";

const SIZES = [0, 1, 5, 65_536, 262_144, 524_287, 524_288, 524_289, 5_000_000];

Deno.test("put and get of every size give the same bytes", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  for (const size of SIZES) {
    const file = path.join(site.folder, `f${size}`);
    const bytes = randomBytes(size);
    await Deno.writeFile(file, bytes);
    const put = await runFtpc([...asAlex(ftpd), "put", file]);
    assert.deepEqual(put, { code: 0, stdout: "", stderr: "" });
    const stored = await Deno.readFile(path.join(site.home, `alex/f${size}`));
    assert.deepEqual(stored, bytes);
    const back = path.join(site.folder, `back${size}`);
    const get = await runFtpc([...asAlex(ftpd), "get", `f${size}`, back]);
    assert.deepEqual(get, { code: 0, stdout: "", stderr: "" });
    assert.deepEqual(await Deno.readFile(back), bytes);
  }
  assert.deepEqual(
    await listAll(path.join(site.home, "alex")),
    [
      ...SIZES.map((size) => `f${size}`),
    ].sort(),
  );
});

Deno.test("SHA-256 where it is asked for", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const file = path.join(site.folder, "a");
  await Deno.writeFile(file, randomBytes(1_000_000));
  const sha256 = ["--checksum", "sha256"];
  const put = await runFtpc([...asAlex(ftpd), "put", ...sha256, file]);
  assert.deepEqual(put, { code: 0, stdout: "", stderr: "" });
  const back = path.join(site.folder, "b");
  const get = await runFtpc([...asAlex(ftpd), "get", ...sha256, "a", back]);
  assert.deepEqual(get, { code: 0, stdout: "", stderr: "" });
  assert.deepEqual(await Deno.readFile(back), await Deno.readFile(file));
});

Deno.test("- is stdin and stdout", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const put = await runFtpc([...asAlex(ftpd), "put", "-", "note"], {
    stdin: "from a pipe\n",
  });
  assert.deepEqual(put, { code: 0, stdout: "", stderr: "" });
  const get = await runFtpc([...asAlex(ftpd), "get", "note", "-"]);
  assert.deepEqual(get, { code: 0, stdout: "from a pipe\n", stderr: "" });
});

Deno.test("names are taken as cp takes them", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const alex = path.join(site.home, "alex");
  await Deno.mkdir(path.join(alex, "folder"), { recursive: true });
  for (const name of ["a", "b"]) {
    await Deno.writeTextFile(path.join(site.folder, name), name);
  }
  const a = path.join(site.folder, "a");
  const b = path.join(site.folder, "b");
  for (
    const args of [
      ["put", a, "c"],
      ["put", a, "folder"],
      ["put", a, b, "folder/"],
      ["put", "--to", "folder", b],
    ]
  ) {
    const ran = await runFtpc([...asAlex(ftpd), ...args]);
    assert.equal(ran.code, 0, `${args}: ${ran.stderr}`);
  }
  assert.deepEqual(await listAll(alex), ["c", "folder/a", "folder/b"]);
  assert.equal(await Deno.readTextFile(path.join(alex, "folder/b")), "b");
  const into = path.join(site.folder, "into");
  await Deno.mkdir(into);
  const got = await runFtpc([...asAlex(ftpd), "get", "c", "folder/b", into]);
  assert.equal(got.code, 0, got.stderr);
  assert.deepEqual(await listAll(into), ["b", "c"]);
});

Deno.test("a put replaces its target whole and leaves its mode", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const target = path.join(site.home, "alex", "a");
  await Deno.mkdir(path.dirname(target), { recursive: true });
  await Deno.writeTextFile(target, "a longer text than the new one");
  await Deno.chmod(target, 0o640);
  const put = await runFtpc([...asAlex(ftpd), "put", "-", "a"], {
    stdin: "new",
  });
  assert.equal(put.code, 0, put.stderr);
  assert.equal(await Deno.readTextFile(target), "new");
  assert.equal(((await Deno.stat(target)).mode ?? 0) & 0o7777, 0o640);
});

Deno.test("--preserve keeps the time, both ways", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const file = path.join(site.folder, "old");
  await Deno.writeTextFile(file, "old");
  const time = new Date("2001-02-03T04:05:06Z");
  await Deno.utime(file, time, time);
  const put = await runFtpc([...asAlex(ftpd), "put", "--preserve", file]);
  assert.equal(put.code, 0, put.stderr);
  const stored = await Deno.stat(path.join(site.home, "alex/old"));
  assert.deepEqual(stored.mtime, time);
  const back = path.join(site.folder, "back");
  const get = await runFtpc(
    [...asAlex(ftpd), "get", "--preserve", "old", back],
  );
  assert.equal(get.code, 0, get.stderr);
  assert.deepEqual((await Deno.stat(back)).mtime, time);
});

Deno.test("users have homes of their own, and transfer at once", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const as = (user: string, password: string) => [
    ...["-s", "127.0.0.1", "-P", `${ftpd.port}`, "-u", user, "-p", password],
  ];
  const puts = [];
  for (let n = 0; n < 6; n++) {
    const [user, password] = n % 2 ? ["alex", "123"] : ["test", "test"];
    const file = path.join(site.folder, `f${n}`);
    await Deno.writeFile(file, randomBytes(3_000_000 + n));
    puts.push(runFtpc([...as(user ?? "", password ?? ""), "put", file]));
  }
  for (const put of await Promise.all(puts)) assert.equal(put.code, 0);
  assert.deepEqual(await listAll(path.join(site.home, "alex")), [
    "f1",
    "f3",
    "f5",
  ]);
  assert.deepEqual(await listAll(path.join(site.home, "test")), [
    "f0",
    "f2",
    "f4",
  ]);
});

/** Every file below a folder, hidden ones too, but for what ftpd keeps. */
/** That a large put came through is remembered for a while. */
const COMPLETED = /^\.ftpd\/[0-9a-f]{32}\.j$/;

async function listAll(folder: string, below = ""): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(path.join(folder, below))) {
    const name = path.join(below, entry.name);
    if (entry.isDirectory) names.push(...await listAll(folder, name));
    else if (!COMPLETED.test(name)) names.push(name);
  }
  return names.sort();
}
