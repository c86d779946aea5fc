/**
 * What is done with a file's whole content, in the terms of a Home's readers
 * and parts: so it is as careful as they are, on whatever home.
 * @module
 */
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { Turns } from "../runtime/mod.ts";
import { storageError } from "./disk_error.ts";
import { StorageError } from "./error.ts";
import type {
  ChecksumOptions,
  ChecksumType,
  CopyOptions,
  FileInfo,
  Home,
  Reader,
} from "./home.ts";
import type { HomePath } from "./path.ts";

/** Moved at once: as much as a disk needs to be quick. */
const CHUNK_BYTES = 256 * 1024;
/** A file up to this is copied in two calls. */
const SMALL_BYTES = 64 * 1024;

/** `Home.copy`. A link is followed where it is read, and replaced as a target. */
export async function copyFile(
  home: Home,
  from: HomePath,
  to: HomePath,
  { ifAbsent, keepMtime, onBytes, signal }: CopyOptions,
  turns?: Turns,
): Promise<FileInfo> {
  if (from.join("/") === to.join("/")) throw storageError("exists");
  // Known before a byte is moved; the commit looks again.
  if (ifAbsent && await isThere(home, to, signal)) throw storageError("exists");
  const signalled = signal === undefined ? {} : { signal };
  const optionsFor = ({ mode, mtimeNs }: FileInfo) => ({
    ...signalled,
    ...(ifAbsent ? { ifAbsent } : {}),
    ...(mode === null ? {} : { mode }),
    ...(keepMtime ? { mtimeNs } : {}),
  });
  const whole = await home.readWhole(from, { bytesMax: SMALL_BYTES }, signal);
  await turns?.turn();
  if (whole.bytes !== null) {
    const options = optionsFor(whole.info);
    const info = await home.putWhole(to, whole.bytes, options);
    onBytes?.(whole.bytes.length);
    return info;
  }
  await using file = await home.read(from, signalled);
  const { size } = file.info;
  await using part = await home.openPart({ target: to, size }, signal);
  await forEachChunk(
    file,
    async (bytes) => {
      await part.write(bytes, signal);
      onBytes?.(part.bytesWritten);
    },
    signal,
    turns,
  );
  return await part.commit(optionsFor(file.info));
}

/** `Home.checksum`. */
export async function checksumOf(
  home: Pick<Home, "read">,
  path: HomePath,
  type: ChecksumType,
  { length, ifVersion, onBytes, signal }: ChecksumOptions,
  turns?: Turns,
): Promise<{ checksum: string; info: FileInfo }> {
  await using file = await home.read(path, {
    ...(length === undefined ? {} : { length }),
    ...(ifVersion === undefined ? {} : { ifVersion }),
    ...(signal === undefined ? {} : { signal }),
  });
  const sum = type === "crc32" ? crc32Sum() : sha256Sum();
  let total = 0;
  await forEachChunk(
    file,
    (bytes) => {
      sum.update(bytes);
      onBytes?.(total += bytes.length);
    },
    signal,
    turns,
  );
  return { checksum: `${type}:${sum.digest()}`, info: file.info };
}

interface Sum {
  update(bytes: Uint8Array): void;
  /** Lower-case hexadecimal digits. */
  digest(): string;
}

function crc32Sum(): Sum {
  let value = 0;
  return {
    update: (bytes) => void (value = crc32(bytes, value)),
    digest: () => value.toString(16).padStart(8, "0"),
  };
}

function sha256Sum(): Sum {
  const hash = createHash("sha256");
  return {
    update: (bytes) => void hash.update(bytes),
    digest: () => hash.digest("hex"),
  };
}

/** To the end, where the reader finds out whether it was one version. */
async function forEachChunk(
  file: Reader,
  use: (bytes: Uint8Array) => void | Promise<void>,
  signal: AbortSignal | undefined,
  turns: Turns | undefined,
): Promise<void> {
  const chunk = new Uint8Array(CHUNK_BYTES);
  for (let bytes; (bytes = await file.read(chunk, signal)) > 0;) {
    await use(chunk.subarray(0, bytes));
    await turns?.turn();
  }
}

async function isThere(
  home: Home,
  path: HomePath,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  if (path.length === 0) return true;
  try {
    await home.lstat(path, signal);
    return true;
  } catch (error) {
    if (error instanceof StorageError && error.code === "not_found") {
      return false;
    }
    throw error;
  }
}
