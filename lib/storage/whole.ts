/**
 * Small files, whole and many, in the terms of single calls: for homes, and
 * for moments, in which they have nothing in common to be shared.
 * @module
 */
import { diskError, storageError } from "./disk_error.ts";
import type { StorageError } from "./error.ts";
import type {
  CommitOptions,
  FileInfo,
  Home,
  Whole,
  WholePut,
  WholeRead,
  WholeReadOptions,
} from "./home.ts";
import type { HomePath } from "./path.ts";

/** @throws {StorageError} As `Home.readWhole`. */
export async function readWholeByReader(
  home: Pick<Home, "read">,
  path: HomePath,
  { bytesMax, ifVersion }: WholeReadOptions,
  signal?: AbortSignal,
): Promise<Whole> {
  await using file = await home.read(path, {
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { info } = file;
  if (info.size > bytesMax) return { info, bytes: null };
  const bytes = new Uint8Array(info.size);
  for (let at = 0; at < bytes.length;) {
    const some = await file.read(bytes.subarray(at), signal);
    if (some === 0) throw storageError("changed");
    at += some;
  }
  // Only at its end a reader knows that all of it was one version.
  await file.read(new Uint8Array(1), signal);
  return { info, bytes };
}

export function putEach(
  home: Pick<Home, "putWhole">,
  files: readonly WholePut[],
  signal?: AbortSignal,
): Promise<(FileInfo | StorageError)[]> {
  return eachOf(files, signal, ({ path, bytes, options }) => {
    const signalled: CommitOptions = signal === undefined
      ? { ...options }
      : { ...options, signal };
    return home.putWhole(path, bytes, signalled);
  });
}

export function readEach(
  home: Pick<Home, "readWhole">,
  files: readonly WholeRead[],
  signal?: AbortSignal,
): Promise<(Whole | StorageError)[]> {
  return eachOf(
    files,
    signal,
    ({ path, ...options }) => home.readWhole(path, options, signal),
  );
}

/** One after the other; what one fails by is its outcome. */
async function eachOf<F, T>(
  files: readonly F[],
  signal: AbortSignal | undefined,
  run: (file: F) => Promise<T>,
): Promise<(T | StorageError)[]> {
  const outcomes: (T | StorageError)[] = [];
  for (const file of files) {
    try {
      if (signal?.aborted) throw storageError("aborted", signal.reason);
      outcomes.push(await run(file));
    } catch (error) {
      outcomes.push(diskError(error));
    }
  }
  return outcomes;
}
