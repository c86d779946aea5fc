/**
 * A second client, in Python's standard library, written from PROTOCOL.md and
 * tests/vectors alone, against the real ftpd: PROTOCOL.md is complete as long
 * as this passes. What the client does is in scenarios.py.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import * as path from "node:path";
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

/** The client as it was when version 1 began: not a byte of it changes. */
const SPINE: Readonly<Record<string, string>> = {
  "spine_client.py":
    "55ae1b0349f6f9a44e0dcb9e695bfa6d8db153099e1d78e962d37588be202d53",
  "frames.py":
    "9696408b410b8e8d520418757e768246428793fa60cf70b4cf0ff58a2ad500d0",
  "scram.py":
    "154ed1fc153bd0b8687da357012103feaa7e1d3324167368dec344dcff62632d",
};

testWithPython("a client from PROTOCOL.md alone, against ftpd", async (t) => {
  await runScenarios(t, []);
});

testWithPython("the client that version 1 began with, unchanged", async (t) => {
  for (const [name, sha256] of Object.entries(SPINE)) {
    const file = path.join(import.meta.dirname ?? ".", name);
    const found = createHash("sha256").update(await Deno.readFile(file));
    assert.equal(found.digest("hex"), sha256, name);
  }
  await runScenarios(t, ["--spine"]);
});

async function runScenarios(t: Deno.TestContext, flags: readonly string[]) {
  const groups = await scenarios(flags);
  const names = [...groups.values()].flat();
  assert(names.length > 0);
  // A home each: nothing is there that another scenario left.
  const accounts = names.map((name) => {
    const { user, password } = loginOf(name).ini;
    return `[${user}]\npassword = ${password}\nhome = ${name}\n`;
  });
  await using site = await makeSite(accounts.join("\n"));
  for (const [group, names] of groups) {
    await t.step(group, async () => {
      // A server each: none has to live longer than a busy machine lets it.
      await using ftpd = await startFtpd(...site.args);
      const lines = names.map((name) => {
        const { user, password } = loginOf(name).typed;
        const home = path.join(site.home, name);
        return [name, user, password, home].join("\t") + "\n";
      });
      const args = [...flags, "--each", "127.0.0.1", `${ftpd.port}`];
      const stdin = lines.join("");
      const { code, stdout, stderr } = await python("scenarios.py", args, {
        stdin,
      });
      assert.equal(
        stdout,
        names.map((name) => `ok ${name}\n`).join(""),
        stderr,
      );
      assert.equal(code, 0, stderr);
    });
  }
}

function loginOf(name: string): { readonly ini: Login; readonly typed: Login } {
  const plain = { user: name, password: PASSWORD };
  return SPELLINGS[name] ?? { ini: plain, typed: plain };
}

/** The names of all scenarios, by their group. */
async function scenarios(
  flags: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const args = [...flags, "--list"];
  const { code, stdout, stderr } = await python("scenarios.py", args);
  assert.equal(code, 0, stderr);
  const groups = new Map<string, string[]>();
  for (const line of stdout.trim().split("\n")) {
    const [group = "", name = ""] = line.split(" ");
    groups.set(group, [...groups.get(group) ?? [], name]);
  }
  return groups;
}
