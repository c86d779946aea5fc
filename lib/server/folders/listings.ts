/**
 * list and walk: the entries of a folder, or of all below it, as a body of
 * lines, a page at a time. Only as the client reads is the next page made.
 * @module
 */
import {
  canBeAsked,
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
  type HomePath,
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
import { below } from "./paths.ts";

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
    await writer.message(encodeObject({ ...end, entries }));
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
  readonly #home: Home;
  readonly #kind: ListingKind;
  readonly #folder: HomePath;
  readonly #pages: AsyncIterator<readonly (Entry | WalkEntry)[]>;
  readonly #signal: AbortSignal;
  readonly #encoder = new TextEncoder();
  /** Lines that had no room yet. */
  #text = "";
  #ended = false;
  #entries = 0;

  constructor(home: Home, request: ListingRequest, signal: AbortSignal) {
    this.#home = home;
    this.#kind = request.action;
    this.#folder = resolveName(request.filename);
    this.#signal = signal;
    const pages = request.action === "list"
      ? home.list(this.#folder, signal)
      : home.walk(this.#folder, {
        signal,
        ...(request.after === undefined
          ? {}
          : { after: resolveName(request.after) }),
      });
    this.#pages = pages[Symbol.asyncIterator]();
  }

  /** Entries whose lines were made so far. */
  get entries(): number {
    return this.#entries;
  }

  /** @throws {StorageError} Where there is nothing to list. */
  async begin(): Promise<void> {
    await this.#more();
  }

  async read(into: Uint8Array): Promise<number> {
    while (this.#text === "" && !this.#ended) await this.#more();
    const { read, written } = this.#encoder.encodeInto(this.#text, into);
    this.#text = this.#text.slice(read);
    return written;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.#pages.return?.();
  }

  async #more(): Promise<void> {
    const page = await this.#pages.next();
    if (page.done === true) {
      this.#ended = true;
      return;
    }
    for (const entry of page.value) {
      const target = entry.type === "link" ? await this.#target(entry) : null;
      this.#text += encodeEntry(this.#kind, listed(entry, target));
      this.#entries++;
    }
  }

  /** The text of a link, or null where it cannot be had. */
  async #target(entry: Entry | WalkEntry): Promise<string | null> {
    try {
      const path = below(this.#folder, ...segmentsOf(entry));
      return (await this.#home.readLink(path, this.#signal)).text;
    } catch {
      return null; // gone since, or not to be named: the entry is shown
    }
  }
}

function segmentsOf(entry: Entry | WalkEntry): readonly string[] {
  return "path" in entry ? entry.path : [entry.name];
}

function listed(entry: Entry | WalkEntry, target: string | null): ListedEntry {
  const segments = segmentsOf(entry);
  const name = segments.join("/");
  const { type, size, mtimeNs, mode, version } = entry;
  const askable = name.length <= PATH_LENGTH_MAX && segments.every(canBeAsked);
  const failure = "failure" in entry && entry.failure !== undefined
    ? failureOf(entry.failure, "")
    : null;
  return {
    // What storage has escaped stays; a name that could be had, but not be
    // asked for, is escaped in the same way.
    name: entry.reachable && !askable ? name.replaceAll("\\", "\\\\") : name,
    reachable: entry.reachable && askable,
    type: type === "folder" ? "dir" : type,
    size,
    mtimeNs,
    mode,
    version,
    target,
    failure: failure === null ? null : {
      status_code: STATUS[failure.status][0],
      status_msg: failure.text,
    },
  };
}
