/**
 * What can be gone on with: states of parts and versions, many of them in one
 * request, as many requests as they take.
 * @module
 */
import {
  type JsonObject,
  LineReader,
  ProtocolError,
  readHeldPart,
  readPartState,
  readVersionState,
} from "../../protocol/mod.ts";
import {
  BodyHandover,
  createChecksum,
  receiveBody,
  TransferError,
} from "../../transfer/mod.ts";
import type {
  PartQuestion,
  PartState,
  RemotePart,
  RequestOptions,
  VersionQuestion,
  VersionState,
} from "../remote.ts";
import { onAbort } from "../signals.ts";
import { texts } from "../texts/mod.ts";
import { type Requests, type Told, told } from "./requests.ts";

/** Of the items in one request: with all around them a good message. */
const ITEMS_BYTES_MAX = 60 * 1024;
/** More parts than any server keeps for an account. */
const PARTS_MAX = 1 << 16;
const encoder = new TextEncoder();

export async function partStates(
  requests: Requests,
  items: readonly PartQuestion[],
  options: RequestOptions,
): Promise<readonly PartState[]> {
  const asked = items.map(({ name, transfer, identity }) => ({
    filename: name,
    transfer,
    identity,
  }));
  return await states(requests, asked, options, partStateOf);
}

function partStateOf(line: Uint8Array): PartState {
  const read = readPartState(line);
  if (read.state !== "none") return read;
  const reasons = ["changed", "in_use", "expired"] as const;
  const reason = reasons.find((reason) => reason === read.reason) ?? null;
  return { state: "none", reason };
}

export async function versionStates(
  requests: Requests,
  items: readonly VersionQuestion[],
  options: RequestOptions,
): Promise<readonly VersionState[]> {
  const asked = items.map(({ name: filename, version }) => ({
    filename,
    version,
  }));
  return await states(
    requests,
    asked,
    options,
    (line) => readVersionState(line).state,
  );
}

export async function parts(
  requests: Requests,
  options: RequestOptions,
): Promise<readonly RemotePart[]> {
  const about = told("parts", "", options);
  return await requests.about(about, async () => {
    const request = { action: "resume" };
    return await lines(requests, request, about, PARTS_MAX, partOf);
  });
}

function partOf(line: Uint8Array): RemotePart {
  const read = readHeldPart(line);
  return {
    name: read.filename,
    transfer: read.transfer,
    identity: read.identity,
    offset: read.offset,
    checksum: read.checksum,
    size: read.size ?? null,
    updatedNs: read.updated,
    inUse: read.in_use,
  };
}

export async function discardParts(
  requests: Requests,
  transfers: readonly string[],
  options: RequestOptions,
): Promise<number> {
  const about = told("parts", "", options);
  let discarded = 0;
  for (const discard of split(transfers)) {
    const request = { action: "resume", discard };
    const answer = await requests.do("resume", request, about);
    discarded += requests.given(answer.discarded, "resume", "discarded");
  }
  return discarded;
}

/** Ask for all of them, in requests that follow one another at once. */
async function states<State>(
  requests: Requests,
  items: readonly JsonObject[],
  options: RequestOptions,
  read: (line: Uint8Array) => State,
): Promise<State[]> {
  const about = told("resume", "", options);
  return await requests.about(about, async () => {
    const answers = split(items).map(async (items) => {
      const request = { action: "resume", items };
      const { length } = items;
      const states = await lines(requests, request, about, length, read);
      if (states.length === length) return states;
      const what = texts.session.statesDiffer(states.length, length);
      throw requests.channel.broken(what);
    });
    return (await Promise.all(answers)).flat();
  });
}

/** Cut into requests that are no longer than a message may be. */
function split<Item>(items: readonly Item[]): Item[][] {
  const requests: Item[][] = [];
  let bytes = Infinity;
  for (const item of items) {
    const itemBytes = encoder.encode(JSON.stringify(item)).length + 1;
    if (bytes + itemBytes > ITEMS_BYTES_MAX) {
      requests.push([]);
      bytes = 0;
    }
    requests.at(-1)?.push(item);
    bytes += itemBytes;
  }
  return requests;
}

/** A request whose answer has a body of lines, each of them checked. */
async function lines<Line>(
  requests: Requests,
  request: JsonObject,
  about: Told,
  linesMax: number,
  read: (line: Uint8Array) => Line,
): Promise<Line[]> {
  requests.need("resume", about);
  const { channel } = requests;
  const body = new BodyHandover();
  const exchange = await channel.send(request, body, about.signal);
  requests.good(await channel.answerOf(exchange, about.signal), about);
  using _onAbort = onAbort(about.signal, () => {
    body.fail(new TransferError("cancelled", "cancelled"));
  });
  const reader = new LineReader();
  const found: Line[] = [];
  const take = (bytes: Uint8Array) => {
    for (const line of reader.take(bytes)) {
      if (found.length === linesMax) throw tooMany(linesMax);
      found.push(read(line));
    }
    return undefined;
  };
  try {
    await receiveBody({
      body,
      sink: { write: take },
      checksum: createChecksum("crc32"),
      turns: channel.runtime.turns,
    });
    reader.end();
    return found;
  } catch (error) {
    if (error instanceof ProtocolError) throw channel.broken(error.message);
    throw await requests.bodyFailed(exchange, error, about);
  }
}

function tooMany(linesMax: number): ProtocolError {
  const what = texts.session.statesDiffer(linesMax + 1, linesMax);
  return new ProtocolError("bad_message", what);
}
