/**
 * What the server says: from the errors of the layers below to status codes,
 * the one table at this edge; and the last word of a connection.
 * @module
 */
import {
  type JsonObject,
  printable,
  shortened,
  STATUS,
  type StatusName,
} from "../protocol/mod.ts";
import { type StorageCode, StorageError } from "../storage/mod.ts";
import { type TransferCode, TransferError } from "../transfer/mod.ts";

const OF_STORAGE = {
  bad_name: "invalid_filename",
  outside: "invalid_filename",
  not_found: "not_found",
  exists: "exists",
  is_folder: "is_folder",
  not_a_folder: "not_a_folder",
  not_regular: "not_regular",
  not_empty: "not_empty",
  not_a_link: "not_regular",
  unsupported: "not_supported",
  permission: "permission_denied",
  no_space: "no_space",
  too_large: "upload_too_large",
  changed: "file_changed",
  taken_over: "taken_over",
  no_part: "cannot_resume",
  aborted: "cancelled",
  failed: "storage_failed",
} as const satisfies Record<StorageCode, StatusName>;

const OF_TRANSFER = {
  size_differs: "integrity",
  checksum_differs: "integrity",
  too_large: "upload_too_large",
  sender_aborted: "body_aborted",
  bad_end: "invalid_format",
  cancelled: "cancelled",
  lost: "body_aborted",
} as const satisfies Record<TransferCode, StatusName>;

/** The last word: why the connection ends, and what of it was still done. */
export function goaway(
  status: StatusName,
  last_id: number,
  why?: string,
): JsonObject {
  const [status_code, words] = STATUS[status];
  const status_msg = why ?? words;
  const retry_after = null;
  return { action: "goaway", status_code, status_msg, last_id, retry_after };
}

/** What a request failed by, for the peer and for the log. */
export interface Failure {
  readonly status: StatusName;
  /** For the person at the other end: no path of this machine, no stack. */
  readonly text: string;
  /** For the log, where it says more than `text`. */
  readonly cause?: string;
}

/** What a peer chose is cut in answers: it may fill a whole message. */
const FOREIGN_LENGTH_MAX = 200;

/** @param name The name that the peer asked for. */
export function failureOf(error: unknown, name: string): Failure {
  const known = error instanceof StorageError
    ? { status: OF_STORAGE[error.code], words: error.message }
    : error instanceof TransferError
    ? { status: OF_TRANSFER[error.code], words: wordsOf(error) }
    : null;
  if (known === null) {
    const [, text] = STATUS.internal;
    return { status: "internal", text, cause: causes(error) };
  }
  const words = known.status === "cancelled" ? "cancelled" : known.words;
  const text = name === "" ? words : `${foreign(name)}: ${words}`;
  return error instanceof Error && error.cause !== undefined
    ? { status: known.status, text, cause: causes(error.cause) }
    : { status: known.status, text };
}

function wordsOf({ code, message }: TransferError): string {
  if (code !== "sender_aborted") return message;
  const [, words] = STATUS.body_aborted;
  return message === "" ? words : foreign(message); // the peer's own reason
}

function foreign(text: string): string {
  return printable(shortened(text, FOREIGN_LENGTH_MAX));
}

/** An error and what lies beneath it in one line, without stacks. */
export function causes(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const beneath = error.cause === undefined ? "" : `: ${causes(error.cause)}`;
  return `${error.message}${beneath}`;
}
