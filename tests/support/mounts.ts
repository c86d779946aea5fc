/**
 * File systems of their own, for tests of disks that are full or others: small
 * ones in memory, which only root can mount.
 * @module
 */
import { run } from "../storage/system.ts";
import { testWhereOneCan } from "./needs.ts";

/** Mount a small file system on a folder, until it is disposed of. */
export async function mountTmpfs(
  folder: string,
  options: string,
): Promise<AsyncDisposable> {
  await Deno.mkdir(folder, { recursive: true });
  await run("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder);
  return {
    async [Symbol.asyncDispose]() {
      await run("umount", folder);
    },
  };
}

/** A test that mounts: see needs.ts for where that is not possible. */
export function testWithMount(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  testWhereOneCan(cannot, name, fn);
}

const cannot = await whyNot();

/** Why nothing can be mounted here; null: it can. */
async function whyNot(): Promise<string | null> {
  if (Deno.build.os !== "linux") return "only Linux has tmpfs";
  if (Deno.uid() !== 0) return "only root can mount";
  const folder = await Deno.makeTempDir({ prefix: "ftpd-test-" });
  try {
    await (await mountTmpfs(folder, "size=64k"))[Symbol.asyncDispose]();
    return null;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return `nothing can be mounted (${why.trim().split("\n", 1)[0]})`;
  } finally {
    await Deno.remove(folder);
  }
}
