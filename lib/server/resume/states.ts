/**
 * resume: what can be gone on with, as a body of lines; and parts that their
 * owner does not want any more (PROTOCOL.md, 4).
 * @module
 */
import {
  encodeObject,
  type JsonObject,
  type ResumeItem,
  type ResumeRequest,
  STATUS,
} from "../../protocol/mod.ts";
import {
  type Home,
  type HomePath,
  type KeptPartInfo,
  type PartStore,
  resolveName,
  StorageError,
} from "../../storage/mod.ts";
import {
  type ByteSource,
  createChecksum,
  sendBody,
} from "../../transfer/mod.ts";
import type { Job } from "../job.ts";
import type { Session } from "../session.ts";
import { Telling } from "../telling.ts";

export async function resume(
  session: Session,
  home: Home,
  job: Job,
  request: ResumeRequest,
): Promise<void> {
  const { account, parts } = session;
  if (account === null) throw new TypeError("resume before the login");
  const { items, discard } = request;
  const asking = { home, parts, owner: account.name, signal: job.signal };
  if (discard !== undefined) {
    return await discardParts(session, asking, job, discard);
  }
  const lines = items === undefined
    ? ownParts(asking)
    : statesOf(asking, items);
  await sendLines(session, job, request, lines);
}

interface Asking {
  readonly home: Home;
  readonly parts: PartStore | null;
  readonly owner: string;
  readonly signal: AbortSignal;
}

async function discardParts(
  session: Session,
  { parts, owner }: Asking,
  job: Job,
  transfers: readonly string[],
): Promise<void> {
  const told = new Telling(session, "resume", { name: "" });
  try {
    const discarded = await parts?.discard(owner, transfers) ?? 0;
    told.done({ discarded });
    await session.output.reply(job, "success", { discarded });
  } catch (error) {
    const { status, text } = told.failed(error, {});
    await session.output.reply(job, status, {}, text);
  }
}

async function* ownParts(
  { parts, owner }: Asking,
): AsyncGenerator<JsonObject> {
  for (const part of await parts?.list(owner) ?? []) yield partLine(part);
}

function partLine(part: KeptPartInfo): JsonObject {
  const { target, transfer, identity, offset, checksum, size } = part;
  return {
    filename: target.join("/"),
    ...{ transfer, identity, offset, checksum },
    ...(size === null ? {} : { size }),
    updated: `${BigInt(part.updatedMs) * 1_000_000n}`,
    in_use: part.inUse,
  };
}

async function* statesOf(
  asking: Asking,
  items: readonly ResumeItem[],
): AsyncGenerator<JsonObject> {
  for (const item of items) yield await stateOf(asking, item);
}

async function stateOf(asking: Asking, item: ResumeItem): Promise<JsonObject> {
  const { filename, transfer, identity, version } = item;
  try {
    const target = resolveName(filename);
    if (version !== undefined) {
      return { state: await versionState(asking, target, version) };
    }
    const { parts, owner, signal } = asking;
    if (transfer === undefined || parts === null) return { state: "none" };
    const claim = { owner, target, transfer, identity };
    return { ...await parts.stateOf(claim, signal) };
  } catch (error) {
    asking.signal.throwIfAborted();
    if (error instanceof StorageError) return { state: "none" };
    throw error;
  }
}

async function versionState(
  { home, signal }: Asking,
  path: HomePath,
  version: string,
): Promise<"same" | "other"> {
  const there = await home.lstat(path, signal);
  if (there.version === version) return "same";
  if (there.type !== "link") return "other";
  // What was got through a link has the version of what it leads to.
  const leadsTo = await home.stat(path, signal);
  return leadsTo.version === version ? "same" : "other";
}

/** Send them: the answer, the lines, the end. */
async function sendLines(
  session: Session,
  job: Job,
  { id }: ResumeRequest,
  lines: AsyncGenerator<JsonObject>,
): Promise<void> {
  const { output: { writer }, context: { runtime } } = session;
  const told = new Telling(session, "resume", { name: "" });
  const source = new LineSource(lines);
  let answered = false;
  try {
    await source.begin(); // a disk that fails is answered so
    await session.output.reply(job, "success");
    answered = true;
    const checksum = createChecksum("crc32");
    const size = await sendBody({
      source,
      writer,
      checksum,
      turns: runtime.turns,
      clock: runtime.clock,
      signal: job.signal,
      onBytes: () => job.progress = { entries: source.count },
    });
    const { count: entries } = source;
    const end = { action: "end", id, size, checksum: checksum.digest() };
    await writer.message(encodeObject({ ...end, entries }));
    told.done({ entries });
  } catch (error) {
    const { status, text } = told.failed(error, { entries: source.count });
    if (!answered) return await session.output.reply(job, status, {}, text);
    const [status_code] = STATUS[status];
    const abort = { action: "abort", id, status_code, status_msg: text };
    await writer.message(encodeObject(abort));
  }
}

/** Many lines a frame; and a large answer is not made before it is read. */
const FRAME_LENGTH = 16 * 1024;

class LineSource implements ByteSource {
  count = 0;
  readonly #lines: AsyncGenerator<JsonObject>;
  readonly #encoder = new TextEncoder();
  /** What had no room yet. */
  #text = "";
  #ended = false;

  constructor(lines: AsyncGenerator<JsonObject>) {
    this.#lines = lines;
  }

  async begin(): Promise<void> {
    await this.#next();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#text.length < FRAME_LENGTH && !this.#ended) await this.#next();
    const { read, written } = this.#encoder.encodeInto(this.#text, into);
    this.#text = this.#text.slice(read);
    return written;
  }

  async #next(): Promise<void> {
    const line = await this.#lines.next();
    if (line.done === true) {
      this.#ended = true;
      return;
    }
    this.#text += `${JSON.stringify(line.value)}\n`;
    this.count++;
  }
}
