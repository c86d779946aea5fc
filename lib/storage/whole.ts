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
import { BLOCK_FILES } from "./many.ts";
import type { Pace } from "./pace.ts";
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

interface Blocks<F extends { readonly path: HomePath }, T> {
  readonly files: readonly F[];
  readonly signal: AbortSignal | undefined;
  readonly pace: Pace;
  /** Whether a file may go in a block at all. */
  readonly fits: (file: F) => boolean;
  /** Holds the loop. Null for what has to go alone, and has done nothing. */
  readonly block: (files: readonly F[]) => (T | StorageError | null)[];
  readonly alone: (file: F) => Promise<(T | StorageError)[]>;
}

/**
 * In blocks, for as long as the disk is quick; one by one while it is not.
 * Files are worked on in their order, whichever way they go.
 */
export async function inBlocks<F extends { readonly path: HomePath }, T>(
  { files, signal, pace, fits, block, alone }: Blocks<F, T>,
): Promise<(T | StorageError)[]> {
  const outcomes: (T | StorageError)[] = [];
  for (let next; (next = files[outcomes.length]) !== undefined;) {
    const some = pace.quick && !signal?.aborted
      ? blockOf(files, outcomes.length, fits)
      : [];
    if (some.length === 0) {
      outcomes.push(...await alone(next));
      continue;
    }
    const done = pace.hold(() => block(some));
    for (const [at, file] of some.entries()) {
      const outcome = done[at] ?? null;
      if (outcome !== null) outcomes.push(outcome);
      else outcomes.push(...await alone(file));
    }
  }
  return outcomes;
}

/** The files that can go in one block, from `from` on. */
function blockOf<F extends { readonly path: HomePath }>(
  files: readonly F[],
  from: number,
  fits: (file: F) => boolean,
): readonly F[] {
  const some: F[] = [];
  const names = new Set<string>();
  for (const file of files.slice(from, from + BLOCK_FILES)) {
    // A name comes once in a block: one that has to go alone must not be
    // overtaken by a later one of its name.
    const name = file.path.join("/");
    if (!fits(file) || names.has(name)) break;
    names.add(name);
    some.push(file);
  }
  return some;
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
