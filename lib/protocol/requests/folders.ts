/**
 * Requests about folders, and about files as a whole (PROTOCOL.md, 4): one
 * schema an action. Each of these actions is a feature of the same name.
 * @module
 */
import {
  bytesCount,
  checksumType,
  entriesMax,
  features,
  mode,
  mtime,
  randomId,
  requestId,
  token,
} from "../fields.ts";
import { anyText, flag, literal, object, optional } from "../schema.ts";

const named = {
  id: requestId,
  filename: anyText,
  requires: optional(features, []),
};
const optionalFlag = optional(flag, false);
/** The same id again is the same deed: it is answered, and not done twice. */
const operation = optional(randomId);

export const FOLDER_REQUESTS = {
  list: object({ action: literal("list"), ...named }),
  walk: object({
    action: literal("walk"),
    ...named,
    after: optional(anyText),
    entries_max: optional(entriesMax),
  }),
  mkdir: object({
    action: literal("mkdir"),
    ...named,
    parents: optionalFlag,
    mode: optional(mode),
    operation,
  }),
  rm: object({
    action: literal("rm"),
    ...named,
    recursive: optionalFlag,
    operation,
  }),
  rmdir: object({ action: literal("rmdir"), ...named, operation }),
  mv: object({
    action: literal("mv"),
    ...named,
    target: anyText,
    no_clobber: optionalFlag,
    operation,
  }),
  cp: object({
    action: literal("cp"),
    ...named,
    target: anyText,
    recursive: optionalFlag,
    preserve: optionalFlag,
    no_clobber: optionalFlag,
    operation,
  }),
  setattr: object({
    action: literal("setattr"),
    ...named,
    mtime: optional(mtime),
    mode: optional(mode),
  }),
  checksum: object({
    action: literal("checksum"),
    ...named,
    checksum_type: optional(checksumType, "crc32"),
    length: optional(bytesCount),
    if_version: optional(token),
  }),
  du: object({ action: literal("du"), ...named }),
  space: object({
    action: literal("space"),
    id: requestId,
    requires: optional(features, []),
  }),
  link: object({ action: literal("link"), ...named, target: anyText }),
} as const;
