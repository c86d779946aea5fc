/**
 * The commands put and get, in the shell and outside of it: names to files,
 * files moved one by one, each failure told, and the first one's exit code.
 * @module
 */
import * as path from "node:path";
import type { Runtime } from "../../runtime/mod.ts";
import { type Pair, planGet, planPut, STANDARD } from "./arguments.ts";
import type { TransferRequest } from "../grammar/command_line.ts";
import { asClientError, ClientError } from "../error.ts";
import type { FtpClient, Receipt, RemoteFile } from "../library.ts";
import type { LocalFolder } from "../local/folder.ts";
import { openSource, stdinSource } from "../local/source.ts";
import {
  type LocalTarget,
  openTarget,
  removeStaleParts,
  stdoutTarget,
} from "../local/target.ts";
import type { Need, Permissions } from "../permissions.ts";
import { closingLine } from "../terminal/progress.ts";
import { showProgress } from "../terminal/progress_display.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** What a command works with. */
export interface Desk {
  readonly runtime: Runtime;
  readonly terminal: Terminal;
  readonly permissions: Permissions;
  readonly folder: LocalFolder;
  /** What has to be disposed of, should the program end in its midst. */
  readonly unfinished: Set<Disposable>;
  /** Tell the person of a failure, and go on. */
  complain(error: ClientError): void;
}

/**
 * Move the files of a request. One that fails keeps no other from its turn,
 * unless the connection is gone or the user said stop.
 * @param openSession Gives the session; called once there is something to do.
 * @returns The exit code: that of the first failure, or 0.
 * @throws {ClientError} What concerns all of them: usage, permissions, login.
 */
export async function transfer(
  desk: Desk,
  request: TransferRequest,
  openSession: () => Promise<FtpClient>,
  signal: AbortSignal,
): Promise<number> {
  await desk.permissions.ensure(needsOf(desk.folder, request));
  const client = await openSession();
  const pairs = await plan(desk, client, request, signal);
  const tidied = new Set<string>();
  let exitCode = 0;
  for (const pair of pairs) {
    try {
      const receipt = request.verb === "put"
        ? await putOne(desk, client, request, pair, signal)
        : await getOne(desk, client, request, pair, signal, tidied);
      conclude(desk.terminal, receipt);
    } catch (thrown) {
      const error = asClientError(thrown);
      desk.complain(error);
      exitCode ||= error.exitCode;
      if (signal.aborted || !client.alive) break;
    }
  }
  return exitCode;
}

/** What Deno has to allow for a request: the files named, and no more. */
export function needsOf(
  folder: LocalFolder,
  { verb, names, to }: TransferRequest,
): Need[] {
  if (verb === "put") {
    const sources = to === undefined && names.length > 1
      ? names.slice(0, -1)
      : names;
    return sources.filter((name) => name !== STANDARD).map((name) => ({
      name: "read",
      path: folder.resolve(name),
    }));
  }
  const written = to ?? folderWritten(names);
  if (written === null) return [];
  const place = folder.resolve(written);
  return [{ name: "read", path: place }, { name: "write", path: place }];
}

/** The folder that a get without `--to` writes in; null for stdout. */
function folderWritten(names: readonly string[]): string | null {
  const last = names.length > 1 ? names.at(-1) : undefined;
  if (last === undefined) return ".";
  if (last === STANDARD) return null;
  const isFolder = names.length > 2 || /(?:^|\/)\.{0,2}$/.test(last);
  return isFolder ? last : path.dirname(last);
}

async function plan(
  desk: Desk,
  client: FtpClient,
  { verb, names, to }: TransferRequest,
  signal: AbortSignal,
): Promise<Pair[]> {
  return verb === "put"
    ? await planPut(names, to, (name) => isRemoteFolder(client, name, signal))
    : await planGet(names, to, (name) => desk.folder.isFolder(name));
}

/** What is wrong with the name itself, the put that follows will tell. */
async function isRemoteFolder(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    return (await client.stat(name, { signal })).type === "folder";
  } catch (error) {
    if (error instanceof ClientError && error.exitCode === 1) return false;
    throw error;
  }
}

async function putOne(
  desk: Desk,
  client: FtpClient,
  { checksum, preserve }: TransferRequest,
  { local, remote }: Pair,
  signal: AbortSignal,
): Promise<Receipt> {
  using source = local === STANDARD
    ? stdinSource(desk.terminal.input)
    : openSource(desk.folder.resolve(local), local);
  using progress = await showProgress(desk.runtime, desk.terminal, remote);
  using _unfinished = unfinished(desk, progress);
  const { onProgress } = progress;
  onProgress(0, source.size);
  return await client.put(source, remote, {
    checksum,
    signal,
    onProgress,
    preserveMtime: preserve,
  });
}

async function getOne(
  desk: Desk,
  client: FtpClient,
  { checksum, preserve }: TransferRequest,
  { local, remote }: Pair,
  signal: AbortSignal,
  tidied: Set<string>,
): Promise<Receipt> {
  using opened = new DisposableStack();
  using progress = await showProgress(desk.runtime, desk.terminal, remote);
  opened.use(unfinished(desk, progress));
  const { onProgress } = progress;
  let target: LocalTarget | null = null;
  let mtimeNs: bigint | undefined;
  const open = (info: RemoteFile) => {
    const sink = opened.use(openLocal(desk, local, tidied, signal));
    opened.use(unfinished(desk, sink));
    if (preserve) mtimeNs = info.mtimeNs;
    onProgress(0, info.size);
    return target = sink;
  };
  const receipt = await client.get(remote, open, {
    checksum,
    signal,
    onProgress,
  });
  commit(target, mtimeNs);
  return receipt;
}

/** Until disposed, `one` is undone where the program is told to end at once. */
function unfinished(desk: Desk, one: Disposable): Disposable {
  desk.unfinished.add(one);
  return { [Symbol.dispose]: () => desk.unfinished.delete(one) };
}

// Its own function: the compiler does not see that `open` was called.
function commit(target: LocalTarget | null, mtimeNs: bigint | undefined) {
  target?.commit(mtimeNs);
}

function openLocal(
  { folder, runtime, terminal }: Desk,
  local: string,
  tidied: Set<string>,
  signal: AbortSignal,
): LocalTarget {
  if (local === STANDARD) {
    const write = (bytes: Uint8Array) => terminal.writeOut(bytes);
    return stdoutTarget(write, signal, () => {
      // The closing line is not to be glued to what was got.
      if (terminal.outputIsTerminal) terminal.print("\n");
    });
  }
  const target = folder.resolve(local);
  const place = path.dirname(target);
  if (!tidied.has(place)) removeStaleParts(place, runtime.clock.date());
  tidied.add(place);
  return openTarget(target, local, runtime.random);
}

/** The closing line, for who sits at a terminal. */
function conclude(terminal: Terminal, receipt: Receipt): void {
  if (terminal.errorIsTerminal) terminal.say(`${closingLine(receipt)}\n`);
}
