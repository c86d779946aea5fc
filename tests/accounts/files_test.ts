/** accounts.ini on disk: reading it, and making a first one. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { initFolder, loadAccounts, weakness } from "../../lib/accounts/mod.ts";
import { formatProblem } from "../../lib/ini/mod.ts";

const POSIX = Deno.build.os !== "windows";
const random = {
  bytes: (n: number) => crypto.getRandomValues(new Uint8Array(n)),
};

async function inTempDir(run: (dir: string) => Promise<void>) {
  const dir = await Deno.makeTempDir({ prefix: "accounts-" });
  try {
    await run(dir);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

Deno.test("loadAccounts() says what to do about a file that is not there", () =>
  inTempDir(async (dir) => {
    const { problems } = await loadAccounts(path.join(dir, "none.ini"));
    assert.deepEqual(problems.map(({ code }) => code), ["missing"]);
    assert.match(problems[0]?.message ?? "", /run `ftpd init`/);
  }));

Deno.test("loadAccounts() says that a folder is no file", () =>
  inTempDir(async (dir) => {
    const { problems } = await loadAccounts(dir);
    assert.deepEqual(problems.map(({ code }) => code), ["unreadable"]);
    assert.equal(problems[0]?.message, "is a folder, not a file");
  }));

const BYTES = [
  { name: "in the first line", bytes: [0xff, 0x0a], line: 1 },
  {
    name: "in the second line",
    bytes: [0x61, 0x0a, 0xc3, 0x0a, 0x61],
    line: 2,
  },
  { name: "at the end", bytes: [0x61, 0x0d, 0x0a, 0x0a, 0xe2, 0x82], line: 3 },
];
for (const { name, bytes, line } of BYTES) {
  Deno.test(`loadAccounts() finds what is not UTF-8 ${name}`, () =>
    inTempDir(async (dir) => {
      const file = path.join(dir, "accounts.ini");
      await Deno.writeFile(file, Uint8Array.from(bytes));
      const { problems } = await loadAccounts(file);
      assert.deepEqual(problems.map((p) => [p.code, p.line]), [[
        "not_utf8",
        line,
      ]]);
    }));
}

Deno.test("loadAccounts() reads a BOM and CRLF, and warns about the mode", () =>
  inTempDir(async (dir) => {
    const file = path.join(dir, "accounts.ini");
    await Deno.writeTextFile(file, "\ufeff[a]\r\npassword = 123\r\n");
    if (POSIX) await Deno.chmod(file, 0o644);
    const open = await loadAccounts(file);
    assert.deepEqual(open.problems, []);
    assert.equal(open.accounts.get("a")?.password.reveal(), "123");
    const codes = open.warnings.map(({ code }) => code);
    assert.deepEqual(codes, POSIX ? ["readable_by_others"] : []);
    if (POSIX) await Deno.chmod(file, 0o600);
    assert.deepEqual((await loadAccounts(file)).warnings, []);
  }));

Deno.test("init makes a folder that ftpd can serve, and nothing twice", () =>
  inTempDir(async (parent) => {
    const dir = path.join(parent, "new", "it's");
    const { made, user, password, lines } = await initFolder(dir, { random });
    const file = path.join(dir, "accounts.ini");
    const home = path.join(dir, "home");
    assert.deepEqual(made, [dir, file, home, path.join(home, user)]);
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/);

    const { accounts, problems, warnings } = await loadAccounts(file);
    assert.deepEqual([...problems, ...warnings].map(formatProblem), []);
    const account = accounts.get(user) ?? assert.fail();
    assert.equal(account.password.reveal(), password);
    assert.equal(weakness(account), undefined);
    const { mode } = await Deno.stat(file);
    if (POSIX) assert.equal((mode ?? 0) & 0o777, 0o600);

    const text = lines.join("\n");
    assert.equal(text.split(password).length, 2, "printed once");
    assert.ok(text.includes(`cd '${dir.replace("'", `'\\''`)}'`), text);
    assert.match(text, /^ {2}ftpd$/m);
    assert.match(text, /^ {2}ftpc -s 127\.0\.0\.1 -P 10021 -u me$/m);

    const before = await Deno.readTextFile(file);
    await assert.rejects(initFolder(dir, { random }), { code: "exists" });
    assert.equal(await Deno.readTextFile(file), before);
  }));

const EXECUTABLES = [
  { executable: "/srv/x/ftpd", dir: "new", ftpd: "/srv/x/ftpd" },
  { executable: "/srv/a b/ftpd", dir: "new", ftpd: "'/srv/a b/ftpd'" },
  { executable: "/opt/x/ftpd", called: "ftpd", dir: "new", ftpd: "ftpd" },
  {
    executable: "/srv/x/ftpd",
    called: "ftpd",
    dir: "new",
    ftpd: "/srv/x/ftpd",
  },
  {
    executable: "/usr/bin/ftpd",
    called: "../bin/ftpd",
    dir: "new",
    ftpd: "/usr/bin/ftpd",
  },
  { executable: "/srv/x/ftpd-x86_64", dir: "new", ftpd: "/srv/x/ftpd-x86_64" },
];
for (const { executable, called = executable, dir, ftpd } of EXECUTABLES) {
  Deno.test(`init by ${executable}, called ${called}, says to type ${ftpd}`, () =>
    inTempDir(async (parent) => {
      const { lines } = await initFolder(
        path.join(parent, dir),
        { random },
        { executable, called, cwd: "/srv/x" },
      );
      const at = lines.indexOf("Start the server:");
      assert.equal(lines[at + 2], `  ${ftpd}`);
      assert.equal(
        lines.at(-1),
        `  ${ftpd.replace("ftpd", "ftpc")} -s 127.0.0.1 -P 10021 -u me`,
      );
    }));
}

Deno.test("two inits give two passwords", () =>
  inTempDir(async (dir) => {
    const one = await initFolder(path.join(dir, "1"), { random });
    const two = await initFolder(path.join(dir, "2"), { random });
    assert.notEqual(one.password, two.password);
  }));

Deno.test("init uses a home that is there, and leaves it as it is", () =>
  inTempDir(async (dir) => {
    await Deno.mkdir(path.join(dir, "home"));
    await Deno.writeTextFile(path.join(dir, "home", "me"), "a file");
    await assert.rejects(initFolder(dir, { random }), { code: "exists" });
    // What it had made by then is gone again, and nothing else.
    assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), [
      "home",
    ]);
    assert.equal(
      await Deno.readTextFile(path.join(dir, "home", "me")),
      "a file",
    );
    await Deno.remove(path.join(dir, "home", "me"));
    const { made } = await initFolder(dir, { random });
    assert.deepEqual(made.map((item) => path.relative(dir, item)), [
      "accounts.ini",
      path.join("home", "me"),
    ]);
  }));
