/**
 * What a server sends (PROTOCOL.md, "Answers" and "Notices"), as a client
 * reads it.
 * @module
 */
import { check } from "./check.ts";
import { bytesCount, checksum, mtime, requestId, token } from "./fields.ts";
import type { JsonObject } from "./json.ts";
import {
  anyNumber,
  anyText,
  choice,
  flag,
  type Infer,
  type InferAny,
  list,
  literal,
  nullable,
  object,
  optional,
  type Schema,
  text,
  whole,
} from "./schema.ts";

const least1 = whole(1);

/** As a file has it, which may be more than can be set: 0 to 0o7777. */
const fileMode = whole(0, 0o7777, "has to be a mode");

const statusFields = {
  status_code: whole(),
  status_msg: optional(text(8192), ""),
};
/** An answer's fields differ by request: those of all, each optional. */
const answer = object({
  id: nullable(requestId),
  ...statusFields,
  program: optional(text(128)),
  version: optional(anyNumber),
  features: optional(list(text(64))),
  mechanisms: optional(list(text(64))),
  limits: optional(object({
    requests_ahead: least1,
    bytes_ahead: least1,
    upload_bytes: optional(nullable(bytesCount), null),
    idle_seconds: optional(nullable(anyNumber), null),
  })),
  data: optional(text(8192)),
  type: optional(choice(
    ["file", "folder", "other"],
    "has to be file, folder or other",
  )),
  size: optional(bytesCount),
  mtime: optional(mtime),
  mode: optional(fileMode),
  checksum: optional(checksum),
  file_version: optional(token),
  file_size: optional(bytesCount),
  created: optional(bytesCount),
  discarded: optional(bytesCount),
  removed: optional(bytesCount),
  files: optional(bytesCount),
  folders: optional(bytesCount),
  others: optional(bytesCount),
  bytes: optional(bytesCount),
  free_bytes: optional(nullable(bytesCount)),
  total_bytes: optional(nullable(bytesCount)),
  upload_bytes: optional(nullable(bytesCount)),
});
const NOTICES = {
  end: object({
    action: literal("end"),
    id: requestId,
    size: bytesCount,
    checksum,
    entries: optional(bytesCount),
    more: optional(flag, false),
  }),
  abort: object({ action: literal("abort"), id: requestId, ...statusFields }),
  goaway: object({
    action: literal("goaway"),
    last_id: optional(nullable(bytesCount), null),
    retry_after: optional(nullable(anyNumber), null),
    ...statusFields,
  }),
  ping: object({ action: literal("ping"), token: optional(text(64), "") }),
  pong: object({ action: literal("pong"), token: optional(text(64), "") }),
  progress: object({
    action: literal("progress"),
    id: requestId,
    bytes: optional(bytesCount, 0),
    entries: optional(bytesCount, 0),
  }),
  mark: object({
    action: literal("mark"),
    id: requestId,
    offset: optional(bytesCount),
    checksum: optional(checksum),
  }),
} as const;

const anyAction = object({ action: anyText });

export type Answer = Infer<typeof answer>;
export type ServerNotice = InferAny<typeof NOTICES>;
export type Limits = NonNullable<Answer["limits"]>;

const NOTICE_SCHEMAS: ReadonlyMap<string, Schema<ServerNotice>> = new Map(
  Object.entries<Schema<ServerNotice>>(NOTICES),
);

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
  const notice = NOTICE_SCHEMAS.get(action); // a Map: the peer chose this key
  return notice === undefined ? null : { notice: check(notice, object) };
}
