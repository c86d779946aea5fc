/** Files of other kinds and file systems of their own, made by the system. */
import assert from "node:assert/strict";

const IN_CI = Deno.env.get("CI") === "true";

/** Run a program of the system. @returns What it says on stdout. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  assert.equal(code, 0, `${program}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/**
 * Whether a test that needs root is left out: never in CI. Its name says so
 * where it is.
 */
export const withoutRoot = Deno.build.os !== "linux" ||
  Deno.uid() !== 0 && !IN_CI;

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

/** Whether mounting works here; in CI it has to. */
export async function canMount(): Promise<boolean> {
  if (withoutRoot) return false;
  if (IN_CI) return true;
  const folder = await Deno.makeTempDir({ prefix: "ftpd-test-" });
  try {
    await (await mountTmpfs(folder, "size=64k"))[Symbol.asyncDispose]();
    return true;
  } catch {
    return false;
  } finally {
    await Deno.remove(folder);
  }
}
