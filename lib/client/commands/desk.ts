/** @module What a command works with. */
import type { Runtime } from "../../runtime/mod.ts";
import type { ClientError } from "../error.ts";
import type { Settings } from "../grammar/commands.ts";
import type { Front } from "../grammar/global_flags.ts";
import type { FtpClient } from "../library.ts";
import type { LocalFolder } from "../local/folder.ts";
import type { OwnFiles } from "../local/own_files.ts";
import type { Permissions } from "../permissions.ts";
import type { History } from "../shell/history.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { RemoteFolder } from "./remote_folder.ts";
import type { Reporter } from "./reporter.ts";

/** The same for all commands of a run of ftpc. */
export interface Desk {
  readonly runtime: Runtime;
  readonly terminal: Terminal;
  readonly permissions: Permissions;
  readonly folder: LocalFolder;
  readonly remote: RemoteFolder;
  readonly ownFiles: OwnFiles;
  /** What has to be disposed of, should the program end in its midst. */
  readonly unfinished: Set<Disposable>;
  /**
   * Tell the person of a failure, and go on.
   * @param debug Whether to print stacks; absent: as ftpc was started.
   */
  complain(error: ClientError, debug?: boolean): void;
}

/** One command at work. */
export interface Work {
  readonly desk: Desk;
  readonly settings: Settings;
  readonly reporter: Reporter;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** In a shell, or a script. */
  readonly inShell: boolean;
  /** Its lines come from stdin: it is not there for a file. */
  readonly stdinIsTaken: boolean;
  /** Which one, with its port; empty: none is needed. */
  readonly server: string;
  /** What stood before the command, or before the shell. */
  readonly given: Front;
  /** The lines that were typed; null where nobody types. */
  readonly history: History | null;
  /** The session, opened once it is needed. */
  session(): Promise<FtpClient>;
  /** One more, for the same user: the caller's to end. */
  another(signal: AbortSignal): Promise<FtpClient>;
}
