/**
 * What ftpc says, to whom: JSON for programs, more or less for people; and the
 * commands of -c and -f.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { startLiar } from "../liars/liar.ts";
import {
  asAlex,
  commandOf,
  makeSite,
  type Ran,
  run,
  runFtpc,
  startFtpd,
} from "../programs.ts";

const CRC32_OF_A = "crc32:d3d99e8b";

interface Line {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** The lines of stdout; seconds are only looked at. */
function eventsOf({ stdout }: Ran): Line[] {
  assert.match(stdout, /^(?:[^\n]+\n)+$/);
  return stdout.trimEnd().split("\n").map((text) => {
    const { seconds, ...line } = JSON.parse(text);
    const none = line.event === "item" && line.result !== "done";
    assert.equal(typeof seconds, none ? "object" : "number", text);
    return line;
  });
}

const item = (more: object) => ({
  ...{ v: 1, event: "item", status_code: 200, result: "done" },
  ...{ size: 1, sent_bytes: 1, resumed_from: null, checksum: CRC32_OF_A },
  ...{ reason: null, message: null },
  ...more,
});
const failed = (more: object) =>
  item({
    result: "failed",
    size: null,
    sent_bytes: null,
    checksum: null,
    ...more,
  });
const end = (more: object) => ({
  ...{ v: 1, event: "end", done: 0, skipped: 0, failed: 0, bytes: 0 },
  ...{ sent_bytes: 0, exit_code: 0 },
  ...more,
});

Deno.test("--json tells of put and get, one object a line, an end last", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await Deno.writeTextFile(path.join(site.folder, "a"), "A");
  const alex = asAlex(ftpd);
  const ran = (args: string[], stdin = "") =>
    runFtpc(args, { cwd: site.folder, stdin });

  await t.step("a put and a get that work", async () => {
    const put = await ran([...alex, "put", "a", "b", "--json"]);
    assert.deepEqual(eventsOf(put), [
      item({ command: "put", source: "a", target: "b" }),
      end({ done: 1, bytes: 1, sent_bytes: 1 }),
    ]);
    assert.deepEqual([put.code, put.stderr], [0, ""]);
    const get = await ran(["--json", ...alex, "get", "b", "c"]);
    assert.deepEqual(eventsOf(get), [
      item({ command: "get", source: "b", target: "c" }),
      end({ done: 1, bytes: 1, sent_bytes: 1 }),
    ]);
    assert.equal(await Deno.readTextFile(path.join(site.folder, "c")), "A");
  });

  await t.step("what fails there, and here", async () => {
    const both = await ran([
      ...alex,
      "--json",
      "get",
      "none",
      "b",
      "--to",
      ".",
    ]);
    assert.deepEqual(eventsOf(both), [
      failed({
        ...{ command: "get", source: "none", target: "none" },
        ...{ status_code: 220, reason: "not_found" },
        message: "get none: no such file or folder",
      }),
      item({ command: "get", source: "b", target: "b" }),
      end({ done: 1, failed: 1, bytes: 1, sent_bytes: 1, exit_code: 1 }),
    ]);
    assert.equal(both.code, 1);
    assert.match(both.stderr, /^ftpc: get none: .*\n$/);
    const [here, over] = eventsOf(await ran([...alex, "--json", "put", "no"]));
    assert.deepEqual(
      [here?.reason, here?.status_code, here?.result, over?.exit_code],
      ["not_found", null, "failed", 1],
    );
  });

  await t.step("nothing at all was done", async () => {
    const usage = await ran(["--json", "-s", "h", "fly"]);
    assert.deepEqual(eventsOf(usage), [end({ exit_code: 2 })]);
    assert.match(usage.stderr, /^ftpc: fly: unknown command/);
    const twice = await ran([...alex, "--json", "get", "b", "-"]);
    assert.deepEqual(eventsOf(twice), [end({ exit_code: 2 })]);
    assert.match(twice.stderr, /both want stdout/);
  });

  await t.step(
    "a script has one end, a line of its own has its own",
    async () => {
      const script = await ran(
        [...alex, "--json"],
        "put a x\nget none\nput a y\n",
      );
      assert.deepEqual(
        eventsOf(script).map(({ event, target }) => target ?? event),
        [
          ...["x", "none", "y", "end"],
        ],
      );
      assert.equal(script.code, 1);
      const line = await ran(alex, "put a x --json\nput a y\n");
      assert.deepEqual(eventsOf(line).map(({ event }) => event), [
        "item",
        "end",
      ]);
    },
  );
});

Deno.test("-v and --stats say more, --quiet less", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await Deno.writeTextFile(path.join(site.folder, "a"), "A");
  const ran = (...args: string[]) =>
    runFtpc([...asAlex(ftpd), ...args], { cwd: site.folder });
  assert.deepEqual(await ran("put", "a"), { code: 0, stdout: "", stderr: "" });
  assert.match(
    (await ran("put", "-v", "a")).stderr,
    /^ftpc: connected to 127\.0\.0\.1:\d+ as alex\na: 1 byte in .*verified\n$/,
  );
  assert.match(
    (await ran("put", "a", "no", "--to", ".", "--stats", "--quiet")).stderr,
    /^ftpc: put no: .*\n1 done, 0 skipped, 1 failed; 1 B in [\d.]+ s, .*\/s\n$/,
  );
});

Deno.test("-c and -f run commands; --stop-on-error ends at the first failure", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const cwd = site.folder;
  await Deno.writeTextFile(path.join(cwd, "a"), "A");
  await Deno.writeTextFile(
    path.join(cwd, "run.txt"),
    "put - b\nget b -\r\n!exit 3\n",
  );
  const cases: readonly {
    args: string[];
    stdin?: string;
    code: number;
    stdout: string;
  }[] = [
    { args: ["-c", "put a; get a -"], code: 0, stdout: "A" },
    { args: ["-c", "get none; get a -; fly"], code: 1, stdout: "A" },
    {
      args: ["--stop-on-error", "-c", "get none; get a -"],
      code: 1,
      stdout: "",
    },
    { args: ["-c", "get a -; exit; fly"], code: 0, stdout: "A" },
    // stdin is not taken by the commands: a put may have it.
    { args: ["-f", "run.txt"], stdin: "B", code: 1, stdout: "B" },
    { args: ["-f", "-"], stdin: "get a -\n", code: 0, stdout: "A" },
    { args: ["-f", "none.txt"], code: 1, stdout: "" },
    { args: ["-c", "put 'a"], code: 2, stdout: "" },
    {
      args: ["get", "none", "a", "--to", "home", "--stop-on-error"],
      code: 1,
      stdout: "",
    },
  ];
  for (const { args, stdin = "", code, stdout } of cases) {
    await t.step(args.join(" "), async () => {
      const ran = await runFtpc([...asAlex(ftpd), ...args], { cwd, stdin });
      assert.deepEqual([ran.code, ran.stdout], [code, stdout], ran.stderr);
      assert.match(ran.stderr, /^(?:ftpc: [^\n]*\n)*$/);
    });
  }
  await assert.rejects(Deno.stat(path.join(cwd, "home", "a")), "it went on");
});

Deno.test("--timeout gives up a server that is silent", async () => {
  await using liar = startLiar(async (victim) => await victim.left());
  const { code, stderr } = await runFtpc([
    ...asAlex(liar),
    ...["get", "a", "--timeout", "3s"],
  ]);
  assert.equal(code, 3);
  assert.match(stderr, /no answer within 3 seconds/);
});

Deno.test("--timeout gives up a server that falls silent later", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    await victim.request(); // a get, which nobody answers
    await victim.left();
  });
  const { code, stderr } = await runFtpc([
    ...asAlex(liar),
    ...["--timeout", "8s", "get", "a", "-"],
  ]);
  assert.equal(code, 3);
  assert.match(stderr, /^ftpc: get a: nothing came for 8 seconds/);
});

Deno.test("help of a command, in the shell and outside of it", async () => {
  const outside = await runFtpc(["put", "--help"]);
  assert.equal(outside.code, 0, outside.stderr);
  assert.match(
    outside.stdout,
    /^Usage: put \[FLAGS\] LOCAL\.\.\. \[REMOTE\]\n/,
  );
  assert.deepEqual(await runFtpc(["help", "put"]), outside);
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const inside = await runFtpc(asAlex(ftpd), { stdin: "help put\n" });
  assert.deepEqual(inside, outside);
});

Deno.test({
  name: "what cannot be printed is an error; a reader who has enough is none",
  ignore: Deno.build.os !== "linux", // for /dev/full
  fn: async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    const home = path.join(site.home, "alex");
    await Deno.mkdir(home, { recursive: true });
    await Deno.writeTextFile(path.join(home, "a"), "a");
    const [program, before] = commandOf("ftpc");
    const words = [program, ...before, ...asAlex(ftpd)];
    const sh = (script: string) =>
      run("bash", ["-c", `set -o pipefail; ${script}`, "bash", ...words]);
    for (const command of ["ls -l", "--json checksum a"]) {
      const { code, stderr } = await sh(`"$@" ${command} > /dev/full`);
      assert.equal(code, 1);
      assert.match(stderr, /^ftpc: stdout: No space left on device .*\n$/);
    }
    const { code, stderr } = await sh(`"$@" ls -l | true`);
    assert.deepEqual([code, stderr], [0, ""]);
  },
});
