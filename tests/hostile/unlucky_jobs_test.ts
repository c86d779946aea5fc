/**
 * put -r and get -r where luck runs out: a disk that is full in the midst of
 * it, there and here, and two that write one tree at once. The disk is a small
 * tmpfs (support/mounts.ts).
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, type Ran, runFtpc, startFtpd } from "../programs.ts";
import { mountTmpfs, testWithMount } from "../support/mounts.ts";

const FILES = 200;
const FILE_BYTES = 20_000;
/** Not all of them fit. */
const DISK = "size=2m";

const nameOf = (at: number) => `f${String(at).padStart(3, "0")}`;

/** @param more Makes them other files than those of another. */
function contentOf(at: number, more = 0): Uint8Array {
  return new Uint8Array(FILE_BYTES).fill((at + more) % 256);
}

async function makeFiles(folder: string, more = 0): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  for (let at = 0; at < FILES; at++) {
    await Deno.writeFile(path.join(folder, nameOf(at)), contentOf(at, more));
  }
}

interface Item {
  readonly event: string;
  readonly result?: string;
  readonly target?: string;
  readonly done?: number;
  readonly failed?: number;
  readonly exit_code?: number;
}

function eventsOf({ stdout }: Ran): Item[] {
  return stdout.trim().split("\n").map((line) => JSON.parse(line));
}

/** What was told as done is there, whole; of the rest nothing is. */
async function assertWhole(folder: string, ran: Ran): Promise<void> {
  const done = new Set<string>();
  let failed = 0;
  for (const { event, result, target = "" } of eventsOf(ran)) {
    if (event !== "item" || !/f\d{3}$/.test(target)) continue;
    if (result === "done") done.add(path.basename(target));
    else failed++;
  }
  assert(done.size > 20 && failed > 20, `${done.size} done, ${failed} failed`);
  assert.equal(done.size + failed, FILES);
  const there = [...Deno.readDirSync(folder)].map(({ name }) => name);
  assert.deepEqual(there.sort(), [...done].sort());
  for (let at = 0; at < FILES; at++) {
    if (!done.has(nameOf(at))) continue;
    const bytes = await Deno.readFile(path.join(folder, nameOf(at)));
    assert.deepEqual(bytes, contentOf(at));
  }
}

/** One line for the first file, and one for all that were not sent for it. */
function assertSaidOnce({ stderr }: Ran, first: RegExp): void {
  const lines = stderr.trimEnd().split("\n");
  assert.match(lines[0] ?? "", first);
  assert.match(lines[1] ?? "", /^ftpc: \d+ more were not sent: .* is full \(/);
  assert.equal(lines.length, 2, stderr);
}

testWithMount(
  "a disk that is full in the midst of a put -r, there",
  async () => {
    await using site = await makeSite();
    const home = path.join(site.home, "alex");
    await using _disk = await mountTmpfs(home, DISK);
    await makeFiles(path.join(site.folder, "a"));
    await using ftpd = await startFtpd(...site.args);
    const script = "put -r a b; rm b/f000; put a/f000 last";
    const ran = await runFtpc([...asAlex(ftpd), "--json", "-c", script], {
      cwd: site.folder,
    });
    assert.equal(ran.code, 1, ran.stderr);
    assertSaidOnce(ran, /b\/f\d+: no space left on the server/);
    const last = await Deno.readFile(path.join(home, "last"));
    assert.deepEqual(last, contentOf(0), "the session goes on");
    await Deno.rename(path.join(home, "last"), path.join(home, "b", "f000"));
    await assertWhole(path.join(home, "b"), ran);
  },
);

testWithMount(
  "a disk that is full in the midst of a get -r, here",
  async () => {
    await using site = await makeSite();
    await makeFiles(path.join(site.home, "alex", "a"));
    const here = path.join(site.folder, "here");
    await using _disk = await mountTmpfs(here, DISK);
    await using ftpd = await startFtpd(...site.args);
    const script = "get -r a b\n!rm b/f000\nget a/f000 last";
    const ran = await runFtpc([...asAlex(ftpd), "--json", "-c", script], {
      cwd: here,
    });
    assert.equal(ran.code, 1, ran.stderr);
    assertSaidOnce(ran, /b\/f\d+: No space left on device/);
    const last = await Deno.readFile(path.join(here, "last"));
    assert.deepEqual(last, contentOf(0), "the session goes on");
    await Deno.rename(path.join(here, "last"), path.join(here, "b", "f000"));
    await assertWhole(path.join(here, "b"), ran);
  },
);

Deno.test("two ftpc put -r one tree at once: each file is of one of them, whole", async () => {
  await using site = await makeSite();
  await Deno.mkdir(path.join(site.home, "alex", "both"), { recursive: true });
  await using ftpd = await startFtpd(...site.args);
  const both = [0, 100];
  await Promise.all(both.map(async (more) => {
    await makeFiles(path.join(site.folder, `a${more}`, "t", "d"), more);
  }));
  const ran = await Promise.all(both.map(async (more) => {
    const cwd = path.join(site.folder, `a${more}`);
    const flags = [...asAlex(ftpd), "--json", "-j", "2"];
    return await runFtpc([...flags, "put", "-r", "t", "both"], { cwd });
  }));
  for (const { code, stderr } of ran) assert.equal(code, 0, stderr);
  const tree = path.join(site.home, "alex", "both", "t", "d");
  const there = [...Deno.readDirSync(tree)].map(({ name }) => name);
  assert.equal(there.length, FILES, "and nothing besides");
  for (const name of there) {
    const bytes = await Deno.readFile(path.join(tree, name));
    const first = bytes[0] ?? 0;
    const at = Number(name.slice(1));
    assert(both.some((more) => first === (at + more) % 256), name);
    assert.deepEqual(bytes, new Uint8Array(FILE_BYTES).fill(first));
  }
});
