/**
 * get and put: between the connection, the transfer and the home.
 * @module
 */
import {
  encodeObject,
  formatMtime,
  type GetRequest,
  type PutRequest,
  STATUS,
} from "../protocol/mod.ts";
import { type Home, resolveName } from "../storage/mod.ts";
import {
  createChecksum,
  receiveBody,
  sendBody,
  TransferError,
} from "../transfer/mod.ts";
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
    await using file = await home.read(path, { signal: job.signal });
    const { size, mtimeNs } = file.info;
    await session.output.reply(job, "success", {
      size,
      mtime: formatMtime(mtimeNs),
    });
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
    const mtimeNs = request.mtime;
    await part.commit({
      checksum,
      signal,
      ...(mtimeNs === undefined ? {} : { mtimeNs }),
    });
    told.done({ bytes });
    await session.output.reply(job, "success", {
      size: received.bytes,
      checksum,
    });
  } catch (error) {
    const failure = told.failed(error, { bytes });
    await session.output.reply(job, failure.status, {}, failure.text);
  }
}
