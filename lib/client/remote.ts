/**
 * The files and folders of a server as a program that uses the library sees
 * them: what it asks for, and what it is told.
 * @module
 */
import type { ClientError } from "./error.ts";

/** What every request takes. */
export interface RequestOptions {
  /** Cancels the request; the connection goes on. */
  readonly signal?: AbortSignal;
  /** What its errors call it: the word that the person typed. */
  readonly verb?: string;
}

export interface FileInfo {
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970, UTC. */
  readonly mtimeNs: bigint;
  /** POSIX permission bits, or null where the server tells none. */
  readonly mode: number | null;
  /**
   * Differs whenever the content may; compare it for equality only. Null where
   * the server has no feature `versions`.
   */
  readonly version: string | null;
}

export interface FileStat extends FileInfo {
  readonly type: "file" | "folder" | "link" | "other";
}

/**
 * One line of a listing. A server may have made up any of it. What a path may
 * be made of has `reachable`: its name is one segment, no `.` or `..`, has no
 * `/`, no backslash, no NUL or other control character, and in its folder no
 * second entry with that name was seen before it. All others are there to be
 * told of, and for nothing else.
 */
export interface RemoteEntry extends FileStat {
  /** The last part of its path; of what is not reachable, for showing only. */
  readonly name: string;
  /** Of a walk: from the folder walked, `a/b`. Of a list: as `name`. */
  readonly path: string;
  readonly reachable: boolean;
  /** Of links: their text, as it is there, where the server tells it. */
  readonly target?: string;
  /** Why it is not reachable, or why the content of this folder is missing. */
  readonly failure?: ClientError;
}

/** How far a server lets its clients go, as its hello says. */
export interface ServerLimits {
  readonly requestsAhead: number;
  readonly bytesAhead: number;
  /** The largest file taken, or null. */
  readonly uploadBytes: number | null;
  /** Seconds without a request until it hangs up, or null. */
  readonly idleSeconds: number | null;
}

export interface WalkOptions extends RequestOptions {
  /** The `path` of the last entry seen: go on behind it. */
  readonly after?: string;
  /**
   * Ask for about so many entries at a time, and take them whole before they
   * are given: other requests may then be made while the walk is looked at. In a
   * folder of very many, up to eight times as many. Left out, it is one listing,
   * and what is asked meanwhile waits behind it.
   */
  readonly pageEntries?: number;
}

/** What changes something once, even where it is asked for twice. */
export interface DeedOptions extends RequestOptions {
  /**
   * 32 lower-case hexadecimal digits. Asked again with the same one after a
   * lost connection, the server gives the answer of the first time. Left out
   * where the server has no feature `resume`.
   */
  readonly operation?: string;
}

export interface MkdirOptions extends DeedOptions {
  /** Make the folders before it, too; one that exists already is success. */
  readonly parents?: boolean;
  /** POSIX permission bits, 0 to 0o777. */
  readonly mode?: number;
}

export interface RemoveOptions extends DeedOptions {
  /** A folder with all that is in it. */
  readonly recursive?: boolean;
  /** Files and folders removed: called where the request fails, too. */
  readonly onRemoved?: (removed: number) => void;
}

export interface RenameOptions extends DeedOptions {
  /** Fail with `exists` where a file would be replaced. */
  readonly noClobber?: boolean;
}

export interface CopyOptions extends RenameOptions {
  /** A folder with all that is in it. */
  readonly recursive?: boolean;
  /** Keep times; modes are kept either way. */
  readonly preserve?: boolean;
  /** Called now and then with the bytes copied so far. */
  readonly onProgress?: (bytes: number) => void;
}

export interface Copied {
  readonly files: number;
  readonly bytes: number;
}

export interface AttributeOptions extends RequestOptions {
  readonly mtimeNs?: bigint;
  /** POSIX permission bits, 0 to 0o777. */
  readonly mode?: number;
}

export interface ChecksumOptions extends RequestOptions {
  /** `crc32` where it is left out. */
  readonly type?: "crc32" | "sha256";
  /** Of the first so many bytes; of all where it is left out. */
  readonly length?: number;
  /** Fail with `file_changed` where it is at another version. */
  readonly ifVersion?: string;
}

export interface FileChecksum {
  /** `crc32:…` or `sha256:…`, in lower-case hexadecimal digits. */
  readonly checksum: string;
  /** Of the whole file. */
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly version: string | null;
}

/** What a folder holds, all that is below it counted. */
export interface Usage {
  readonly files: number;
  readonly folders: number;
  /** Links, and what is neither file nor folder. */
  readonly others: number;
  readonly bytes: number;
}

/** Each null where the server cannot tell, or has no limit. */
export interface Space {
  readonly freeBytes: number | null;
  readonly totalBytes: number | null;
  /** The largest file taken. */
  readonly uploadBytes: number | null;
}

/** A put that broke off, and what it sent. */
export interface PartQuestion {
  readonly name: string;
  readonly transfer: string;
  readonly identity: string;
}

export type PartState =
  /** Go on there: the `offset` and `offsetChecksum` of the put. */
  | {
    readonly state: "part";
    readonly offset: number;
    readonly checksum: string;
  }
  /** It came through, and the file is still what it made. */
  | {
    readonly state: "complete";
    readonly size: number;
    readonly checksum: string;
    readonly version: string;
  }
  /** Start over. */
  | {
    readonly state: "none";
    readonly reason: "changed" | "in_use" | "expired" | null;
  };

/** Is a file still what it was when `version` was told? */
export interface VersionQuestion {
  readonly name: string;
  readonly version: string;
}

export type VersionState = "same" | "other" | "none";

/** A part of one's own on the server. */
export interface RemotePart extends PartQuestion {
  /** Bytes that are there for certain, and their checksum. */
  readonly offset: number;
  readonly checksum: string;
  /** Of the whole, where it was announced. */
  readonly size: number | null;
  /** When its last bytes were recorded: nanoseconds since 1970, UTC. */
  readonly updatedNs: bigint;
  /** A transfer is going on with it. */
  readonly inUse: boolean;
}
