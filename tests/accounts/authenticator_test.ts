/** Logging in by steps: the same work and words for every failure. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import {
  type Authenticator,
  createAuthenticator,
  LOGIN_LIMITS,
  type LoginStep,
  readAccounts,
} from "../../lib/accounts/mod.ts";
import { Gate } from "../../lib/accounts/gate.ts";
import { ScramClient } from "../../lib/protocol/mod.ts";

/** Bytes that differ each time, and are the same in each run. */
function fakeRandom(seed = "seed") {
  let calls = 0;
  return {
    bytes: (length: number) => {
      const digest = createHash("sha512").update(`${seed} ${calls++}`).digest();
      return new Uint8Array(digest.subarray(0, length));
    },
  };
}

async function authenticator(seed?: string, limits = LOGIN_LIMITS) {
  const text = "[alex]\npassword = 123\n[caf\u00e9]\npassword = \u{1f511}\n" +
    "[__proto__]\npassword = p";
  const { accounts } = await readAccounts(text, { file: "accounts.ini" });
  const random = fakeRandom(seed);
  return await createAuthenticator(accounts, { random }, limits);
}

/** A whole login: what the server said first, and how it ended. */
async function logIn(a: Authenticator, username: string, password: string) {
  const client = new ScramClient({ username, password, nonce: "n" });
  const first = await a.begin("SCRAM-SHA-256", await client.first());
  assert.ok(first.kind === "continue");
  const end = await first.next(await client.final(first.reply));
  if (end.kind === "accepted") client.verify(end.reply);
  return { salt: /,s=([^,]+),i=/.exec(first.reply)?.[1], end };
}

const ACCEPTED = [
  { username: "alex", password: "123", account: "alex" },
  { username: "cafe\u0301", password: "\u{1f511}", account: "caf\u00e9" },
  { username: "__proto__", password: "p", account: "__proto__" },
];
for (const { username, password, account } of ACCEPTED) {
  Deno.test(`${username} logs in, and the server proves itself`, async () => {
    const { end } = await logIn(await authenticator(), username, password);
    assert.ok(end.kind === "accepted");
    assert.equal(end.account.name, account);
  });
}

Deno.test("an unknown user and a wrong password get the same answers", async () => {
  const a = await authenticator();
  const wrong = await logIn(a, "alex", "124");
  const unknown = await logIn(a, "nobody", "123");
  assert.deepEqual(unknown.end, wrong.end);
  assert.deepEqual(unknown.end, { kind: "refused", reply: "e=invalid-proof" });
  assert.equal(unknown.salt?.length, wrong.salt?.length);
  assert.notEqual(unknown.salt, wrong.salt);
});

Deno.test("a salt stays the same, known or not, until the next start", async () => {
  const [a, later] = [await authenticator("one"), await authenticator("two")];
  for (const user of ["alex", "nobody", "cafe\u0301", "\u0635x"]) {
    const clientFirst = `n,,n=${user},r=abc`;
    const salts = [];
    for (const which of [a, a, later]) {
      const { reply } = await which.begin("SCRAM-SHA-256", clientFirst);
      salts.push(/,s=([^,]+),i=4096$/.exec(reply)?.[1]);
    }
    assert.equal(salts[0], salts[1]);
    assert.notEqual(salts[0], salts[2]);
  }
});

Deno.test("a name that its client has not prepared is the user it means", async () => {
  const a = await authenticator();
  const saltOf = async (name: string) => {
    const { reply } = await a.begin("SCRAM-SHA-256", `n,,n=${name},r=abc`);
    return /,s=([^,]+),i=4096$/.exec(reply)?.[1];
  };
  for (const other of ["cafe\u0301", "\u00adcaf\u00e9", "\uff43af\u00e9"]) {
    assert.equal(await saltOf(other), await saltOf("caf\u00e9"));
  }
});

Deno.test("names that cannot be prepared are unknown ones", async () => {
  const a = await authenticator();
  for (const name of ["a\x07b", "\u0635x", "a".repeat(3000)]) {
    const first = await a.begin("SCRAM-SHA-256", `n,,n=${name},r=abc`);
    assert.ok(first.kind === "continue");
    const nonce = /^r=([^,]+)/.exec(first.reply)?.[1];
    const proof = "A".repeat(43) + "=";
    const end = await first.next(`c=biws,r=${nonce},p=${proof}`);
    assert.deepEqual(end, { kind: "refused", reply: "e=invalid-proof" });
  }
});

const BAD = [
  {
    name: "another mechanism",
    of: "PLAIN",
    message: "x",
    code: "unknown_mechanism",
  },
  {
    name: "a name on the prototype",
    of: "constructor",
    message: "x",
    code: "unknown_mechanism",
  },
  {
    name: "a broken message",
    of: "SCRAM-SHA-256",
    message: "x",
    code: "bad_message",
  },
  {
    name: "channel binding",
    of: "SCRAM-SHA-256",
    message: "p=x,,n=u,r=a",
    code: "bad_message",
  },
  {
    name: "64 KiB",
    of: "SCRAM-SHA-256",
    message: `n,,n=${"a".repeat(65536)},r=a`,
    code: "bad_message",
  },
];
for (const { name, of, message, code } of BAD) {
  Deno.test(`begin() refuses ${name}`, async () => {
    const a = await authenticator();
    await assert.rejects(a.begin(of, message), { name: "AccountsError", code });
  });
}

Deno.test("a login goes on once, and by its own messages", async () => {
  const a = await authenticator();
  const first: LoginStep = await a.begin("SCRAM-SHA-256", "n,,n=alex,r=abc");
  assert.ok(first.kind === "continue");
  await assert.rejects(first.next("x"), { code: "bad_message" });
  await assert.rejects(first.next("x"), { code: "bad_message" });
});

Deno.test("a signal that fired ends a login", async () => {
  const a = await authenticator();
  const begun = a.begin(
    "SCRAM-SHA-256",
    "n,,n=alex,r=abc",
    AbortSignal.abort(),
  );
  await assert.rejects(begun, { code: "aborted" });
});

Deno.test("over the limits a login is told to come again", async () => {
  const limits = { stepsMax: 1, waitingMax: 1, derivationsMax: 2 };
  const a = await authenticator("seed", limits);
  const begin = () => a.begin("SCRAM-SHA-256", "n,,n=alex,r=abc");
  const results = await Promise.allSettled([begin(), begin(), begin()]);
  const told = results.map((r) => r.status === "rejected" ? r.reason.code : "");
  assert.deepEqual(told, ["", "", "busy"]);
  await begin(); // and then there is room again
});

Deno.test("Gate lets in as many as it says, in their order", async () => {
  const gate = new Gate(2, 2);
  const order: string[] = [];
  const enter = async (name: string, signal?: AbortSignal) => {
    const place = await gate.enter(signal);
    order.push(name);
    return place;
  };
  const a = await enter("a");
  await enter("b");
  const gaveUp = new AbortController();
  const c = enter("c", gaveUp.signal);
  const d = enter("d");
  await assert.rejects(enter("e"), { code: "busy" });
  gaveUp.abort();
  await assert.rejects(c, { code: "aborted" });
  const f = enter("f");
  assert.deepEqual(order, ["a", "b"]);
  a[Symbol.dispose]();
  a[Symbol.dispose](); // a second time frees nothing
  (await d)[Symbol.dispose]();
  await f;
  assert.deepEqual(order, ["a", "b", "d", "f"]);
});
