/**
 * put - and get -: stdin to a file there, a file there to stdout.
 * @module
 */
import { asClientError, ClientError } from "../error.ts";
import type { Get, Put } from "../grammar/commands.ts";
import type { FtpClient, Receipt } from "../library.ts";
import { stdinSource } from "../local/source.ts";
import { stdoutTarget } from "../local/target.ts";
import { texts } from "../texts/mod.ts";
import { planGet, planPut, STANDARD } from "./arguments.ts";
import { watchBytes } from "./byte_progress.ts";
import type { Work } from "./desk.ts";
import { LastingSession } from "./lasting_session.ts";
import { detailsOf, pour } from "./pour.ts";

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
  if (work.settings.dryRun) {
    reporter.would(subject, texts.jobs.would.file(subject));
    return 0;
  }
  try {
    const receipt = command === "put"
      ? await fromStdin(work, client, request, remote)
      : await intoStdout(work, request, remote);
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
  { checksum, noClobber, progress: events }: Request,
  remote: string,
): Promise<Receipt> {
  const { terminal, remote: folder } = work.desk;
  using source = stdinSource(terminal.input);
  using progress = await watchBytes(work, remote, events);
  const { onProgress } = progress;
  try {
    return await client.put(source, folder.resolve(remote), {
      ...{ checksum, signal: work.signal, onProgress },
      ...(noClobber ? { ifAbsent: true } : {}),
    });
  } catch (error) {
    throw error instanceof ClientError && error.code === "connection_lost"
      ? stdinIsGone(error)
      : error;
  }
}

/** What was read of it cannot be had again. */
function stdinIsGone(error: ClientError): ClientError {
  const { code, message } = error;
  const hint = texts.commands.stdinIsGone;
  return new ClientError(code, message, hint, detailsOf(error));
}

/** What is in stdout stays there. */
async function intoStdout(
  work: Work,
  { checksum, progress: events }: Request,
  remote: string,
): Promise<Receipt> {
  const { signal, desk: { terminal } } = work;
  await using session = await LastingSession.open(work);
  const write = (bytes: Uint8Array) => terminal.writeOut(bytes);
  using sink = stdoutTarget(write, signal, () => {
    // The closing line is not to be glued to what was got.
    if (terminal.outputIsTerminal) terminal.print("\n");
  });
  const receipt = await pour(work, session, remote, sink, {
    ...{ verb: "get", checksum },
    watch: () => watchBytes(work, remote, events),
  });
  sink.commit(undefined);
  return receipt;
}
