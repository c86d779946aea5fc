/**
 * Listings of a server's folders, as they come: no more is taken from the
 * server than the caller takes, and whatever it says, what is kept is bounded.
 * @module
 */
import {
  type JsonObject,
  type ListedEntry,
  type ListingKind,
  ListingReader,
  ProtocolError,
} from "../../protocol/mod.ts";
import {
  assertEnding,
  BodyHandover,
  createChecksum,
  TransferError,
} from "../../transfer/mod.ts";
import { ClientError } from "../error.ts";
import { refusedBy } from "../failures.ts";
import type { RemoteEntry, RequestOptions, WalkOptions } from "../remote.ts";
import { onAbort } from "../signals.ts";
import { texts } from "../texts/mod.ts";
import type { Exchange } from "./exchange.ts";
import { NAMES_MAX, NamesSeen } from "./names_seen.ts";
import { type Requests, type Told, told } from "./requests.ts";
import { WalkOrder } from "./walk_order.ts";

/** A page ends behind what can be named: so much may stand before that. */
const UNNAMED_MAX = 100_000;

/** The first page is awaited by who has nothing else to do yet. */
const FIRST_PAGE_ENTRIES = 1000;
/**
 * A server reads all names of a folder for each page that begins in it: where
 * one page after the other does, they grow, up to so many times.
 */
const FLAT_PAGES_MAX = 8;

/** Looks at each entry of a listing, in their order. */
interface Look {
  /** @throws {ClientError} It may not stand there: no more of this listing. */
  at(listed: ListedEntry): RemoteEntry;
}

export function list(
  requests: Requests,
  filename: string,
  options: RequestOptions,
): AsyncIterable<readonly RemoteEntry[]> {
  const about = told("list", filename, options);
  const request = { action: "list", filename };
  const look = new NamesOnce(requests, about);
  return entries(requests, "list", request, about, look);
}

export async function* walk(
  requests: Requests,
  filename: string,
  options: WalkOptions,
): AsyncGenerator<readonly RemoteEntry[], void, undefined> {
  const { after = "", pageEntries } = options;
  const about = told("walk", filename, options);
  const look = new Ordered(requests, about, after);
  const request = {
    action: "walk",
    filename,
    ...(after === "" ? {} : { after }),
  };
  if (pageEntries === undefined) {
    yield* entries(requests, "walk", request, about, look);
    return;
  }
  const entriesMost = pageEntries * FLAT_PAGES_MAX;
  let entriesMax = Math.min(pageEntries, FIRST_PAGE_ENTRIES);
  for (let from: string | null = after; from !== null;) {
    const paged = { ...request, entries_max: entriesMax };
    const asked: JsonObject = from === "" ? paged : { ...paged, after: from };
    const page: RemoteEntry[] = [];
    const all = entries(requests, "walk", asked, about, look);
    let more: boolean;
    try {
      let next = await all.next();
      for (; next.done !== true; next = await all.next()) {
        page.push(...next.value);
        if (page.length > entriesMax + UNNAMED_MAX) {
          throw requests.channel.broken(texts.session.pageTooLong);
        }
      }
      more = next.value;
    } finally {
      // Left early, it has to drop what nobody takes any more.
      await all.return(false);
    }
    if (page.length > 0) yield page;
    const last = page.findLast(({ reachable }) => reachable);
    // Without one that it can go on behind, more would come for ever.
    if (more && last === undefined) {
      throw requests.channel.broken(texts.session.pageTooLong);
    }
    const to = last?.path ?? "";
    const isFlat = from !== "" && liesInOne([{ path: from }, ...page]);
    entriesMax = isFlat ? Math.min(2 * entriesMax, entriesMost) : pageEntries;
    from = more ? to : null;
  }
}

/** Whether a part of a walk is of one folder alone. */
function liesInOne(part: readonly { readonly path: string }[]): boolean {
  const { path = "" } = part[0] ?? {};
  const folder = path.slice(0, path.lastIndexOf("/") + 1);
  return part.every(({ path }) =>
    path.startsWith(folder) && path.indexOf("/", folder.length) < 0
  );
}

/** @returns Whether there is more, which was not asked for. */
async function* entries(
  requests: Requests,
  kind: ListingKind,
  request: JsonObject,
  about: Told,
  look: Look,
): AsyncGenerator<readonly RemoteEntry[], boolean, undefined> {
  const body = new BodyHandover();
  let exchange: Exchange | null = null;
  using _onAbort = onAbort(about.signal, () => {
    body.fail(new TransferError("cancelled", "cancelled"));
  });
  try {
    requests.need(kind, about);
    exchange = await requests.channel.send(request, body, about.signal);
    requests.good(
      await requests.channel.answerOf(exchange, about.signal),
      about,
    );
    return yield* read(
      requests,
      new ListingReader(kind),
      body,
      exchange,
      look,
    );
  } catch (error) {
    const failure = exchange === null || error instanceof ClientError
      ? error
      : await requests.bodyFailed(exchange, error, about);
    throw requests.toldOf(about, failure);
  } finally {
    // The caller left early, or what came was not what it had to be.
    if (exchange !== null) await requests.endEarly(exchange);
  }
}

async function* read(
  requests: Requests,
  reader: ListingReader,
  body: BodyHandover,
  exchange: Exchange,
  look: Look,
): AsyncGenerator<readonly RemoteEntry[], boolean, undefined> {
  const checksum = createChecksum("crc32");
  let bytes = 0;
  while (true) {
    const piece = await body.next();
    if (piece === null) break;
    bytes += piece.length;
    checksum.update(piece);
    const came = honestly(requests, () => reader.take(piece));
    if (came.length > 0) yield came.map((entry) => look.at(entry));
  }
  assertEnding({ body, checksum }, bytes);
  const { ending } = exchange;
  const end = ending?.action === "end" ? ending : null;
  honestly(requests, () => reader.end(end?.entries ?? 0));
  return end?.more ?? false;
}

/** What breaks the protocol ends the connection, whose every word is in doubt. */
function honestly<T>(requests: Requests, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw requests.channel.broken(error.message);
  }
}

/** In no order: a name that comes twice is told, and only the first is one. */
class NamesOnce implements Look {
  readonly #about: Told;
  readonly #names: NamesSeen;

  constructor({ channel }: Requests, about: Told) {
    this.#about = about;
    this.#names = NamesSeen.seeded(channel.runtime.random);
  }

  at(listed: ListedEntry): RemoteEntry {
    const entry = remoteEntry(listed, this.#about);
    if (!entry.reachable || this.#isFirst(entry.name)) return entry;
    const failure = new ClientError(
      "refused",
      ...texts.session.nameTwice(entry.name),
    );
    return { ...entry, reachable: false, failure };
  }

  #isFirst(entryName: string): boolean {
    const first = this.#names.add(entryName);
    if (first !== null) return first;
    const { verb, name } = this.#about;
    throw new ClientError(
      "refused",
      ...texts.session.tooManyEntries(`${verb} ${name}`, NAMES_MAX),
    );
  }
}

/** In the order that the protocol says, or not at all. */
class Ordered implements Look {
  readonly #requests: Requests;
  readonly #about: Told;
  readonly #order: WalkOrder;

  constructor(requests: Requests, about: Told, after: string) {
    this.#requests = requests;
    this.#about = about;
    this.#order = new WalkOrder(after);
  }

  at(listed: ListedEntry): RemoteEntry {
    const entry = remoteEntry(listed, this.#about);
    if (!entry.reachable) return entry;
    const open = entry.type === "folder" && entry.failure === undefined;
    if (this.#order.next(entry.path, open)) return entry;
    throw this.#requests.channel.broken(texts.session.outOfOrder);
  }
}

function remoteEntry(listed: ListedEntry, { verb }: Told): RemoteEntry {
  const { name: path, reachable, size, mtimeNs, mode, version } = listed;
  const type = listed.type === "dir" ? "folder" : listed.type;
  if (reachable && listed.target === null && listed.failure === null) {
    // Nearly every entry; there may be a million.
    return {
      name: path.slice(path.lastIndexOf("/") + 1),
      path,
      reachable,
      type,
      size,
      mtimeNs,
      mode,
      version: version === "" ? null : version,
    };
  }
  const failure = !reachable
    ? new ClientError("refused", ...texts.session.unreachable(path))
    : listed.failure === null
    ? null
    : refusedBy(listed.failure, verb, path);
  return {
    name: reachable ? path.slice(path.lastIndexOf("/") + 1) : path,
    path,
    reachable,
    type,
    size,
    mtimeNs,
    mode,
    version: version === "" ? null : version,
    ...(listed.target === null ? {} : { target: listed.target }),
    ...(failure === null ? {} : { failure }),
  };
}
