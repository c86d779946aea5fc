/**
 * `deno run client.ts` without flags: what it asks for is just what it needs,
 * and where nobody can answer, one line says which flags to give. (The
 * executables have their permissions from the start.)
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  asAlex,
  COMPILED,
  makeSite,
  type Ran,
  run,
  type RunOptions,
  startFtpd,
} from "../programs.ts";
import { HAS_TERMINALS, Terminal } from "./terminal.ts";

const CLIENT = path.resolve(import.meta.dirname ?? ".", "../../client.ts");
/** A test that has nothing to say about executables. */
const ignore = COMPILED;

function runClient(
  flags: readonly string[],
  args: readonly string[],
  options: RunOptions,
): Promise<Ran> {
  const all = ["run", "--quiet", ...flags, CLIENT, ...args];
  return run(Deno.execPath(), all, options);
}

Deno.test({
  name: "where nobody can answer, one line names the flags, and they serve",
  ignore,
  async fn(t) {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const cwd = path.join(site.folder, "a, b");
    await Deno.mkdir(path.join(cwd, "sub"), { recursive: true });
    await Deno.writeTextFile(path.join(cwd, "one"), "1");
    await Deno.writeTextFile(path.join(cwd, "it's two"), "2");
    const net = `net=127.0.0.1:${ftpd.port}`;
    const cases = [
      { args: ["put", "one"], needs: [net, "read=one"] },
      {
        args: ["put", "one", "it's two", "/"],
        needs: [net, "read=one,it's two"],
      },
      { args: ["get", "one", "sub/x"], needs: [net, "read=sub", "write=sub"] },
      { args: ["get", "one"], needs: [net, "read=.", "write=."] },
      {
        args: ["get", "one", path.join(cwd, "sub/")],
        needs: [net, "read", "write"], // a path with a comma
      },
      { args: ["get", "one", "-"], needs: [net] },
    ];
    for (const { args, needs } of cases) {
      await t.step(args.join(" "), async () => {
        const command = [...asAlex(ftpd), ...args];
        const refused = await runClient([], command, { cwd });
        assert.equal(refused.code, 2, refused.stderr);
        assert.match(refused.stderr, /^ftpc: [^\n]*\n$/);
        const said = /run it as: deno run (.*) client\.ts …/.exec(
          refused.stderr,
        );
        assert(said?.[1], refused.stderr);
        // As a shell would take what the line says.
        const words = await run("sh", ["-c", `printf '%s\\n' ${said[1]}`]);
        const flags = words.stdout.trimEnd().split("\n");
        assert.deepEqual(flags, needs.map((need) => `--allow-${need}`));
        const granted = await runClient(flags, command, { cwd });
        assert.equal(granted.code, 0, granted.stderr);
      });
    }
  },
});

Deno.test({
  name: "the shell says line by line what is missing",
  ignore,
  async fn() {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const ran = await runClient(
      [`--allow-net=127.0.0.1:${ftpd.port}`],
      asAlex(ftpd),
      {
        cwd: site.folder,
        stdin: "put accounts.ini\nget x\nlcd home\n!true\nhelp\n",
      },
    );
    assert.equal(ran.code, 2);
    const lines = ran.stderr.trimEnd().split("\n");
    assert.equal(lines.length, 4, ran.stderr);
    for (
      const [line, flags] of [
        "--allow-read=accounts.ini",
        "--allow-read=. --allow-write=.",
        "--allow-read=home",
        "--allow-run=sh",
      ].entries()
    ) {
      assert(lines[line]?.includes(`deno run ${flags} client.ts`), ran.stderr);
    }
    assert.match(ran.stdout, /^put LOCAL/m);
  },
});

Deno.test({
  name: "FTPC_PASSWORD that may not be read is said",
  ignore,
  async fn() {
    const ran = await runClient(
      ["--allow-net=127.0.0.1:1"],
      ["-s", "127.0.0.1", "-P", "1", "-u", "alex"],
      { env: { FTPC_PASSWORD: "123" } },
    );
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /^ftpc: [^\n]*--allow-env=FTPC_PASSWORD[^\n]*\n$/);
  },
});

Deno.test({
  name: "--version and --help need nothing",
  ignore,
  async fn() {
    for (const flag of ["--version", "--help"]) {
      const ran = await runClient(["--no-prompt"], [flag], {});
      assert.deepEqual([ran.code, ran.stderr], [0, ""]);
    }
  },
});

Deno.test({
  name: "at a terminal it asks for one host and the files named, no more",
  ignore: ignore || !HAS_TERMINALS,
  async fn(t) {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const host = `127.0.0.1:${ftpd.port}`;
    const cases = [
      {
        args: ["put", "accounts.ini"],
        asked: [["net", host], ["read", "accounts.ini"]],
      },
      {
        args: ["get", "accounts.ini", "got"],
        asked: [["net", host], ["read", "."], ["write", "."]],
      },
    ];
    for (const { args, asked } of cases) {
      await t.step(args.join(" "), async () => {
        await using ftpc = new Terminal([
          ...[Deno.execPath(), "run", CLIENT],
          ...[...asAlex(ftpd), ...args],
        ], { cwd: site.folder, columns: 200 });
        for (const [kind, what] of asked) {
          await ftpc.until(`requests ${kind} access to "${what}"`);
          await answer(ftpc, "y", `Granted ${kind} access to "${what}"`);
        }
        await ftpc.until("checksum verified");
        assert.equal(await ftpc.code, 0);
        assert.equal(ftpc.shown.match(/Allow\?/g)?.length, asked.length);
      });
    }
    await t.step("and takes no for an answer", async () => {
      await using ftpc = new Terminal([
        ...[Deno.execPath(), "run", CLIENT],
        ...[...asAlex(ftpd), "put", "accounts.ini"],
      ], { cwd: site.folder, columns: 200 });
      await answer(ftpc, "n", "Denied net access");
      await ftpc.until(
        `--allow-net=${host} --allow-read=accounts.ini client.ts`,
      );
      assert.equal(await ftpc.code, 2);
    });
  },
});

/** Deno throws away what is typed before it listens: so type until it heard. */
async function answer(
  ftpc: Terminal,
  key: string,
  heard: string,
): Promise<void> {
  await ftpc.until(/Allow\?[^\n]*> /);
  const typing = setInterval(() => ftpc.type(`${key}\r`).catch(() => {}), 200);
  try {
    await ftpc.until(heard);
  } finally {
    clearInterval(typing);
  }
}
