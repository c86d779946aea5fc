/**
 * A disk that hangs, a real one: its calls are given up by their signals, it
 * holds up no other home, and what it held is freed when it comes back.
 */
import assert from "node:assert/strict";
import type { Home } from "../../lib/storage/mod.ts";
import { at, readText, text } from "./home_suite.ts";
import { testWhereOneCan } from "../support/needs.ts";
import { run } from "./system.ts";
import { type TempHome, tempHome } from "./temp_home.ts";

interface HangingDisk extends AsyncDisposable {
  readonly home: Home;
  /** Wait until the disk has said this so many times in all. */
  said(words: string, times: number): Promise<void>;
  /** All that hangs goes on. */
  release(): Promise<void>;
}

async function hangingDisk(temp: TempHome): Promise<HangingDisk> {
  const folder = `${temp.around}/hanging`;
  await Deno.mkdir(folder);
  const child = new Deno.Command("python3", {
    args: [new URL("hanging_disk.py", import.meta.url).pathname, folder],
    signal: AbortSignal.timeout(60_000),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const stdin = child.stdin.getWriter();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  const reader = lines.getReader();
  let heard = "";
  const said = async (words: string, times: number) => {
    while (heard.split(`${words}\n`).length <= times) {
      const { value, done } = await reader.read();
      assert.ok(!done, `the disk ended; it said ${JSON.stringify(heard)}`);
      heard += value;
    }
  };
  await said("mounted", 1);
  return {
    home: await temp.openOther(folder),
    said,
    release: () => stdin.write(new TextEncoder().encode("\n")),
    async [Symbol.asyncDispose]() {
      await stdin.close();
      await child.status;
      await reader.cancel();
      await run("umount", folder);
    },
  };
}

/** Why there can be none here; null: there can. */
async function whyNot(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "only Linux has FUSE";
  if (Deno.uid() !== 0) return "only root can mount";
  try {
    await Deno.lstat("/dev/fuse");
    await using temp = await tempHome();
    await using _ = await hangingDisk(temp);
    return null;
  } catch {
    return "FUSE, or python3, is missing";
  }
}

const cannot = await whyNot();

testWhereOneCan(
  cannot,
  "a disk that hangs holds up no other home, however often asked",
  async () => {
    await using temp = await tempHome();
    await using disk = await hangingDisk(temp);
    const stop = new AbortController();
    const { signal } = stop;
    const path = at("none");
    const calls = Array.from({ length: 50 }, () => [
      disk.home.stat(path, signal),
      disk.home.read(path, { signal }),
      disk.home.openPart({ target: at("none/a") }, signal),
      disk.home.putWhole(at("none/a"), text("x"), { signal }),
      disk.home.mkdir(at("none/a"), signal),
    ]).flat();
    const given = Promise.allSettled(calls);
    await disk.said("hanging LOOKUP", 1);
    for (let n = 0; n < 20; n++) {
      await temp.home.putWhole(at("a"), text(`${n}`));
      assert.equal(await readText(temp.home, "a"), `${n}`);
    }
    stop.abort();
    for (const one of await given) {
      assert.ok(one.status === "rejected");
      assert.equal(one.reason.code, "aborted");
    }
    await temp.home.putWhole(at("a"), text("still"));
    await disk.release();
    // It works again, as soon as it is back.
    await assert.rejects(disk.home.stat(path), { code: "not_found" });
    assert.equal(await readText(disk.home, "file"), "0123456789");
  },
);

testWhereOneCan(
  cannot,
  "a read that hangs is given up; its file is closed once it is back",
  async () => {
    await using temp = await tempHome();
    await using disk = await hangingDisk(temp);
    const stop = new AbortController();
    {
      await using file = await disk.home.read(at("file"));
      const into = new Uint8Array(10);
      const reading = assert.rejects(file.read(into, stop.signal), {
        code: "aborted",
      });
      await disk.said("hanging READ", 1);
      stop.abort();
      await reading;
      await temp.home.putWhole(at("a"), text("meanwhile"));
      // Nothing is written into memory that its owner uses again.
      await disk.release();
      await disk.home.stat(at("file"));
      assert.deepEqual(into, new Uint8Array(10));
    }
    await disk.said("closed", 1);
    assert.equal(await readText(disk.home, "file"), "0123456789");
  },
);
