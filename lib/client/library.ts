/**
 * The client as a library: what a program that puts and gets files sees.
 * @module
 */

/**
 * A connection that has logged in. Requests may be made all at once: they are
 * done in the order in which they were made, as far ahead of their answers as
 * the server takes them. Dispose of it: that says goodbye after all of them.
 */
export interface FtpClient extends AsyncDisposable {
  readonly username: string;
  /** False once it can take no more requests: connect again. */
  readonly alive: boolean;
  /** @throws {ClientError} `not_found`, …; the connection's failures. */
  stat(name: string, options?: { signal?: AbortSignal }): Promise<FileStat>;
  /**
   * Send a file. Resolves once the server has it whole under its name, and has
   * computed the same checksum as we have.
   * @throws {ClientError} Refused by the server, `integrity`, `cancelled`; what
   * the source throws; the connection's failures.
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
    open: (info: FileInfo) => Sink | Promise<Sink>,
    options?: TransferOptions,
  ): Promise<Receipt>;
  /** Resolves when the server has answered a ping. */
  ping(signal?: AbortSignal): Promise<void>;
  /** Say goodbye, once all is answered, and hang up. Never rejects. */
  quit(): Promise<void>;
}

export interface TransferOptions {
  /** Cancels the transfer; the connection goes on. */
  readonly signal?: AbortSignal;
  /** @param total Bytes in all, or null where nobody knows yet. */
  readonly onProgress?: (bytes: number, total: number | null) => void;
  readonly checksum?: "crc32" | "sha256";
}

export interface PutOptions extends TransferOptions {
  /** Give the file on the server the source's time. */
  readonly preserveMtime?: boolean;
}

export interface FileInfo {
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
}

export interface FileStat extends FileInfo {
  readonly type: "file" | "folder" | "other";
}

/** What a transfer moved, verified. */
export interface Receipt {
  readonly name: string;
  readonly bytes: number;
  readonly seconds: number;
  /** `crc32:…` or `sha256:…`, in lower-case hexadecimal digits. */
  readonly checksum: string;
  readonly mtimeNs?: bigint;
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
}

/** Where a get's bytes go. */
export interface Sink {
  /** `bytes` may be reused once this has settled; undefined: at once. */
  write(bytes: Uint8Array): Promise<void> | undefined;
}
