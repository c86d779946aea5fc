/**
 * Errors of the client: a code, the exit code that it stands for, and the one
 * line that a person reads.
 * @module
 */
import { printable } from "../protocol/printable.ts";
import { texts } from "./texts/mod.ts";

/** Every code with its exit code (README.md, "Exit codes"). */
const EXIT_CODES = {
  /** A file or a command failed. */
  not_found: 1, // no such file or folder, there or here
  is_folder: 1, // a folder where a file is meant
  not_a_folder: 1, // a file, or nothing, where a folder is meant
  not_regular: 1, // a device, a pipe, a socket
  exists: 1, // there, where nothing, or nothing of that sort, may be
  not_empty: 1, // a folder
  no_space: 1,
  file_changed: 1, // while it was being sent
  not_supported: 1, // by this server, this home, or this machine
  cannot_resume: 1, // what is there, or here, is of no use: start over
  taken_over: 1, // another session goes on with the same transfer
  refused: 1, // the server said no; its words are in the message
  local_failed: 1, // this machine said no; the cause says why
  command_failed: 1, // `!command`
  internal: 1, // a bug of ours
  /** What the user wrote, or has to allow. */
  usage: 2,
  permission_missing: 2, // of Deno, not of the system
  /** The connection. */
  connect_failed: 3,
  connection_lost: 3, // silence, too
  protocol: 3, // the peer does not speak it, or breaks it
  /** Who is who. */
  login_refused: 4,
  untrusted: 4, // the server did not prove that it knows the password
  integrity: 5, // size or checksum differs
  /** The user said so. */
  cancelled: 130, // a transfer; the connection goes on
  interrupted: 130, // all of it
} as const satisfies Record<string, 1 | 2 | 3 | 4 | 5 | 130>;

export type ClientCode = keyof typeof EXIT_CODES;

/** What a program may want to know besides. */
export interface ErrorDetails extends ErrorOptions {
  /** The server's (PROTOCOL.md, 8), where it was the server that said so. */
  readonly statusCode?: number | undefined;
  /** In how many seconds the server says it is worth coming back. */
  readonly retryAfterSeconds?: number | undefined;
}

export class ClientError extends Error {
  override readonly name = "ClientError";
  readonly statusCode: number | null;
  readonly retryAfterSeconds: number | null;

  constructor(
    readonly code: ClientCode,
    message: string, // what failed, on what: "get a.jpg"
    readonly hint: string, // what to do: "run it again"; may be empty
    details: ErrorDetails = {}, // { cause }: the error beneath, always kept
  ) {
    super(message, "cause" in details ? { cause: details.cause } : {});
    this.statusCode = details.statusCode ?? null;
    this.retryAfterSeconds = details.retryAfterSeconds ?? null;
  }

  get exitCode(): number {
    return EXIT_CODES[this.code];
  }
}

/** Whatever was thrown, as an error that has a code. */
export function asClientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  return new ClientError(
    "internal",
    ...texts.program.internal,
    { cause: error },
  );
}

/**
 * The line a person reads, without its line feed: what failed, on what, why,
 * what to do. A server or a file name may have chosen parts of it: whatever
 * could steer a terminal is shown escaped.
 */
export function oneLine(error: ClientError): string {
  const advice = error.hint === "" ? "" : ` (${error.hint})`;
  const line = printable(`${reasonOf(error)}${advice}`);
  return `${texts.program.name}: ${line}`;
}

/** The same without who says it and what to do, and not escaped. */
export function reasonOf({ message, cause }: ClientError): string {
  const why = cause instanceof Error ? `: ${plainReason(cause)}` : "";
  return message + why;
}

/** For --debug: the stacks of an error and of all beneath it. */
export function stacks(error: Error): string {
  const lines = (error.stack ?? error.message).split("\n");
  const text = lines.map(printable).join("\n");
  if (!(error.cause instanceof Error)) return text;
  return `${text}\n${texts.program.causedBy}: ${stacks(error.cause)}`;
}

/** "No such file or directory (os error 2): open '/x'": the name was said. */
function plainReason({ message }: Error): string {
  return message.replace(/ \(os error \d+\).*$/s, "");
}
