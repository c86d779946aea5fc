/** Bookmarks, places, history, Tab and --limit, as their user has them. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  asAlex,
  commandOf,
  COMPILED,
  makeSite,
  run,
  runFtpc,
  startFtpd,
} from "../programs.ts";
import { HAS_TERMINALS, Terminal } from "./terminal.ts";

const PROMPT = "[alex] >>> ";
const CTRL_D = "\x04";
const UP = "\x1b[A";
const POSIX = Deno.build.os !== "windows";

/** A site with a folder for what ftpc keeps. */
async function placesSite() {
  const site = await makeSite();
  const kept = path.join(site.folder, "kept");
  const env = { XDG_CONFIG_HOME: kept, XDG_STATE_HOME: kept };
  const ftpc = (args: readonly string[], stdin?: string) =>
    runFtpc(args, {
      cwd: site.folder,
      env,
      ...(stdin === undefined ? {} : { stdin }),
    });
  return { ...site, kept, env, ftpc };
}

Deno.test({
  name: "a bookmark stands for a server, in commands and for a shell",
  ignore: !POSIX,
  async fn() {
    await using site = await placesSite();
    await using ftpd = await startFtpd(...site.args);
    const { ftpc } = site;
    const file = path.join(site.kept, "ftpc", "bookmarks.ini");
    await Deno.mkdir(path.join(site.home, "alex", "inbox"), {
      recursive: true,
    });
    await Deno.writeTextFile(path.join(site.folder, "a.txt"), "hello\n");
    await Deno.writeTextFile(path.join(site.folder, "x:y"), "colon\n");
    const port = ["-P", `${ftpd.port}`];
    const cases: readonly {
      readonly args: readonly string[];
      readonly stdin?: string;
      readonly code?: number;
      readonly stdout?: string | RegExp;
      readonly stderr?: RegExp;
    }[] = [
      { args: ["bookmark", "list"] },
      {
        args: [
          ...port,
          ...["bookmark", "add", "--password-command", "echo 123"],
          ...["work", "alex@127.0.0.1:inbox"],
        ],
      },
      {
        args: ["bookmark", "list"],
        stdout: `work  alex@127.0.0.1:inbox -P ${ftpd.port}\n`,
      },
      { args: ["bookmark", "show", "work"], stdout: /^\[work\]\nserver = / },
      { args: ["put", "a.txt", "work:"] },
      { args: ["put", "./x:y", "work:/top.txt"] },
      { args: ["get", "work:a.txt", "-"], stdout: "hello\n" },
      { args: ["get", "work:/top.txt", "-"], stdout: "colon\n" },
      { args: ["get", "work:a.txt", "got"] },
      { args: ["work:"], stdin: "get a.txt -\n", stdout: "hello\n" },
      { args: ["work:/"], stdin: "get inbox/a.txt -\n", stdout: "hello\n" },
      { args: ["work:none"], code: 1, stderr: /none: no such file or folder/ },
      {
        args: ["put", "x:y", "wrok:"],
        code: 2,
        stderr: /wrok: no such bookmark: is it work\? \(.*\.\/wrok:/,
      },
      { args: ["put", "work:a.txt", "work:b"], code: 2, stderr: /\.\/work:/ },
      {
        args: [...port, "-p", "123", "get", "alex@127.0.0.1:top.txt", "-"],
        stdout: "colon\n",
      },
      // Where -s says the server, a name is a name.
      { args: [...asAlex(ftpd), "put", "x:y", "z:w"] },
      { args: [...asAlex(ftpd), "get", "z:w", "-"], stdout: "colon\n" },
      { args: ["bookmark", "rm", "work"] },
      { args: ["bookmark", "rm", "work"], code: 2, stderr: /there is none/ },
      { args: ["get", "work:a.txt"], code: 2, stderr: /no such bookmark/ },
    ];
    for (const { args, stdin, code = 0, stdout = "", stderr } of cases) {
      const ran = await ftpc(args, stdin);
      const all = `${args.join(" ")}: ${ran.stderr}`;
      assert.equal(ran.code, code, all);
      if (typeof stdout === "string") assert.equal(ran.stdout, stdout, all);
      else assert.match(ran.stdout, stdout, all);
      assert.match(ran.stderr, stderr ?? /^$/, all);
      if (args.includes("add")) {
        assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
      }
    }
    const got = await Deno.readTextFile(path.join(site.folder, "got"));
    assert.equal(got, "hello\n");
  },
});

Deno.test({
  name: "a password_command's stderr is seen, and its failure is one line",
  ignore: !POSIX,
  async fn() {
    await using site = await placesSite();
    await using ftpd = await startFtpd(...site.args);
    const fails = "sh -c 'echo locked >&2; exit 2'";
    await site.ftpc([
      ...["-P", `${ftpd.port}`, "bookmark", "add"],
      ...["--password-command", fails, "work", "alex@127.0.0.1:"],
    ]);
    const ran = await site.ftpc(["get", "work:a"]);
    assert.equal(ran.code, 1);
    assert.match(
      ran.stderr,
      /^locked\nftpc: password_command sh: it ended with 2 \([^\n]*\)\n$/,
    );
    // Another user's password it is not.
    const other = await site.ftpc(["-u", "test", "get", "work:a"]);
    assert.equal(other.code, 2);
    assert.match(other.stderr, /no password was given/);
  },
});

Deno.test({
  name: "bookmarks that are a link, or a FIFO, are refused in one line",
  ignore: !POSIX,
  async fn() {
    await using site = await placesSite();
    const folder = path.join(site.kept, "ftpc");
    await Deno.mkdir(folder, { recursive: true });
    const file = path.join(folder, "bookmarks.ini");
    const plant = [
      () => Deno.symlink("/etc/passwd", file),
      () => run("mkfifo", [file]),
    ];
    for (const planted of plant) {
      await planted();
      const ran = await site.ftpc(["bookmark", "list"]);
      assert.equal(ran.code, 1);
      assert.match(ran.stderr, /^ftpc: [^\n]*bookmarks\.ini: is [^\n]*\n$/);
      await Deno.remove(file);
    }
  },
});

Deno.test({
  name: "lines come back in the next shell; Tab completes names",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using site = await placesSite();
    await using ftpd = await startFtpd(...site.args);
    const [command, before] = commandOf("ftpc");
    const shell = () =>
      new Terminal([command, ...before, ...asAlex(ftpd)], {
        cwd: site.folder,
        env: site.env,
      });
    {
      await using ftpc = shell();
      await ftpc.until(PROMPT);
      await ftpc.type("put acc\t re\x7f\x7frenamed.ini\r");
      await ftpc.until("renamed.ini: ");
      await ftpc.until(PROMPT);
      await ftpc.type("sesame3\r");
      await ftpc.until("unknown command");
      await ftpc.until(PROMPT);
      await ftpc.type("!echo done -p 123\r");
      await ftpc.until("\r\ndone -p 123\r\n");
      await ftpc.until(PROMPT);
      // A server may take longer to list than Tab waits: then the next one has it.
      await ftpc.type("get ren");
      const tabs = setInterval(() => ftpc.type("\t").catch(() => {}), 500);
      try {
        await ftpc.until("amed.ini ");
      } finally {
        clearInterval(tabs);
      }
      await ftpc.type("got.ini\r");
      await ftpc.until("renamed.ini: ");
      await ftpc.until(PROMPT);
      await ftpc.type(CTRL_D);
      assert.equal(await ftpc.code, 0);
    }
    const kept = path.join(site.kept, "ftpc", "history");
    assert.equal(
      await Deno.readTextFile(kept),
      "put accounts.ini  renamed.ini\nget renamed.ini got.ini\n",
    );
    if (POSIX) assert.equal((await Deno.stat(kept)).mode! & 0o777, 0o600);
    {
      await using ftpc = shell();
      await ftpc.until(PROMPT);
      await ftpc.type(`${UP}\r`);
      await ftpc.until("renamed.ini: ");
      await ftpc.until(PROMPT);
      await ftpc.type("history\r");
      await ftpc.until("1  put accounts.ini  renamed.ini\r\n");
      await ftpc.until("2  get renamed.ini got.ini\r\n");
      await ftpc.until(PROMPT);
      await ftpc.type(CTRL_D);
      assert.equal(await ftpc.code, 0);
    }
  },
});

Deno.test({
  name: "a history that is not ours is said once, and the shell goes on",
  ignore: !HAS_TERMINALS,
  async fn() {
    await using site = await placesSite();
    await using ftpd = await startFtpd(...site.args);
    await Deno.mkdir(path.join(site.kept, "ftpc"), { recursive: true });
    const kept = path.join(site.kept, "ftpc", "history");
    await Deno.symlink(path.join(site.folder, "elsewhere"), kept);
    const [command, before] = commandOf("ftpc");
    await using ftpc = new Terminal([command, ...before, ...asAlex(ftpd)], {
      cwd: site.folder,
      env: site.env,
    });
    await ftpc.until("history: is a link: it is not used");
    await ftpc.until(PROMPT);
    await ftpc.type("lpwd\r");
    await ftpc.until(PROMPT);
    await ftpc.type(`${UP}\r`);
    await ftpc.until(PROMPT);
    await ftpc.type(CTRL_D);
    assert.equal(await ftpc.code, 0);
    assert.equal(ftpc.shown.match(/is a link/g)?.length, 1);
    const planted = await Deno.stat(path.join(site.folder, "elsewhere"))
      .catch(() => null);
    assert.equal(planted, null);
  },
});

Deno.test({
  name: "a limit is told as it was understood, and files are whole",
  async fn() {
    await using site = await placesSite();
    await using ftpd = await startFtpd(...site.args);
    const bytes = new Uint8Array(200_000).map((_, at) => at * 7);
    await Deno.writeFile(path.join(site.folder, "big"), bytes);
    const put = await site.ftpc([
      ...asAlex(ftpd),
      ...["--limit", "4Mbit", "put", "big"],
    ]);
    assert.equal(put.code, 0);
    assert.equal(put.stderr, "ftpc: limit: 500,000 bytes/s (4 Mbit/s)\n");
    const get = await site.ftpc([
      ...asAlex(ftpd),
      ...["get", "big", "got", "--limit", "1M", "--quiet"],
    ]);
    assert.deepEqual([get.code, get.stderr], [0, ""]);
    const got = await Deno.readFile(path.join(site.folder, "got"));
    assert.deepEqual(got, bytes);
  },
});

Deno.test({
  name: "without permissions there is no state, and nobody is asked for it",
  ignore: COMPILED || !HAS_TERMINALS,
  async fn() {
    await using site = await placesSite();
    await using ftpd = await startFtpd(...site.args);
    const client = path.resolve(import.meta.dirname ?? ".", "../../client.ts");
    const net = `--allow-net=127.0.0.1:${ftpd.port}`;
    await using ftpc = new Terminal([
      ...[Deno.execPath(), "run", net, client, ...asAlex(ftpd)],
    ], { cwd: site.folder, env: site.env });
    await ftpc.until(PROMPT);
    await ftpc.type("put acc\t\r");
    await ftpc.until(/requests read access to|put acc/);
    await ftpc.type(CTRL_D);
    assert.doesNotMatch(ftpc.shown, /requests (?:env|write|sys)/);
  },
});
