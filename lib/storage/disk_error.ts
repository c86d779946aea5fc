/** @module From a disk's errno to our codes: by code, never by words. */
import { type StorageCode, StorageError } from "./error.ts";

const CODES: ReadonlyMap<string, StorageCode> = new Map([
  ["ENOENT", "not_found"],
  ["EEXIST", "exists"],
  ["EISDIR", "is_folder"],
  ["ENOTDIR", "not_a_folder"],
  ["ENOTEMPTY", "not_empty"],
  ["EACCES", "permission"],
  ["EPERM", "permission"],
  ["EROFS", "permission"],
  ["ENOSPC", "no_space"],
  ["EDQUOT", "no_space"],
  ["EFBIG", "too_large"],
  ["ENAMETOOLONG", "bad_name"],
  ["EINVAL", "bad_name"], // what this disk's names may not hold
  ["EILSEQ", "bad_name"],
  ["ELOOP", "not_found"], // links in a circle lead nowhere
  ["ENXIO", "not_regular"], // a socket, or a device that is not there
  ["ENODEV", "not_regular"],
  ["EOPNOTSUPP", "not_regular"],
  ["ESTALE", "changed"],
]);

/**
 * What a person reads behind the name (`a.txt: no such file or folder`); the
 * machine's own paths stay in the cause.
 */
const WORDS = {
  bad_name: "the server's disk cannot hold such a name",
  outside: "a link leads out of the home",
  not_found: "no such file or folder",
  exists: "exists already",
  is_folder: "is a folder",
  not_a_folder: "a part of the path is not a folder",
  not_regular: "is not a regular file",
  not_empty: "the folder is not empty",
  not_a_link: "is not a link",
  unsupported: "not supported here",
  permission: "permission denied",
  no_space: "no space left on the server",
  too_large: "larger than the server's disk takes",
  changed: "the file changed meanwhile",
  taken_over: "another session goes on with this transfer",
  no_part: "there is nothing to go on with at this place",
  aborted: "given up",
  failed: "the disk failed",
} as const satisfies Record<StorageCode, string>;

/** An error of ours, with the words that stand for its code. */
export function storageError(
  code: StorageCode,
  cause?: unknown,
): StorageError {
  const options = cause === undefined ? undefined : { cause };
  return new StorageError(code, WORDS[code], options);
}

/** What a folder is told that would lie in itself, by a link or not. */
export function intoItself(cause?: unknown): StorageError {
  return new StorageError("exists", "lies in what is to be moved", { cause });
}

/** What the disk, or the runtime on its behalf, threw; ours pass as they are. */
export function diskError(error: unknown): StorageError {
  if (error instanceof StorageError) return error;
  return storageError(codeOf(error), error);
}

/** Whether the disk said `code` (an errno's name). */
export function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function codeOf(error: unknown): StorageCode {
  if (!(error instanceof Error)) return "failed";
  if ("code" in error && typeof error.code === "string") {
    return CODES.get(error.code) ?? "failed";
  }
  // Deno's own refusals have no errno: /proc and /dev need all permissions.
  return error instanceof Deno.errors.NotCapable ? "permission" : "failed";
}
