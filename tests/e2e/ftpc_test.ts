/** ftpc without a terminal: scripts on a pipe, names as cp has them, signals. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { startLiar } from "../liars/liar.ts";
import {
  asAlex,
  commandOf,
  makeSite,
  PROGRAM_MS_MAX,
  run,
  runFtpc,
  type Site,
  startFtpd,
} from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { mountTmpfs, testWithMount } from "../support/mounts.ts";
import { loggedIn } from "../support/peer.ts";

Deno.test("a script runs line by line, and its first failure is the exit code", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await Deno.writeTextFile(path.join(site.folder, "a"), "A");
  const cases = [
    { script: "", code: 0, stdout: "" },
    { script: "\n  \n# put nothing\n", code: 0, stdout: "" },
    { script: "put a\nget a -\n", code: 0, stdout: "A" },
    { script: "get a - # no comment\n", code: 1, stdout: "" },
    { script: "put 'a' \"b c\"\r\nget b\\ c -", code: 0, stdout: "A" },
    { script: "!exit 7\nget a -\n", code: 1, stdout: "A" },
    { script: "!cat\nget a -\n", code: 0, stdout: "A" },
    { script: "fly\n!exit 7\nget a -\n", code: 2, stdout: "A" },
    { script: "get none\nfly\nget a -\n", code: 1, stdout: "A" },
    { script: "get a -\nexit\nfly\n", code: 0, stdout: "A" },
    { script: "quit now\nget a -\n", code: 2, stdout: "A" },
    { script: "put - x\nget a -\n", code: 2, stdout: "A" },
    { script: "put 'a\nget a -\n", code: 2, stdout: "A" },
    { script: "lcd home\nlpwd\nlcd ..\n", code: 0, stdout: "home" },
    { script: "get --help\n", code: 0, stdout: "--checksum" },
  ];
  for (const { script, code, stdout } of cases) {
    await t.step(JSON.stringify(script), async () => {
      const ran = await runFtpc(asAlex(ftpd), {
        cwd: site.folder,
        stdin: script,
      });
      assert.equal(ran.code, code, ran.stderr);
      assert(ran.stdout.includes(stdout), ran.stdout);
      assert.doesNotMatch(ran.stdout + ran.stderr, />>>|verified/, "a prompt");
      assert.match(ran.stderr, /^(?:ftpc: [^\n]*\n)*$/);
    });
  }
});

Deno.test({
  name: "!command is run without a server, and its stdout is no JSON",
  ignore: Deno.build.os === "windows",
  async fn() {
    const ran = await runFtpc(["--json", "!cat; echo", "a  b"], { stdin: "x" });
    assert.equal(ran.code, 0, ran.stderr);
    assert.equal(ran.stderr, "xa  b\n");
    const events = ran.stdout.trim().split("\n").map((line) =>
      JSON.parse(line)
    );
    assert.deepEqual(
      events.map(({ event, source }) => source ?? event),
      ["cat; echo 'a  b'", "end"],
    );
  },
});

Deno.test("stdin and stdout, and passwords from where nobody sees them", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const there = ["-s", "127.0.0.1", `-P${ftpd.port}`, "-u", "alex"];
  const env = { FTPC_PASSWORD: "123" };
  const bytes = crypto.getRandomValues(new Uint8Array(60_000));
  const steps: [string, () => Promise<void>][] = [
    ["put - from a pipe", async () => {
      const put = ["-p", "123", "put", "-", "x"];
      const ran = await runFtpc([...there, ...put], { stdin: bytes });
      assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, "", ""]);
      const file = path.join(site.home, "alex", "x");
      assert.deepEqual(await Deno.readFile(file), bytes);
    }],
    ["the password before the bytes", async () => {
      const stdin = new Uint8Array([
        ...new TextEncoder().encode("123\n"),
        7,
        8,
      ]);
      const put = ["-p", "-", "put", "-", "y"];
      assert.equal((await runFtpc([...there, ...put], { stdin })).code, 0);
      const file = path.join(site.home, "alex", "y");
      assert.deepEqual(await Deno.readFile(file), Uint8Array.of(7, 8));
    }],
    ["the password before a script", async () => {
      const stdin = "123\nget y -\n";
      const ran = await runFtpc([...there, "-p", "-"], { stdin });
      assert.deepEqual([ran.code, ran.stdout], [0, "\x07\x08"]);
    }],
    ["no password in stdin", async () => {
      const ran = await runFtpc([...there, "-p", "-"], { stdin: "" });
      assert.equal(ran.code, 2);
    }],
    ["the password in the environment", async () => {
      const ran = await runFtpc([...there, "get", "y", "-"], { env });
      assert.deepEqual([ran.code, ran.stdout], [0, "\x07\x08"]);
    }],
    ["a password given counts for more", async () => {
      const get = ["-p", "wrong", "get", "y", "-"];
      assert.equal((await runFtpc([...there, ...get], { env })).code, 4);
    }],
    ["nobody to ask", async () => {
      for (const args of [there, there.slice(0, 3)]) {
        const ran = await runFtpc([...args, "get", "y", "-"]);
        assert.equal(ran.code, 2, ran.stderr);
        assert.match(
          ran.stderr,
          /^ftpc: no (?:password|user) was given \(.*\)\n$/,
        );
      }
    }],
    ["a reader of stdout that goes away", async () => {
      const big = path.join(site.home, "alex", "big");
      await Deno.writeFile(big, new Uint8Array(3_000_000));
      const [command, before] = commandOf("ftpc");
      const line = '"$@" | head -c 10 >/dev/null; exit ${PIPESTATUS[0]}';
      const ran = await run("bash", [
        ...["-c", line, "bash", command, ...before, ...there, "-p", "123"],
        ...["get", "big", "-"],
      ]);
      assert.equal(ran.code, 1, ran.stderr);
      assert.match(ran.stderr, /^ftpc: get: stdout: [^\n]*\n$/);
    }],
  ];
  for (const [name, step] of steps) await t.step(name, step);
});

Deno.test("put and get take names as cp does", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const home = path.join(site.home, "alex");
  for (const folder of ["in", "in/deep"]) {
    await Deno.mkdir(path.join(home, folder), { recursive: true });
    await Deno.mkdir(path.join(site.folder, folder), { recursive: true });
  }
  for (const name of ["1", "2", "in/3", "-4"]) {
    await Deno.writeTextFile(path.join(site.folder, name), name);
  }
  const put = await script(site, ftpd, [
    ...["put 1", "put 1 one", "put in/3", "put 2 in", "put 2 in/two"],
    ...["put 1 in/deep/", "put 1 2 in/3 in/deep", "put --to in 1 -- -4"],
    ...["put 1 ./x//y/../z"],
  ]);
  assert.equal(put.code, 1, put.stderr);
  assert.match(put.stderr, /^ftpc: put [^\n]*z: [^\n]*no such[^\n]*\n$/i);
  assert.deepEqual(await contents(home), {
    ...{ "1": "1", "one": "1", "3": "in/3", "in/2": "2", "in/two": "2" },
    ...{ "in/deep/1": "1", "in/deep/2": "2", "in/deep/3": "in/3" },
    ...{ "in/1": "1", "in/-4": "-4" },
  });
  await Deno.mkdir(path.join(site.folder, "got/deep"), { recursive: true });
  const get = await script(site, ftpd, [
    ...["lcd got", "get in/two", "get 1 one", "get 3 deep", "get 3 deep/three"],
    ...["get /in/deep/1 in/deep/2 deep", "get in/-4 deep/", "get --to . 1"],
  ]);
  assert.deepEqual([get.code, get.stderr], [0, ""]);
  assert.deepEqual(await contents(path.join(site.folder, "got")), {
    ...{ "two": "2", "one": "1", "1": "1", "deep/3": "in/3" },
    ...{ "deep/three": "in/3", "deep/1": "1", "deep/2": "2", "deep/-4": "-4" },
  });
  const refused: [string, number, RegExp][] = [
    ["put in", 1, /is a folder.*-r/],
    ["get in", 1, /in: .*folder/i],
    ["get 1 2 3", 1, /3: not a folder/],
    ["put 1 2 nowhere", 1, /nowhere: not a folder/],
    ["put 1 in/3 nowhere/", 1, /nowhere\/1: .*nowhere\/3: /s],
    ["put 1 in/3 --to in --to", 2, /--to/],
    ["get 1 nowhere/", 1, /nowhere/],
    ["get in/1 in/deep/1 .", 2, /two files would become 1/],
    ["put ..", 2, /no name to keep/],
    ["put", 2, /a name is missing/],
    ["put ''", 2, /an empty name/],
    ["put 1 --checksum md5", 2, /md5/],
    ["put 1 'in/a\tb'", 1, /in\/a\\x09b/],
    ["get ../1", 1, /\.\.\/1/],
    ["get 1 in/deep", 0, /^$/],
  ];
  for (const [line, code, says] of refused) {
    const ran = await script(site, ftpd, [line]);
    assert.equal(ran.code, code, `${line}: ${ran.stderr}`);
    assert.match(ran.stderr, says, line);
  }
});

Deno.test({
  name: "what is no regular file is refused, links are replaced, modes stay",
  ignore: Deno.build.os === "windows",
  async fn() {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const here = (name: string) => path.join(site.folder, name);
    await Deno.writeTextFile(here("new"), "new");
    await script(site, ftpd, ["put new"]);
    assert.equal((await run("mkfifo", [here("pipe")])).code, 0);
    await Deno.writeTextFile(here("elsewhere"), "elsewhere");
    await Deno.symlink("elsewhere", here("link"));
    await Deno.symlink("nowhere", here("dangling"));
    await Deno.writeTextFile(here("private"), "old");
    await Deno.chmod(here("private"), 0o600);
    await Deno.symlink("loop", here("loop"));
    const refused = await script(site, ftpd, [
      ...["put pipe", "put /dev/null", "get new pipe", "get new /dev/null"],
      ...["put loop", `put ${"n".repeat(300)}`, `get new ${"n".repeat(300)}`],
      "get new none/x",
    ]);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^(?:ftpc: (?:put|get)[^\n]* \([^\n]*\)\n){8}$/,
    );
    assert.equal(refused.stderr.match(/not a regular file/g)?.length, 4);
    const got = await script(site, ftpd, [
      ...[
        "get new link",
        "get new dangling",
        "get new private",
        "get new mine",
      ],
    ]);
    assert.deepEqual([got.code, got.stderr], [0, ""]);
    for (const name of ["link", "dangling", "private", "mine"]) {
      const info = await Deno.lstat(here(name));
      assert(info.isFile, name);
      assert.equal(await Deno.readTextFile(here(name)), "new");
      const mode = name === "private" ? 0o600 : 0o644 & ~Deno.umask();
      assert.equal((info.mode ?? 0) & 0o777, mode, name);
    }
    assert.equal(await Deno.readTextFile(here("elsewhere")), "elsewhere");
    assert.deepEqual(partsIn(site.folder), []);
  },
});

Deno.test("--preserve keeps times both ways; --checksum sha256", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const here = (name: string) => path.join(site.folder, name);
  const there = (name: string) => path.join(site.home, "alex", name);
  const time = new Date("2001-02-03T04:05:06Z");
  await Deno.writeTextFile(here("old"), "old");
  await Deno.utime(here("old"), time, time);
  const ran = await script(site, ftpd, [
    ...["put --preserve old kept", "put --checksum sha256 old now"],
    ...["get --preserve kept back", "get kept fresh --checksum sha256"],
  ]);
  assert.deepEqual([ran.code, ran.stderr], [0, ""]);
  for (const kept of [there("kept"), here("back")]) {
    assert.deepEqual((await Deno.stat(kept)).mtime, time);
  }
  for (const fresh of [there("now"), here("fresh")]) {
    assert.notDeepEqual((await Deno.stat(fresh)).mtime, time);
  }
});

testWithMount(
  "a full disk here is one clear error, and the session goes on",
  async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const small = path.join(site.folder, "small");
    await using _disk = await mountTmpfs(small, "size=1m,mode=0755");
    await Deno.writeTextFile(path.join(small, "big"), "before");
    const home = path.join(site.home, "alex");
    await Deno.mkdir(home, { recursive: true });
    await Deno.writeFile(path.join(home, "big"), new Uint8Array(5_000_000));
    await Deno.writeTextFile(path.join(home, "little"), "little");
    const ran = await script(site, ftpd, [
      "lcd small",
      "get big",
      "get little",
    ]);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /^ftpc: get: [^\n]*big: No space left[^\n]*\n$/);
    assert.deepEqual(await contents(small), {
      big: "before",
      little: "little",
    });
  },
);

for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 130]] as const) {
  Deno.test(`${signal} in a transfer: exit code ${code}, and no part`, async () => {
    const underway = Promise.withResolvers<void>();
    await using liar = startLiar(async (victim) => {
      await victim.letIn();
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200, size: 1000, mtime: "1" });
      await victim.data(new Uint8Array(500));
      underway.resolve();
      await victim.message(); // the cancel
      await victim.send({ action: "abort", id, status_code: 213 });
      await victim.left();
    });
    await using site = await makeSite();
    const [command, before] = commandOf("ftpc");
    const ftpc = new Deno.Command(command, {
      args: [...before, ...asAlex(liar), "get", "a", "accounts.ini"],
      cwd: site.folder,
      ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
    }).spawn();
    await underway.promise;
    ftpc.kill(signal);
    const { code: ended, stderr } = await ftpc.output();
    assert.equal(new TextDecoder().decode(stderr), "ftpc: get a: cancelled\n");
    assert.equal(ended, code);
    assert.deepEqual(partsIn(site.folder), []);
    const accounts = path.join(site.folder, "accounts.ini");
    assert.match(await Deno.readTextFile(accounts), /alex/);
  });
}

Deno.test("a second SIGINT ends ftpc without waiting for the server", async () => {
  const underway = Promise.withResolvers<void>();
  const cancelled = Promise.withResolvers<void>();
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const { id } = await victim.request();
    await victim.send({ id, status_code: 200, size: 1000, mtime: "1" });
    await victim.data(new Uint8Array(500));
    underway.resolve();
    await victim.message(); // the cancel, which it does not answer
    cancelled.resolve();
    await victim.silence();
  });
  await using site = await makeSite();
  const [command, before] = commandOf("ftpc");
  const ftpc = new Deno.Command(command, {
    args: [...before, ...asAlex(liar), "get", "a", "b"],
    cwd: site.folder,
    ...{ stdin: "null", stdout: "piped", stderr: "piped" } as const,
  }).spawn();
  await underway.promise;
  ftpc.kill("SIGINT");
  await cancelled.promise;
  ftpc.kill("SIGINT");
  const { code, stderr } = await ftpc.output();
  // Who had waited would tell that the server did not take the cancel.
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(code, 130);
  assert.deepEqual(partsIn(site.folder), []);
});

Deno.test("--debug shows where an error came from; without it no stack", async () => {
  const args = ["-s", "127.0.0.1", "-P", "1", "-u", "a", "-p", "b", "get", "x"];
  const plain = await runFtpc(args);
  assert.match(plain.stderr, /^ftpc: connect to 127\.0\.0\.1:1: [^\n]*\n$/);
  const debug = await runFtpc(["--debug", ...args]);
  // Executables hold the program in one file.
  assert.match(debug.stderr, /\n {4}at .*(?:lib\/client\/|\/ftpc\.js:\d)/);
  assert.deepEqual([plain.code, debug.code], [3, 3]);
});

function script(
  site: Site,
  ftpd: { readonly port: number },
  lines: readonly string[],
) {
  const stdin = `${lines.join("\n")}\n`;
  return runFtpc(asAlex(ftpd), { cwd: site.folder, stdin });
}

/** The files below a folder, and what stands in them. */
async function contents(
  folder: string,
  below = "",
): Promise<Record<string, string>> {
  const files: Record<string, string> = {};
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const file = path.join(folder, name);
    if (name === ".ftpd") continue;
    if (isDirectory) {
      Object.assign(files, await contents(file, `${below}${name}/`));
    } else files[below + name] = await Deno.readTextFile(file);
  }
  return files;
}

function partsIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith(".ftpc-"));
}

Deno.test("SIGINT ends a get whose reader has stopped, too", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  await peer.put("big", randomBytes(20_000_000));
  const [command, before] = commandOf("ftpc");
  const child = new Deno.Command(command, {
    args: [...before, ...asAlex(ftpd), "get", "big", "-"],
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const said = new Response(child.stderr).text();
  const reader = child.stdout.getReader();
  await reader.read(); // it has begun, and more than a pipe holds is to come
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130);
  assert.equal(await said, "ftpc: get big: cancelled\n");
  await reader.cancel();
});
