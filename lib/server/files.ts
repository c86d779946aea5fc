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
  type FileInfo,
  type Home,
  type ReadOptions,
  resolveName,
  StorageError,
} from "../storage/mod.ts";
import {
  type Checksum,
  createChecksum,
  receiveBody,
  sendBody,
  TransferError,
} from "../transfer/mod.ts";
import { factsOf } from "./folders/mod.ts";
import type { Job } from "./job.ts";
import {
  cannotGoOn,
  commitOptions,
  putFacts,
  refuseEarly,
  refuseTooLarge,
} from "./put_terms.ts";
import {
  checksumAlone,
  rereadBefore,
  type Rereading,
  type SaidBefore,
} from "./resume/bytes_before.ts";
import { MarksSent } from "./resume/marks_sent.ts";
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
  const { turns, clock } = runtime;
  const { signal } = job;
  const { id } = request;
  const before = saidBefore(request);
  const from = before?.offset ?? 0;
  let bytes = 0;
  let answered = false;
  let marks: MarksSent | null = null;
  try {
    const path = resolveName(request.filename);
    const alone = before === null
      ? createChecksum(request.checksum_type)
      : checksumAlone(before);
    const range = rangeOf(request, signal);
    await using file = await home.read(
      path,
      alone === null ? fromTheStart(range) : range,
    );
    if (before !== null && file.info.size < from) {
      throw new StorageError("changed", "is shorter than what is there of it");
    }
    const checksum = alone ?? await verified(before, {
      source: { read: (into, signal) => file.read(into, signal) },
      turns,
      signal,
    });
    const facts = getFacts(request, file.info);
    await session.output.reply(job, "success", facts);
    answered = true;
    if (request.marks) {
      marks = new MarksSent({ writer, clock, checksum, id, from });
    }
    const set = marks;
    const size = await sendBody({
      source: file,
      writer,
      checksum,
      turns,
      clock,
      signal,
      from,
      onBytes: (total) => bytes = total - from,
      ...(set === null
        ? {}
        : { between: (total: number) => set.between(total) }),
    });
    const end = { action: "end", id, size, checksum: checksum.digest() };
    await writer.message(encodeObject(end));
    told.done({ bytes });
  } catch (error) {
    const failure = told.failed(error, { bytes });
    if (!answered) {
      return await session.output.reply(job, failure.status, {}, failure.text);
    }
    if (failure.status === "cancelled") await marks?.last();
    const [status_code] = STATUS[failure.status];
    const status_msg = failure.text;
    await writer.message(
      encodeObject({ action: "abort", id, status_code, status_msg }),
    );
  }
}

/** What a get says of the bytes that its client has already. */
function saidBefore(
  { checksum_type, offset, offset_checksum, verify }: GetRequest,
): SaidBefore | null {
  if (offset === 0 || offset_checksum === undefined) return null;
  return { checksum_type, offset, offset_checksum, verify };
}

function fromTheStart({ offset = 0, ...range }: ReadOptions): ReadOptions {
  const { length } = range;
  return length === undefined ? range : { ...range, length: offset + length };
}

/** @throws {TransferError} `checksum_differs`. */
async function verified(
  before: SaidBefore | null,
  rereading: Rereading,
): Promise<Checksum> {
  const checksum = before && await rereadBefore(before, rereading);
  if (checksum !== null) return checksum;
  throw new TransferError(
    "checksum_differs",
    "the bytes before the offset have another checksum",
  );
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
    refuseTooLarge(request, bytesMax);
    if (request.offset > 0) throw cannotGoOn(); // no part has no name
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
