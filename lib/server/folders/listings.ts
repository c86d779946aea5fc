/**
 * list and walk: the entries of a folder, or of all below it, as a body of
 * lines, a page at a time. Only as the client reads is the next page made.
 * @module
 */
import {
  encodeEntry,
  encodeObject,
  type FolderRequest,
  type ListedEntry,
  type ListingKind,
  STATUS,
} from "../../protocol/mod.ts";
import {
  type Entry,
  type Home,
  resolveName,
  type WalkEntry,
} from "../../storage/mod.ts";
import {
  type ByteSource,
  createChecksum,
  sendBody,
} from "../../transfer/mod.ts";
import type { Job } from "../job.ts";
import { failureOf } from "../replies.ts";
import type { Session } from "../session.ts";
import { Telling } from "../telling.ts";

type ListingRequest = Extract<FolderRequest, { action: ListingKind }>;

/** Beyond this no request can name it: PROTOCOL.md, 4. */
const PATH_LENGTH_MAX = 4096;

/** Send a listing: its answer, its lines, its end. */
export async function sendListing(
  session: Session,
  home: Home,
  job: Job,
  request: ListingRequest,
): Promise<void> {
  const { output: { writer }, context: { runtime } } = session;
  const { id, action, filename } = request;
  const told = new Telling(session, action, { name: filename });
  let entries = 0;
  let answered = false;
  try {
    await using source = new Lines(home, request, job.signal);
    await source.begin(); // what is not to be listed is answered so
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
      onBytes: () => {
        entries = source.entries;
        job.progress = { entries };
      },
    });
    const end = { action: "end", id, size, checksum: checksum.digest() };
    const more = source.more ? { more: true } : {};
    await writer.message(encodeObject({ ...end, entries, ...more }));
    told.done({ entries });
  } catch (error) {
    const { status, text } = told.failed(error, { entries });
    if (!answered) return await session.output.reply(job, status, {}, text);
    const [status_code] = STATUS[status];
    const abort = { action: "abort", id, status_code, status_msg: text };
    await writer.message(encodeObject(abort));
  }
}

/** The lines of a listing as bytes. */
class Lines implements ByteSource, AsyncDisposable {
  readonly #kind: ListingKind;
  readonly #pages: AsyncIterator<readonly (Entry | WalkEntry)[]>;
  readonly #encoder = new TextEncoder();
  /** Lines that had no room yet. */
  #text = "";
  #ended = false;
  #entries = 0;
  #more = false;
  readonly #entriesMax: number;

  constructor(home: Home, request: ListingRequest, signal: AbortSignal) {
    this.#kind = request.action;
    this.#entriesMax = request.action === "walk"
      ? request.entries_max ?? Infinity
      : Infinity;
    const folder = resolveName(request.filename);
    const pages = request.action === "list"
      ? home.list(folder, signal)
      : home.walk(folder, {
        signal,
        ...(request.after === undefined
          ? {}
          : { after: resolveName(request.after) }),
      });
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** There is more, which was not asked for. */
  get more(): boolean {
    return this.#more;
  }

  /** Entries whose lines were made so far. */
  get entries(): number {
    return this.#entries;
  }

  /** @throws {StorageError} Where there is nothing to list. */
  async begin(): Promise<void> {
    await this.#nextPage();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#text === "" && !this.#ended) await this.#nextPage();
    const { read, written } = this.#encoder.encodeInto(this.#text, into);
    this.#text = this.#text.slice(read);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended || this.#more) await this.#pages.return?.();
  }

  async #nextPage(): Promise<void> {
    const page = await this.#pages.next();
    if (page.done === true) {
      this.#ended = true;
      return;
    }
    for (const entry of page.value) {
      if (this.#more) return; // so there is more
      this.#text += encodeEntry(this.#kind, listed(entry));
      this.#entries++;
      // Only behind what can be named can one go on.
      const isPlace = entry.reachable && !("failure" in entry);
      if (this.#entries < this.#entriesMax || !isPlace) continue;
      this.#ended = true;
      this.#more = true;
    }
  }
}

function listed(entry: Entry | WalkEntry): ListedEntry {
  const { reachable, type, size, mtimeNs, mode, version } = entry;
  const name = nameOf(entry);
  const failure = "failure" in entry && entry.failure !== undefined
    ? failureOf(entry.failure, "")
    : null;
  return {
    name,
    reachable: reachable && name.length <= PATH_LENGTH_MAX,
    type: type === "folder" ? "dir" : type,
    size,
    mtimeNs,
    mode,
    version,
    target: entry.target ?? null,
    failure: failure === null ? null : {
      status_code: STATUS[failure.status][0],
      status_msg: failure.text,
    },
  };
}

/** A name that cannot be had comes escaped; no folder of one is walked. */
function nameOf(entry: Entry | WalkEntry): string {
  if (!("path" in entry)) return entry.name;
  const { path, reachable, name } = entry;
  return reachable ? path.join("/") : [...path.slice(0, -1), name].join("/");
}
