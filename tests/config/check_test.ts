/** What `ftpd check` prints of settings and accounts. */
import assert from "node:assert/strict";
import { type LoadedAccounts, readAccounts } from "../../lib/accounts/mod.ts";
import {
  formatCheck,
  isLoopback,
  resolveConfig,
  warningsAbout,
} from "../../lib/config/mod.ts";

async function accountsOf(text: string): Promise<LoadedAccounts> {
  const read = await readAccounts(text, { file: "/work/accounts.ini" });
  return { ...read, warnings: [] };
}

function resolved(env: Record<string, string> = {}) {
  return resolveConfig({ flags: new Map(), env, cwd: "/work" });
}

const GOOD =
  "[alex]\npassword = correct horse\n[b]\npassword = battery staple" +
  "\nhome = /srv/b";

Deno.test("check prints settings, where from, accounts and homes", async () => {
  const env = { FTPD_GRACE: "1s" };
  const { lines, ok } = formatCheck(resolved(env), await accountsOf(GOOD));
  assert.equal(ok, true);
  const text = lines.join("\n");
  assert.match(text, /^settings \(without an ftpd\.ini\)$/m);
  assert.match(text, /^ {2}grace +1s +FTPD_GRACE$/m);
  assert.match(text, /^ {2}port +10021 +default$/m);
  assert.match(text, /^ {2}accounts +\/work\/accounts\.ini +default$/m);
  assert.match(text, /^ {2}alex {2}\/work\/home\/alex$/m);
  assert.match(text, /^ {2}b {5}\/srv\/b$/m);
  assert.match(text, /^no errors$/m);
  assert.doesNotMatch(text, /horse|staple|warnings/);
});

Deno.test("check warns of open doors, and is content all the same", async () => {
  const accounts = await accountsOf(
    "[alex]\npassword = 123\n[x]\npassword = short\n[y]\npassword = test",
  );
  const { lines, ok } = formatCheck(
    resolved({ FTPD_HOST: "0.0.0.0" }),
    accounts,
  );
  assert.equal(ok, true);
  const text = lines.join("\n");
  assert.match(text, /host: 0\.0\.0\.0 can be reached from other machines/);
  assert.match(
    text,
    /^ {2}\[alex\], \[y\]: the password is one that anybody tries first$/m,
  );
  assert.match(text, /^ {2}\[x\]: the password is shorter than 8 characters$/m);
  assert.doesNotMatch(text, /short$|= 123/m);
});

Deno.test("check says which ftpd.ini it has read", async () => {
  const ini = { file: "/etc/x\x1b.ini", text: "[ftpd]\nport = 7\n" };
  const inputs = { flags: new Map(), env: {}, cwd: "/work", ini };
  const checked = formatCheck(resolveConfig(inputs), await accountsOf(GOOD));
  assert.equal(checked.lines[0], "settings (with /etc/x\\x1b.ini)");
});

Deno.test("check warns of many accounts in one line", async () => {
  const sections = Array.from(
    { length: 500 },
    (_, n) => `[u${n}]\npassword = 123\n`,
  );
  const accounts = await accountsOf(sections.join(""));
  assert.deepEqual(warningsAbout(resolved(), accounts), [
    "[u0], [u1], [u2], [u3], [u4] and 495 more: the password is one that " +
    "anybody tries first",
  ]);
});

Deno.test("check tells the errors of settings and accounts together", async () => {
  const accounts = await accountsOf("[alex]\npasword = hunter2hunter2");
  const { lines, ok } = formatCheck(resolved({ FTPD_PORT: "x" }), accounts);
  assert.equal(ok, false);
  const errors = lines.slice(lines.indexOf("errors") + 1, -1);
  assert.equal(errors.length, 3);
  assert.match(errors[0] ?? "", /^ {2}FTPD_PORT: "x" has not the right form/);
  assert.match(errors[1] ?? "", /accounts\.ini:2: pasword: is not a known key/);
  assert.equal(errors[2], "");
  assert.equal(lines.at(-1), "2 errors: ftpd would not start");
  assert.doesNotMatch(lines.join("\n"), /hunter2|no errors/);
});

const HOSTS = [
  { host: "127.0.0.1", loopback: true },
  { host: "127.9.9.9", loopback: true },
  { host: "::1", loopback: true },
  { host: "localhost", loopback: true },
  { host: "0.0.0.0", loopback: false },
  { host: "::", loopback: false },
  { host: "127.example.org", loopback: false },
  { host: "192.0.2.1", loopback: false },
];
for (const { host, loopback } of HOSTS) {
  Deno.test(`${host} is ${loopback ? "" : "not "}for this machine alone`, () => {
    assert.equal(isLoopback(host), loopback);
  });
}
