/** Names that try to steer a terminal or forge the log: it stays whole lines. */
import assert from "node:assert/strict";
import { makeSite } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { assertGoodLog, settled, Watched } from "./watched_ftpd.ts";

const FORGED = "2026-01-01T00:00:00.000Z info  login user=root result=success";

/** What a peer may try, and whether a file may have such a name. */
const NAMES: readonly { readonly name: string; readonly good: boolean }[] = [
  { name: `a\n${FORGED}`, good: false },
  { name: `a\r\n${FORGED}`, good: false },
  { name: "a\u001b[2J\u001b]0;owned\u0007", good: false },
  { name: "a\u001b]52;c;ZWNobyBvd25lZA==\u0007", good: false },
  { name: "a\u009b31m", good: false }, // CSI in one character
  { name: "a\u0085b", good: false }, // a line feed to some
  { name: "a\u0000b", good: false },
  { name: "a\u007f\b\b", good: false },
  { name: "a\tb", good: false },
  { name: "a\ud800b", good: false },
  { name: "a\u202egpj.exe", good: true },
  { name: "a\u2066b\u2069", good: true },
  { name: "a\u2028b", good: true },
  { name: "a\u200bb\ufeff", good: true },
  { name: 'a" result=success bytes="1', good: true },
  { name: "a result=success", good: true },
  { name: "{}", good: true },
  { name: "$(reboot) `reboot` ; reboot", good: true },
  { name: "%s%n", good: true },
  { name: "-rf", good: true },
  { name: "é€😀", good: true },
];

for (const format of ["text", "json"]) {
  Deno.test(`whatever a file is called, the log stays whole lines (${format})`, async () => {
    await using site = await makeSite();
    await using watched = await Watched.start(site, "--log-format", format);
    const bytes = randomBytes(100);
    {
      await using peer = await watched.alex();
      for (const { name, good } of NAMES) {
        const due = good ? 200 : 204;
        const put = await peer.put(name, bytes);
        assert.equal(put.status_code, due, JSON.stringify(name));
        assert.doesNotMatch(`${put.status_msg}`, /[\p{Cc}\p{Bidi_Control}]/u);
        const { answer } = await peer.get(name);
        assert.equal(answer.status_code, due, JSON.stringify(name));
        assert.doesNotMatch(
          `${answer.status_msg}`,
          /[\p{Cc}\p{Bidi_Control}]/u,
        );
        const { status_code } = await peer.ask({
          action: "stat",
          filename: name,
        });
        assert.equal(status_code, due);
        if (good) watched.files.set(name, bytes);
      }
    }
    await watched.unharmed();
    const due = NAMES.length + watched.served;
    for (const action of ["put", "get"]) {
      const told = () =>
        watched.ftpd.log().split("\n").slice(0, -1).filter((line) =>
          format === "text"
            ? new RegExp(`^\\S+ +\\w+ +${action} `).test(line)
            : JSON.parse(line).event === action
        ).length;
      // What is logged may be read a moment behind the answer.
      await settled(() => told() >= due ? null : `${told()} lines of ${due}`);
      assert.equal(told(), due, "one event a line");
    }
  });
}

for (const format of ["text", "json"]) {
  Deno.test(`whatever a user is called, the log stays whole lines (${format})`, async () => {
    await using site = await makeSite();
    await using watched = await Watched.start(site, "--log-format", format);
    const tried = [...NAMES.map(({ name }) => name), "x".repeat(1024)];
    for (const username of tried) {
      await using peer = await watched.connect();
      const hello = { action: "hello", program: username, versions: [1] };
      // A program's name may be anything, too, of at most 128 characters.
      const { status_code } = await peer.ask(hello);
      assert.equal(status_code, username.length > 128 ? 202 : 200);
      if (status_code !== 200) {
        assert.equal(
          (await peer.ask({ ...hello, program: "test" })).status_code,
          200,
        );
      }
      const login = {
        action: "login",
        username,
        mechanism: "SCRAM-SHA-256",
        data: `n,,n=${escaped(username)},r=abcdefghijklmnop`,
      };
      const first = await peer.ask(login);
      if (first.status_code !== 205) {
        assert.equal(first.status_code, 202, "what SASLprep does not take");
        continue;
      }
      const [r = ""] = String(first.data).split(",");
      const data = `c=biws,${r},p=${btoa("x".repeat(32))}`;
      const second = await peer.ask({ ...login, data });
      assert.equal(second.status_code, 203);
    }
    await watched.unharmed();
    assertGoodLog(watched.ftpd.log());
    await watched.ftpd.logged(/login_refused/);
  });
}

/** RFC 5802, 5.1: saslname. */
function escaped(username: string): string {
  return username.replaceAll("=", "=3D").replaceAll(",", "=2C");
}
