/**
 * What this machine says about files, to errors with a code and an advice.
 * @module
 */
import { type ClientCode, ClientError } from "../error.ts";
import { isMangled } from "../mangled.ts";
import { texts } from "../texts/mod.ts";

const { hints } = texts.local;

interface Meaning {
  readonly code: ClientCode;
  readonly hint: string;
}

/** By POSIX's errno, which Deno gives as `code` everywhere. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ["ENOENT", { code: "not_found", hint: hints.checkName }],
  ["ENOTDIR", { code: "not_a_folder", hint: hints.foldersBefore }],
  ["EISDIR", { code: "is_folder", hint: hints.nameFile }],
  ["EACCES", { code: "local_failed", hint: hints.checkWho }],
  ["EPERM", { code: "local_failed", hint: hints.checkWho }],
  ["EROFS", { code: "local_failed", hint: hints.otherFolder }],
  ["ENAMETOOLONG", { code: "local_failed", hint: hints.shorterName }],
  ["ENOSPC", { code: "no_space", hint: hints.makeRoom }],
  ["EDQUOT", { code: "no_space", hint: hints.makeRoom }],
  ["EFBIG", { code: "local_failed", hint: hints.diskTooSmall }],
  ["EPIPE", { code: "local_failed", hint: hints.readerGone }],
]);
const OTHER: Meaning = { code: "local_failed", hint: hints.checkDisk };

/** @param what What failed, on what: `put a.jpg`. */
export function localError(what: string, cause: unknown): ClientError {
  if (cause instanceof ClientError) return cause;
  if (cause instanceof Deno.errors.NotCapable) {
    return new ClientError(
      "permission_missing",
      what,
      hints.giveFlag,
      { cause },
    );
  }
  const { code, hint: usual } = MEANINGS.get(errnoOf(cause) ?? "") ?? OTHER;
  const mangled = code === "not_found" && isMangled(what);
  const hint = mangled ? hints.mangled : usual;
  return new ClientError(code, what, hint, { cause });
}

export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

/** Asked for a folder where only files go. */
export function folderGiven(what: string): ClientError {
  return new ClientError(
    "is_folder",
    ...texts.local.folderGiven(what),
  );
}
