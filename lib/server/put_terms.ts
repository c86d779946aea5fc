/**
 * What a put asks for besides its bytes, and what it is told of them: the same
 * for all ways that a put can go.
 * @module
 */
import type { JsonObject, PutRequest } from "../protocol/mod.ts";
import {
  type CommitOptions,
  type FileInfo,
  type Home,
  type HomePath,
  StorageError,
} from "../storage/mod.ts";
import { TransferError } from "../transfer/mod.ts";
import { foundAt } from "./folders/mod.ts";

/** How what a put brought is published. */
export function commitOptions(
  { mtime, mode, if_absent, if_version }: PutRequest,
  checksum: string,
): Omit<CommitOptions, "signal"> {
  return {
    checksum,
    ...(mtime === undefined ? {} : { mtimeNs: mtime }),
    ...(mode === undefined ? {} : { mode }),
    ...(if_absent ? { ifAbsent: true } : {}),
    ...(if_version === undefined ? {} : { ifVersion: if_version }),
  };
}

/** What the answer to a put says. */
export function putFacts(info: FileInfo, checksum: string): JsonObject {
  return { size: info.size, checksum, file_version: info.version };
}

/**
 * A put that may replace nothing is refused before its body has come, where
 * that can be seen already; its commit is what decides.
 * @throws {StorageError} `exists`, `changed`.
 */
export async function refuseEarly(
  home: Home,
  target: HomePath,
  { if_absent, if_version }: PutRequest,
  signal: AbortSignal,
): Promise<void> {
  if (!if_absent && if_version === undefined) return;
  const found = await foundAt(home, target, signal);
  if (if_absent && found !== null) {
    throw new StorageError("exists", "exists already");
  }
  if (if_version !== undefined && found?.version !== if_version) {
    throw new StorageError("changed", "is not at that version");
  }
}

/** @throws {TransferError} `too_large`, where that is known already. */
export function refuseTooLarge(
  { size, offset }: PutRequest,
  bytesMax: number | null,
): void {
  if (bytesMax === null || Math.max(size ?? 0, offset) <= bytesMax) return;
  throw new TransferError("too_large", `over ${bytesMax} bytes`);
}

/** Said where there is no such part, or its bytes are not what was marked. */
export function cannotGoOn(): StorageError {
  return new StorageError("no_part", "there is nothing to go on with there");
}
