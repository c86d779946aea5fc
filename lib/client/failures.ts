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
import { isMangled } from "./mangled.ts";
import { texts } from "./texts/mod.ts";

interface Meaning {
  readonly code: ClientCode;
  readonly hint: string;
}

const { hints, strangers } = texts.session;

/** What each status is for us, and what the person can do. */
const MEANINGS = {
  success: { code: "protocol", hint: hints.newer },
  invalid_command: { code: "refused", hint: hints.newer },
  invalid_format: { code: "refused", hint: hints.newer },
  login_refused: {
    code: "login_refused",
    hint: hints.theirAccounts,
  },
  invalid_filename: { code: "refused", hint: hints.otherName },
  login_continues: { code: "protocol", hint: hints.newer },
  login_first: { code: "protocol", hint: hints.newer },
  already_logged_in: { code: "protocol", hint: hints.newer },
  login_busy: { code: "connect_failed", hint: hints.later },
  version_unknown: { code: "protocol", hint: hints.newer },
  feature_unknown: { code: "refused", hint: hints.newer },
  out_of_order: { code: "protocol", hint: hints.newer },
  broken_frame: { code: "protocol", hint: hints.newer },
  cancelled: { code: "refused", hint: hints.again }, // not by us: see session.ts
  body_aborted: { code: "refused", hint: hints.again },
  not_found: { code: "not_found", hint: hints.checkName },
  is_folder: { code: "is_folder", hint: hints.nameFile },
  not_a_folder: { code: "not_a_folder", hint: hints.foldersBefore },
  not_regular: { code: "not_regular", hint: hints.nameFile },
  permission_denied: { code: "refused", hint: hints.ask },
  exists: { code: "exists", hint: hints.otherName },
  no_space: { code: "no_space", hint: hints.makeRoom },
  upload_too_large: { code: "refused", hint: hints.ask },
  file_changed: { code: "file_changed", hint: hints.again },
  integrity: { code: "integrity", hint: hints.again },
  storage_failed: { code: "refused", hint: hints.ask },
  not_empty: { code: "not_empty", hint: hints.removeAll },
  not_supported: { code: "not_supported", hint: "" },
  taken_over: { code: "taken_over", hint: "" },
  cannot_resume: { code: "cannot_resume", hint: hints.again },
  server_full: { code: "connect_failed", hint: hints.later },
  address_full: { code: "connect_failed", hint: hints.later },
  user_full: { code: "connect_failed", hint: hints.endAnother },
  login_timeout: { code: "connection_lost", hint: hints.again },
  idle_timeout: { code: "connection_lost", hint: hints.connectAgain },
  stalled: { code: "connection_lost", hint: hints.again },
  too_many_failures: { code: "login_refused", hint: hints.checkPassword },
  server_ending: { code: "connection_lost", hint: hints.later },
  internal: { code: "refused", hint: hints.ask },
} as const satisfies Record<StatusName, Meaning>;

/** A code that a newer server made up. */
/** Verbs with `-r`. */
const RECURSIVE: ReadonlySet<string> = new Set(["rm", "cp", "get"]);

const UNKNOWN: Meaning = { code: "refused", hint: "" };
/** Of the server's words: whole sentences, but no novels. */
const WORDS_LENGTH_MAX = 300;

const OF_TRANSFER = {
  size_differs: { code: "integrity", hint: hints.again },
  checksum_differs: { code: "integrity", hint: hints.again },
  too_large: { code: "integrity", hint: hints.distrust },
  sender_aborted: { code: "refused", hint: hints.again },
  bad_end: { code: "protocol", hint: hints.newer },
  cancelled: { code: "cancelled", hint: "" },
  lost: { code: "connection_lost", hint: hints.again },
} as const satisfies Record<TransferCode, Meaning>;

/**
 * The server said no.
 * @param verb What was asked for; both empty for what nobody asked.
 */
export function refusedBy(
  said: {
    readonly status_code: number;
    readonly status_msg: string;
    readonly retry_after?: number | null;
  },
  verb: string,
  name: string,
): ClientError {
  const status = statusName(said.status_code);
  const meaning = status === undefined ? UNKNOWN : MEANINGS[status];
  const { code } = meaning;
  const hint = code === "is_folder" && RECURSIVE.has(verb)
    ? hints.recursive
    : code === "not_found" && isMangled(name)
    ? hints.mangled
    : meaning.hint;
  const what = aboutOf(verb, name);
  const words = withoutName(said.status_msg, name) ||
    (status === undefined
      ? texts.session.status(said.status_code)
      : STATUS[status][1]);
  const why = words.length > WORDS_LENGTH_MAX
    ? `${words.slice(0, WORDS_LENGTH_MAX)}…`
    : words;
  return new ClientError(code, what === "" ? why : `${what}: ${why}`, hint, {
    statusCode: said.status_code,
    retryAfterSeconds: said.retry_after ?? undefined,
  });
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
  const what = texts.session.connectTo(where);
  if (signal?.aborted) {
    return new ClientError("interrupted", texts.session.interrupted(what), "", {
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
  return new ClientError("connect_failed", what, hints.later, { cause });
}

/** Somebody took the connection, and then did not speak in time. */
export function noAnswer(where: string, ms: number): ClientError {
  return new ClientError(
    "connect_failed",
    texts.session.noAnswer(where, ms / 1000),
    hints.isFtpd,
  );
}

function adviceOn({ code }: NetworkError): string {
  switch (code) {
    case "refused":
      return hints.isRunning;
    case "unknown_host":
    case "bad_address":
      return hints.checkServer;
    case "permission":
      return hints.checkPermissions;
    default:
      return hints.checkNetwork;
  }
}

/** The peer breaks the protocol, or speaks another one. */
export function protocolBroken(what: string): ClientError {
  return new ClientError(
    "protocol",
    texts.session.broken(what),
    hints.isFtpd,
  );
}

export function cancelled(verb: string, name: string): ClientError {
  return new ClientError(
    "cancelled",
    texts.session.cancelled(aboutOf(verb, name)),
    "",
  );
}

/** The connection is over. */
export function lost(what: string, cause?: unknown): ClientError {
  return new ClientError("connection_lost", what, hints.again, { cause });
}

/** What ended a connection, told of one request that ended with it. */
export function during(
  error: ClientError,
  verb: string,
  name: string,
): ClientError {
  const { code, message, hint, cause } = error;
  return new ClientError(code, `${aboutOf(verb, name)}: ${message}`, hint, {
    ...(cause === undefined ? {} : { cause }),
    statusCode: error.statusCode ?? undefined,
    retryAfterSeconds: error.retryAfterSeconds ?? undefined,
  });
}

/** What ended the reading of a connection. */
export function fromServer(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  if (error instanceof FramingError && error.code === "cut") {
    return lost(texts.session.connectionLost, error);
  }
  if (error instanceof FramingError && error.byte !== null) {
    return notOurs(strangerOf(error.byte) ?? "unknown");
  }
  if (error instanceof FramingError || error instanceof ProtocolError) {
    return protocolBroken(error.message);
  }
  return lost(texts.session.connectionLost, error);
}

/** @param stranger Whose server it seems to be, by the first byte it sent. */
function notOurs(stranger: Stranger): ClientError {
  return new ClientError(
    "protocol",
    texts.session.notOurs(strangers[stranger]),
    hints.checkPort,
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
    return new ClientError("local_failed", what, hints.checkDisk, {
      cause: error,
    });
  }
  if (error.code === "cancelled") return cancelled(verb, name);
  const { code, hint } = OF_TRANSFER[error.code];
  return new ClientError(code, what, hint, { cause: error });
}

/** The server's hello did not name what this takes. */
export function notSupported(verb: string, name = ""): ClientError {
  const [what, hint] = texts.session.notSupported(aboutOf(verb, name));
  return new ClientError("not_supported", what, hint);
}

/** The name is all of a request that can be long. */
export function nameTooLong(bytesMax: number): ClientError {
  return new ClientError(
    "refused",
    ...texts.session.nameTooLong(bytesMax),
  );
}

function aboutOf(verb: string, name: string): string {
  return name === "" ? verb : `${verb} ${name}`;
}
