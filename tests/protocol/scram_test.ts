/** SCRAM-SHA-256: both ends agree, with RFC 7677 and with nobody else. */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  deriveVerifier,
  ITERATIONS_MAX,
  ITERATIONS_MIN,
  ScramClient,
  ScramError,
  scramNonce,
  ScramServer,
  type Verifier,
} from "../../lib/protocol/scram.ts";

/** RFC 7677, 3. */
const VECTOR = {
  username: "user",
  password: "pencil",
  clientNonce: "rOprNGfwEbeRWgbNEkqO",
  serverNonce: "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
  salt: new Uint8Array(fromBase64("W22ZaJ0SNY7soEsUEjb6gQ==")),
  clientFirst: "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
  serverFirst: "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
    "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
  clientFinal: "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0," +
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
  serverFinal: "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
};

function fromBase64(text: string) {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

function vectorClient(password = VECTOR.password) {
  const { username, clientNonce: nonce } = VECTOR;
  return new ScramClient({ username, password, nonce });
}

async function vectorServer() {
  const verifier = await deriveVerifier(VECTOR.password, VECTOR.salt, 4096);
  const asked: string[] = [];
  const server = new ScramServer({
    nonce: VECTOR.serverNonce,
    lookup: (name) => {
      asked.push(name);
      return Promise.resolve(verifier);
    },
  });
  return { server, asked };
}

Deno.test("both ends agree with RFC 7677's example, byte for byte", async () => {
  const client = vectorClient();
  const { server } = await vectorServer();
  const first = await client.first();
  assert.equal(first, VECTOR.clientFirst);
  const serverFirst = await server.first(first);
  assert.equal(serverFirst, VECTOR.serverFirst);
  const final = await client.final(serverFirst);
  assert.equal(final, VECTOR.clientFinal);
  const { ok, serverFinal } = server.final(final);
  assert.equal(ok, true);
  assert.equal(serverFinal, VECTOR.serverFinal);
  client.verify(serverFinal);
});

/** A whole login; what the client's verify() threw, or undefined. */
async function logIn(
  typed: { username: string; password: string },
  kept: Verifier,
): Promise<{ ok: boolean; asked: string }> {
  const client = new ScramClient({ ...typed, nonce: "abc" });
  let asked = "";
  const server = new ScramServer({
    nonce: "def",
    lookup: (name) => {
      asked = name;
      return Promise.resolve(kept);
    },
  });
  const serverFirst = await server.first(await client.first());
  const { ok, serverFinal } = server.final(await client.final(serverFirst));
  if (ok) client.verify(serverFinal);
  else assert.throws(() => client.verify(serverFinal), { code: "refused" });
  return { ok, asked };
}

Deno.test("any name and password log in, and no other password", async () => {
  const salt = new Uint8Array(16);
  const text = fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 20 })
    .map((s) => s.replaceAll(/\p{Cc}/gu, ",") + "=,\u00e9=2C");
  await fc.assert(
    fc.asyncProperty(text, text, text, async (username, password, other) => {
      const kept = await deriveVerifier(password, salt, ITERATIONS_MIN);
      const right = await logIn({ username, password }, kept);
      assert.deepEqual(right, { ok: true, asked: username });
      const wrong = await logIn({ username, password: other }, kept);
      assert.equal(wrong.ok, other === password);
    }),
    { numRuns: 25 },
  );
});

Deno.test("a password is the same however its letters are composed", async () => {
  const kept = await deriveVerifier("caf\u00e9", new Uint8Array(16), 4096);
  const typed = { username: "u", password: "cafe\u0301" };
  assert.equal((await logIn(typed, kept)).ok, true);
});

const CLIENT_FIRST_REFUSED = [
  { name: "nothing", message: "", code: "malformed" },
  { name: "no header", message: "n=user,r=abc", code: "malformed" },
  { name: "an unknown header", message: "x,,n=user,r=abc", code: "malformed" },
  { name: "no nonce", message: "n,,n=user", code: "malformed" },
  { name: "an empty nonce", message: "n,,n=user,r=", code: "malformed" },
  {
    name: "a blank in the nonce",
    message: "n,,n=user,r=a b",
    code: "malformed",
  },
  {
    name: "a nonce that is not ASCII",
    message: "n,,n=u,r=\u00e9",
    code: "malformed",
  },
  { name: "an empty name", message: "n,,n=,r=abc", code: "malformed" },
  { name: "NUL in the name", message: "n,,n=us\0er,r=abc", code: "malformed" },
  { name: "= in the name", message: "n,,n=us=er,r=abc", code: "malformed" },
  {
    name: "=2c in lower case",
    message: "n,,n=us=2cer,r=abc",
    code: "malformed",
  },
  {
    name: "half a surrogate pair",
    message: "n,,n=\ud800,r=abc",
    code: "malformed",
  },
  {
    name: "a name of 64 KiB",
    message: `n,,n=${"a".repeat(65536)},r=a`,
    code: "malformed",
  },
  {
    name: "a line feed at the end",
    message: "n,,n=user,r=abc\n",
    code: "malformed",
  },
  {
    name: "channel binding",
    message: "p=tls-exporter,,n=user,r=abc",
    code: "channel_binding",
  },
  {
    name: "another user to act as",
    message: "n,a=root,n=user,r=abc",
    code: "authzid",
  },
  {
    name: "a mandatory extension",
    message: "n,,m=x,n=user,r=abc",
    code: "extension",
  },
];
for (const { name, message, code } of CLIENT_FIRST_REFUSED) {
  Deno.test(`ScramServer.first() refuses ${name}`, async () => {
    const { server, asked } = await vectorServer();
    await assert.rejects(server.first(message), { name: "ScramError", code });
    assert.deepEqual(asked, []);
  });
}

Deno.test("ScramServer takes y,, and extensions that are not mandatory", async () => {
  const { server, asked } = await vectorServer();
  const first = await server.first("y,,n=a=2Cb=3D\u{1f600},r=abc,x=1");
  assert.deepEqual(asked, ["a,b=\u{1f600}"]);
  assert.match(first, /^r=abc%hv/);
  const proof = "A".repeat(43) + "=";
  const nonce = `abc${VECTOR.serverNonce}`;
  const { ok, serverFinal } = server.final(`c=eSws,r=${nonce},x=1,p=${proof}`);
  assert.deepEqual([ok, serverFinal], [false, "e=invalid-proof"]);
});

const nonce = VECTOR.clientNonce + VECTOR.serverNonce;
const proof = "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
const CLIENT_FINAL_REFUSED = [
  { name: "nothing", message: "", code: "malformed" },
  { name: "no proof", message: `c=biws,r=${nonce}`, code: "malformed" },
  {
    name: "a short proof",
    message: `c=biws,r=${nonce},p=AAAA`,
    code: "malformed",
  },
  {
    name: "base64 without padding",
    message: `c=biws,r=${nonce},p=${proof.slice(0, -1)}`,
    code: "malformed",
  },
  {
    name: "base64 with bits left over",
    message: `c=biws,r=${nonce},p=${proof.slice(0, -2)}R=`,
    code: "malformed",
  },
  {
    name: "another header",
    message: `c=eSws,r=${nonce},p=${proof}`,
    code: "channel_binding",
  },
  {
    name: "another nonce",
    message: `c=biws,r=${nonce}x,p=${proof}`,
    code: "bad_nonce",
  },
  {
    name: "only its own nonce",
    message: `c=biws,r=${VECTOR.clientNonce},p=${proof}`,
    code: "bad_nonce",
  },
];
for (const { name, message, code } of CLIENT_FINAL_REFUSED) {
  Deno.test(`ScramServer.final() refuses ${name}`, async () => {
    const { server } = await vectorServer();
    await server.first(VECTOR.clientFirst);
    assert.throws(() => server.final(message), { name: "ScramError", code });
    assert.throws(() => server.final(VECTOR.clientFinal), {
      code: "out_of_order",
    });
  });
}

const SERVER_FIRST_REFUSED = [
  { name: "nothing", message: "", code: "malformed" },
  { name: "an empty salt", message: `r=${nonce},s=,i=4096`, code: "malformed" },
  {
    name: "a salt of 300 bytes",
    message: `r=${nonce},s=${"A".repeat(400)},i=4096`,
    code: "malformed",
  },
  {
    name: "iterations with an exponent",
    message: `r=${nonce},s=AAAA,i=4e6`,
    code: "malformed",
  },
  {
    name: "iterations with a zero in front",
    message: `r=${nonce},s=AAAA,i=04096`,
    code: "malformed",
  },
  { name: "no iterations", message: `r=${nonce},s=AAAA,i=`, code: "malformed" },
  {
    name: "too few iterations",
    message: `r=${nonce},s=AAAA,i=${ITERATIONS_MIN - 1}`,
    code: "bad_iterations",
  },
  {
    name: "too many iterations",
    message: `r=${nonce},s=AAAA,i=${ITERATIONS_MAX + 1}`,
    code: "bad_iterations",
  },
  {
    name: "a nonce of its own",
    message: "r=abc,s=AAAA,i=4096",
    code: "bad_nonce",
  },
  {
    name: "the client's nonce behind another",
    message: `r=x${nonce},s=AAAA,i=4096`,
    code: "bad_nonce",
  },
  {
    name: "the client's nonce alone",
    message: `r=${VECTOR.clientNonce},s=AAAA,i=4096`,
    code: "bad_nonce",
  },
  {
    name: "a mandatory extension",
    message: `m=x,r=${nonce},s=AAAA,i=4096`,
    code: "extension",
  },
  { name: "an error", message: "e=unknown-user", code: "refused" },
];
for (const { name, message, code } of SERVER_FIRST_REFUSED) {
  Deno.test(`ScramClient.final() refuses ${name}`, async () => {
    const client = vectorClient();
    await client.first();
    await assert.rejects(client.final(message), { name: "ScramError", code });
  });
}

const SERVER_FINAL_REFUSED = [
  { name: "a wrong proof", message: `v=${proof}`, code: "bad_server_proof" },
  { name: "a short proof", message: "v=AAAA", code: "bad_server_proof" },
  { name: "nothing", message: "", code: "malformed" },
  { name: "an empty proof", message: "v=", code: "malformed" },
  { name: "an error", message: "e=invalid-proof", code: "refused" },
];
for (const { name, message, code } of SERVER_FINAL_REFUSED) {
  Deno.test(`ScramClient.verify() refuses ${name}`, async () => {
    const client = vectorClient();
    await client.first();
    await client.final(VECTOR.serverFirst);
    assert.throws(() => client.verify(message), { name: "ScramError", code });
  });
}

const TYPED_REFUSED = [
  { name: "NUL", text: "a\0b" },
  { name: "half a surrogate pair", text: "\udfff" },
  { name: "64 KiB", text: "a".repeat(65536) },
  { name: "nothing", text: "" },
];
for (const { name, text } of TYPED_REFUSED) {
  Deno.test(`a client refuses ${name} as name and as password`, async () => {
    const named = new ScramClient({
      username: text,
      password: "x",
      nonce: "n",
    });
    await assert.rejects(named.first(), { code: "bad_name" });
    const client = vectorClient(text);
    await client.first();
    await assert.rejects(client.final(VECTOR.serverFirst), {
      code: "bad_password",
    });
    const verifier = deriveVerifier(text, VECTOR.salt, 4096);
    await assert.rejects(verifier, { code: "bad_password" });
  });
}

Deno.test("each step is made once, in its turn", async () => {
  const early = vectorClient();
  await assert.rejects(early.final(VECTOR.serverFirst), {
    code: "out_of_order",
  });
  assert.throws(() => early.verify("v=AAAA"), { code: "out_of_order" });
  const client = vectorClient();
  await client.first();
  await assert.rejects(client.first(), { code: "out_of_order" });
  const { server } = await vectorServer();
  assert.throws(() => server.final(VECTOR.clientFinal), {
    code: "out_of_order",
  });
  const pending = server.first(VECTOR.clientFirst);
  assert.throws(() => server.final(VECTOR.clientFinal), {
    code: "out_of_order",
  });
  await pending;
  await assert.rejects(server.first(VECTOR.clientFirst), {
    code: "out_of_order",
  });
});

Deno.test("no message makes a server throw anything but a ScramError", async () => {
  const alphabet = [
    ..."nypcrvse=,2CD3 a\0\u00e9m/+",
    "\ud800",
    "=2C",
    "n,,n=",
    ",r=",
  ];
  const anyMessage = fc.array(fc.constantFrom(...alphabet), { maxLength: 20 })
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(anyMessage, anyMessage, async (one, two) => {
      const verifier: Verifier = {
        salt: new Uint8Array(16),
        iterations: 4096,
        storedKey: new Uint8Array(32),
        serverKey: new Uint8Array(32),
      };
      const lookup = () => Promise.resolve(verifier);
      const server = new ScramServer({ nonce: "s", lookup });
      try {
        await server.first(one);
        assert.equal(server.final(two).ok, false);
      } catch (error) {
        assert.ok(error instanceof ScramError);
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("scramNonce() is a nonce whatever the bytes are", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 18, maxLength: 18 }), (bytes) => {
      assert.match(scramNonce(bytes), /^[A-Za-z0-9+/]{24}$/);
    }),
  );
});
