/**
 * What there is to know, and to set, of files and folders: setattr, checksum,
 * du, space.
 * @module
 */
import {
  type FolderRequest,
  formatMtime,
  type JsonObject,
} from "../../protocol/mod.ts";
import {
  type Attributes,
  type FileInfo,
  type Home,
  type HomePath,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import { shown, withoutLinks } from "./paths.ts";
import { type Done, NamedFailure, type Work } from "./work.ts";

type Of<A extends FolderRequest["action"]> = Extract<
  FolderRequest,
  { action: A }
>;

/** What an answer says of a file or a folder, after `type` and `size`. */
export function factsOf({ mtimeNs, mode, version }: FileInfo): JsonObject {
  return {
    mtime: formatMtime(mtimeNs),
    ...(mode === null ? {} : { mode }),
    file_version: version,
  };
}

export async function setattr(
  { home, signal }: Work,
  { filename, mtime, mode }: Of<"setattr">,
): Promise<Done> {
  const path = resolveName(filename);
  const attributes = {
    ...(mtime === undefined ? {} : { mtimeNs: mtime }),
    ...(mode === undefined ? {} : { mode }),
  };
  const info = Object.keys(attributes).length === 0
    ? await home.stat(path, signal)
    : await change(home, path, attributes, signal);
  const { type, size } = info;
  return { fields: { type, size, ...factsOf(info) } };
}

/** A home follows no link here: this is for those that stay inside. */
async function change(
  home: Home,
  path: HomePath,
  attributes: Attributes,
  signal: AbortSignal,
): Promise<FileInfo> {
  try {
    return await home.setAttributes(path, attributes, signal);
  } catch (error) {
    const isLink = error instanceof StorageError &&
      error.code === "not_regular";
    if (!isLink) throw error;
    const real = await withoutLinks(home, path, signal);
    if (shown(real) === shown(path)) throw error; // or it is none
    return await home.setAttributes(real, attributes, signal);
  }
}

export async function checksum(
  work: Work,
  { filename, checksum_type, length, if_version }: Of<"checksum">,
): Promise<Done> {
  const { home, signal } = work;
  const { checksum, info } = await home.checksum(
    resolveName(filename),
    checksum_type,
    {
      signal,
      onBytes: (bytes) => work.progress({ bytes }),
      ...(length === undefined ? {} : { length }),
      ...(if_version === undefined ? {} : { ifVersion: if_version }),
    },
  );
  const size = Math.min(info.size, length ?? Infinity);
  return {
    counts: { size },
    fields: { checksum, ...factsOf(info), file_size: info.size },
  };
}

/** How much there is at a name, and below it. */
export async function du(
  work: Work,
  { filename }: Of<"du">,
): Promise<Done> {
  const { home, signal } = work;
  const path = resolveName(filename);
  const { type, size } = await home.stat(path, signal);
  const counts = { files: 0, folders: 0, others: 0, bytes: 0 };
  if (type !== "folder") {
    counts[type === "file" ? "files" : "others"] = 1;
    counts.bytes = size;
    return { counts };
  }
  let failed: NamedFailure | null = null;
  for await (const page of home.walk(path, { signal })) {
    for (const entry of page) {
      if (entry.type === "file") counts.files++;
      else if (entry.type === "folder") counts.folders++;
      else counts.others++;
      counts.bytes += entry.size;
      if (entry.failure === undefined) continue;
      const name = shown([...path, ...entry.path]);
      failed ??= new NamedFailure(name, entry.failure);
    }
    work.progress({ entries: counts.files + counts.folders + counts.others });
    const turn = work.turn();
    if (turn !== undefined) await turn;
  }
  return { counts, ...(failed === null ? {} : { failed }) };
}

export async function space({ home, signal, limits }: Work): Promise<Done> {
  const room = await home.space(signal);
  return {
    fields: {
      free_bytes: room?.freeBytes ?? null,
      total_bytes: room?.totalBytes ?? null,
      upload_bytes: limits.maxUploadBytes,
    },
  };
}
