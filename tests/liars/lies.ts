/**
 * Lies that a server may tell ftpc, and what ftpc has to make of each: the exit
 * code, and what its one line says. In every case the file that was there
 * before stays as it is.
 * @module
 */
import { HEADER_BYTES, writeHeader } from "../../lib/framing/mod.ts";
import { messageFrame } from "../support/peer.ts";
import type { Victim } from "./liar.ts";

export interface Lie {
  readonly name: string;
  readonly verb: "get" | "put";
  readonly tell: (victim: Victim) => Promise<void>;
  readonly code: number;
  readonly says: RegExp;
  /** It hangs up when it has lied; others stay until the client is gone. */
  readonly hangsUp?: true;
}

/** What the liar serves. */
const BODY = new TextEncoder().encode("The body of a file.\n".repeat(100));
const ANSWER = { status_code: 200, size: BODY.length, mtime: "1764000000" };
/** Steers a terminal, turns text around, and forges a line. */
const STEERING =
  "\x1b[2J\x1b]0;x\x07 \u202egnp.exe\u2069 \x9b31m\r\nftpc: done";
const encoder = new TextEncoder();

/** A frame's header with any kind and length. */
function header(kind: number, length: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES);
  writeHeader(bytes, 0, "message", length);
  bytes[0] = kind;
  return bytes;
}

function textFrame(text: string | Uint8Array): Uint8Array {
  const payload = typeof text === "string" ? encoder.encode(text) : text;
  const frame = new Uint8Array(HEADER_BYTES + payload.length);
  writeHeader(frame, 0, "message", payload.length);
  frame.set(payload, HEADER_BYTES);
  return frame;
}

/** Before the login is through: the verb does not matter. */
const OF_THE_LOGIN: readonly Omit<Lie, "verb">[] = [
  {
    name: "a wrong proof of the password",
    tell: (victim) =>
      victim.letIn({ proof: () => `v=${btoa("x".repeat(32))}` }),
    code: 4,
    says: /login as alex.*do not trust it/,
  },
  {
    name: "no proof of the password",
    tell: (victim) => victim.letIn({ proof: () => "" }),
    code: 3,
    says: /broke the protocol.*SCRAM/,
  },
  {
    name: "a proof that is an error",
    tell: (victim) => victim.letIn({ proof: () => "e=other-error" }),
    code: 4,
    says: /login as alex.*not correct/,
  },
  {
    name: "let in without a proof",
    tell: async (victim) => {
      await victim.greet();
      const { id } = await victim.message();
      await victim.send({ id, status_code: 200 });
      await victim.left();
    },
    code: 4,
    says: /proved nothing.*do not trust it/,
  },
  {
    name: "let in, with nothing where the proof has to be",
    tell: async (victim) => {
      await victim.greet();
      const { scram, id } = await victim.challenge();
      await victim.send({ id, status_code: 205, data: scram.challenge });
      const final = await victim.message();
      await victim.send({ id: final.id, status_code: 200 });
      await victim.left();
    },
    code: 4,
    says: /proved nothing.*do not trust it/,
  },
  {
    name: "one iteration",
    tell: (victim) =>
      victim.letIn({ challenge: (text) => text.replace(/i=\d+/, "i=1") }),
    code: 4,
    says: /1 iterations.*do not trust it/,
  },
  {
    name: "a billion iterations",
    tell: (victim) =>
      victim.letIn({
        challenge: (text) => text.replace(/i=\d+/, "i=1000000000"),
      }),
    code: 4,
    says: /1000000000 iterations.*do not trust it/,
  },
  {
    name: "a nonce that is not ours",
    tell: (victim) =>
      victim.letIn({
        challenge: (text) => text.replace(/r=[^,]*/, "r=abcdef"),
      }),
    code: 4,
    says: /another login.*do not trust it/,
  },
  {
    name: "a challenge that is none",
    tell: (victim) => victim.letIn({ challenge: () => STEERING }),
    code: 3,
    says: /broke the protocol.*server-first/,
  },
  {
    name: "the login refused in steering words",
    tell: async (victim) => {
      await victim.greet();
      const { id } = await victim.challenge();
      await victim.send({ id, status_code: 203, status_msg: STEERING });
      await victim.left();
    },
    code: 4,
    says: /login alex: \\x1b\[2J.*\\u202egnp/,
  },
  {
    name: "a version that nobody offered",
    tell: (victim) => victim.greet({ hello: { version: 2 } }),
    code: 3,
    says: /version 2/,
  },
  {
    name: "a version that is no number",
    tell: (victim) => victim.greet({ hello: { version: STEERING } }),
    code: 3,
    says: /version/,
  },
  {
    name: "another login than ours",
    tell: (victim) => victim.greet({ hello: { mechanisms: ["PLAIN"] } }),
    code: 3,
    says: /no login by SCRAM-SHA-256/,
  },
  {
    name: "no room for any request",
    tell: (victim) =>
      victim.greet({
        hello: { limits: { requests_ahead: 0, bytes_ahead: 1 } },
      }),
    code: 3,
    says: /requests_ahead/,
  },
  {
    name: "no room for any byte",
    tell: (victim) =>
      victim.greet({
        hello: { limits: { requests_ahead: 1, bytes_ahead: -1 } },
      }),
    code: 3,
    says: /bytes_ahead/,
  },
  {
    name: "no common version",
    tell: (victim) => victim.greet({ hello: { status_code: 209 } }),
    code: 3,
    says: /hello/,
  },
  {
    name: "hello answered twice",
    tell: async (victim) => {
      await victim.greet();
      await victim.send({ id: 1, status_code: 200 });
      await victim.left();
    },
    code: 3,
    says: /broke the protocol: .*answer/,
  },
  {
    name: "full, in steering words",
    tell: async (victim) => {
      await victim.send({
        action: "goaway",
        status_code: 240,
        status_msg: STEERING,
        last_id: 0,
      });
    },
    code: 3,
    says: /\\x1b\[2J/,
  },
  ...strangers(),
  ...[
    { name: "at once", tell: () => Promise.resolve() },
    {
      name: "after hello",
      tell: (victim: Victim) => victim.greet(),
    },
    {
      name: "in the midst of the login",
      tell: async (victim: Victim) => {
        await victim.greet();
        const { scram, id } = await victim.challenge();
        await victim.send({ id, status_code: 205, data: scram.challenge });
      },
    },
  ].map(({ name, tell }) => ({
    name: `the connection closed ${name}`,
    tell,
    code: 3,
    says: /connection/,
  })),
];

/** Who else may listen there: named to the person by the first byte. */
function strangers(): Omit<Lie, "verb">[] {
  return [
    { who: "a web server", bytes: "HTTP/1.1 400 Bad Request\r\n\r\n" },
    { who: "an SSH server", bytes: "SSH-2.0-OpenSSH_9.9\r\n" },
    { who: "a standard FTP server", bytes: "220 Welcome\r\n" },
    { who: "SelectFTP", bytes: '{"status_code":200}' },
    { who: "TLS", bytes: "\x15\x03\x03\x00\x02\x02\x46" },
    { who: "no frame", bytes: `\xff${STEERING}` },
  ].map(({ who, bytes }) => ({
    name: `another protocol: ${who}`,
    tell: async (victim) => {
      const sent = Uint8Array.from([...bytes].map((c) => c.charCodeAt(0)));
      await victim.write(sent);
      await victim.left();
    },
    code: 3,
    says: new RegExp(`does not speak.*${who}`),
  }));
}

/** After a good login, on a get. */
const OF_A_GET: readonly Omit<Lie, "verb">[] = [
  {
    name: "a size with one byte more",
    tell: (victim) => victim.serve(BODY, { answer: { size: BODY.length + 1 } }),
    code: 5,
    says: /size differs/,
  },
  {
    name: "a size with one byte less",
    tell: (victim) => victim.serve(BODY, { answer: { size: BODY.length - 1 } }),
    code: 5,
    says: /over 1999 bytes.*do not trust/,
  },
  {
    name: "another size at the end",
    tell: (victim) => victim.serve(BODY, { end: { size: BODY.length + 1 } }),
    code: 5,
    says: /size differs/,
  },
  {
    name: "a wrong checksum",
    tell: (victim) =>
      victim.serve(BODY, { end: { checksum: "crc32:00000000" } }),
    code: 5,
    says: /checksum differs/,
  },
  {
    name: "a checksum of another kind",
    tell: (victim) =>
      victim.serve(BODY, { end: { checksum: `sha256:${"0".repeat(64)}` } }),
    code: 5,
    says: /checksum differs/,
  },
  {
    name: "a checksum that is none",
    tell: (victim) => victim.serve(BODY, { end: { checksum: STEERING } }),
    code: 3,
    says: /checksum/,
  },
  {
    name: "a body without end",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER });
      const chunk = new Uint8Array(1 << 20);
      while (true) await victim.data(chunk);
    },
    code: 5,
    says: /do not trust/,
  },
  {
    name: "the end before all bytes",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER });
      await victim.data(BODY.subarray(0, 100));
      const checksum = "crc32:00000000";
      await victim.send({ action: "end", id, size: BODY.length, checksum });
    },
    code: 5,
    says: /size differs/,
  },
  {
    name: "the end of a body that did not begin",
    tell: async (victim) => {
      const { id } = await victim.request();
      const checksum = "crc32:00000000";
      await victim.send({ action: "end", id, size: 0, checksum });
    },
    code: 3,
    says: /the end of body 4/,
  },
  {
    name: "bytes where no body is due",
    tell: async (victim) => {
      await victim.request();
      await victim.data(BODY);
    },
    code: 3,
    says: /DATA where no body is due/,
  },
  {
    name: "the body given up, in steering words",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER });
      await victim.data(BODY.subarray(0, 100));
      const status_msg = STEERING;
      await victim.send({ action: "abort", id, status_code: 228, status_msg });
    },
    code: 1,
    says: /get file: \\x1b\[2J/,
  },
  {
    name: "the body cancelled, though nobody asked",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER });
      await victim.send({ action: "abort", id, status_code: 213 });
    },
    code: 1,
    says: /get file/,
  },
  {
    name: "the get cancelled, though nobody asked",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 213 });
    },
    code: 1,
    says: /get file/,
  },
  {
    name: "goaway in the midst of a body",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER });
      await victim.data(BODY.subarray(0, 100));
      const status_msg = STEERING;
      await victim.send({ action: "goaway", status_code: 247, status_msg });
    },
    hangsUp: true,
    code: 3,
    says: /get file: \\x1b/,
  },
  {
    name: "an answer within a body",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER }, { id, ...ANSWER });
    },
    code: 3,
    says: /an answer to nothing/,
  },
  {
    name: "the answer of an earlier request",
    tell: async (victim) => {
      await victim.request();
      await victim.send({ id: 3, ...ANSWER });
    },
    code: 3,
    says: /answer 3 where 4 was due/,
  },
  {
    name: "the answer of a request that was not made",
    tell: async (victim) => {
      await victim.request();
      await victim.send({ id: 5, ...ANSWER });
    },
    code: 3,
    says: /answer 5 where 4 was due/,
  },
  {
    name: "an answer without a size",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 200 });
    },
    code: 3,
    says: /without size/,
  },
  ...[-1, 1.5, "7", 2 ** 53, null].map((size) => ({
    name: `a size of ${JSON.stringify(size)}`,
    tell: async (victim: Victim) => {
      const { id } = await victim.request();
      await victim.send({ id, ...ANSWER, size });
    },
    code: 3,
    says: /size/,
  })),
  {
    name: "success to what cannot succeed",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 205, data: STEERING });
    },
    code: 3,
    says: /get file/,
  },
  {
    name: "a status that nobody knows",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 299, status_msg: "" });
    },
    code: 1,
    says: /status 299/,
  },
  {
    name: "steering words",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 220, status_msg: STEERING });
    },
    code: 1,
    says: /get file: \\x1b\[2J.*\\u202egnp\.exe.*\\x9b31m\\x0d\\x0aftpc: done/,
  },
  {
    name: "words as long as a status may be",
    tell: async (victim) => {
      const { id } = await victim.request();
      const status_msg = "\x07".repeat(8192);
      await victim.send({ id, status_code: 220, status_msg });
    },
    code: 1,
    says: /\\x07…/,
  },
  {
    name: "words without end",
    tell: async (victim) => {
      const { id } = await victim.request();
      const status_msg = "x".repeat(60_000);
      await victim.send({ id, status_code: 220, status_msg });
    },
    code: 3,
    says: /status_msg/,
  },
  ...brokenFrames(),
  ...[
    { name: "after the request", tell: (victim: Victim) => victim.request() },
    {
      name: "after the answer",
      tell: async (victim: Victim) => {
        const { id } = await victim.request();
        await victim.send({ id, ...ANSWER });
      },
    },
    {
      name: "in the midst of the body",
      tell: async (victim: Victim) => {
        const { id } = await victim.request();
        await victim.send({ id, ...ANSWER });
        await victim.data(BODY.subarray(0, 100));
      },
    },
    {
      name: "after the body, before its end",
      tell: async (victim: Victim) => {
        const { id } = await victim.request();
        await victim.send({ id, ...ANSWER });
        await victim.data(BODY);
      },
    },
  ].map(({ name, tell }) => ({
    name: `the connection closed ${name}`,
    tell: async (victim: Victim) => {
      await tell(victim);
    },
    hangsUp: true as const,
    code: 3,
    says: /get file: .*connection/,
  })),
];

function brokenFrames(): Omit<Lie, "verb">[] {
  const deep = `{"id":4,"a":${"[".repeat(30_000)}${"]".repeat(30_000)}}`;
  return [
    { name: "of no kind", bytes: header(7, 1), says: /frame/ },
    { name: "of no bytes", bytes: header(0, 0), says: /payload of 0 bytes/ },
    { name: "of 4 GiB", bytes: header(0, 2 ** 32 - 1), says: /4294967295/ },
    { name: "with no JSON", bytes: textFrame("{"), says: /protocol/ },
    { name: "with an array", bytes: textFrame("[]"), says: /protocol/ },
    { name: "with a number", bytes: textFrame("7"), says: /protocol/ },
    { name: "with null", bytes: textFrame("null"), says: /protocol/ },
    { name: "with nothing", bytes: textFrame("{}"), says: /id/ },
    { name: "with JSON 30,000 deep", bytes: textFrame(deep), says: /protocol/ },
    {
      name: "with no UTF-8",
      bytes: textFrame(Uint8Array.of(0x7b, 0xff, 0x7d)),
      says: /protocol/,
    },
    {
      name: "with its action in a list",
      bytes: messageFrame({ action: ["end"] }),
      says: /action/,
    },
  ].map(({ name, bytes, says }) => ({
    name: `a frame ${name}`,
    tell: async (victim) => {
      await victim.request();
      await victim.write(bytes);
    },
    code: 3,
    says,
  }));
}

/** After a good login, on a put of more than the sockets' buffers take. */
const OF_A_PUT: readonly Omit<Lie, "verb">[] = [
  {
    name: "refused at once, in steering words",
    tell: async (victim) => {
      const { id } = await victim.request();
      await victim.send({ id, status_code: 226, status_msg: STEERING });
    },
    code: 1,
    says: /put file: \\x1b\[2J/,
  },
  {
    name: "success before the end",
    tell: async (victim) => {
      const { id } = await victim.request();
      const checksum = "crc32:00000000";
      await victim.send({ id, status_code: 200, size: 0, checksum });
    },
    code: 3,
    says: /success before the end/,
  },
  {
    name: "another checksum",
    tell: async (victim) => {
      const answer = await victim.takePut();
      await victim.send({ ...answer, checksum: "crc32:00000000" });
    },
    code: 5,
    says: /put file: .*crc32:00000000/,
  },
  {
    name: "another size",
    tell: async (victim) => {
      const answer = await victim.takePut();
      await victim.send({ ...answer, size: 1 });
    },
    code: 5,
    says: /put file: .*the server says 1 bytes/,
  },
  {
    name: "success without a checksum",
    tell: async (victim) => {
      const { id, status_code } = await victim.takePut();
      await victim.send({ id, status_code });
    },
    code: 5,
    says: /put file: .*the server says/,
  },
  {
    name: "the answer of another request",
    tell: async (victim) => {
      const { id, ...answer } = await victim.takePut();
      await victim.send({ id: Number(id) + 1, ...answer });
    },
    code: 3,
    says: /put file: .*answer 5 where 4 was due/,
  },
  {
    name: "the connection closed in the midst of the body",
    tell: async (victim) => {
      await victim.request();
      await victim.part();
    },
    hangsUp: true,
    code: 3,
    says: /put file: .*connection/,
  },
  {
    name: "the connection closed before the answer",
    tell: async (victim) => {
      await victim.takePut();
    },
    hangsUp: true,
    code: 3,
    says: /put file: .*connection/,
  },
];

function withLogin({ tell, ...rest }: Omit<Lie, "verb">): Omit<Lie, "verb"> {
  const told = async (victim: Victim) => {
    await victim.letIn();
    await tell(victim);
    if (rest.hangsUp === undefined) await victim.left();
  };
  return { ...rest, tell: told };
}

/** What is over as soon as the lie is told. */
export const LIES: readonly Lie[] = [
  ...OF_THE_LOGIN.map((lie) => ({ ...lie, verb: "get" } as const)),
  ...OF_A_GET.map((lie) => ({ ...withLogin(lie), verb: "get" } as const)),
  ...OF_A_PUT.map((lie) => ({ ...withLogin(lie), verb: "put" } as const)),
];

/** What ends only when time has passed: the lie is that nothing comes. */
export const SILENCES: readonly Lie[] = [
  {
    name: "from the start",
    verb: "get",
    tell: (victim) => victim.silence(),
    code: 3,
    says: /connect to 127\.0\.0\.1:\d+: no answer/,
  },
  {
    name: "after hello",
    verb: "get",
    tell: async (victim) => {
      await victim.greet();
      await victim.silence();
    },
    code: 3,
    says: /connect to 127\.0\.0\.1:\d+: no answer/,
  },
  {
    name: "in the midst of the login",
    verb: "get",
    tell: async (victim) => {
      await victim.greet();
      const { scram, id } = await victim.challenge();
      await victim.send({ id, status_code: 205, data: scram.challenge });
      await victim.silence();
    },
    code: 3,
    says: /connect to 127\.0\.0\.1:\d+: no answer/,
  },
  ...([
    {
      name: "after the request",
      verb: "get",
      tell: async (victim) => {
        await victim.request();
        await victim.silence();
      },
      code: 3,
      says: /get file: nothing came for 60 seconds/,
    },
    {
      name: "after the answer",
      verb: "get",
      tell: async (victim) => {
        const { id } = await victim.request();
        await victim.send({ id, ...ANSWER });
        await victim.silence();
      },
      code: 3,
      says: /get file: nothing came for 60 seconds/,
    },
    {
      name: "in the midst of a body",
      verb: "get",
      tell: async (victim) => {
        const { id } = await victim.request();
        await victim.send({ id, ...ANSWER });
        await victim.data(BODY.subarray(0, 100));
        await victim.silence();
      },
      code: 3,
      says: /get file: nothing came for 60 seconds/,
    },
    {
      name: "in the midst of a frame",
      verb: "get",
      tell: async (victim) => {
        const { id } = await victim.request();
        await victim.send({ id, ...ANSWER });
        await victim.write(header(1, 1000));
        await victim.silence();
      },
      code: 3,
      says: /get file: nothing came for 60 seconds/,
    },
    {
      name: "instead of a goodbye",
      verb: "get",
      tell: async (victim) => {
        const { id } = await victim.request();
        await victim.send({ id, status_code: 220 });
        await victim.silence();
      },
      code: 1,
      says: /get file: No such file or folder/,
    },
    {
      name: "instead of reading a body",
      verb: "put",
      tell: async (victim) => {
        await victim.request();
        await victim.idle();
      },
      code: 3,
      says: /put file: nothing came for 60 seconds/,
    },
    {
      name: "instead of reading a body that it refused",
      verb: "put",
      tell: async (victim) => {
        const { id } = await victim.request();
        await victim.send({ id, status_code: 226 });
        await victim.idle();
      },
      code: 1,
      says: /put file: No space left/,
    },
    {
      name: "instead of the answer to a put",
      verb: "put",
      tell: async (victim) => {
        await victim.takePut();
        await victim.silence();
      },
      code: 3,
      says: /put file: nothing came for 60 seconds/,
    },
  ] as const satisfies readonly Lie[]).map((lie: Lie): Lie => ({
    ...lie,
    tell: async (victim) => {
      await victim.letIn();
      await lie.tell(victim);
    },
  })),
];
