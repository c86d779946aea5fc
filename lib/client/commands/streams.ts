/**
 * put - and get -: stdin to a file there, a file there to stdout.
 * @module
 */
import { asClientError, ClientError } from "../error.ts";
import type { Get, Put } from "../grammar/commands.ts";
import type { FtpClient, Receipt } from "../library.ts";
import { stdinSource } from "../local/source.ts";
import { stdoutTarget } from "../local/target.ts";
import {
  NO_PROGRESS,
  type ProgressDisplay,
  showProgress,
} from "../terminal/progress_display.ts";
import { texts } from "../texts/mod.ts";
import { planGet, planPut, STANDARD } from "./arguments.ts";
import type { Work } from "./desk.ts";

type Request = Put | Get;

/** Whether a request is about stdin or stdout. */
export function isStream({ command, names, to }: Request): boolean {
  return command === "put"
    ? names.slice(0, to === null && names.length > 1 ? -1 : undefined)
      .includes(STANDARD)
    : toStdout({ names, to });
}

/** stdin and stdout serve one purpose at a time. */
export function checkStreams(
  { stdinIsTaken, reporter }: Work,
  { command, names, to, filesFrom }: Request,
): void {
  const wantsStdin = filesFrom?.name === STANDARD ||
    command === "put" && names.includes(STANDARD);
  if (wantsStdin && stdinIsTaken) {
    throw new ClientError("usage", ...texts.shell.stdinIsTaken);
  }
  if (command === "get" && reporter.json && toStdout({ names, to })) {
    throw new ClientError("usage", ...texts.commands.stdoutIsTaken);
  }
}

function toStdout({ names, to }: Pick<Request, "names" | "to">): boolean {
  return to === null && names.length === 2 && names[1] === STANDARD;
}

/**
 * One file, and nothing besides it.
 * @returns The exit code.
 * @throws {ClientError} `usage`.
 */
export async function moveStream(
  work: Work,
  client: FtpClient,
  request: Request,
): Promise<number> {
  const { reporter } = work;
  const { command, names, to } = request;
  const pairs = command === "put"
    ? await planPut(names, to ?? undefined, () => false)
    : await planGet(names, to ?? undefined, () => false);
  const [pair] = pairs;
  if (pair === undefined || pairs.length > 1) {
    throw new ClientError("usage", ...texts.commands.streamAlone(command));
  }
  const { local, remote } = pair;
  const subject = command === "put"
    ? { command, source: local, target: remote }
    : { command, source: remote, target: local };
  try {
    const receipt = command === "put"
      ? await fromStdin(work, client, request, remote)
      : await intoStdout(work, client, request, remote);
    reporter.moved(subject, receipt);
    return 0;
  } catch (thrown) {
    const error = asClientError(thrown);
    reporter.failed(subject, error);
    return error.exitCode;
  }
}

async function fromStdin(
  work: Work,
  client: FtpClient,
  { checksum, noClobber }: Request,
  remote: string,
): Promise<Receipt> {
  const { terminal, remote: folder } = work.desk;
  using source = stdinSource(terminal.input);
  using progress = await watch(work, remote);
  const { onProgress } = progress;
  return await client.put(source, folder.resolve(remote), {
    ...{ checksum, signal: work.signal, onProgress },
    ...(noClobber ? { ifAbsent: true } : {}),
  });
}

async function intoStdout(
  work: Work,
  client: FtpClient,
  { checksum }: Request,
  remote: string,
): Promise<Receipt> {
  const { signal, desk: { terminal, remote: folder } } = work;
  using progress = await watch(work, remote);
  const { onProgress } = progress;
  const write = (bytes: Uint8Array) => terminal.writeOut(bytes);
  using sink = stdoutTarget(write, signal, () => {
    // The closing line is not to be glued to what was got.
    if (terminal.outputIsTerminal) terminal.print("\n");
  });
  const open = ({ size }: { readonly size: number }) => {
    onProgress(0, size);
    return sink;
  };
  const receipt = await client.get(folder.resolve(remote), open, {
    ...{ checksum, signal, onProgress },
  });
  sink.commit(undefined);
  return receipt;
}

/** The progress of one file, for who wants to see it. */
async function watch(
  { desk: { runtime, terminal }, settings }: Work,
  name: string,
): Promise<ProgressDisplay> {
  return settings.quiet
    ? NO_PROGRESS
    : await showProgress(runtime, terminal, name);
}
