/** The shell, as a person at a terminal has it. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { startLiar } from "../liars/liar.ts";
import { asAlex, commandOf, makeSite, startFtpd } from "../programs.ts";
import { HAS_TERMINALS, Terminal } from "./terminal.ts";

const PROMPT = "[alex] >>> ";
const UP = "\x1b[A";
const LEFT = "\x1b[D";
const CTRL_C = "\x03";
const CTRL_D = "\x04";

/** A test that needs a terminal. */
function test(name: string, run: () => Promise<void>): void {
  Deno.test({ name, ignore: !HAS_TERMINALS, fn: run });
}

/** ftpc at a terminal, as alex. */
function ftpcAt(
  server: { readonly port: number },
  options: ConstructorParameters<typeof Terminal>[1] & {
    readonly args?: readonly string[];
  } = {},
): Terminal {
  const [command, before] = commandOf("ftpc");
  const { args = asAlex(server), ...terminal } = options;
  return new Terminal([command, ...before, ...args], terminal);
}

test("commands, at 80 and 200 columns", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await Deno.writeTextFile(path.join(site.folder, "a b"), "hello\n");
  await Deno.mkdir(path.join(site.folder, "sub"));
  for (const columns of [80, 200]) {
    await using ftpc = ftpcAt(ftpd, { columns, cwd: site.folder });
    await ftpc.until("ftpc: warning: other users of this machine can see");
    await ftpc.until(PROMPT);
    await ftpc.type("help\r");
    for (const word of ["put LOCAL", "get REMOTE", "lcd", "lpwd", "!COMMAND"]) {
      await ftpc.until(word);
    }
    await ftpc.until(PROMPT);
    await ftpc.type("put 'a b' \"c d\"\r");
    await ftpc.until(
      /c d: 6 bytes in \d+\.\d+ s, \d+\.\d+ MB\/s, checksum verified\r\n/,
    );
    await ftpc.until(PROMPT);
    await ftpc.type("get c\\ d sub/\r");
    await ftpc.until("c d: 6 bytes in ");
    await ftpc.until(PROMPT);
    await ftpc.type("lcd sub\r");
    await ftpc.until(PROMPT);
    await ftpc.type("lpwd\r");
    await ftpc.until(`${path.join(site.folder, "sub")}\r\n`);
    await ftpc.until(PROMPT);
    await ftpc.type("!ls; exit 3\r");
    await ftpc.until("c d");
    await ftpc.until("ftpc: !ls; exit 3: it ended with 3\r\n");
    await ftpc.until(PROMPT);
    await ftpc.type("frobnicate\r");
    await ftpc.until(
      "ftpc: frobnicate: unknown command (help lists the commands)\r\n",
    );
    await ftpc.until(PROMPT);
    await ftpc.type("get missing\r");
    await ftpc.until(/ftpc: get missing: [^\r]*no such file/i);
    await ftpc.until(PROMPT);
    await ftpc.type("exit\r");
    assert.equal(await ftpc.code, 0, "at a terminal the shell ends with 0");
    assert.equal(ftpc.shown.match(/warning/g)?.length, 1, "one warning");
    assert.doesNotMatch(ftpc.shown, /^\s+at /m, "no stack");
  }
  const got = await Deno.readTextFile(path.join(site.folder, "sub", "c d"));
  assert.equal(got, "hello\n");
});

test("lines are edited and come back; four ways lead out", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  {
    await using ftpc = ftpcAt(ftpd, { cwd: site.folder });
    await ftpc.until(PROMPT);
    await ftpc.type(`!echo a${LEFT}b\r`);
    await ftpc.until("\r\nba\r\n");
    await ftpc.until(PROMPT);
    await ftpc.type(`lpwd\r`);
    await ftpc.until(PROMPT);
    await ftpc.type(`${UP}${UP}c\r`);
    await ftpc.until("\r\nbac\r\n");
    await ftpc.until(PROMPT);
    await ftpc.type(`half a line${CTRL_C}`);
    await ftpc.until(PROMPT);
    await ftpc.type(CTRL_C);
    await ftpc.until("exit or Ctrl-D leaves\r\n");
    await ftpc.until(PROMPT);
    await ftpc.type(`!echo 文件\r`);
    await ftpc.until("\r\n文件\r\n");
    await ftpc.until(PROMPT);
    await ftpc.type(CTRL_D);
    assert.equal(await ftpc.code, 0);
  }
  for (const leave of ["exit\r", "quit\r"]) {
    await using ftpc = ftpcAt(ftpd);
    await ftpc.until(PROMPT);
    await ftpc.type(leave);
    assert.equal(await ftpc.code, 0);
  }
});

test("user and password are asked for, and not shown", async () => {
  await using site = await makeSite("[alex]\npassword = sesame3\n");
  await using ftpd = await startFtpd(...site.args);
  const args = ["-s", "127.0.0.1", "-P", `${ftpd.port}`];
  {
    await using ftpc = ftpcAt(ftpd, { args });
    for (const [user, password] of [["alex", "wrong"], ["nobody", "sesame3"]]) {
      await ftpc.until("user: ");
      await ftpc.type(`${user}\r`);
      await ftpc.until(`password of ${user}: `);
      await ftpc.type(`${password}\r`);
      await ftpc.until("not correct: try again.\r\n");
    }
    await ftpc.until("user: ");
    await ftpc.type("alex\r");
    await ftpc.until("password of alex: ");
    await ftpc.type("sesame4\x7f3\r");
    await ftpc.until(PROMPT);
    await ftpc.type("exit\r");
    assert.equal(await ftpc.code, 0);
    assert.doesNotMatch(ftpc.shown, /wrong|sesame|warning/);
  }
  {
    await using ftpc = ftpcAt(ftpd, { args: [...args, "-u", "alex"] });
    for (let tries = 1; tries <= 3; tries++) {
      await ftpc.until("password of alex: ");
      await ftpc.type("wrong\r");
    }
    await ftpc.until(/ftpc: login alex: [^\r]* is not correct [^\r]*\r\n/);
    assert.equal(await ftpc.code, 4);
  }
  for (const [keys, code] of [[CTRL_C, 130], [CTRL_D, 130]] as const) {
    await using ftpc = ftpcAt(ftpd, { args: [...args, "-u", "alex"] });
    await ftpc.until("password of alex: ");
    await ftpc.type(keys);
    await ftpc.until("login: given up");
    assert.equal(await ftpc.code, code);
  }
});

test("a lost connection is said, and reopened by the next command", async () => {
  await using site = await makeSite();
  const first = await startFtpd(...site.args);
  await using ftpc = ftpcAt(first, { cwd: site.folder });
  await ftpc.until(PROMPT);
  await first[Symbol.asyncDispose]();
  await ftpc.type("get x\r");
  await ftpc.until("ftpc: the connection was lost: connecting again\r\n");
  await ftpc.until(/ftpc: connect to 127\.0\.0\.1:\d+: .*\r\n/);
  await ftpc.until(PROMPT);
  await using _again = await startFtpd(...site.args, "--port", `${first.port}`);
  await ftpc.type("put accounts.ini\r");
  await ftpc.until("connecting again\r\n");
  await ftpc.until("accounts.ini: ");
  await ftpc.until("checksum verified\r\n");
  await ftpc.until(PROMPT);
  await ftpc.type("put accounts.ini\r");
  const shown = await ftpc.until("checksum verified\r\n");
  assert.doesNotMatch(shown, /again/);
  await ftpc.until(PROMPT);
  await ftpc.type(CTRL_D);
  assert.equal(await ftpc.code, 0);
});

const BODY = new TextEncoder().encode("half of a body\n".repeat(100));
const SIZE = BODY.length * 2;

test("progress is shown, also where there is hardly room, and goes", async () => {
  for (const columns of [200, 80, 30, 8]) {
    const seen = Promise.withResolvers<void>();
    await using liar = startLiar(async (victim) => {
      await victim.letIn();
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200, size: SIZE, mtime: "1" });
      await victim.data(BODY);
      await seen.promise;
      await victim.data(BODY);
      const checksum = "crc32:bdc9104a";
      await victim.send({ action: "end", id, size: SIZE, checksum });
      await victim.left();
    });
    const folder = await Deno.makeTempDir({ prefix: "ftpc-terminal-" });
    await using ftpc = ftpcAt(liar, { cwd: folder, columns });
    await ftpc.until(PROMPT);
    await ftpc.type("get 文件\r");
    const line = await ftpc.until(columns < 30 ? "…" : "50 %");
    if (columns === 80) await ftpc.resize(40);
    seen.resolve();
    if (columns >= 80) assert.match(line, /文件 {2}\[#+-+\] {2} 50 %/);
    await ftpc.until("文件: ");
    await ftpc.until("checksum verified");
    await ftpc.until(PROMPT);
    await ftpc.type(CTRL_D);
    assert.equal(await ftpc.code, 0);
    await Deno.remove(folder, { recursive: true });
  }
});

test("Ctrl-C ends the transfer and keeps the session; twice ends ftpc", async () => {
  const heedless = Promise.withResolvers<void>();
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const { id } = await victim.request();
    await victim.send({ id, status_code: 200, size: SIZE, mtime: "1" });
    await victim.data(BODY);
    assert.deepEqual(await victim.message(), { action: "cancel", id });
    await victim.send({ action: "abort", id, status_code: 213 });
    await victim.serve(BODY);
    const { id: last } = await victim.request();
    await victim.send({ id: last, status_code: 200, size: SIZE, mtime: "1" });
    await victim.data(BODY);
    await victim.message(); // the cancel, which is not heeded
    heedless.resolve();
    await victim.silence();
  });
  const folder = await Deno.makeTempDir({ prefix: "ftpc-terminal-" });
  await Deno.writeTextFile(path.join(folder, "a"), "before");
  await using ftpc = ftpcAt(liar, { cwd: folder });
  await ftpc.until(PROMPT);
  await ftpc.type("get a\r");
  await ftpc.until("50 %");
  await ftpc.type(CTRL_C);
  await ftpc.until("ftpc: get a: cancelled\r\n");
  await ftpc.until(PROMPT);
  assert.deepEqual(filesOf(folder), ["a"]);
  assert.equal(await Deno.readTextFile(path.join(folder, "a")), "before");
  await ftpc.type("get b\r");
  await ftpc.until("b: 1,500 bytes");
  await ftpc.until(PROMPT);
  await ftpc.type("get c\r");
  await ftpc.until("50 %");
  await ftpc.type(CTRL_C);
  await heedless.promise;
  await ftpc.type(CTRL_C);
  assert.equal(await ftpc.code, 130);
  assert.deepEqual(filesOf(folder), ["a", "b"], "no part is left");
  await Deno.remove(folder, { recursive: true });
});

test("Ctrl-C is for the program behind !, however often", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await using ftpc = ftpcAt(ftpd);
  await ftpc.until(PROMPT);
  await ftpc.type(
    "!trap 'echo caught' INT; echo ready; until read line; do :; done\r",
  );
  await ftpc.until("\r\nready\r\n");
  for (let times = 0; times < 3; times++) {
    await ftpc.type(CTRL_C);
    await ftpc.until("caught");
  }
  await ftpc.type("\r");
  await ftpc.until(PROMPT);
  await ftpc.type(CTRL_D);
  assert.equal(await ftpc.code, 0);
});

test("a command line at a terminal shows its closing line", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const args = [...asAlex(ftpd), "put", "accounts.ini"];
  await using ftpc = ftpcAt(ftpd, { cwd: site.folder, args });
  await ftpc.until("ftpc: warning: other users");
  await ftpc.until(/accounts\.ini: \d+ bytes in .*checksum verified\r\n/);
  assert.equal(await ftpc.code, 0);
});

function filesOf(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
}
