/** accounts.ini to accounts: what is taken, and every error at once. */
import assert from "node:assert/strict";
import { homeFolder, readAccounts } from "../../lib/accounts/mod.ts";
import { formatProblem, nearest } from "../../lib/ini/mod.ts";

const read = (text: string) => readAccounts(text, { file: "accounts.ini" });

Deno.test("readAccounts() reads the shipped file", async () => {
  const shipped = new URL("../../accounts.ini", import.meta.url);
  const { accounts, problems } = await read(Deno.readTextFileSync(shipped));
  assert.deepEqual(problems, []);
  assert.deepEqual([...accounts.keys()], ["alex", "test"]);
  assert.equal(accounts.get("alex")?.password.reveal(), "123");
  assert.equal(accounts.get("test")?.home, "test");
});

const NAMES = [
  "__proto__",
  "constructor",
  "a",
  "a".repeat(64),
  "\u{1f600}".repeat(64),
  "\u6731\u8389",
  "a.b@c-d",
  "%u",
  "ALEX",
];
for (const name of NAMES) {
  Deno.test(`readAccounts() takes the name ${name}`, async () => {
    const { accounts, problems } = await read(`[${name}]\npassword=#x;y=z:w`);
    assert.deepEqual(problems, []);
    assert.equal(accounts.get(name)?.name, name);
    assert.equal(accounts.get(name)?.password.reveal(), "#x;y=z:w");
    assert.equal(accounts.get(name)?.home, undefined);
  });
}

const TAKEN = [
  { name: "a password with a dollar", text: "password = $100 for $2" },
  { name: "a password in braces", text: "password = {curly}" },
  { name: "a password that names a hash", text: "password = scrypt me" },
  { name: "a password with an emoji", text: "password = \u{1f511}\u5bc6" },
  { name: "an absolute home", text: "password = x\nhome = /srv/../files" },
  { name: "a home with dots in a name", text: "password = x\nhome = a..b" },
];
for (const { name, text } of TAKEN) {
  Deno.test(`readAccounts() takes ${name}`, async () => {
    assert.deepEqual((await read(`[a]\n${text}`)).problems, []);
  });
}

const REFUSED = [
  {
    name: "a blank in a name",
    text: "[a b]\npassword=x",
    says: "1: [a b] the name holds a blank",
  },
  {
    name: "an ideographic blank",
    text: "[a\u3000b]\npassword=x",
    says: "1: [a\u3000b] the name holds a blank",
  },
  {
    name: "a slash in a name",
    text: "[a/b]\npassword=x",
    says: "1: [a/b] the name holds a slash or backslash",
  },
  {
    name: "a name that leads up",
    text: "[../x]\npassword=x",
    says: "1: [../x] the name holds a slash or backslash",
  },
  {
    name: "a backslash in a name",
    text: "[a\\b]\npassword=x",
    says: "1: [a\\b] the name holds a slash or backslash",
  },
  {
    name: "a name that becomes a slash",
    text: "[a\uff0fb]\npassword=x",
    says: "1: [a\uff0fb] the name holds a slash or backslash, once prepared",
  },
  {
    name: "a name that becomes dots",
    text: "[\uff0e\uff0e]\npassword=x",
    says: "1: [\uff0e\uff0e] the name starts with a dot, once prepared",
  },
  {
    name: "a leading dot",
    text: "[.a]\npassword=x",
    says: "1: [.a] the name starts with a dot",
  },
  {
    name: "a control character in a name",
    text: "[a\x1bb]\npassword=x",
    says: "1: [a\\x1bb] the name holds a control character",
  },
  {
    name: "65 characters",
    text: `[${"a".repeat(65)}]\npassword=x`,
    says: `1: [${"a".repeat(65)}] the name is longer than 64 characters`,
  },
  {
    name: "a name that SASLprep refuses",
    text: "[\ue000]\npassword=x",
    says: /^1: \[\ue000\] the name holds what no name/,
  },
  {
    name: "two forms of one name",
    text: "[\u00e9]\npassword=x\n[e\u0301]\npassword=x",
    says: "3: [e\u0301] another section means the same user",
  },
  {
    name: "a misspelt key",
    text: "[a]\npasword=x\npassword=x",
    says: "2: pasword: is not a known key: did you mean `password`?",
  },
  {
    name: "an unknown key",
    text: "[a]\nquota=5G\npassword=x",
    says: "2: quota: is not a known key: there are `password` and `home`",
  },
  {
    name: "an unknown key of 1 MB",
    text: `[a]\n${"x".repeat(1e6)}=x\npassword=x`,
    says: /^2: x{80}…: is not a known key/,
  },
  {
    name: "__proto__ as key",
    text: "[a]\n__proto__=x\npassword=x",
    says: /^2: __proto__: is not a known key/,
  },
  {
    name: "no password",
    text: "[a]\nhome=a",
    says: "1: [a] has no password: add `password = …`",
  },
  {
    name: "a password under a misspelt key, and says only that",
    text: "[a]\npasswd=x",
    says: "2: passwd: is not a known key: did you mean `password`?",
  },
  {
    name: "a password without a delimiter, and says only that",
    text: "[a]\npassword x",
    says: "2: neither `key = value`, nor [section], nor # comment",
  },
  {
    name: "an indented password, and says only that",
    text: "[a]\n  password = x",
    says: "2: starts with a blank: remove it",
  },
  {
    name: "an empty password",
    text: "[a]\npassword =",
    says: "2: password: is empty",
  },
  {
    name: "a password that leaves nothing",
    text: "[a]\npassword = \u00ad",
    says: "2: password: is empty",
  },
  {
    name: "a tab in a password",
    text: "[a]\npassword = x\ty",
    says: /^2: password: holds what no name or password may/,
  },
  {
    name: "an empty home",
    text: "[a]\npassword=x\nhome=",
    says: /^3: home: is empty/,
  },
  {
    name: "a home that leads up",
    text: "[a]\npassword=x\nhome=b/../../c",
    says: /^3: home: leads out of the folder of homes/,
  },
  {
    name: "~ as home",
    text: "[a]\npassword=x\nhome=~/x",
    says: /^3: home: `~` is not replaced/,
  },
  {
    name: "a control character in a home",
    text: "[a]\npassword=x\nhome=a\x1bb",
    says: "3: home: holds a control character",
  },
  {
    name: "a section twice",
    text: "[a]\npassword=x\n[a]\npassword=y",
    says: "3: this section is there already, in line 1",
  },
  {
    name: "a key twice",
    text: "[a]\npassword=x\nPASSWORD=y",
    says: "3: password: is there already, in line 2",
  },
];
for (const { name, text, says } of REFUSED) {
  Deno.test(`readAccounts() refuses ${name}`, async () => {
    const { problems } = await read(text);
    const lines = problems.map(formatProblem);
    assert.equal(lines.length, 1, lines.join("\n"));
    const line = (lines[0] ?? "").replace("accounts.ini:", "");
    if (typeof says === "string") assert.equal(line, says);
    else assert.match(line, says);
  });
}

const VERIFIERS = [
  "SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy",
  "scram-sha-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy",
  "{SCRAM-SHA-256}4096,c2FsdA==,c3RvcmVk,c2VydmVy",
  "{SSHA}c2FsdA==",
  "{BLF-CRYPT}$2y$05$abc",
  "$1$salt$hash",
  "$2b$12$abcdefghijklmnopqrstuv",
  "$5$rounds=5000$salt$hash",
  "$6$salt$hash",
  "$y$j9T$salt$hash",
  "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
  "$pbkdf2-sha256$29000$c2FsdA$aGFzaA",
  "pbkdf2_sha256$720000$salt$hash",
];
for (const verifier of VERIFIERS) {
  Deno.test(`readAccounts() takes no ${verifier} for a password`, async () => {
    const { accounts, problems } = await read(`[a]\npassword = ${verifier}`);
    assert.deepEqual(problems.map(({ code }) => code), ["bad_password"]);
    assert.equal(accounts.size, 0);
    assert.ok(!formatProblem(problems[0] ?? assert.fail()).includes(verifier));
  });
}

Deno.test("readAccounts() tells all problems at once, in order", async () => {
  const text =
    "x=1\n[a b]\npasswort=1\nhome=..\n[c]\npassword=\n y\n[a b]\n[d]\n";
  const { problems } = await read(text);
  assert.deepEqual(problems.map(({ line, code }) => [line, code]), [
    [1, "no_section"],
    [2, "bad_name"],
    [3, "unknown_key"],
    [4, "bad_home"],
    [6, "bad_password"],
    [7, "indented"],
    [8, "duplicate_section"],
    [9, "no_password"],
  ]);
});

for (const text of ["", "\ufeff", "; nothing\n\n"]) {
  Deno.test(`readAccounts() says what to do about ${JSON.stringify(text)}`, async () => {
    const { problems } = await read(text);
    assert.deepEqual(problems.map(formatProblem), [
      "accounts.ini: there is no account in it: write a line [NAME] and one " +
      "`password = …`, or remove the file and run `ftpd init`",
    ]);
  });
}

Deno.test("a password is shown by nothing that prints an account", async () => {
  const { accounts } = await read("[a]\npassword = hunter2hunter2");
  const account = accounts.get("a") ?? assert.fail();
  const prints = [
    Deno.inspect(account, { depth: 9, showHidden: true }),
    JSON.stringify(account),
    `${account.password}`,
    JSON.stringify(structuredClone({ ...account.password })),
  ];
  for (const print of prints) assert.ok(!print.includes("hunter2"), print);
});

Deno.test("homeFolder() is below the homes unless it is absolute", async () => {
  const { accounts } = await read(
    "[a]\npassword=x\n[b]\npassword=x\nhome=c/d\n[e]\npassword=x\nhome=/f",
  );
  const folders = [...accounts.values()].map((a) => homeFolder(a, "/homes"));
  assert.deepEqual(folders, ["/homes/a", "/homes/c/d", "/f"]);
});

Deno.test("nearest() finds what was meant, or nothing", () => {
  const known = ["password", "home", "port"];
  assert.equal(nearest("pasword", known), "password");
  assert.equal(nearest("passwrod", known), "password");
  assert.equal(nearest("HOME", known), "home");
  assert.equal(nearest("prot", known), "port");
  assert.equal(nearest("quota", known), undefined);
  assert.equal(nearest("", known), undefined);
});
