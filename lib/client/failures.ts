/**
 * What goes wrong at the network's end, to errors with a code and an advice:
 * the one table from status codes to ours.
 * @module
 */
import { FramingError } from "../framing/mod.ts";
import {
  ProtocolError,
  STATUS,
  type StatusName,
  statusName,
  type Stranger,
  strangerOf,
} from "../protocol/mod.ts";
import { NetworkError } from "../runtime/mod.ts";
import { type TransferCode, TransferError } from "../transfer/mod.ts";
import { type ClientCode, ClientError } from "./error.ts";

interface Meaning {
  readonly code: ClientCode;
  readonly hint: string;
}

const CHECK_NAME = "check the name";
const LATER = "try again later";
const ASK = "ask who runs the server";
const AGAIN = "run it again";
const NEWER = "the server and ftpc do not fit: is one of them newer?";

/** What each status is for us, and what the person can do. */
const MEANINGS = {
  success: { code: "protocol", hint: NEWER },
  invalid_command: { code: "refused", hint: NEWER },
  invalid_format: { code: "refused", hint: NEWER },
  login_refused: {
    code: "login_refused",
    hint: "they stand in the server's accounts.ini",
  },
  invalid_filename: { code: "refused", hint: "choose another name" },
  login_continues: { code: "protocol", hint: NEWER },
  login_first: { code: "protocol", hint: NEWER },
  already_logged_in: { code: "protocol", hint: NEWER },
  login_busy: { code: "connect_failed", hint: LATER },
  version_unknown: { code: "protocol", hint: NEWER },
  feature_unknown: { code: "refused", hint: NEWER },
  out_of_order: { code: "protocol", hint: NEWER },
  broken_frame: { code: "protocol", hint: NEWER },
  cancelled: { code: "refused", hint: AGAIN }, // not by us: see session.ts
  body_aborted: { code: "refused", hint: AGAIN },
  not_found: { code: "not_found", hint: CHECK_NAME },
  is_folder: { code: "is_folder", hint: "name a file" },
  not_a_folder: { code: "not_a_folder", hint: "check the folders before it" },
  not_regular: { code: "not_regular", hint: "name a file" },
  permission_denied: { code: "refused", hint: ASK },
  exists: { code: "refused", hint: "choose another name" },
  no_space: { code: "no_space", hint: "make room on the server" },
  upload_too_large: { code: "refused", hint: ASK },
  file_changed: { code: "file_changed", hint: AGAIN },
  integrity: { code: "integrity", hint: AGAIN },
  storage_failed: { code: "refused", hint: ASK },
  not_empty: { code: "refused", hint: "rm -r removes it with its content" },
  not_supported: { code: "refused", hint: "" },
  taken_over: { code: "refused", hint: "" },
  cannot_resume: { code: "refused", hint: AGAIN },
  server_full: { code: "connect_failed", hint: LATER },
  address_full: { code: "connect_failed", hint: LATER },
  user_full: { code: "connect_failed", hint: "end another session first" },
  login_timeout: { code: "connection_lost", hint: AGAIN },
  idle_timeout: { code: "connection_lost", hint: "connect again" },
  stalled: { code: "connection_lost", hint: AGAIN },
  too_many_failures: { code: "login_refused", hint: "check the password" },
  server_ending: { code: "connection_lost", hint: LATER },
  internal: { code: "refused", hint: ASK },
} as const satisfies Record<StatusName, Meaning>;

/** A code that a newer server made up. */
const UNKNOWN: Meaning = { code: "refused", hint: "" };
/** Of the server's words: whole sentences, but no novels. */
const WORDS_LENGTH_MAX = 300;

const OF_TRANSFER = {
  size_differs: { code: "integrity", hint: AGAIN },
  checksum_differs: { code: "integrity", hint: AGAIN },
  too_large: { code: "integrity", hint: "do not trust this server" },
  sender_aborted: { code: "refused", hint: AGAIN },
  bad_end: { code: "protocol", hint: NEWER },
  cancelled: { code: "cancelled", hint: "" },
  lost: { code: "connection_lost", hint: AGAIN },
} as const satisfies Record<TransferCode, Meaning>;

/**
 * The server said no.
 * @param verb What was asked for; both empty for what nobody asked.
 */
export function refusedBy(
  said: { readonly status_code: number; readonly status_msg: string },
  verb: string,
  name: string,
): ClientError {
  const status = statusName(said.status_code);
  const { code, hint } = status === undefined ? UNKNOWN : MEANINGS[status];
  const what = aboutOf(verb, name);
  const words = withoutName(said.status_msg, name) ||
    (status === undefined ? `status ${said.status_code}` : STATUS[status][1]);
  const why = words.length > WORDS_LENGTH_MAX
    ? `${words.slice(0, WORDS_LENGTH_MAX)}…`
    : words;
  return new ClientError(code, what === "" ? why : `${what}: ${why}`, hint);
}

/** Servers begin with the name of the file; so do we. */
function withoutName(words: string, name: string): string {
  const start = `${name}: `;
  return name !== "" && words.startsWith(start)
    ? words.slice(start.length)
    : words;
}

/** @param signal The user's: it tells an interrupt from a failure. */
export function cannotConnect(
  where: string,
  error: unknown,
  signal: AbortSignal | undefined,
): ClientError {
  const cause = error instanceof Error ? error : undefined;
  const what = `connect to ${where}`;
  if (signal?.aborted) {
    return new ClientError("interrupted", `${what}: interrupted`, "", {
      cause,
    });
  }
  if (error instanceof NetworkError) {
    // The network's words begin with what was tried, too.
    const why = error.message.replace(/^connect to .*?:\d+: /, "");
    return new ClientError(
      "connect_failed",
      `${what}: ${why}`,
      adviceOn(error),
      {
        cause: error.cause instanceof Error ? error.cause : undefined,
      },
    );
  }
  return new ClientError("connect_failed", what, LATER, { cause });
}

/** Somebody took the connection, and then did not speak in time. */
export function noAnswer(where: string, ms: number): ClientError {
  return new ClientError(
    "connect_failed",
    `connect to ${where}: no answer within ${ms / 1000} seconds`,
    "is it an ftpd, and its framed port?",
  );
}

function adviceOn({ code }: NetworkError): string {
  switch (code) {
    case "refused":
      return "is ftpd running there, on this port?";
    case "unknown_host":
    case "bad_address":
      return "check -s";
    case "permission":
      return "check Deno's permissions and the firewall";
    default:
      return "check -s, -P and the network";
  }
}

/** The peer breaks the protocol, or speaks another one. */
export function protocolBroken(what: string): ClientError {
  return new ClientError(
    "protocol",
    `the server broke the protocol: ${what}`,
    "is it an ftpd, and its framed port?",
  );
}

export function cancelled(verb: string, name: string): ClientError {
  return new ClientError("cancelled", `${aboutOf(verb, name)}: cancelled`, "");
}

/** The connection is over. */
export function lost(what: string, cause?: unknown): ClientError {
  return new ClientError("connection_lost", what, AGAIN, { cause });
}

/** What ended a connection, told of one request that ended with it. */
export function during(
  error: ClientError,
  verb: string,
  name: string,
): ClientError {
  const { code, message, hint, cause } = error;
  return new ClientError(code, `${aboutOf(verb, name)}: ${message}`, hint, {
    cause,
  });
}

/** What ended the reading of a connection. */
export function fromServer(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (error instanceof FramingError && error.code === "cut") {
    return lost("the connection was lost", error);
  }
  if (error instanceof FramingError && error.byte !== null) {
    return notOurs(strangerOf(error.byte) ?? "unknown");
  }
  if (error instanceof FramingError || error instanceof ProtocolError) {
    return protocolBroken(error.message);
  }
  return lost("the connection was lost", error);
}

/** Whose server it seems to be, by the first byte that it sent. */
const STRANGERS = {
  tls: "it speaks TLS",
  http: "it seems to be a web server",
  ssh: "it seems to be an SSH server",
  selectftp: "it seems to be the older SelectFTP",
  ftp: "it seems to be a standard FTP server",
  unknown: "what it sent is no frame",
} as const satisfies Record<Stranger, string>;

function notOurs(stranger: Stranger): ClientError {
  return new ClientError(
    "protocol",
    `the server does not speak ftpd's framed protocol: ${STRANGERS[stranger]}`,
    "check -P: ftpd's framed port is 10021 unless it was told another",
  );
}

/** What ended one transfer: the body, or a file of this machine. */
export function transferFailed(
  error: unknown,
  verb: string,
  name: string,
): ClientError {
  if (error instanceof ClientError) return error;
  const what = aboutOf(verb, name);
  if (!(error instanceof TransferError)) {
    return new ClientError("local_failed", what, "check the disk", {
      cause: error,
    });
  }
  if (error.code === "cancelled") return cancelled(verb, name);
  const { code, hint } = OF_TRANSFER[error.code];
  return new ClientError(code, what, hint, { cause: error });
}

/** The name is all of a request that can be long. */
export function nameTooLong(bytesMax: number): ClientError {
  return new ClientError(
    "refused",
    `a name that makes a request of over ${bytesMax} bytes`,
    "choose a shorter name",
  );
}

function aboutOf(verb: string, name: string): string {
  return name === "" ? verb : `${verb} ${name}`;
}
