/** A server that is full has a place for who waits, as --retries says. */
import assert from "node:assert/strict";
import { connect } from "../../lib/client/mod.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import {
  asAlexAgain,
  commandOf,
  makeSite,
  PROGRAM_MS_MAX,
  runFtpc,
  startFtpd,
} from "../programs.ts";

Deno.test("a server that is full is asked again, in time it has a place", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(
    ...site.args,
    ...["--max-connections-per-user", "1"],
  );
  await Deno.mkdir(`${site.home}/alex`, { recursive: true });
  await Deno.writeTextFile(`${site.home}/alex/there`, "");
  const hold = () =>
    connect({
      ...{ runtime: systemRuntime(), hostname: "127.0.0.1" },
      ...{ port: ftpd.port, username: "alex", password: "123" },
    });
  const commands = [["ls"], ["-c", "ls"]];
  for (const command of commands) {
    await t.step(
      `${command.join(" ")}, once the other one has gone`,
      async () => {
        const holder = await hold();
        const [program, before] = commandOf("ftpc");
        const child = new Deno.Command(program, {
          args: [...before, ...asAlexAgain(ftpd), ...command],
          ...{ stdin: "null", stdout: "piped", stderr: "piped" },
          signal: AbortSignal.timeout(PROGRAM_MS_MAX),
        }).spawn();
        let said = "";
        const decoder = new TextDecoder();
        for await (const piece of child.stderr) {
          said += decoder.decode(piece, { stream: true });
          if (said.includes("the next try is in")) await holder.quit();
        }
        assert.match(said, /Too many connections of this user.*the next try/);
        const stdout = await new Response(child.stdout).text();
        assert.equal(stdout, "there\n");
        assert.equal((await child.status).code, 0);
      },
    );
  }
  await t.step("with --retries 0 it says so and gives up", async () => {
    await using _holder = await hold();
    const args = [...asAlexAgain(ftpd), "--retries", "0", "ls"];
    const { code, stderr } = await runFtpc(args);
    assert.equal(code, 3, stderr);
    assert.match(
      stderr,
      /^ftpc: login alex: Too many connections of this user/,
    );
    assert.doesNotMatch(stderr, /the next try/);
  });
});
