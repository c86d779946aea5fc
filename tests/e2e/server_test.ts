/** ftpd as the one who runs it meets it: start, init, check, log, end. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  asAlex,
  commandOf,
  makeSite,
  PROGRAM_MS_MAX,
  runFtpc,
  runFtpd,
  startFtpd,
} from "../programs.ts";
import { endOf, loggedIn, type Peer } from "../support/peer.ts";
import { randomBytes } from "../support/bytes.ts";

Deno.test("init, start, and the line that it prints logs in", async () => {
  await using site = await makeSite();
  const folder = path.join(site.folder, "new");
  const init = await runFtpd(["init", folder]);
  assert.equal(init.code, 0, init.stderr);
  const file = path.join(folder, "accounts.ini");
  assert.equal(((await Deno.stat(file)).mode ?? 0) & 0o777, 0o600);
  assert((await Deno.stat(path.join(folder, "home"))).isDirectory);
  const user = /-u (\S+)/.exec(init.stdout)?.[1] ?? "";
  const text = await Deno.readTextFile(file);
  const password = /^password = (.+)$/m.exec(text)?.[1] ?? "";
  assert(password.length >= 12 && init.stdout.includes(password));
  const again = await runFtpd(["init", folder]);
  assert.notEqual(again.code, 0, "never over existing ones");
  assert.equal(await Deno.readTextFile(file), text);
  await using ftpd = await startFtpd(
    "--accounts",
    file,
    "--home",
    path.join(folder, "home"),
  );
  const put = await runFtpc([
    ...["-s", "127.0.0.1", "-P", `${ftpd.port}`, "-u", user, "-p", password],
    ...["put", file, "copy"],
  ]);
  assert.equal(put.code, 0, put.stderr);
});

Deno.test("check prints settings, and every error at once", async () => {
  // A password that no folder's random name holds by chance.
  await using site = await makeSite("[alex]\npassword = open sesame\n");
  const good = await runFtpd(["check", ...site.args]);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /idle_timeout\s.*15m/);
  assert.match(good.stdout, /alex/);
  assert.doesNotMatch(good.stdout + good.stderr, /sesame/, "no password");
  const broken = path.join(site.folder, "broken.ini");
  await Deno.writeTextFile(
    broken,
    "[alex]\npasword = 1\n[b c]\npassword = 2\n[alex]\n",
  );
  const bad = await runFtpd([
    ...["check", "--accounts", broken, "--idle-timeout", "x", "--port", "-1"],
  ]);
  assert.equal(bad.code, 2);
  const said = bad.stdout + bad.stderr;
  for (
    const error of [/broken\.ini:2/, /broken\.ini:3/, /idle.timeout/, /port/]
  ) {
    assert.match(said, error);
  }
});

Deno.test("the log tells of a transfer, in text and in JSON", async () => {
  for (const format of ["text", "json"]) {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args, "--log-format", format);
    const file = path.join(site.folder, "a\u202eb c");
    await Deno.writeTextFile(file, "12345");
    const put = await runFtpc([...asAlex(ftpd), "put", file]);
    assert.equal(put.code, 0, put.stderr);
    await ftpd.logged(/disconnect/);
    const lines = ftpd.log().trimEnd().split("\n");
    const line = lines.find((line) => /\bput\b/.test(line)) ?? "";
    assert.doesNotMatch(line, /\u202e/);
    assert.doesNotMatch(ftpd.log(), /password=|"password"/);
    if (format === "json") {
      for (const line of lines) JSON.parse(line);
      const { time, level, event, session, user, address, name, ...rest } = JSON
        .parse(line);
      assert.match(time, /^\d{4}-.*Z$/);
      assert.deepEqual([level, event, user], ["info", "put", "alex"]);
      assert.match(address, /^127\.0\.0\.1:\d+$/);
      assert.equal(name, "a\\u202eb c");
      assert.equal(rest.bytes, 5);
      assert.equal(rest.result, "success");
      assert.equal(typeof rest.seconds, "number");
      assert(session);
    } else {
      assert.match(line, /^\S+Z info +put session=\S+ user=alex /);
      assert.match(line, /name="a\\u202eb c" bytes=5 .*result=success/);
    }
  }
});

Deno.test("SIGTERM lets a transfer finish, and takes no new connection", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args, "--grace", "60s");
  const bytes = randomBytes(20_000_000);
  await Deno.mkdir(path.join(site.home, "alex"), { recursive: true });
  await Deno.writeFile(path.join(site.home, "alex", "big"), bytes);
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  await peer.send({ action: "get", id: peer.nextId(), filename: "big" });
  const answer = await peer.message();
  assert.equal(answer.status_code, 200);
  ftpd.kill("SIGTERM");
  // Until then nothing more is read: more than the sockets hold is to come.
  await ftpd.logged(/ stop .*SIGTERM/);
  const goaway = await peer.message();
  assert.equal(goaway.action, "goaway");
  assert.equal(goaway.status_code, 247);
  const end = await peer.bodyEnd();
  assert.equal(end.action, "end");
  assert.equal(peer.bodyBytes, bytes.length);
  assert.equal(await peer.closed(), true);
  assert.equal(await ftpd.code, 0);
});

Deno.test("limits of connections are a status and a close", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(
    ...site.args,
    ...["--max-connections", "3", "--max-connections-per-user", "2"],
  );
  const alex = () => loggedIn(ftpd.port, "alex", "123");
  const test = () => loggedIn(ftpd.port, "test", "test");
  await using one = await alex();
  await using two = await alex();
  await assert.rejects(alex(), /242/);
  await using three = await onceThereIsRoom(test);
  await assert.rejects(alex(), /240/);
  await three.close();
  await using again = await onceThereIsRoom(test);
  void [one, two, again];
});

/** A place is free once the server has seen that its peer is gone. */
async function onceThereIsRoom(login: () => Promise<Peer>): Promise<Peer> {
  for (let left = 3000; left > 0; left--) {
    try {
      return await login();
    } catch (error) {
      if (!(error instanceof Error && /240/.test(error.message))) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
  throw new Error("no place became free");
}

Deno.test("an upload over max_upload is a status, and the session goes on", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args, "--max-upload", "64K");
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  const at = await peer.put("at", randomBytes(65_536));
  assert.equal(at.status_code, 200);
  const above = await peer.put("above", randomBytes(65_537), {
    announce: true,
  });
  assert.equal(above.status_code, 227);
  const untold = await peer.put("untold", randomBytes(65_537));
  assert.equal(untold.status_code, 227);
  const below = await peer.put("below", randomBytes(65_535));
  assert.equal(below.status_code, 200);
  const names = [...Deno.readDirSync(path.join(site.home, "alex"))]
    .map((entry) => entry.name).filter((name) => name !== ".ftpd");
  assert.deepEqual(names.sort(), ["at", "below"]);
});

Deno.test("a second ftpd on the same port and home harms no upload of the first", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  await using peer = await loggedIn(ftpd.port, "alex", "123");
  const bytes = randomBytes(100_000);
  const id = peer.nextId();
  await peer.send({ action: "put", id, filename: "a" });
  await peer.data(bytes);
  const parts = path.join(site.home, "alex", ".ftpd");
  await untilThere(() => [...Deno.readDirSync(parts)].length === 1);
  const again = await runFtpd([
    ...["start", "--port", `${ftpd.port}`],
    ...site.args,
  ]);
  assert.equal(again.code, 1);
  assert.match(again.stderr, /^ftpd: [^\n]*in use[^\n]*\n$/, "and no more");
  const { size, checksum } = endOf(bytes);
  await peer.send({ action: "end", id, size, checksum });
  assert.equal((await peer.message()).status_code, 200);
});

Deno.test({
  name: "SIGTERM before it serves ends it with 0, too",
  ignore: Deno.build.os !== "linux", // /proc tells when it may be sent
  fn: endsBeforeItServes,
});

async function endsBeforeItServes(): Promise<void> {
  // Verifiers of so many accounts take a while.
  const accounts = Array.from(
    { length: 10_000 },
    (_, n) => `[user${n}]\npassword = ${n}\n`,
  );
  await using site = await makeSite(accounts.join(""));
  const [command, before] = commandOf("ftpd");
  const child = new Deno.Command(command, {
    args: [...before, "start", "--port", "0", ...site.args],
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const said = new Response(child.stdout).text();
  // It takes its port when it heeds signals already, and says so once the
  // verifiers are made. That SIGTERM is caught tells nothing: Deno does at once.
  await untilThere(() => hasPort(child.pid));
  child.kill("SIGTERM");
  assert.equal((await child.status).code, 0);
  assert.equal(await said, "");
}

/** Whether a process holds a socket that listens (proc(5), net/tcp). */
function hasPort(pid: number): boolean {
  const LISTEN = "0A";
  const listening = Deno.readTextFileSync(`/proc/${pid}/net/tcp`).split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state]) => state === LISTEN)
    .map((fields) => `socket:[${fields[9]}]`);
  const folder = `/proc/${pid}/fd`;
  return [...Deno.readDirSync(folder)].some(({ name }) => {
    try {
      return listening.includes(Deno.readLinkSync(`${folder}/${name}`));
    } catch {
      return false; // closed while this looked
    }
  });
}

/** @param isThere May throw while what it looks at is not there yet. */
async function untilThere(isThere: () => boolean): Promise<void> {
  for (let left = 6000; left > 0; left--) {
    try {
      if (isThere()) return;
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error("it did not come");
}
