/**
 * Parts that are kept when a transfer breaks off, to be gone on with: whose
 * they are, how far they are proved to be on disk, who writes to each, and how
 * long they stay. A part has a journal (part_journal.ts) from its first mark on;
 * before that nothing of it is proved, and it goes with its session.
 * @module
 */
import type { Clock, Random } from "../runtime/mod.ts";
import { StorageError } from "./error.ts";
import type { FileInfo } from "./home.ts";
import { type KeptPart, type ResumePoint, StoredPart } from "./kept_part.ts";
import { orGiveUp } from "./pace.ts";
import type { PartBytes, PartFiles } from "./part_files.ts";
import {
  decodeJournal,
  encodeEnd,
  encodeHeader,
  encodeMark,
  type JournalEnd,
  type JournalHeader,
  type JournalMark,
} from "./part_journal.ts";
import { type HomePath, resolveName } from "./path.ts";

export interface PartStoreOptions {
  readonly files: PartFiles;
  readonly clock: Clock;
  readonly random: Random;
  /** How long a part stays after its last mark. */
  readonly ttlMs: number;
  /** Of one account. */
  readonly partsMax: number;
}

/** All kept parts together, of what would be free without them. */
const FREE_SHARE = 0.1;
/** Published transfers of one account that are known; the oldest goes first. */
const ENDED_MAX = 256;
/** Expired ones that are remembered, to say why there is nothing. */
const EXPIRED_MAX = 1024;
const NAME_BYTES = 16;
const JOURNAL_BYTES_KEPT = 64 * 1024;

/** Which part somebody means. */
export interface PartClaim {
  /** The account. */
  readonly owner: string;
  readonly target: HomePath;
  /** The client's name for the transfer: 32 lower-case hex digits. */
  readonly transfer: string;
  /** What the source is: opaque. */
  readonly identity: string;
  readonly size?: number;
}

export type PartState =
  | { readonly state: "part" } & ResumePoint
  | { readonly state: "complete" } & Omit<JournalEnd, "atMs">
  | {
    readonly state: "none";
    readonly reason?: "changed" | "in_use" | "expired";
  };

export interface KeptPartInfo extends ResumePoint {
  readonly target: HomePath;
  readonly transfer: string;
  readonly identity: string;
  readonly size: number | null;
  /** Of the last mark: ms since 1970. */
  readonly updatedMs: number;
  readonly inUse: boolean;
}

interface Kept {
  readonly name: string;
  header: JournalHeader;
  mark: JournalMark | null;
  end: JournalEnd | null;
  /** Where the journal's next line belongs, and behind which check. */
  bytes: number;
  check: number;
  user: StoredPart | null;
  /** Its age is this and what has passed since, by a clock that only rises. */
  ageMs: number;
  sinceMs: number;
}

export class PartStore {
  readonly #options: PartStoreOptions;
  readonly #kept = new Map<string, Kept>();
  readonly #expired = new Set<string>();
  #loading: Promise<void> | null = null;
  #loaded = false;
  #opening: Promise<void> = Promise.resolve();

  constructor(options: PartStoreOptions) {
    this.#options = options;
  }

  /** Remove what is too old, or too much. Called at the start, and at times. */
  async tidy(): Promise<void> {
    await this.#ready();
  }

  /** Whether nothing is known of this target: what lies there is not read. */
  isFree(owner: string, target: HomePath): boolean {
    if (!this.#loaded) return false;
    if (this.#kept.size === 0) return true;
    return this.#of({ owner, target }).length === 0;
  }

  /** What could be gone on with, or is done already. */
  async stateOf(claim: PartClaim, signal?: AbortSignal): Promise<PartState> {
    await this.#ready();
    const same = this.#of(claim);
    for (const { header, end } of same) {
      if (end === null || header.transfer !== claim.transfer) continue;
      const version = await this.#options.files.versionAt(claim.target, signal);
      if (version !== end.version) continue;
      const { size, checksum } = end;
      return { state: "complete", size, checksum, version };
    }
    const open = same.filter(({ end }) => end === null);
    const mine = open.find(({ header }) => header.identity === claim.identity);
    if (mine === undefined) {
      if (open.length > 0) return { state: "none", reason: "changed" };
      const expired = this.#expired.has(keyOf(claim));
      return expired ? { state: "none", reason: "expired" } : { state: "none" };
    }
    const foreign = mine.header.transfer !== claim.transfer;
    if (mine.user !== null && foreign) {
      return { state: "none", reason: "in_use" };
    }
    if (mine.mark === null) return { state: "none" };
    const { offset, checksum } = mine.mark;
    return { state: "part", offset, checksum };
  }

  /**
   * Begin a part, or go on with an earlier one at the point that its journal
   * ends at. A part has one writer: the same transfer takes it over.
   * @returns Null where there is nothing to go on with at this point.
   */
  async open(
    claim: PartClaim,
    point: ResumePoint | null,
    signal?: AbortSignal,
  ): Promise<KeptPart | null> {
    // One after the other: of two that go on with a part, one is its writer.
    const before = this.#opening;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#opening = before.then(() => promise);
    try {
      await orGiveUp(before, signal);
      return await this.#open(claim, point, signal);
    } finally {
      resolve();
    }
  }

  async #open(
    claim: PartClaim,
    point: ResumePoint | null,
    signal: AbortSignal | undefined,
  ): Promise<KeptPart | null> {
    await this.#ready();
    const earlier = this.#of(claim).filter(({ end }) => end === null);
    const mine = earlier.find(({ header, user }) =>
      header.identity === claim.identity &&
      (user === null || header.transfer === claim.transfer)
    );
    const fits = mine?.mark !== null && mine?.mark !== undefined &&
      mine.mark.offset === point?.offset &&
      mine.mark.checksum === point.checksum;
    if (point !== null && !fits) return null;
    if (mine !== undefined) {
      await mine.user?.yield(signal);
      mine.user = null;
    }
    if (point !== null && mine !== undefined) {
      // The earlier writer may have been at its end, or found a bad byte.
      const there = mine.end === null && this.#kept.get(mine.name) === mine;
      return there ? await this.#goOn(mine, claim, point, signal) : null;
    }
    // Begun anew: what was there of this target and is nobody's is of no use.
    for (const one of earlier) {
      if (one.user === null && one.end === null) await this.#remove(one);
    }
    const name = this.#options.random.bytes(NAME_BYTES).toHex();
    const bytes = await this.#options.files.make(name, claim.target, signal);
    const kept: Kept = {
      name,
      header: this.#headerOf(claim),
      mark: null,
      end: null,
      bytes: 0,
      check: 0,
      user: null,
      ageMs: 0,
      sinceMs: this.#options.clock.monotonicMs(),
    };
    this.#kept.set(name, kept);
    return this.#used(kept, bytes);
  }

  /** Those of an account; each can be gone on with, unless it is in use. */
  async list(owner: string): Promise<readonly KeptPartInfo[]> {
    await this.#ready();
    return [...this.#kept.values()].flatMap(({ header, mark, end, user }) => {
      if (header.owner !== owner || mark === null || end !== null) return [];
      const { transfer, identity, size } = header;
      const target = resolveName(header.target.join("/"));
      const { offset, checksum, atMs: updatedMs } = mark;
      const inUse = user !== null;
      return [{
        ...{ target, transfer, identity, size },
        ...{ offset, checksum, updatedMs, inUse },
      }];
    });
  }

  /** Remove those of an account that nobody uses. @returns How many. */
  async discard(
    owner: string,
    transfers: readonly string[],
  ): Promise<number> {
    await this.#ready();
    let discarded = 0;
    for (const one of [...this.#kept.values()]) {
      const { header, end, user } = one;
      const meant = header.owner === owner && end === null && user === null &&
        transfers.includes(header.transfer);
      if (!meant) continue;
      await this.#remove(one);
      discarded++;
    }
    return discarded;
  }

  /** The earlier writer is gone: cut to what the journal proves. */
  async #goOn(
    kept: Kept,
    claim: PartClaim,
    point: ResumePoint,
    signal: AbortSignal | undefined,
  ): Promise<KeptPart | null> {
    const { files } = this.#options;
    let bytes: PartBytes;
    try {
      bytes = await files.open(kept.name, claim.target, point.offset, signal);
    } catch (error) {
      if (!isGone(error)) throw error;
      await this.#remove(kept);
      return null;
    }
    kept.header = this.#headerOf(claim);
    const part = this.#used(kept, bytes);
    try {
      await this.#writeWhole(kept);
      return part;
    } catch (error) {
      await part.keep();
      throw error;
    }
  }

  #used(kept: Kept, bytes: PartBytes): StoredPart {
    const part = new StoredPart(bytes, {
      mark: (point) => this.#mark(kept, point),
      ended: (info, checksum) => this.#ended(kept, info, checksum),
      kept: async () => {
        kept.user = null;
        if (kept.mark === null) await this.#remove(kept);
        else await this.#makeRoom(kept.header.owner);
      },
      discarded: () => this.#remove(kept),
    });
    kept.user = part;
    return part;
  }

  async #mark(kept: Kept, point: ResumePoint): Promise<void> {
    const { files } = this.#options;
    const first = kept.mark === null;
    const mark = { ...point, atMs: this.#nowMs() };
    // A long transfer's is written anew now and then: only its end counts.
    if (first || kept.bytes > JOURNAL_BYTES_KEPT) {
      await this.#writeWhole(kept, mark);
    } else {
      const line = encodeMark(mark, kept.check);
      await files.appendJournal(kept.name, kept.bytes, line.bytes);
      kept.bytes += line.bytes.length;
      kept.check = line.check;
    }
    kept.mark = mark; // from here on it is told
    kept.ageMs = 0;
    kept.sinceMs = this.#options.clock.monotonicMs();
    if (first) await this.#makeRoom(kept.header.owner);
  }

  /** Known for a time, for who did not hear the answer. */
  async #ended(
    kept: Kept,
    info: FileInfo,
    checksum: string | undefined,
  ): Promise<void> {
    kept.user = null;
    // Small, or quick: it is sent again instead.
    if (kept.mark === null || checksum === undefined) {
      return await this.#remove(kept);
    }
    const { version, size } = info;
    const atMs = this.#nowMs();
    kept.end = { version, size, checksum, atMs };
    const line = encodeEnd(kept.end, kept.check);
    await this.#options.files
      .appendJournal(kept.name, kept.bytes, line.bytes);
    const ended = [...this.#kept.values()].filter(({ header, end }) =>
      end !== null && header.owner === kept.header.owner
    );
    for (const one of oldest(ended, ENDED_MAX)) await this.#remove(one);
  }

  async #writeWhole(
    kept: Kept,
    mark: JournalMark | null = kept.mark,
  ): Promise<void> {
    let line = encodeHeader(kept.header);
    const lines = [line.bytes];
    if (mark !== null) {
      line = encodeMark(mark, line.check);
      lines.push(line.bytes);
    }
    const all = new Uint8Array(lines.reduce((sum, one) => sum + one.length, 0));
    all.set(lines[0] ?? all);
    if (lines[1] !== undefined) all.set(lines[1], lines[0]?.length);
    await this.#options.files.writeJournal(kept.name, all);
    kept.bytes = all.length;
    kept.check = line.check;
  }

  async #ready(): Promise<void> {
    await this.#read();
    for (const one of [...this.#kept.values()]) {
      if (one.user !== null || this.#ageOf(one) <= this.#options.ttlMs) {
        continue;
      }
      if (one.end === null) this.#noteExpired(one.header);
      await this.#remove(one);
    }
  }

  /** Where the disk fails, the next call tries again. */
  async #read(): Promise<void> {
    this.#loading ??= this.#load();
    try {
      await this.#loading;
      this.#loaded = true;
    } catch (error) {
      this.#loading = null;
      throw error;
    }
  }

  #noteExpired(header: JournalHeader): void {
    const [first] = this.#expired;
    if (this.#expired.size >= EXPIRED_MAX && first !== undefined) {
      this.#expired.delete(first);
    }
    this.#expired.add(keyOf(header));
  }

  async #load(): Promise<void> {
    const { files, clock } = this.#options;
    const owners = new Set<string>();
    for (const name of await files.names()) {
      const journal = decodeJournal(await files.journal(name) ?? NOTHING);
      if (journal === null || journal.mark === null) {
        await files.remove(name);
        continue;
      }
      const lastMs = (journal.end ?? journal.mark).atMs;
      // A clock that was set back makes nothing older than it is.
      const ageMs = Math.max(0, this.#nowMs() - lastMs);
      const sinceMs = clock.monotonicMs();
      this.#kept.set(name, { ...journal, name, user: null, ageMs, sinceMs });
      owners.add(journal.header.owner);
    }
    for (const owner of owners) await this.#makeRoom(owner);
  }

  /** The oldest that nobody uses goes first, until all bounds are kept. */
  async #makeRoom(owner: string): Promise<void> {
    const idle = () =>
      [...this.#kept.values()].filter(({ user, end }) =>
        user === null && end === null
      );
    const own = idle().filter(({ header }) => header.owner === owner);
    for (const one of oldest(own, this.#options.partsMax)) {
      await this.#remove(one);
    }
    const free = await this.#options.files.freeBytes();
    if (free === null) return;
    const byAge = idle().sort((one, other) =>
      this.#ageOf(other) - this.#ageOf(one)
    );
    let bytes = byAge.reduce((sum, { mark }) => sum + (mark?.offset ?? 0), 0);
    const bytesMax = (free + bytes) * FREE_SHARE;
    for (const one of byAge) {
      if (bytes <= bytesMax) break;
      bytes -= one.mark?.offset ?? 0;
      await this.#remove(one);
    }
  }

  async #remove(kept: Kept): Promise<void> {
    kept.user = null;
    this.#kept.delete(kept.name);
    await this.#options.files.remove(kept.name);
  }

  #of({ owner, target }: Pick<PartClaim, "owner" | "target">): Kept[] {
    const path = target.join("/");
    return [...this.#kept.values()].filter(({ header }) =>
      header.owner === owner && header.target.join("/") === path
    );
  }

  #headerOf(claim: PartClaim): JournalHeader {
    const { owner, target, transfer, identity, size = null } = claim;
    return { owner, transfer, identity, target, size, atMs: this.#nowMs() };
  }

  #ageOf({ ageMs, sinceMs }: Kept): number {
    return ageMs + this.#options.clock.monotonicMs() - sinceMs;
  }

  #nowMs(): number {
    return this.#options.clock.date().getTime();
  }
}

const NOTHING = new Uint8Array();

/** The bytes are not there any more, or not as many as were proved. */
function isGone(error: unknown): boolean {
  return error instanceof StorageError &&
    (error.code === "not_found" || error.code === "changed");
}

function keyOf(
  { owner, target, transfer }: Pick<
    JournalHeader,
    "owner" | "target" | "transfer"
  >,
): string {
  return JSON.stringify([owner, target, transfer]);
}

/** Those over a number, the oldest: they were added in their order. */
function oldest(kept: readonly Kept[], max: number): readonly Kept[] {
  const atMs = ({ mark, end }: Kept) => (end ?? mark)?.atMs ?? 0;
  return [...kept].sort((one, other) => atMs(one) - atMs(other))
    .slice(0, Math.max(0, kept.length - max));
}
