/**
 * How files are opened, each flag for itself: a home compares what it opened
 * as well, and would hide that one of them is missing.
 */
import assert from "node:assert/strict";
import {
  closeFile,
  CREATING,
  openFile,
  openFileSoon,
  READING,
} from "../../lib/storage/file.ts";
import { run } from "./system.ts";

const ignore = Deno.build.os === "windows";

/** A folder with a file, links and a FIFO. */
async function inFolder(use: (folder: string) => Promise<void>) {
  const folder = await Deno.makeTempDir({ prefix: "ftpd-file-" });
  try {
    await Deno.writeTextFile(`${folder}/file`, "earlier");
    await Deno.symlink("file", `${folder}/link`);
    await Deno.symlink("nowhere", `${folder}/dangling`);
    await run("mkfifo", `${folder}/fifo`);
    await use(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Both ways of opening, the one that holds the loop and the other. */
async function refusedBoth(path: string, flags: number, code: string) {
  assert.throws(() => openFile(path, flags, 0o644), { code });
  await assert.rejects(openFileSoon(path, flags, 0o644), { code });
}

Deno.test({
  name: "opened for reading, a link is refused, wherever it leads",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      await refusedBoth(`${folder}/link`, READING, "ELOOP");
      await refusedBoth(`${folder}/dangling`, READING, "ELOOP");
    }),
});

Deno.test({
  name: "opened for reading, a FIFO without a writer holds nobody",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      // Without O_NONBLOCK the first of these never returns: a child process
      // does it, so that only that one would hang.
      const code = `
        import { closeFile, openFile, openFileSoon, READING }
          from "${import.meta.resolve("../../lib/storage/file.ts")}";
        closeFile(openFile(Deno.args[0], READING));
        closeFile(await openFileSoon(Deno.args[0], READING));`;
      const { success, signal } = await new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "--quiet", "--no-check", "-R", "-W"],
          `data:text/javascript,${encodeURIComponent(code)}`,
          `${folder}/fifo`,
        ],
        signal: AbortSignal.timeout(60_000),
        stdout: "null",
      }).output();
      assert.deepEqual({ success, signal }, { success: true, signal: null });
    }),
});

Deno.test({
  name: "a new file is never one that is there, nor one that a link names",
  ignore,
  fn: () =>
    inFolder(async (folder) => {
      for (const name of ["file", "link", "dangling", "fifo"]) {
        await refusedBoth(`${folder}/${name}`, CREATING, "EEXIST");
      }
      assert.equal(await Deno.readTextFile(`${folder}/file`), "earlier");
      closeFile(openFile(`${folder}/new`, CREATING, 0o600));
      const { mode } = await Deno.lstat(`${folder}/new`);
      assert.equal((mode ?? 0) & 0o777, 0o600);
      await assert.rejects(Deno.lstat(`${folder}/nowhere`));
    }),
});
