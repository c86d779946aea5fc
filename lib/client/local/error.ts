/**
 * What this machine says about files, to errors with a code and an advice.
 * @module
 */
import { type ClientCode, ClientError } from "../error.ts";

interface Meaning {
  readonly code: ClientCode;
  readonly hint: string;
}

/** By POSIX's errno, which Deno gives as `code` everywhere. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["ENOENT", { code: "not_found", hint: "check the name" }],
  ["ENOTDIR", { code: "not_a_folder", hint: "check the folders before it" }],
  ["EISDIR", { code: "is_folder", hint: "name a file" }],
  ["EACCES", { code: "local_failed", hint: "check who may use it" }],
  ["EPERM", { code: "local_failed", hint: "check who may use it" }],
  ["EROFS", { code: "local_failed", hint: "choose another folder" }],
  ["ENAMETOOLONG", { code: "local_failed", hint: "choose a shorter name" }],
  ["ENOSPC", { code: "no_space", hint: "make room, then run it again" }],
  ["EDQUOT", { code: "no_space", hint: "make room, then run it again" }],
  ["EFBIG", { code: "no_space", hint: "this disk takes no file so large" }],
  ["EPIPE", { code: "local_failed", hint: "its reader is gone" }],
]);
const OTHER: Meaning = { code: "local_failed", hint: "check the disk" };

/** @param what What failed, on what: `put a.jpg`. */
export function localError(what: string, cause: unknown): ClientError {
  if (cause instanceof ClientError) return cause;
  if (cause instanceof Deno.errors.NotCapable) {
    return new ClientError(
      "permission_missing",
      what,
      "Deno was not given it: run it with the flag it names",
      { cause },
    );
  }
  const { code, hint } = MEANINGS.get(errnoOf(cause) ?? "") ?? OTHER;
  return new ClientError(code, what, hint, { cause });
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Asked for a folder where only files go, as yet. */
export function folderGiven(what: string): ClientError {
  return new ClientError(
    "is_folder",
    `${what}: is a folder`,
    "whole folders (-r) come in a later version: name its files",
  );
}
