/**
 * Somebody who can write to a home by other ways has put things where ftpd puts
 * its own: nothing is written through them, and nobody hangs.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, run, runFtpc, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { loggedIn } from "../support/peer.ts";

const CANARY = "unharmed";

const PLANTED = [
  ...["a link", "a link to what is shown", "a dangling link"],
  ...["a file", "a FIFO"],
] as const;

for (const what of PLANTED) {
  Deno.test({
    name: `where .ftpd is to be, there is ${what}`,
    ignore: Deno.build.os !== "linux",
    fn: async () => {
      await using site = await makeSite();
      const home = path.join(site.home, "alex");
      const outside = path.join(site.folder, "outside");
      for (const folder of [home, outside]) {
        await Deno.mkdir(folder, { recursive: true });
      }
      await Deno.writeTextFile(path.join(outside, "canary"), CANARY);
      const place = path.join(home, ".ftpd");
      if (what === "a link") await Deno.symlink(outside, place);
      if (what === "a link to what is shown") {
        await Deno.mkdir(path.join(home, "shown"));
        await Deno.symlink("shown", place);
      }
      if (what === "a dangling link") {
        await Deno.symlink(path.join(outside, "made"), place);
      }
      if (what === "a file") await Deno.writeTextFile(place, CANARY);
      if (what === "a FIFO") {
        assert.equal((await run("mkfifo", [place])).code, 0);
      }
      await using ftpd = await startFtpd(...site.args);
      await using peer = await loggedIn(ftpd.port, "alex", "123");
      // Small ones and large ones go different ways.
      for (const [at, size] of [10, 3_000_000].entries()) {
        const bytes = randomBytes(size, at + 1);
        const { status_code } = await peer.put(`file${at}`, bytes);
        const file = path.join(home, `file${at}`);
        if (status_code === 200) {
          assert.deepEqual(await Deno.readFile(file), bytes);
        } else await assert.rejects(Deno.lstat(file), Deno.errors.NotFound);
      }
      // Trees: what is there comes, and what cannot be sent says why.
      await Deno.mkdir(path.join(site.folder, "a", "d"), { recursive: true });
      await Deno.mkdir(path.join(home, "t"));
      for (const [at, size] of [10, 3_000_000].entries()) {
        const bytes = randomBytes(size, at + 1);
        for (const file of [path.join(site.folder, "a/d"), `${home}/t`]) {
          await Deno.writeFile(path.join(file, `file${at}`), bytes);
        }
      }
      const script = "get -r t got; put -r a sent";
      const ran = await runFtpc([...asAlex(ftpd), "-c", script], {
        cwd: site.folder,
      });
      assert.equal(ran.code, 1);
      assert.match(
        ran.stderr,
        /^2 files: .*\n(?:ftpc: put sent\/d\/file\d: .+\n){2}0 files, 2 failed: .*\n$/,
      );
      for (const name of ["file0", "file1"]) {
        const [there, got] = await Promise.all([
          Deno.readFile(path.join(home, "t", name)),
          Deno.readFile(path.join(site.folder, "got", name)),
        ]);
        assert.deepEqual(got, there);
        await assert.rejects(
          Deno.lstat(path.join(home, "sent/d", name)),
          Deno.errors.NotFound,
        );
      }
      const answer = await peer.ask({ action: "stat", filename: "" });
      assert.equal(answer.status_code, 200, "the session goes on");
      const shown = path.join(home, "shown");
      if (what === "a link to what is shown") {
        assert.deepEqual([...Deno.readDirSync(shown)], []);
      }
      const names = [...Deno.readDirSync(outside)].map(({ name }) => name);
      assert.deepEqual(names, ["canary"], "nothing was made outside");
      const text = await Deno.readTextFile(path.join(outside, "canary"));
      assert.equal(text, CANARY);
    },
  });
}
