/**
 * Requests about folders, and about files as a whole (PROTOCOL.md, 4): one
 * schema an action. Each of these actions is a feature of the same name.
 * @module
 */
import * as v from "valibot";
import {
  anyText,
  bytesCount,
  checksumType,
  entriesMax,
  features,
  flag,
  mode,
  mtime,
  randomId,
  requestId,
  token,
} from "../fields.ts";

const named = {
  id: requestId,
  filename: anyText,
  requires: v.optional(features, []),
};
const optionalFlag = v.optional(flag, false);
/** The same id again is the same deed: it is answered, and not done twice. */
const operation = v.optional(randomId);

export const FOLDER_REQUESTS = {
  list: v.object({ action: v.literal("list"), ...named }),
  walk: v.object({
    action: v.literal("walk"),
    ...named,
    after: v.optional(anyText),
    entries_max: v.optional(entriesMax),
  }),
  mkdir: v.object({
    action: v.literal("mkdir"),
    ...named,
    parents: optionalFlag,
    mode: v.optional(mode),
  }),
  rm: v.object({
    action: v.literal("rm"),
    ...named,
    recursive: optionalFlag,
    operation,
  }),
  rmdir: v.object({ action: v.literal("rmdir"), ...named }),
  mv: v.object({
    action: v.literal("mv"),
    ...named,
    target: anyText,
    no_clobber: optionalFlag,
    operation,
  }),
  cp: v.object({
    action: v.literal("cp"),
    ...named,
    target: anyText,
    recursive: optionalFlag,
    preserve: optionalFlag,
    no_clobber: optionalFlag,
    operation,
  }),
  setattr: v.object({
    action: v.literal("setattr"),
    ...named,
    mtime: v.optional(mtime),
    mode: v.optional(mode),
  }),
  checksum: v.object({
    action: v.literal("checksum"),
    ...named,
    checksum_type: v.optional(checksumType, "crc32"),
    length: v.optional(bytesCount),
    if_version: v.optional(token),
  }),
  du: v.object({ action: v.literal("du"), ...named }),
  space: v.object({
    action: v.literal("space"),
    id: requestId,
    requires: v.optional(features, []),
  }),
  link: v.object({ action: v.literal("link"), ...named, target: anyText }),
} as const;
