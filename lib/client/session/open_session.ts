/**
 * From an address and a password to a session: dial, hello, login.
 * @module
 */
import { BufferPool } from "../../framing/mod.ts";
import {
  type Answer,
  PROGRAM_VERSION,
  PROTOCOL_VERSIONS,
  SCRAM_SHA_256,
  ScramClient,
  ScramError,
  scramNonce,
} from "../../protocol/mod.ts";
import { Channel } from "./channel.ts";
import { type ConnectOptions, hostAndPort } from "./connect.ts";
import { ClientError } from "../error.ts";
import {
  cannotConnect,
  noAnswer,
  protocolBroken,
  refusedBy,
} from "../failures.ts";
import type { FtpClient } from "../library.ts";
import type { ServerLimits } from "../remote.ts";
import { ClientSession } from "./session.ts";
import { texts } from "../texts/mod.ts";

/** From the dialling to the end of the login, as a server allows it. */
const CONNECT_MS_MAX = 30_000;
const NONCE_BYTES = 18;

/** `connect`, with all that it needs. */
export async function openSession(options: ConnectOptions): Promise<FtpClient> {
  const { runtime, hostname, port, timeoutMs } = options;
  const connectMs = timeoutMs ?? CONNECT_MS_MAX;
  const where = hostAndPort(hostname, port);
  using deadline = runtime.timers.deadline(connectMs);
  const signal = options.signal === undefined
    ? deadline.signal
    : AbortSignal.any([options.signal, deadline.signal]);
  const connection = await runtime.network
    .connect({ hostname, port }, signal)
    .catch((error: unknown) => {
      throw cannotConnect(where, error, options.signal);
    });
  const channel = new Channel(runtime, connection, new BufferPool(), timeoutMs);
  const hangUp = () => connection.kill();
  signal.addEventListener("abort", hangUp);
  try {
    if (signal.aborted) hangUp();
    const { features, limits } = await enter(channel, options);
    return new ClientSession(options.username, features, limits, channel);
  } catch (error) {
    await channel.close();
    if (options.signal?.aborted) {
      throw cannotConnect(where, options.signal.reason, options.signal);
    }
    throw deadline.signal.aborted ? noAnswer(where, connectMs) : error;
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}

/** What a server says of itself. */
interface Greeting {
  readonly features: ReadonlySet<string>;
  readonly limits: ServerLimits;
}

const HELLO = {
  action: "hello",
  program: `ftpc/${PROGRAM_VERSION}`,
  versions: PROTOCOL_VERSIONS,
};

/** Hello and the first step of the login go together: a round trip less. */
async function enter(
  channel: Channel,
  { runtime, username, password }: ConnectOptions,
): Promise<Greeting> {
  const nonce = scramNonce(runtime.random.bytes(NONCE_BYTES));
  const scram = new ScramClient({ username, password, nonce });
  const step = (data: string) => (
    { action: "login", username, mechanism: SCRAM_SHA_256, data }
  );
  try {
    const first = step(await scram.first());
    const [hello, login] = await channel.sendBoth(HELLO, first);
    const greeting = greetingOf(channel, await hello.answer);
    const challenge = await login.answer;
    if (challenge.status_code === 200) throw unproved(username);
    if (challenge.status_code !== 205) {
      throw refusedBy(challenge, "login", username);
    }
    const final = step(await scram.final(challenge.data ?? ""));
    const proof = await channel.ask(final);
    if (proof.status_code !== 200) throw refusedBy(proof, "login", username);
    if (proof.data === undefined) throw unproved(username);
    scram.verify(proof.data);
    return greeting;
  } catch (error) {
    if (!(error instanceof ScramError)) throw error;
    throw scramFailed(error, username);
  }
}

function greetingOf(channel: Channel, answer: Answer): Greeting {
  if (answer.status_code !== 200) throw refusedBy(answer, "hello", "");
  if (!PROTOCOL_VERSIONS.includes(answer.version ?? 0)) {
    throw protocolBroken(texts.session.versionNotOffered(answer.version));
  }
  if (!answer.mechanisms?.includes(SCRAM_SHA_256)) {
    throw protocolBroken(texts.session.noLoginBy(SCRAM_SHA_256));
  }
  if (answer.limits !== undefined) channel.limits = answer.limits;
  return {
    features: new Set(answer.features),
    limits: {
      requestsAhead: answer.limits?.requests_ahead ?? 1,
      bytesAhead: answer.limits?.bytes_ahead ?? 1,
      uploadBytes: answer.limits?.upload_bytes ?? null,
      idleSeconds: answer.limits?.idle_seconds ?? null,
    },
  };
}

function scramFailed(cause: ScramError, username: string): ClientError {
  switch (cause.code) {
    case "bad_name":
    case "bad_password":
    case "refused":
      return new ClientError(
        "login_refused",
        ...texts.session.loginRefused(username),
        { cause },
      );
    case "malformed":
      return protocolBroken(cause.message);
    default:
      return unproved(username, cause);
  }
}

/** Whoever it is: nothing is put there, and nothing taken from it. */
function unproved(username: string, cause?: ScramError): ClientError {
  const what = cause === undefined
    ? texts.session.provedNothing(username)
    : texts.session.loginAs(username);
  return new ClientError(
    "untrusted",
    what,
    texts.session.notTheServer,
    { cause },
  );
}
