/**
 * The commands put and get, in the shell and outside of it: names to files,
 * files moved one by one, each failure told, and the first one's exit code.
 * @module
 */
import * as path from "node:path";
import { asClientError, ClientError } from "../error.ts";
import type { Get, Put, Settings } from "../grammar/commands.ts";
import type { FtpClient, Receipt, RemoteFile } from "../library.ts";
import { openSource, stdinSource } from "../local/source.ts";
import {
  type LocalTarget,
  openTarget,
  removeStaleParts,
  stdoutTarget,
} from "../local/target.ts";
import type { Need } from "../permissions.ts";
import {
  NO_PROGRESS,
  type ProgressDisplay,
  showProgress,
} from "../terminal/progress_display.ts";
import { texts } from "../texts/mod.ts";
import { type Pair, planGet, planPut, STANDARD } from "./arguments.ts";
import type { Desk, Work } from "./desk.ts";
import type { Subject } from "./reporter.ts";

type Request = Put | Get;

/**
 * Move the files of a request. One that fails keeps no other from its turn,
 * unless the connection is gone or the user said stop.
 * @returns The exit code: that of the first failure, or 0.
 * @throws {ClientError} What concerns all of them: usage, permissions, login.
 */
export async function transfer(work: Work, request: Request): Promise<number> {
  const { desk, reporter, settings, signal } = work;
  checkStreams(work, request);
  await desk.permissions.ensure(needsOf(desk, request));
  const client = await work.session();
  const pairs = await plan(desk, client, request, signal);
  const tidied = new Set<string>();
  let exitCode = 0;
  for (const pair of pairs) {
    const subject = subjectOf(request, pair);
    try {
      const receipt = request.command === "put"
        ? await putOne(work, client, request, pair)
        : await getOne(work, client, request, pair, tidied);
      reporter.moved(subject, receipt);
    } catch (thrown) {
      const error = asClientError(thrown);
      reporter.failed(subject, error);
      exitCode ||= error.exitCode;
      if (settings.stopOnError || signal.aborted || !client.alive) break;
    }
  }
  return exitCode;
}

/** stdin and stdout serve one purpose at a time. */
function checkStreams(
  { stdinIsTaken, reporter }: Work,
  { command, names, to }: Request,
): void {
  if (command === "put") {
    if (!stdinIsTaken || !names.includes(STANDARD)) return;
    throw new ClientError("usage", ...texts.shell.stdinIsTaken);
  }
  const toStdout = to === null && names.length === 2 && names[1] === STANDARD;
  if (!reporter.json || !toStdout) return;
  throw new ClientError("usage", ...texts.commands.stdoutIsTaken);
}

function subjectOf({ command }: Request, { local, remote }: Pair): Subject {
  return command === "put"
    ? { command, source: local, target: remote }
    : { command, source: remote, target: local };
}

/** What Deno has to allow for a request: the files named, and no more. */
export function needsOf(
  { folder }: Pick<Desk, "folder">,
  { command, names, to }: Pick<Request, "command" | "names" | "to">,
): Need[] {
  if (command === "put") {
    const sources = to === null && names.length > 1
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
  { command, names, to }: Request,
  signal: AbortSignal,
): Promise<Pair[]> {
  const folder = to ?? undefined;
  return command === "put"
    ? await planPut(
      names,
      folder,
      (name) => isRemoteFolder(client, desk.remote.resolve(name), signal),
    )
    : await planGet(names, folder, (name) => desk.folder.isFolder(name));
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
  { desk, settings, signal }: Work,
  client: FtpClient,
  { checksum, preserve }: Request,
  { local, remote }: Pair,
): Promise<Receipt> {
  using source = local === STANDARD
    ? stdinSource(desk.terminal.input)
    : openSource(desk.folder.resolve(local), local);
  using progress = await watch(desk, settings, remote);
  using _unfinished = unfinished(desk, progress);
  const { onProgress } = progress;
  onProgress(0, source.size);
  return await client.put(source, desk.remote.resolve(remote), {
    checksum,
    signal,
    onProgress,
    preserveMtime: preserve,
  });
}

async function getOne(
  { desk, settings, signal }: Work,
  client: FtpClient,
  { checksum, preserve }: Request,
  { local, remote }: Pair,
  tidied: Set<string>,
): Promise<Receipt> {
  using opened = new DisposableStack();
  using progress = await watch(desk, settings, remote);
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
  const receipt = await client.get(desk.remote.resolve(remote), open, {
    checksum,
    signal,
    onProgress,
  });
  commit(target, mtimeNs);
  return receipt;
}

/** The progress of one file, for who wants to see it. */
async function watch(
  { runtime, terminal }: Desk,
  { quiet }: Settings,
  name: string,
): Promise<ProgressDisplay> {
  return quiet ? NO_PROGRESS : await showProgress(runtime, terminal, name);
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
