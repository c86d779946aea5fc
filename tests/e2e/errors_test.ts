/** What goes wrong is told in one line, and the exit code tells its class. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, runFtpc, runFtpd, startFtpd } from "../programs.ts";

Deno.test("ftpc: each class of failure has its exit code and one line", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const folder = path.join(site.home, "alex", "folder");
  await Deno.mkdir(folder, { recursive: true });
  const here = ["-s", "127.0.0.1", "-P", `${ftpd.port}`];
  const file = path.join(site.folder, "file");
  await Deno.writeTextFile(file, "x");
  const cases = [
    { code: 1, args: [...asAlex(ftpd), "get", "missing"], says: /missing/ },
    { code: 1, args: [...asAlex(ftpd), "get", "folder"], says: /folder/ },
    { code: 1, args: [...asAlex(ftpd), "get", "../x"], says: /\.\.\/x/ },
    { code: 1, args: [...asAlex(ftpd), "put", "/no/such"], says: /no\/such/ },
    { code: 1, args: [...asAlex(ftpd), "put", site.folder], says: /-r/ },
    { code: 1, args: [...asAlex(ftpd), "put", file, "no/x"], says: /no\/x/ },
    { code: 1, args: [...asAlex(ftpd), "put", file, "../x"], says: /\.\.\/x/ },
    { code: 1, args: [...asAlex(ftpd), "put", file, ".ftpd/x"], says: /ftpd/ },
    { code: 2, args: [...here, "fly"], says: /fly/ },
    { code: 2, args: ["--no-such-flag"], says: /no-such-flag/ },
    { code: 2, args: [...here, "-P", "99999", "get", "x"], says: /99999/ },
    {
      code: 3,
      args: ["-s", "127.0.0.1", "-P", "1", "-u", "a", "-p", "b", "get", "x"],
      says: /127\.0\.0\.1:1\b/,
    },
    {
      code: 4,
      args: [...here, "-u", "alex", "-p", "wrong", "get", "x"],
      says: /password/,
    },
    {
      code: 4,
      args: [...here, "-u", "nobody", "-p", "123", "get", "x"],
      says: /password/,
    },
  ];
  for (const { code, args, says } of cases) {
    await t.step(args.slice(-3).join(" "), async () => {
      const ran = await runFtpc(args, { cwd: site.folder });
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, /^ftpc: [^\n]*\n$/, "one line");
      assert.match(ran.stderr, says);
      assert.equal(ran.stdout, "");
    });
  }
  const left = [...Deno.readDirSync(site.folder)].map((e) => e.name);
  assert.deepEqual(left.sort(), ["accounts.ini", "file", "home"]);
});

Deno.test("where several things fail, the first one gives the code", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const file = path.join(site.folder, "good");
  await Deno.writeTextFile(file, "x");
  const ran = await runFtpc([
    ...asAlex(ftpd),
    ...["put", "--to", "/", "/no/such", file],
  ]);
  assert.equal(ran.code, 1);
  assert.equal(
    await Deno.readTextFile(path.join(site.home, "alex", "good")),
    "x",
    "what can be done is done",
  );
});

Deno.test("ftpd: a start that fails says why in one line", async (t) => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const empty = path.join(site.folder, "empty");
  await Deno.mkdir(empty);
  const broken = path.join(site.folder, "broken.ini");
  await Deno.writeTextFile(broken, "[alex]\npasword = 123\n");
  const cases = [
    { code: 1, args: ["--port", `${ftpd.port}`], says: /in use/ },
    { code: 2, args: ["--port", "70000"], says: /port/ },
    { code: 2, args: ["--idle-timeout", "5x"], says: /idle.timeout/ },
    { code: 2, args: ["--max-upload", "0"], says: /max.upload/ },
    { code: 2, args: ["--colour", "red"], says: /colour/ },
    { code: 2, args: ["--ftp-port", "2121"], says: /ftp-port/ },
    { code: 2, args: ["--accounts", broken], says: /broken\.ini:2.*password/ },
    { code: 2, args: ["--accounts", "none.ini"], says: /ftpd init/ },
  ];
  for (const { code, args, says } of cases) {
    await t.step(args.join(" "), async () => {
      const ran = await runFtpd(["start", ...site.args, ...args]);
      assert.equal(ran.code, code, ran.stderr);
      assert.match(ran.stderr, /^ftpd: [^\n]*\n$/, "one line");
      assert.match(ran.stderr, says);
      assert.equal(ran.stdout, "");
    });
  }
  await t.step("in an empty folder", async () => {
    const ran = await runFtpd([], { cwd: empty });
    assert.equal(ran.code, 2);
    assert.match(ran.stderr, /^ftpd: [^\n]*ftpd init[^\n]*\n$/);
  });
});
