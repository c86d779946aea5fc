/**
 * What a server sends (PROTOCOL.md, "Answers" and "Notices"), as a client
 * reads it.
 * @module
 */
import * as v from "valibot";
import { check } from "./check.ts";
import {
  anyText,
  bytesCount,
  checksum,
  flag,
  listOf,
  mtime,
  number,
  requestId,
  text,
  token,
} from "./fields.ts";
import type { JsonObject } from "./json.ts";

const wholeNumber = v.pipe(number, v.safeInteger("has to be a whole number"));
const least1 = v.pipe(wholeNumber, v.minValue(1, "has to be 1 or more"));

/** As a file has it, which may be more than can be set: 0 to 0o7777. */
const fileMode = v.pipe(bytesCount, v.maxValue(0o7777, "has to be a mode"));

const statusFields = {
  status_code: wholeNumber,
  status_msg: v.optional(text(8192), ""),
};
/** An answer's fields differ by request: those of all, each optional. */
const answer = v.object({
  id: v.nullable(requestId),
  ...statusFields,
  program: v.optional(text(128)),
  version: v.optional(number),
  features: v.optional(listOf(text(64))),
  mechanisms: v.optional(listOf(text(64))),
  limits: v.optional(v.object({
    requests_ahead: least1,
    bytes_ahead: least1,
    upload_bytes: v.optional(v.nullable(bytesCount), null),
    idle_seconds: v.optional(v.nullable(number), null),
  })),
  data: v.optional(text(8192)),
  type: v.optional(v.picklist(
    ["file", "folder", "other"],
    "has to be file, folder or other",
  )),
  size: v.optional(bytesCount),
  mtime: v.optional(mtime),
  mode: v.optional(fileMode),
  checksum: v.optional(checksum),
  file_version: v.optional(token),
  file_size: v.optional(bytesCount),
  created: v.optional(bytesCount),
  discarded: v.optional(bytesCount),
  removed: v.optional(bytesCount),
  files: v.optional(bytesCount),
  folders: v.optional(bytesCount),
  others: v.optional(bytesCount),
  bytes: v.optional(bytesCount),
  free_bytes: v.optional(v.nullable(bytesCount)),
  total_bytes: v.optional(v.nullable(bytesCount)),
  upload_bytes: v.optional(v.nullable(bytesCount)),
});
const notice = v.variant("action", [
  v.object({
    action: v.literal("end"),
    id: requestId,
    size: bytesCount,
    checksum,
    entries: v.optional(bytesCount),
    more: v.optional(flag, false),
  }),
  v.object({ action: v.literal("abort"), id: requestId, ...statusFields }),
  v.object({
    action: v.literal("goaway"),
    last_id: v.optional(v.nullable(bytesCount), null),
    retry_after: v.optional(v.nullable(number), null),
    ...statusFields,
  }),
  v.object({ action: v.literal("ping"), token: v.optional(text(64), "") }),
  v.object({ action: v.literal("pong"), token: v.optional(text(64), "") }),
  v.object({
    action: v.literal("progress"),
    id: requestId,
    bytes: v.optional(bytesCount, 0),
    entries: v.optional(bytesCount, 0),
  }),
  v.object({
    action: v.literal("mark"),
    id: requestId,
    offset: v.optional(bytesCount),
    checksum: v.optional(checksum),
  }),
]);

const anyAction = v.object({ action: anyText });

export type Answer = v.InferOutput<typeof answer>;
export type ServerNotice = v.InferOutput<typeof notice>;
export type Limits = NonNullable<Answer["limits"]>;

/**
 * One message of a server, checked. Only notices have an `action`.
 * @returns null for a notice that is not known: a newer server's, to be ignored.
 * @throws {ProtocolError} `bad_message`: the server breaks the protocol.
 */
export function readServerMessage(
  object: JsonObject,
): { answer: Answer } | { notice: ServerNotice } | null {
  if (!("action" in object)) return { answer: check(answer, object) };
  const { action } = check(anyAction, object);
  const known = notice.options.some((option) =>
    option.entries.action.literal === action
  );
  return known ? { notice: check(notice, object) } : null;
}
