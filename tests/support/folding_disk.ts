/**
 * A disk that takes names which differ in case, or in NFC and NFD, for one: a
 * real one to whoever uses it, by FUSE, which only root can mount.
 * @module
 */
import assert from "node:assert/strict";
import { run } from "../storage/system.ts";
import { testWhereOneCan } from "./needs.ts";

/** No test takes longer: what hangs is ended. */
const DISK_MS_MAX = 240_000;
const program = new URL("folding_disk.py", import.meta.url).pathname;

/** Mount one on a folder, which is made, until it is disposed of. */
export async function mountFolding(folder: string): Promise<AsyncDisposable> {
  await Deno.mkdir(folder, { recursive: true });
  const child = new Deno.Command("python3", {
    args: [program, folder],
    signal: AbortSignal.timeout(DISK_MS_MAX),
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let said = ""; // it may come in pieces
  while (!said.endsWith("\n")) {
    const { value, done } = await reader.read();
    assert(!done, `the disk ended; it said "${said}"`);
    said += value;
  }
  return {
    async [Symbol.asyncDispose]() {
      await child.stdin.close();
      await child.status;
      await reader.cancel();
      await run("umount", folder);
    },
  };
}

/** A test that mounts one: see needs.ts for where that is not possible. */
export function testWithFoldingDisk(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  testWhereOneCan(cannot, name, fn);
}

const cannot = await whyNot();

/** Why there can be none here; null: there can. */
async function whyNot(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "only Linux has FUSE";
  if (Deno.uid() !== 0) return "only root can mount";
  const folder = await Deno.makeTempDir({ prefix: "ftpd-test-" });
  try {
    await (await mountFolding(folder))[Symbol.asyncDispose]();
    return null;
  } catch {
    return "FUSE, or python3, is missing";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
