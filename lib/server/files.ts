/**
 * get and put: between the connection, the transfer and the home.
 * @module
 */
import {
  encodeObject,
  type GetRequest,
  type JsonObject,
  type PutRequest,
  STATUS,
} from "../protocol/mod.ts";
import {
  type CommitOptions,
  type FileInfo,
  type Home,
  type HomePath,
  type ReadOptions,
  resolveName,
  StorageError,
} from "../storage/mod.ts";
import {
  createChecksum,
  receiveBody,
  sendBody,
  TransferError,
} from "../transfer/mod.ts";
import { factsOf, foundAt } from "./folders/mod.ts";
import type { Job } from "./job.ts";
import type { Session } from "./session.ts";
import { Telling } from "./telling.ts";

/** Send a file: its answer, its bytes, its end. */
export async function get(
  session: Session,
  home: Home,
  job: Job,
  request: GetRequest,
): Promise<void> {
  const { output: { writer }, context: { runtime } } = session;
  const told = new Telling(session, "get", { name: request.filename });
  let bytes = 0;
  const id = request.id;
  let answered = false;
  try {
    const path = resolveName(request.filename);
    await using file = await home.read(path, rangeOf(request, job.signal));
    const facts = getFacts(request, file.info);
    await session.output.reply(job, "success", facts);
    answered = true;
    const checksum = createChecksum(request.checksum_type);
    bytes = await sendBody({
      source: file,
      writer,
      checksum,
      turns: runtime.turns,
      clock: runtime.clock,
      signal: job.signal,
      onBytes: (total) => bytes = total,
    });
    const end = { action: "end", id, size: bytes, checksum: checksum.digest() };
    await writer.message(encodeObject(end));
    told.done({ bytes });
  } catch (error) {
    const failure = told.failed(error, { bytes });
    if (!answered) {
      return await session.output.reply(job, failure.status, {}, failure.text);
    }
    const [status_code] = STATUS[failure.status];
    const status_msg = failure.text;
    await writer.message(
      encodeObject({ action: "abort", id, status_code, status_msg }),
    );
  }
}

/** What a get asks of its file. */
export function rangeOf(
  { offset, length, if_version }: GetRequest,
  signal: AbortSignal,
): ReadOptions {
  return {
    offset,
    signal,
    ...(length === undefined ? {} : { length }),
    ...(if_version === undefined ? {} : { ifVersion: if_version }),
  };
}

/** What the answer to a get says: `size` is that of the body. */
export function getFacts(
  { offset, length }: GetRequest,
  info: FileInfo,
): JsonObject {
  const { size } = info;
  const rest = Math.max(0, size - offset);
  return length === undefined && offset === 0 ? { size, ...factsOf(info) } : {
    size: Math.min(rest, length ?? rest),
    ...factsOf(info),
    file_size: size,
  };
}

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
async function refuseEarly(
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

/** Take a file: its bytes into a part, compared, then in its target's place. */
export async function put(
  session: Session,
  home: Home,
  job: Job,
  request: PutRequest,
): Promise<void> {
  const { runtime, limits } = session.context;
  const told = new Telling(session, "put", { name: request.filename });
  let bytes = 0;
  if (job.body === null) throw new TypeError("a put without a body");
  try {
    const target = resolveName(request.filename);
    const { size } = request;
    const bytesMax = limits.maxUploadBytes;
    if (size !== undefined && bytesMax !== null && size > bytesMax) {
      throw new TransferError("too_large", `over ${bytesMax} bytes`);
    }
    const { signal } = job;
    await refuseEarly(home, target, request, signal);
    await using part = await home.openPart(
      size === undefined ? { target } : { target, size },
      signal,
    );
    const received = await receiveBody({
      body: job.body,
      sink: part,
      checksum: createChecksum(request.checksum_type),
      turns: runtime.turns,
      signal,
      onBytes: (total) => bytes = total,
      ...(bytesMax === null ? {} : { bytesMax }),
      ...(size === undefined ? {} : { size }),
    });
    const { checksum } = received;
    const options = commitOptions(request, checksum);
    const info = await part.commit({ ...options, signal });
    told.done({ bytes });
    await session.output.reply(job, "success", putFacts(info, checksum));
  } catch (error) {
    const failure = told.failed(error, { bytes });
    await session.output.reply(job, failure.status, {}, failure.text);
  }
}
