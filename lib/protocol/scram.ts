/**
 * SCRAM-SHA-256 (RFC 5802, RFC 7677), both ends of it, as pure computation:
 * each proves to the other that it knows the password, which never crosses the
 * wire. Channel binding is not there yet: the client says `n,,`, and a server
 * is told `p=…` in vain. Randomness comes from the caller.
 * @module
 */
import { Buffer } from "node:buffer";
import { createHash, timingSafeEqual } from "node:crypto";
import { saslprep, SaslprepError } from "./saslprep.ts";

export const SCRAM_SHA_256 = "SCRAM-SHA-256";
/** Fewer make a stolen verifier cheap to guess from (RFC 7677, 4). */
export const ITERATIONS_MIN = 4096;
/** More are a server that wants to keep our processor busy: about 0.2 s. */
export const ITERATIONS_MAX = 1_000_000;
/** A message is never longer: 1,024 commas as `=2C`, and room for the rest. */
export const SCRAM_MESSAGE_UNITS_MAX = 4096;
const HASH_BYTES = 32;
/** What SHA-256 works through at a time. */
const BLOCK_BYTES = 64;
const SALT_BYTES_MAX = 256;

/** What went wrong in a login; one meaning each. */
export type ScramCode =
  | "malformed" // not a message of RFC 5802, or one that breaks its rules
  | "out_of_order" // a step asked for twice, or before its turn
  | "bad_name" // our own user name cannot be prepared
  | "bad_password" // our own password cannot be prepared
  | "channel_binding" // `p=…` asked for, or the end does not match the start
  | "authzid" // asked to act as another user
  | "extension" // a mandatory extension (`m=…`): RFC 5802, 5.1
  | "bad_nonce" // the nonces do not belong together
  | "bad_iterations" // outside of ITERATIONS_MIN to ITERATIONS_MAX
  | "refused" // the server says that user or password is not correct
  | "bad_server_proof"; // the server does not know the password itself

export class ScramError extends Error {
  override readonly name = "ScramError";
  constructor(
    readonly code: ScramCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** What a server keeps instead of the password (RFC 5802, 3). */
export interface Verifier {
  readonly salt: Uint8Array<ArrayBuffer>;
  readonly iterations: number;
  readonly storedKey: Uint8Array<ArrayBuffer>; // 32 bytes
  readonly serverKey: Uint8Array<ArrayBuffer>; // 32 bytes
}

/** A nonce from `bytes` at random (18 or more): printable, without a comma. */
export function scramNonce(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/**
 * Compute the verifier of a password, off the event loop.
 * @param password as typed: it is prepared here.
 * @throws {ScramError} `bad_password`; `bad_iterations`.
 */
export async function deriveVerifier(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Verifier> {
  const salted = await saltPassword(password, salt, iterations);
  const storedKey = hash(hmac(salted, "Client Key"));
  const serverKey = hmac(salted, "Server Key");
  return { salt, iterations, storedKey, serverKey };
}

/** One login as the client: first(), final(), verify(), each once. */
export class ScramClient {
  readonly #username: string;
  readonly #password: string;
  readonly #nonce: string;
  #state: "new" | "first" | "final" | "over" = "new";
  #firstBare = "";
  #serverSignature: Uint8Array = new Uint8Array();

  constructor(options: {
    readonly username: string; // as typed: it is prepared here
    readonly password: string; // likewise
    readonly nonce: string; // scramNonce() of fresh bytes
  }) {
    this.#username = options.username;
    this.#password = options.password;
    this.#nonce = options.nonce;
  }

  /** The client-first message. @throws {ScramError} `bad_name`. */
  async first(): Promise<string> {
    this.#step("new", "first");
    const name = await prepareAs("bad_name", this.#username);
    this.#firstBare = `n=${escapeName(name)},r=${this.#nonce}`;
    return GS2_HEADER + this.#firstBare;
  }

  /**
   * The client-final message, in answer to the server-first message.
   * @throws {ScramError} `malformed`, `extension`, `bad_nonce`,
   * `bad_iterations`, `bad_password`; `refused` for a server that ends here.
   */
  async final(serverFirst: string): Promise<string> {
    this.#step("first", "final");
    const { nonce, salt, iterations } = parseServerFirst(serverFirst);
    if (!nonce.startsWith(this.#nonce) || nonce === this.#nonce) {
      throw new ScramError("bad_nonce", "the server answered another login");
    }
    const salted = await saltPassword(this.#password, salt, iterations);
    const withoutProof = `c=${encodeText(GS2_HEADER)},r=${nonce}`;
    const exchange = `${this.#firstBare},${serverFirst},${withoutProof}`;
    const clientKey = hmac(salted, "Client Key");
    const proof = xor(clientKey, hmac(hash(clientKey), exchange));
    this.#serverSignature = hmac(hmac(salted, "Server Key"), exchange);
    return `${withoutProof},p=${encodeBytes(proof)}`;
  }

  /**
   * Check the server-final message: whether the server knows the password, too.
   * @throws {ScramError} `refused`, `bad_server_proof`, `malformed`.
   */
  verify(serverFinal: string): void {
    this.#step("final", "over");
    const signature = parseServerFinal(serverFinal);
    if (!sameBytes(signature, this.#serverSignature)) {
      const message = "the server does not know this user's password";
      throw new ScramError("bad_server_proof", message);
    }
  }

  #step(from: string, to: "first" | "final" | "over") {
    if (this.#state !== from) throw outOfOrder();
    this.#state = to;
  }
}

/** One login as the server: first(), then final(), each once. */
export class ScramServer {
  readonly #nonce: string;
  readonly #lookup: (username: string) => Promise<Verifier>;
  #state: "new" | "looking_up" | "first" | "over" = "new";
  #verifier: Verifier | undefined;
  #wholeNonce = "";
  #header = "";
  #messages = ""; // client-first-bare and server-first, with a comma between

  constructor(options: {
    readonly nonce: string; // scramNonce() of fresh bytes
    /**
     * Gets the name as sent, unescaped, neither prepared nor bounded. For an
     * unknown one it gives a made-up verifier, the same each time.
     */
    readonly lookup: (username: string) => Promise<Verifier>;
  }) {
    this.#nonce = options.nonce;
    this.#lookup = options.lookup;
  }

  /**
   * The server-first message, in answer to the client-first message.
   * @throws {ScramError} `malformed`, `channel_binding`, `authzid`, `extension`.
   */
  async first(clientFirst: string): Promise<string> {
    if (this.#state !== "new") throw outOfOrder();
    this.#state = "looking_up";
    const { header, bare, username, nonce } = parseClientFirst(clientFirst);
    const verifier = await this.#lookup(username);
    const salt = encodeBytes(verifier.salt);
    this.#verifier = verifier;
    this.#header = header;
    this.#wholeNonce = nonce + this.#nonce;
    const first = `r=${this.#wholeNonce},s=${salt},i=${verifier.iterations}`;
    this.#messages = `${bare},${first}`;
    this.#state = "first";
    return first;
  }

  /**
   * Check the client-final message.
   * @returns ok, and our own proof; or not ok, and `e=invalid-proof`, which is
   * all that a client learns of what was wrong.
   * @throws {ScramError} `malformed`, `channel_binding`, `bad_nonce`.
   */
  final(clientFinal: string): { ok: boolean; serverFinal: string } {
    const verifier = this.#verifier;
    if (this.#state !== "first" || !verifier) throw outOfOrder();
    this.#state = "over";
    const { withoutProof, binding, nonce, proof } = parseClientFinal(
      clientFinal,
    );
    if (binding !== encodeText(this.#header)) {
      const message = "the channel binding is not the one of the first message";
      throw new ScramError("channel_binding", message);
    }
    if (!sameBytes(Buffer.from(nonce), Buffer.from(this.#wholeNonce))) {
      throw new ScramError(
        "bad_nonce",
        "the nonce is not the one of this login",
      );
    }
    const exchange = `${this.#messages},${withoutProof}`;
    const clientKey = xor(proof, hmac(verifier.storedKey, exchange));
    const ok = sameBytes(hash(clientKey), verifier.storedKey);
    const signature = encodeBytes(hmac(verifier.serverKey, exchange));
    return { ok, serverFinal: ok ? `v=${signature}` : "e=invalid-proof" };
  }
}

// The messages (RFC 5802, 7). Each part is read by one strict expression; a
// value never holds a comma. Extensions that are not mandatory are ignored.

/** The client's: no channel binding, no other user to act as. */
const GS2_HEADER = "n,,";
const NONCE = "[\\x21-\\x2b\\x2d-\\x7e]+";
const NAME = "(?:[^\\0=,]|=2C|=3D)+";
const EXTENSIONS = "(?:,[A-Za-z]=[^\\0,]+)*";
const BASE64 = "[A-Za-z0-9+/]+={0,2}";

const CLIENT_FIRST = new RegExp(
  `^(?<header>(?<binding>[ny]|p=[A-Za-z0-9.-]+),(?:a=(?<authzid>${NAME}))?,)` +
    `(?<bare>(?<mandatory>m=[^\\0,]+,)?n=(?<name>${NAME}),r=(?<nonce>${NONCE})${EXTENSIONS})$`,
);
const SERVER_FIRST = new RegExp(
  `^(?<mandatory>m=[^\\0,]+,)?r=(?<nonce>${NONCE}),s=(?<salt>${BASE64}),i=(?<iterations>[1-9][0-9]{0,9})${EXTENSIONS}$`,
);
const CLIENT_FINAL = new RegExp(
  `^(?<withoutProof>c=(?<binding>${BASE64}),r=(?<nonce>${NONCE})${EXTENSIONS}),p=(?<proof>${BASE64})$`,
);
const SERVER_FINAL = new RegExp(
  `^(?:v=(?<signature>${BASE64})|e=(?<error>[^\\0,]+))${EXTENSIONS}$`,
);

function parseClientFirst(message: string) {
  const part = parse("client-first", CLIENT_FIRST, message);
  if (part("binding").startsWith("p")) {
    const what = "channel binding is not supported here";
    throw new ScramError("channel_binding", what);
  }
  if (part("authzid")) {
    throw new ScramError("authzid", "acting as another user is not possible");
  }
  const username = part("name").replaceAll("=2C", ",").replaceAll("=3D", "=");
  const [header, bare, nonce] = [part("header"), part("bare"), part("nonce")];
  return { header, bare, username, nonce };
}

function parseServerFirst(message: string) {
  if (message.startsWith("e=")) parseServerFinal(message);
  const part = parse("server-first", SERVER_FIRST, message);
  const iterations = Number(part("iterations"));
  const salt = decodeBytes(part("salt"));
  if (salt.length > SALT_BYTES_MAX) throw malformed("server-first");
  checkIterations(iterations);
  return { nonce: part("nonce"), salt, iterations };
}

function parseClientFinal(message: string) {
  const part = parse("client-final", CLIENT_FINAL, message);
  const proof = decodeBytes(part("proof"));
  if (proof.length !== HASH_BYTES) throw malformed("client-final");
  const withoutProof = part("withoutProof");
  return {
    withoutProof,
    binding: part("binding"),
    nonce: part("nonce"),
    proof,
  };
}

function parseServerFinal(message: string): Uint8Array {
  const part = parse("server-final", SERVER_FINAL, message);
  if (part("error")) {
    throw new ScramError("refused", "user or password is not correct");
  }
  return decodeBytes(part("signature"));
}

/** Match, with what all four have in common checked; "" for an absent part. */
function parse(
  which: string,
  form: RegExp,
  message: string,
): (name: string) => string {
  // Half a surrogate pair would become U+FFFD in what both ends sign.
  if (message.length > SCRAM_MESSAGE_UNITS_MAX || !message.isWellFormed()) {
    throw malformed(which);
  }
  const groups = form.exec(message)?.groups;
  if (groups === undefined) throw malformed(which);
  if (groups.mandatory) {
    throw new ScramError("extension", `${which}: unknown mandatory extension`);
  }
  return (name) => groups[name] ?? "";
}

function escapeName(name: string): string {
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C");
}

// Computation (RFC 5802, 3).

/** Hi() of the prepared password: PBKDF2, by WebCrypto off the event loop. */
async function saltPassword(
  password: string,
  salt: Uint8Array<ArrayBuffer>,
  iterations: number,
): Promise<Uint8Array> {
  checkIterations(iterations);
  const prepared = await prepareAs("bad_password", password);
  const bytes = new TextEncoder().encode(prepared);
  const key = await crypto.subtle.importKey("raw", bytes, "PBKDF2", false, [
    "deriveBits",
  ]);
  const parameters = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  const bits = HASH_BYTES * 8;
  return new Uint8Array(await crypto.subtle.deriveBits(parameters, key, bits));
}

function checkIterations(iterations: number): void {
  if (iterations >= ITERATIONS_MIN && iterations <= ITERATIONS_MAX) return;
  const message =
    `${iterations} iterations are not between ${ITERATIONS_MIN} and ${ITERATIONS_MAX}`;
  throw new ScramError("bad_iterations", message);
}

async function prepareAs(
  code: "bad_name" | "bad_password",
  text: string,
): Promise<string> {
  try {
    return await saslprep(text);
  } catch (cause) {
    if (!(cause instanceof SaslprepError)) throw cause;
    const what = code === "bad_name" ? "the user name" : "the password";
    throw new ScramError(code, `${what} ${cause.message}`, { cause });
  }
}

/**
 * HMAC (RFC 2104), made of createHash: createHmac takes some milliseconds to
 * get going, which is a good part of a login.
 */
function hmac(key: Uint8Array, data: string): Uint8Array<ArrayBuffer> {
  const short = key.length > BLOCK_BYTES ? hash(key) : key;
  const inner = createHash("sha256").update(padded(short, 0x36)).update(data);
  const outer = createHash("sha256").update(padded(short, 0x5c));
  return new Uint8Array(outer.update(inner.digest()).digest());
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key);
  return block.map((byte) => byte ^ pad);
}

function hash(data: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(createHash("sha256").update(data).digest());
}

function xor(a: Uint8Array, b: Uint8Array): Uint8Array {
  return a.map((byte, i) => byte ^ (b[i] ?? 0));
}

/** Compare in a time that tells nothing but the lengths. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

function encodeText(text: string): string {
  return Buffer.from(text).toString("base64");
}

function encodeBytes(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}

/** Base64 with its padding, in the one form that its bytes have. */
function decodeBytes(base64: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  if (encodeBytes(bytes) === base64) return bytes;
  throw new ScramError("malformed", "base64 that is not in its one form");
}

function malformed(which: string): ScramError {
  return new ScramError("malformed", `not a ${which} message of SCRAM`);
}

function outOfOrder(): ScramError {
  return new ScramError("out_of_order", "a step of the login out of its order");
}
