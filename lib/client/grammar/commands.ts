/**
 * What a line is once it was read: one shape for each command, its values
 * checked. Names are as typed: nothing here knows a server or a disk.
 * @module
 */
import type { ChecksumType } from "../../protocol/mod.ts";

/** What may stand on either side of a command, and holds for all of it. */
export interface Settings {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly dryRun: boolean;
  readonly debug: boolean;
  readonly stats: boolean;
  readonly stopOnError: boolean;
  /** Bytes a second; null: no limit. */
  readonly limit: number | null;
  /** In a row without progress; null: as ftpc does by itself. */
  readonly retries: number | "off" | null;
  /** Null: as ftpc does by itself. */
  readonly timeoutMs: number | null;
  /** Connections for several files; null: as ftpc does by itself. */
  readonly connections: number | null;
}

/** One of `--include` and `--exclude`; the first that fits decides. */
export interface FilterRule {
  readonly include: boolean;
  readonly glob: string;
}

/** Names of files, one a line or each with a NUL behind it. */
export interface NameFile {
  /** `-` is stdin. */
  readonly name: string;
  readonly nul: boolean;
}

export interface List {
  readonly command: "ls";
  readonly names: readonly string[];
  /** Columns at a terminal, one a line elsewhere: `auto`. */
  readonly format: "auto" | "single" | "long";
  readonly all: boolean;
  readonly sort: "name" | "time" | "size";
  readonly reverse: boolean;
  readonly recursive: boolean;
  readonly human: boolean;
}

export interface ChangeFolder {
  readonly command: "cd";
  /** Null: home; `-`: the one before. */
  readonly name: string | null;
}

export interface Plain {
  readonly command: "pwd" | "lpwd" | "status" | "exit";
}

export interface MakeFolder {
  readonly command: "mkdir";
  readonly names: readonly string[];
  readonly parents: boolean;
}

export interface Remove {
  readonly command: "rm";
  readonly names: readonly string[];
  readonly recursive: boolean;
  readonly force: boolean;
}

export interface RemoveFolder {
  readonly command: "rmdir";
  readonly names: readonly string[];
}

/** The last name is the target. */
export interface Move {
  readonly command: "mv";
  readonly names: readonly string[];
  readonly noClobber: boolean;
}

/** The last name is the target. */
export interface Copy {
  readonly command: "cp";
  readonly names: readonly string[];
  readonly recursive: boolean;
  readonly noClobber: boolean;
  readonly preserve: boolean;
  readonly progress: boolean;
}

export interface Stat {
  readonly command: "stat";
  readonly names: readonly string[];
}

export interface Cat {
  readonly command: "cat";
  readonly names: readonly string[];
  /** Control characters go to a terminal as they are. */
  readonly raw: boolean;
}

export interface Part {
  readonly command: "head" | "tail";
  readonly names: readonly string[];
  readonly unit: "lines" | "bytes";
  readonly count: number;
  readonly raw: boolean;
}

export interface DiskUsage {
  readonly command: "du";
  readonly names: readonly string[];
  /** Only what was named, not the folders in it. */
  readonly summary: boolean;
  readonly human: boolean;
}

export interface DiskFree {
  readonly command: "df";
  readonly human: boolean;
}

export interface Find {
  readonly command: "find";
  readonly names: readonly string[];
  readonly glob: string | null;
  readonly type: "f" | "d" | null;
  /** Nanoseconds since 1970, UTC. */
  readonly newerNs: bigint | null;
}

export interface Touch {
  readonly command: "touch";
  readonly names: readonly string[];
}

export interface ChangeMode {
  readonly command: "chmod";
  readonly mode: number;
  readonly names: readonly string[];
}

export interface Checksum {
  readonly command: "checksum";
  readonly names: readonly string[];
  readonly type: ChecksumType;
}

/** What put and get have in common. */
export interface Transfer {
  readonly names: readonly string[];
  /** The folder, said plainly. */
  readonly to: string | null;
  /** Ask for each file, at a terminal: mput and mget. */
  readonly ask: boolean;
  readonly checksum: ChecksumType;
  readonly recursive: boolean;
  readonly preserve: boolean;
  readonly links: boolean;
  readonly filters: readonly FilterRule[];
  readonly filesFrom: NameFile | null;
  /** Bytes. */
  readonly maxSize: number | null;
  readonly minSize: number | null;
  readonly noClobber: boolean;
  readonly update: boolean;
  readonly skipUnchanged: boolean;
  readonly removeSource: boolean;
  readonly restart: boolean;
  readonly verifyResume: boolean;
  readonly progress: boolean;
}

export interface Put extends Transfer {
  readonly command: "put";
}

export interface Get extends Transfer {
  readonly command: "get";
}

export interface Sync {
  readonly command: "sync";
  /** The source, then the target. */
  readonly names: readonly string[];
  /** The source is the server's. */
  readonly from: boolean;
  readonly compare: boolean;
  readonly delete: boolean;
  readonly maxDelete: number | "off";
  readonly force: boolean;
  readonly links: boolean;
  readonly filters: readonly FilterRule[];
  readonly restart: boolean;
  readonly progress: boolean;
}

export interface Parts {
  readonly command: "parts";
  /** Null: list them; `all`: discard every one. */
  readonly discard: readonly string[] | "all" | null;
}

export interface LocalChange {
  readonly command: "lcd";
  readonly name: string;
}

export interface LocalList {
  readonly command: "lls";
  readonly names: readonly string[];
  readonly long: boolean;
  readonly all: boolean;
}

export interface History {
  readonly command: "history";
  /** The last so many; null: all. */
  readonly count: number | null;
}

export interface Help {
  readonly command: "help";
  readonly name: string | null;
}

export interface BookmarkCommand {
  readonly command: "bookmark";
  readonly deed: "add" | "list" | "rm" | "show";
  /** Bookmarks; for `add` one, and what it stands for. */
  readonly names: readonly string[];
  /** For `add`: the command line that prints the password. */
  readonly passwordCommand: string | null;
}

export type Command =
  | List
  | ChangeFolder
  | Plain
  | MakeFolder
  | Remove
  | RemoveFolder
  | Move
  | Copy
  | Stat
  | Cat
  | Part
  | DiskUsage
  | DiskFree
  | Find
  | Touch
  | ChangeMode
  | Checksum
  | Put
  | Get
  | Sync
  | Parts
  | LocalChange
  | LocalList
  | History
  | Help
  | BookmarkCommand;
