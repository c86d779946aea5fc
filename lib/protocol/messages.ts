/**
 * What a client sends (PROTOCOL.md, "Requests" and "Notices"): one schema an
 * action. Unknown fields are dropped here, so that nothing behind this module
 * ever sees a key that a peer made up.
 * @module
 */
import { check } from "./check.ts";
import {
  bytesCount,
  checksum,
  checksumType,
  features,
  mode,
  mtime,
  randomId,
  requestId,
  token,
} from "./fields.ts";
import type { JsonObject } from "./json.ts";
import { FOLDER_REQUESTS } from "./requests/folders.ts";
import {
  anyNumber,
  anyText,
  attempt,
  flag,
  type InferAny,
  list,
  literal,
  object,
  optional,
  type Schema,
  text,
} from "./schema.ts";

const requires = optional(features, []);

/** A part that may be there, or a version that a file may be at. */
const resumeItem = object({
  filename: anyText,
  transfer: optional(randomId),
  identity: optional(token, ""),
  version: optional(token),
}, "has to be an object");

/** Every action that asks for an answer. */
const REQUESTS = {
  hello: object({
    action: literal("hello"),
    id: requestId,
    program: text(128),
    versions: list(anyNumber, {
      least: 1,
      most: 16,
      said: "has to be 1 to 16 numbers",
    }),
    requires,
  }),
  login: object({
    action: literal("login"),
    id: requestId,
    username: text(1024),
    mechanism: literal("SCRAM-SHA-256", "has to be SCRAM-SHA-256"),
    data: text(3072),
    requires,
  }),
  stat: object({
    action: literal("stat"),
    id: requestId,
    filename: anyText,
    requires,
  }),
  get: object({
    action: literal("get"),
    id: requestId,
    filename: anyText,
    checksum_type: optional(checksumType, "crc32"),
    offset: optional(bytesCount, 0),
    length: optional(bytesCount),
    if_version: optional(token),
    offset_checksum: optional(checksum),
    verify: optional(flag, false),
    marks: optional(flag, false),
    requires,
  }),
  put: object({
    action: literal("put"),
    id: requestId,
    filename: anyText,
    checksum_type: optional(checksumType, "crc32"),
    size: optional(bytesCount),
    mtime: optional(mtime),
    mode: optional(mode),
    if_absent: optional(flag, false),
    if_version: optional(token),
    transfer: optional(randomId),
    identity: optional(token, ""),
    offset: optional(bytesCount, 0),
    offset_checksum: optional(checksum),
    verify: optional(flag, false),
    requires,
  }),
  resume: object({
    action: literal("resume"),
    id: requestId,
    items: optional(list(resumeItem)),
    discard: optional(list(randomId)),
    requires,
  }),
  quit: object({
    action: literal("quit"),
    id: requestId,
    requires,
  }),
  ...FOLDER_REQUESTS,
} as const;

/** Messages that ask for no answer of their own. */
const NOTICES = {
  end: object({
    action: literal("end"),
    id: requestId,
    size: bytesCount,
    checksum,
  }),
  abort: object({
    action: literal("abort"),
    id: requestId,
    status_msg: optional(anyText, ""),
  }),
  cancel: object({ action: literal("cancel"), id: requestId }),
  ping: object({
    action: literal("ping"),
    token: optional(text(64), ""),
  }),
  pong: object({ action: literal("pong") }),
  progress: object({ action: literal("progress") }),
  mark: object({
    action: literal("mark"),
    id: optional(requestId),
    offset: optional(bytesCount),
    checksum: optional(checksum),
  }),
} as const;

const anyAction = object({ action: anyText });

export type Request = InferAny<typeof REQUESTS>;
export type RequestAction = Request["action"];
export type Notice = InferAny<typeof NOTICES>;
export type ClientMessage = Request | Notice;
export type FolderRequest = InferAny<typeof FOLDER_REQUESTS>;
export type PutRequest = Extract<Request, { action: "put" }>;
export type GetRequest = Extract<Request, { action: "get" }>;
export type ResumeRequest = Extract<Request, { action: "resume" }>;
export type ResumeItem = NonNullable<ResumeRequest["items"]>[number];
export type BodyMark = Extract<Notice, { action: "mark" }>;
export type BodyEnd = Extract<Notice, { action: "end" | "abort" }>;

const SCHEMAS: ReadonlyMap<string, Schema<ClientMessage>> = new Map(
  Object.entries<Schema<ClientMessage>>({ ...REQUESTS, ...NOTICES }),
);

/**
 * One message of a client, checked.
 * @returns undefined where the action is not known (status 201).
 * @throws {ProtocolError} `bad_message`, saying which field (status 202).
 */
export function readClientMessage(
  object: JsonObject,
): ClientMessage | undefined {
  const { action } = check(anyAction, object);
  const schema = SCHEMAS.get(action); // a Map: the peer chose this key
  return schema === undefined ? undefined : check(schema, object);
}

/** Whether a body follows the answer, where that is `success`. */
export function hasBody(request: Request): boolean {
  const { action } = request;
  return action === "get" || action === "list" || action === "walk" ||
    action === "resume" && request.discard === undefined;
}

/** Whether `action` asks for no answer: its id is that of a request. */
export function isNotice(action: unknown): boolean {
  return typeof action === "string" && Object.hasOwn(NOTICES, action);
}

/** The id of a message that may be bad otherwise, or null. */
export function requestIdOf(object: JsonObject): number | null {
  return attempt(requestId, object["id"]) ?? null;
}
