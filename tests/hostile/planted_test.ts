/**
 * Somebody who can write to a home by other ways has put things where ftpd puts
 * its own: nothing is written through them, and nobody hangs.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { makeSite, run, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { loggedIn } from "../support/peer.ts";

const CANARY = "unharmed";

const PLANTED = ["a link", "a dangling link", "a file", "a FIFO"] as const;

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
      const answer = await peer.ask({ action: "stat", filename: "" });
      assert.equal(answer.status_code, 200, "the session goes on");
      const names = [...Deno.readDirSync(outside)].map(({ name }) => name);
      assert.deepEqual(names, ["canary"], "nothing was made outside");
      const text = await Deno.readTextFile(path.join(outside, "canary"));
      assert.equal(text, CANARY);
    },
  });
}
