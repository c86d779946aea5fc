/** @module Errors of storage, by code: what a Home says, never how. */

export type StorageCode =
  | "bad_name" // the name breaks a rule of path.ts
  | "outside" // a link leads out of the home
  | "not_found"
  | "exists"
  | "is_folder"
  | "not_a_folder"
  | "not_regular" // a FIFO, a device, a socket
  | "not_empty"
  | "not_a_link"
  | "unsupported" // what this home, or its disk, does not have
  | "permission" // the disk's permissions, or a disk that is read-only
  | "no_space" // disk, inodes or quota
  | "too_large" // one file, for a disk that has room for others
  | "changed" // not what it was: version, size, or swapped while in use
  | "taken_over" // another session goes on with this part
  | "no_part" // there is nothing to go on with
  | "aborted" // the signal fired
  | "failed"; // the disk failed: see the cause

export class StorageError extends Error {
  override readonly name = "StorageError";
  constructor(
    readonly code: StorageCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
