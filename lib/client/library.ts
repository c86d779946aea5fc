/**
 * The client as a library: what a program that puts and gets files sees.
 * @module
 */
import type { Checksum } from "../transfer/mod.ts";
import type { ClientError } from "./error.ts";
import type {
  AttributeOptions,
  ChecksumOptions,
  Copied,
  CopyOptions,
  DeedOptions,
  FileChecksum,
  FileInfo,
  FileStat,
  MkdirOptions,
  PartQuestion,
  PartState,
  RemoteEntry,
  RemotePart,
  RemoveOptions,
  RenameOptions,
  RequestOptions,
  ServerLimits,
  Space,
  Usage,
  VersionQuestion,
  VersionState,
  WalkOptions,
} from "./remote.ts";

/**
 * A connection that has logged in. Requests may be made all at once: they are
 * done in the order in which they were made, as far ahead of their answers as
 * the server takes them. Dispose of it: that says goodbye after all of them.
 *
 * Every method rejects with a ClientError: what the server said (`not_found`,
 * `refused`, …), the connection's failures, `cancelled` once its signal fires,
 * and `not_supported`, with nothing sent, where the server's hello did not name
 * the feature that it needs. Put and get (without the options that say
 * otherwise), stat and ping need none.
 */
export interface FtpClient extends AsyncDisposable {
  readonly username: string;
  /** False once it can take no more requests: connect again. */
  readonly alive: boolean;
  /** What the server says that it can do (PROTOCOL.md, "hello"). */
  readonly features: ReadonlySet<string>;
  readonly limits: ServerLimits;
  /** @throws {ClientError} `not_found`, …; the connection's failures. */
  stat(name: string, options?: RequestOptions): Promise<FileStat>;
  /**
   * The entries of a folder, some at a time, in the server's order; asked for
   * when the first are. Later requests on this connection wait until it is
   * through: it takes no more from the server than the caller takes from it. A
   * caller that leaves early (`break`) has the rest cancelled.
   *
   * Take entries only for what RemoteEntry says that they are: the server may
   * lie. It throws at the end where the server said other numbers than came.
   * @throws {ClientError} `not_found`, `not_a_folder`, `integrity`, …
   */
  list(
    name: string,
    options?: RequestOptions,
  ): AsyncIterable<readonly RemoteEntry[]>;
  /**
   * All that is below a folder: a folder before what is in it, the names of
   * each folder in the order of their UTF-16 units. Links are entries, and not
   * followed. Otherwise as `list`.
   */
  walk(
    name: string,
    options?: WalkOptions,
  ): AsyncIterable<readonly RemoteEntry[]>;
  /**
   * Make a folder.
   * @returns How many were made.
   * @throws {ClientError} `exists`, `not_found` (the folder before it), …
   */
  mkdir(name: string, options?: MkdirOptions): Promise<number>;
  /**
   * Remove a file or a link; with `recursive` a folder, too: as much of it as
   * can be, and the first failure is thrown at the end.
   * @returns How many files and folders were removed.
   * @throws {ClientError} `not_found`, `is_folder`, …
   */
  remove(name: string, options?: RemoveOptions): Promise<number>;
  /**
   * Remove an empty folder.
   * @throws {ClientError} `not_empty`, `not_a_folder`, `not_found`, …
   */
  rmdir(name: string, options?: DeedOptions): Promise<void>;
  /**
   * Give a file or a folder another name. A file replaces a file whole; all
   * else that exists is left alone. `to` is the new name itself, never a folder
   * to move into.
   * @throws {ClientError} `exists`, `not_found`, …
   */
  rename(from: string, to: string, options?: RenameOptions): Promise<void>;
  /**
   * Copy on the server. `to` as in `rename`; folders are merged.
   * @throws {ClientError} `is_folder` (without `recursive`), `exists`, …
   */
  copy(from: string, to: string, options?: CopyOptions): Promise<Copied>;
  /** Change the time or the mode of a file or a folder. @returns As stat. */
  setAttributes(name: string, attributes: AttributeOptions): Promise<FileStat>;
  /** The checksum of a file, computed by the server. */
  checksum(name: string, options?: ChecksumOptions): Promise<FileChecksum>;
  /** Count what a folder holds. */
  du(name: string, options?: RequestOptions): Promise<Usage>;
  space(options?: RequestOptions): Promise<Space>;
  /**
   * Make a symbolic link `name` with the text `target`.
   * @throws {ClientError} `exists`; `refused`: it leads out of the home; …
   */
  link(name: string, target: string, options?: RequestOptions): Promise<void>;
  /**
   * Send a file. Resolves once the server has it whole under its name, and has
   * computed the same checksum as we have.
   * @throws {ClientError} Refused by the server, `integrity`, `cancelled`;
   * `exists` and `file_changed` where a condition is not met; `cannot_resume`,
   * `taken_over`; what the source throws; the connection's failures.
   */
  put(source: Source, name: string, options?: PutOptions): Promise<Receipt>;
  /**
   * Fetch a file. `open` is called once the server has it and says its size;
   * resolves once every byte was written and the checksum is right, so that a
   * file may be put in its place then, and not before. What comes is not taken
   * while `open` or the sink is waited for: neither may wait for the client.
   * @throws {ClientError} As put does.
   */
  get(
    name: string,
    open: (info: RemoteFile) => Sink | Promise<Sink>,
    options?: GetOptions,
  ): Promise<Receipt>;
  /**
   * Send small files one behind the other, in one go: as `put` for each, at a
   * fraction of what that costs. Nothing is thrown.
   * @returns Of each its receipt, or why it was not sent; null: nothing was
   * done, and it is to be put alone.
   */
  putMany(
    files: readonly SmallSource[],
    options?: ManyOptions,
  ): Promise<readonly ManyOutcome[]>;
  /** Fetch small files, as `putMany` sends them. */
  getMany(
    files: readonly SmallSink[],
    options?: ManyOptions,
  ): Promise<readonly ManyOutcome[]>;
  /**
   * How far puts have come that broke off: an answer for each, in order. Any
   * number may be asked for.
   */
  resumeStates(
    items: readonly PartQuestion[],
    options?: RequestOptions,
  ): Promise<readonly PartState[]>;
  /** Which files are still at the version that was told: as `resumeStates`. */
  versionStates(
    items: readonly VersionQuestion[],
    options?: RequestOptions,
  ): Promise<readonly VersionState[]>;
  /** One's own parts on the server. */
  parts(options?: RequestOptions): Promise<readonly RemotePart[]>;
  /** Remove parts by their transfers. @returns How many there were. */
  discardParts(
    transfers: readonly string[],
    options?: RequestOptions,
  ): Promise<number>;
  /** Resolves when the server has answered a ping. */
  ping(signal?: AbortSignal): Promise<void>;
  /** Say goodbye, once all is answered, and hang up. Never rejects. */
  quit(): Promise<void>;
}

export interface TransferOptions extends RequestOptions {
  /**
   * @param bytes Of the file, with those before `offset`.
   * @param total Bytes in all, or null where nobody knows yet.
   */
  readonly onProgress?: (bytes: number, total: number | null) => void;
  readonly checksum?: "crc32" | "sha256";
  /**
   * Go on behind so many bytes, which the other side has already. With
   * `offsetChecksum`, which says what those have to be, size and checksum are
   * those of the whole file.
   */
  readonly offset?: number;
  /** Of the first `offset` bytes, as a mark or `resumeStates` told it. */
  readonly offsetChecksum?: string;
  /**
   * Have the bytes before `offset` read again, and compared, also where nothing
   * but this asks for it: by the server, and where they are here by us. Else
   * that is done for SHA-256, and of a put whose source cannot `seek`.
   */
  readonly verifyOffset?: boolean;
  /**
   * So many bytes of the file are known to be good. Of a put: the server was
   * told so, and records it. Of a get: they were handed to the sink and their
   * checksum is right; it goes on meanwhile, one mark at a time, and waits for
   * what this returns before it ends. Needs the feature `resume`.
   */
  readonly onMark?: (mark: Mark) => void | Promise<void>;
}

export interface Mark {
  readonly offset: number;
  /** Of the first `offset` bytes. */
  readonly checksum: string;
}

export interface PutOptions extends TransferOptions {
  /** Give the file on the server the source's time. */
  readonly preserveMtime?: boolean;
  /** Fail with `exists` where there is something. */
  readonly ifAbsent?: boolean;
  /** Fail with `file_changed` where the file there is at another version. */
  readonly ifVersion?: string;
  /** POSIX permission bits, 0 to 0o777; else those of a file replaced stay. */
  readonly mode?: number;
  /**
   * 32 lower-case hexadecimal digits: whose put it is. With `identity` the
   * server keeps what came where the put breaks off.
   */
  readonly transfer?: string;
  /** Differs whenever the source may: opaque, at most 256 characters. */
  readonly identity?: string;
}

export interface GetOptions extends TransferOptions {
  /** At most so many bytes. */
  readonly length?: number;
  /** Fail with `file_changed` where it is at another version. */
  readonly ifVersion?: string;
  /**
   * The bytes before `offset`, from the first one: read again and compared
   * with `offsetChecksum` before anything is asked for. SHA-256 needs them.
   */
  readonly before?: Source;
  /**
   * Sums the file: it has seen the bytes before `offset`, and sees those that
   * come. For who has handed them on, and nothing left to read again.
   */
  readonly sum?: Checksum;
}

/** No more than so many bytes are small. */
export const SMALL_BYTES_MAX = 64 * 1024;

export interface ManyOptions extends RequestOptions {
  readonly checksum?: "crc32" | "sha256";
}

export type ManyOutcome = Receipt | ClientError | null;

/** A small file to be put with others. */
export interface SmallSource {
  /** On the server. */
  readonly name: string;
  /** Give the file on the server this time. */
  readonly mtimeNs?: bigint;
  /** As of a put. */
  readonly mode?: number;
  /**
   * All of it, at once.
   * @param into Longer by a byte than what is small.
   * @returns How many bytes it has; null: it is to be put alone.
   * @throws {ClientError} It cannot be had.
   */
  whole(into: Uint8Array): number | null;
}

/** A small file to be got with others. */
export interface SmallSink {
  /** On the server. */
  readonly name: string;
  /**
   * All of it is here, and right.
   * @param bytes Good until this returns.
   * @throws {ClientError} It cannot be put in its place.
   */
  take(bytes: Uint8Array, info: RemoteFile): void;
}

/** What a get is about to bring. */
export interface RemoteFile extends FileInfo {
  /** Bytes of the whole file, where a part of it was asked for. */
  readonly fileSize: number;
}

/** What a transfer moved, verified. */
export interface Receipt {
  readonly name: string;
  /** Of the body: those before an `offset` are not among them. */
  readonly bytes: number;
  readonly seconds: number;
  /** `crc32:…` or `sha256:…`, in lower-case hexadecimal digits. */
  readonly checksum: string;
  readonly mtimeNs?: bigint;
  /** Of the file on the server, or null where it tells none. */
  readonly version: string | null;
}

/** Where a put's bytes come from. */
export interface Source {
  /** Bytes, or null where that is not known (a pipe). */
  readonly size: number | null;
  readonly mtimeNs?: bigint;
  /**
   * Fill the start of `into`; 0 at the end.
   * @param signal Fires when no more is wanted: cancelled, or refused early. A
   * source that may wait for long gives up then.
   * @throws {ClientError} Where the file changed, or was cut short, meanwhile.
   */
  read(into: Uint8Array, signal?: AbortSignal): Promise<number>;
  /**
   * All of it at once, without a wait: asked for before anything else is, where
   * the source is thought to be small.
   * @param into Longer by a byte than what is taken so.
   * @returns How many bytes it has; null: it does not fit, and is to be read.
   * @throws {ClientError} As `read`.
   */
  whole?(into: Uint8Array): number | null;
  /**
   * Go on reading at this byte. A put at an offset uses it where nothing before
   * that has to be hashed again; without it, it reads over those bytes.
   */
  seek?(offset: number): void | Promise<void>;
}

/** Where a get's bytes go. */
export interface Sink {
  /** `bytes` may be reused once this has settled; undefined: at once. */
  write(bytes: Uint8Array): Promise<void> | undefined;
}
