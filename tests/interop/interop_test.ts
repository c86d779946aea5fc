/**
 * A second client, in Python's standard library, written from PROTOCOL.md and
 * tests/vectors alone, against the real ftpd: PROTOCOL.md is complete as long
 * as this passes. What the client does is in scenarios.py.
 */
import assert from "node:assert/strict";
import { makeSite, startFtpd } from "../programs.ts";
import { python, testWithPython } from "./python.ts";

interface Login {
  readonly user: string;
  readonly password: string;
}

/** What the scenarios log in with, unless it is named below. */
const PASSWORD = "a password";
/** Accounts as accounts.ini has them, and as the person types them. */
const SPELLINGS: Readonly<Record<string, { ini: Login; typed: Login }>> = {
  login_prepared: {
    ini: { user: "IX=\u00e9,b", password: "1\u20442 IX \u{1f600}" },
    // Compatibility letters, letters of two code points, another blank, a soft
    // hyphen, and an emoji that SASLprep's tables are too old for.
    typed: {
      user: "\u2168=e\u0301,b",
      password: "\u00bd\u00a0\u2168\u3000\u{1f600}\u00ad",
    },
  },
};

testWithPython("a client from PROTOCOL.md alone, against ftpd", async (t) => {
  const names = await scenarios();
  assert(names.length > 0);
  // A home each: nothing is there that another scenario left.
  const accounts = names.map((name) => {
    const { user, password } = loginOf(name).ini;
    return `[${user}]\npassword = ${password}\nhome = ${name}\n`;
  });
  await using site = await makeSite(accounts.join("\n"));
  await using ftpd = await startFtpd(...site.args);
  for (const name of names) {
    await t.step(name, async () => {
      const { user, password } = loginOf(name).typed;
      const args = ["127.0.0.1", `${ftpd.port}`, user, password, name];
      const { code, stdout, stderr } = await python("scenarios.py", args);
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `ok ${name}\n`);
    });
  }
});

function loginOf(name: string): { readonly ini: Login; readonly typed: Login } {
  const plain = { user: name, password: PASSWORD };
  return SPELLINGS[name] ?? { ini: plain, typed: plain };
}

async function scenarios(): Promise<string[]> {
  const { code, stdout, stderr } = await python("scenarios.py", ["--list"]);
  assert.equal(code, 0, stderr);
  return stdout.trim().split("\n");
}
