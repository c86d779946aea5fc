/**
 * A get: a file, or a part of it, from the server into a sink.
 * @module
 */
import type { Answer, JsonObject } from "../../protocol/mod.ts";
import {
  BodyHandover,
  receiveBody,
  TransferError,
} from "../../transfer/mod.ts";
import type { GetOptions, Receipt, RemoteFile, Sink } from "../library.ts";
import { onAbort } from "../signals.ts";
import { texts } from "../texts/mod.ts";
import { CANCEL_MS_MAX } from "./channel.ts";
import {
  fromChecksum,
  fromNothing,
  fromSource,
  type Start,
} from "./earlier_bytes.ts";
import type { Exchange } from "./exchange.ts";
import { MarksTaken } from "./marks_taken.ts";
import { type Requests, type Told, told } from "./requests.ts";

type Open = (info: RemoteFile) => Sink | Promise<Sink>;

export async function get(
  requests: Requests,
  name: string,
  open: Open,
  options: GetOptions,
): Promise<Receipt> {
  const about = told("get", name, options);
  return await requests.about(about, async () => {
    needFeatures(requests, options, about);
    const { channel } = requests;
    const sinceMs = channel.runtime.clock.monotonicMs();
    const starting = startOf(requests, options, about);
    // Without a wait where there is no need: requests keep their order.
    const start = starting instanceof Promise ? await starting : starting;
    const body = new BodyHandover();
    const marks = marksOf(options, start, body);
    const request = requestOf(name, options);
    const exchange = await channel.send(request, body, about.signal);
    exchange.onMark = marks === null ? null : (notice) => marks.mark(notice);
    const answer = await channel.answerOf(exchange, about.signal);
    const info = infoOf(requests, requests.good(answer, about));
    const getting = { requests, about, exchange, body, start, marks, info };
    const { bytes, checksum } = await receive(getting, open, options);
    const { mtimeNs, version } = info;
    const seconds = (channel.runtime.clock.monotonicMs() - sinceMs) / 1000;
    return { name, bytes, seconds, checksum, mtimeNs, version };
  });
}

function needFeatures(
  requests: Requests,
  options: GetOptions,
  about: Told,
): void {
  const { offset, length, ifVersion, offsetChecksum, onMark } = options;
  const ranged = offset !== undefined || length !== undefined ||
    ifVersion !== undefined;
  if (ranged) requests.need("range", about);
  const resumed = offsetChecksum !== undefined || onMark !== undefined;
  if (resumed) requests.need("resume", about);
}

function startOf(
  { channel }: Requests,
  options: GetOptions,
  about: Told,
): Start | Promise<Start> {
  const { offset, offsetChecksum, before, sum } = options;
  if (sum !== undefined) return { checksum: sum, from: offset ?? 0 };
  // Without a checksum of what is before it, the body stands for itself.
  if (!offset || offsetChecksum === undefined) return fromNothing(options);
  if (before !== undefined) {
    const { turns } = channel.runtime;
    return fromSource(before, offset, offsetChecksum, turns, about);
  }
  const start = fromChecksum(offset, offsetChecksum);
  if (start === null) throw new TypeError(texts.session.needsBefore);
  return start;
}

function requestOf(filename: string, options: GetOptions): JsonObject {
  const { offset, length, ifVersion, offsetChecksum, onMark } = options;
  return {
    action: "get",
    filename,
    checksum_type: options.checksum ?? "crc32",
    ...(offset === undefined ? {} : { offset }),
    ...(length === undefined ? {} : { length }),
    ...(ifVersion === undefined ? {} : { if_version: ifVersion }),
    ...(!offset || offsetChecksum === undefined
      ? {}
      : { offset_checksum: offsetChecksum, ...verify(options) }),
    ...(onMark === undefined ? {} : { marks: true }),
  };
}

function verify({ verifyOffset }: GetOptions): { verify?: true } {
  return verifyOffset ? { verify: true } : {};
}

export function infoOf(requests: Requests, answer: Answer): RemoteFile {
  const size = requests.given(answer.size, "get", "size");
  return {
    size,
    mtimeNs: requests.given(answer.mtime, "get", "mtime"),
    mode: answer.mode ?? null,
    version: answer.file_version ?? null,
    fileSize: answer.file_size ?? size,
  };
}

function marksOf(
  { onMark }: GetOptions,
  { checksum, from }: Start,
  body: BodyHandover,
): MarksTaken | null {
  if (onMark === undefined) return null;
  return new MarksTaken(checksum, from, onMark, (error) => body.fail(error));
}

interface Getting {
  readonly requests: Requests;
  readonly about: Told;
  readonly exchange: Exchange;
  readonly body: BodyHandover;
  readonly start: Start;
  readonly marks: MarksTaken | null;
  readonly info: RemoteFile;
}

async function receive(
  { requests, about, exchange, body, start, marks, info }: Getting,
  open: Open,
  { offset = 0, onProgress }: GetOptions,
): Promise<{ bytes: number; checksum: string }> {
  const { channel } = requests;
  const { from } = start;
  using hangUp = new DisposableStack();
  using _onAbort = onAbort(about.signal, () => {
    if (marks === null) {
      return body.fail(new TransferError("cancelled", "cancelled"));
    }
    // The server marks how far it came: what comes until then is kept.
    const itDidNot = texts.session.didNotEndBody;
    hangUp.use(channel.hangUpAfter(CANCEL_MS_MAX, itDidNot));
    channel.cancel(exchange);
  });
  try {
    const received = await receiveBody({
      body,
      sink: await open(info),
      checksum: start.checksum,
      turns: channel.runtime.turns,
      from,
      size: from + info.size,
      bytesMax: from + info.size,
      onBytes: (bytes) => {
        marks?.took(bytes);
        onProgress?.(bytes - from + offset, offset + info.size);
      },
    });
    await marks?.settled();
    return { bytes: received.bytes - from, checksum: received.checksum };
  } catch (error) {
    exchange.onMark = null;
    const failure = await requests.bodyFailed(exchange, error, about);
    await marks?.settled(); // its own failure came first
    throw failure;
  }
}
