/**
 * Requests that are an answer and no more: what there is, and what is to be
 * changed. Each action is a feature of its own name.
 * @module
 */
import { type Answer, formatMtime } from "../../protocol/mod.ts";
import type {
  AttributeOptions,
  ChecksumOptions,
  Copied,
  CopyOptions,
  DeedOptions,
  FileChecksum,
  FileStat,
  MkdirOptions,
  RemoveOptions,
  RenameOptions,
  RequestOptions,
  Space,
  Usage,
} from "../remote.ts";
import { type Requests, told } from "./requests.ts";

export async function stat(
  requests: Requests,
  filename: string,
  options: RequestOptions,
): Promise<FileStat> {
  const about = told("stat", filename, options);
  return await requests.about(about, async () => {
    const request = { action: "stat", filename };
    const answer = await requests.channel.ask(request, about.signal);
    return statOf(requests, requests.good(answer, about), "stat");
  });
}

function statOf(requests: Requests, answer: Answer, action: string): FileStat {
  return {
    type: requests.given(answer.type, action, "type"),
    size: requests.given(answer.size, action, "size"),
    mtimeNs: requests.given(answer.mtime, action, "mtime"),
    mode: answer.mode ?? null,
    version: answer.file_version ?? null,
  };
}

export async function mkdir(
  requests: Requests,
  filename: string,
  options: MkdirOptions,
): Promise<number> {
  const { parents, mode, operation } = options;
  const request = {
    action: "mkdir",
    filename,
    ...(parents ? { parents } : {}),
    ...(mode === undefined ? {} : { mode }),
    ...deed(requests, operation),
  };
  const about = told("mkdir", filename, options);
  const answer = await requests.do("mkdir", request, about);
  return requests.given(answer.created, "mkdir", "created");
}

export async function remove(
  requests: Requests,
  filename: string,
  options: RemoveOptions,
): Promise<number> {
  const { recursive, operation } = options;
  const about = told("rm", filename, options);
  const request = {
    action: "rm",
    filename,
    ...(recursive ? { recursive } : {}),
    ...deed(requests, operation),
  };
  const answer = await requests.do("rm", request, about, {
    onAnswer: ({ removed }) => options.onRemoved?.(removed ?? 0),
  });
  return requests.given(answer.removed, "rm", "removed");
}

export async function rmdir(
  requests: Requests,
  filename: string,
  options: DeedOptions,
): Promise<void> {
  const about = told("rmdir", filename, options);
  const request = {
    action: "rmdir",
    filename,
    ...deed(requests, options.operation),
  };
  await requests.do("rmdir", request, about);
}

export async function rename(
  requests: Requests,
  filename: string,
  target: string,
  options: RenameOptions,
): Promise<void> {
  const { noClobber, operation } = options;
  const request = {
    action: "mv",
    filename,
    target,
    ...(noClobber ? { no_clobber: true } : {}),
    ...deed(requests, operation),
  };
  await requests.do("mv", request, told("mv", filename, options));
}

export async function copy(
  requests: Requests,
  filename: string,
  target: string,
  options: CopyOptions,
): Promise<Copied> {
  const { recursive, preserve, noClobber, operation, onProgress } = options;
  const request = {
    action: "cp",
    filename,
    target,
    ...(recursive ? { recursive } : {}),
    ...(preserve ? { preserve } : {}),
    ...(noClobber ? { no_clobber: true } : {}),
    ...deed(requests, operation),
  };
  const about = told("cp", filename, options);
  const { files, bytes } = await requests.do("cp", request, about, {
    onProgress: ({ bytes }) => onProgress?.(bytes),
  });
  return {
    files: requests.given(files, "cp", "files"),
    bytes: requests.given(bytes, "cp", "bytes"),
  };
}

export async function setAttributes(
  requests: Requests,
  filename: string,
  attributes: AttributeOptions,
): Promise<FileStat> {
  const { mtimeNs, mode } = attributes;
  const request = {
    action: "setattr",
    filename,
    ...(mtimeNs === undefined ? {} : { mtime: formatMtime(mtimeNs) }),
    ...(mode === undefined ? {} : { mode }),
  };
  const about = told("setattr", filename, attributes);
  const answer = await requests.do("setattr", request, about);
  return statOf(requests, answer, "setattr");
}

export async function checksum(
  requests: Requests,
  filename: string,
  options: ChecksumOptions,
): Promise<FileChecksum> {
  const { length, ifVersion } = options;
  const request = {
    action: "checksum",
    filename,
    checksum_type: options.type ?? "crc32",
    ...(length === undefined ? {} : { length }),
    ...(ifVersion === undefined ? {} : { if_version: ifVersion }),
  };
  const about = told("checksum", filename, options);
  const answer = await requests.do("checksum", request, about);
  return {
    checksum: requests.given(answer.checksum, "checksum", "checksum"),
    size: requests.given(answer.size, "checksum", "size"),
    mtimeNs: requests.given(answer.mtime, "checksum", "mtime"),
    version: answer.file_version ?? null,
  };
}

export async function du(
  requests: Requests,
  filename: string,
  options: RequestOptions,
): Promise<Usage> {
  const about = told("du", filename, options);
  const answer = await requests.do("du", { action: "du", filename }, about);
  return {
    files: requests.given(answer.files, "du", "files"),
    folders: requests.given(answer.folders, "du", "folders"),
    others: answer.others ?? 0,
    bytes: requests.given(answer.bytes, "du", "bytes"),
  };
}

export async function space(
  requests: Requests,
  options: RequestOptions,
): Promise<Space> {
  const about = told("space", "", options);
  const answer = await requests.do("space", { action: "space" }, about);
  return {
    freeBytes: answer.free_bytes ?? null,
    totalBytes: answer.total_bytes ?? null,
    uploadBytes: answer.upload_bytes ?? null,
  };
}

export async function link(
  requests: Requests,
  filename: string,
  target: string,
  options: RequestOptions,
): Promise<void> {
  const request = { action: "link", filename, target };
  await requests.do("link", request, told("link", filename, options));
}

/** A server that knows no operations does the same deed, once or twice. */
function deed(
  requests: Requests,
  operation: string | undefined,
): { operation?: string } {
  return operation !== undefined && requests.has("resume") ? { operation } : {};
}
