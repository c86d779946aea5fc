/**
 * What a client sends (PROTOCOL.md, "Requests" and "Notices"): one schema an
 * action. Unknown fields are dropped here, so that nothing behind this module
 * ever sees a key that a peer made up.
 * @module
 */
import * as v from "valibot";
import { check } from "./check.ts";
import {
  anyText,
  bytesCount,
  checksum,
  checksumType,
  features,
  flag,
  listOf,
  mode,
  mtime,
  number,
  randomId,
  requestId,
  text,
  token,
} from "./fields.ts";
import type { JsonObject } from "./json.ts";
import { FOLDER_REQUESTS } from "./requests/folders.ts";

const VERSIONS_SAID = "has to be 1 to 16 numbers";
const requires = v.optional(features, []);

/** A part that may be there, or a version that a file may be at. */
const resumeItem = v.object({
  filename: anyText,
  transfer: v.optional(randomId),
  identity: v.optional(token, ""),
  version: v.optional(token),
}, "has to be an object");

/** Every action that asks for an answer. */
const REQUESTS = {
  hello: v.object({
    action: v.literal("hello"),
    id: requestId,
    program: text(128),
    versions: v.pipe(
      listOf(number),
      v.minLength(1, VERSIONS_SAID),
      v.maxLength(16, VERSIONS_SAID),
    ),
    requires,
  }),
  login: v.object({
    action: v.literal("login"),
    id: requestId,
    username: text(1024),
    mechanism: v.literal("SCRAM-SHA-256", "has to be SCRAM-SHA-256"),
    data: text(3072),
    requires,
  }),
  stat: v.object({
    action: v.literal("stat"),
    id: requestId,
    filename: anyText,
    requires,
  }),
  get: v.object({
    action: v.literal("get"),
    id: requestId,
    filename: anyText,
    checksum_type: v.optional(checksumType, "crc32"),
    offset: v.optional(bytesCount, 0),
    length: v.optional(bytesCount),
    if_version: v.optional(token),
    offset_checksum: v.optional(checksum),
    verify: v.optional(flag, false),
    marks: v.optional(flag, false),
    requires,
  }),
  put: v.object({
    action: v.literal("put"),
    id: requestId,
    filename: anyText,
    checksum_type: v.optional(checksumType, "crc32"),
    size: v.optional(bytesCount),
    mtime: v.optional(mtime),
    mode: v.optional(mode),
    if_absent: v.optional(flag, false),
    if_version: v.optional(token),
    transfer: v.optional(randomId),
    identity: v.optional(token, ""),
    offset: v.optional(bytesCount, 0),
    offset_checksum: v.optional(checksum),
    verify: v.optional(flag, false),
    requires,
  }),
  resume: v.object({
    action: v.literal("resume"),
    id: requestId,
    items: v.optional(listOf(resumeItem)),
    discard: v.optional(listOf(randomId)),
    requires,
  }),
  quit: v.object({
    action: v.literal("quit"),
    id: requestId,
    requires,
  }),
  ...FOLDER_REQUESTS,
} as const;

/** Messages that ask for no answer of their own. */
const NOTICES = {
  end: v.object({
    action: v.literal("end"),
    id: requestId,
    size: bytesCount,
    checksum,
  }),
  abort: v.object({
    action: v.literal("abort"),
    id: requestId,
    status_msg: v.optional(anyText, ""),
  }),
  cancel: v.object({ action: v.literal("cancel"), id: requestId }),
  ping: v.object({
    action: v.literal("ping"),
    token: v.optional(text(64), ""),
  }),
  pong: v.object({ action: v.literal("pong") }),
  progress: v.object({ action: v.literal("progress") }),
  mark: v.object({
    action: v.literal("mark"),
    id: v.optional(requestId),
    offset: v.optional(bytesCount),
    checksum: v.optional(checksum),
  }),
} as const;

const anyAction = v.object({ action: anyText });

type Of<Schemas extends Record<string, v.GenericSchema>> = {
  [Key in keyof Schemas]: v.InferOutput<Schemas[Key]>;
}[keyof Schemas];

export type Request = Of<typeof REQUESTS>;
export type RequestAction = Request["action"];
export type Notice = Of<typeof NOTICES>;
export type ClientMessage = Request | Notice;
export type FolderRequest = Of<typeof FOLDER_REQUESTS>;
export type PutRequest = Extract<Request, { action: "put" }>;
export type GetRequest = Extract<Request, { action: "get" }>;
export type ResumeRequest = Extract<Request, { action: "resume" }>;
export type ResumeItem = NonNullable<ResumeRequest["items"]>[number];
export type BodyMark = Extract<Notice, { action: "mark" }>;
export type BodyEnd = Extract<Notice, { action: "end" | "abort" }>;

const SCHEMAS: ReadonlyMap<string, v.GenericSchema<unknown, ClientMessage>> =
  new Map<string, v.GenericSchema<unknown, ClientMessage>>(
    Object.entries({ ...REQUESTS, ...NOTICES }),
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
  const read = v.safeParse(requestId, object["id"]);
  return read.success ? read.output : null;
}
