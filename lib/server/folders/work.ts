/**
 * What every action on folders has in common: one answer, one line in the log,
 * a signal that ends it, and signs of life while it lasts.
 * @module
 */
import type { FolderRequest, JsonObject } from "../../protocol/mod.ts";
import type { Home } from "../../storage/mod.ts";
import type { SessionLimits } from "../context.ts";
import type { Job, Progress } from "../job.ts";
import type { DeedAnswer } from "../resume/deeds.ts";
import type { Session } from "../session.ts";
import { Telling } from "../telling.ts";

/** What an action works with. */
export interface Work {
  readonly home: Home;
  readonly signal: AbortSignal;
  readonly limits: SessionLimits;
  /** What `progress` says from now on. */
  progress(done: Progress): void;
  /** Between two steps of long work: others have their turn, too. */
  turn(): Promise<void> | undefined;
}

/** What came of it. */
export interface Done {
  /** For the answer and the log. */
  readonly counts?: Readonly<Record<string, number>>;
  /** For the answer alone. */
  readonly fields?: JsonObject;
  /** Of work that goes on after a failure: the first one. */
  readonly failed?: NamedFailure;
}

/** A failure of something else than what the request names first. */
export class NamedFailure extends Error {
  override readonly name = "NamedFailure";
  /** @param named The name that the peer is told. */
  constructor(readonly named: string, readonly error: unknown) {
    super(`${named}: failed`, { cause: error });
  }
}

/** @throws {NamedFailure} What `run` throws, told as being about `named`. */
export async function naming<T>(
  named: string,
  run: () => T | Promise<T>,
): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof NamedFailure
      ? error
      : new NamedFailure(named, error);
  }
}

/** Do it, log it, answer it. Rejects only when the connection is lost. */
export async function perform<R extends FolderRequest>(
  session: Session,
  home: Home,
  job: Job,
  request: R,
  act: (work: Work, request: R) => Promise<Done>,
): Promise<void> {
  const { runtime, limits } = session.context;
  const names = {
    name: "filename" in request ? request.filename : "/",
    ...("target" in request ? { target: request.target } : {}),
  };
  const told = new Telling(session, request.action, names);
  const work: Work = {
    home,
    signal: job.signal,
    limits,
    progress: (done) => job.progress = done,
    turn: () => runtime.turns.turn(),
  };
  const run = async (): Promise<DeedAnswer> => {
    let done: Done;
    try {
      done = await act(work, request);
    } catch (error) {
      done = { failed: named(error, names.name) };
    }
    const { counts = {}, fields: more = {}, failed } = done;
    const fields = { ...counts, ...more };
    if (failed === undefined) {
      told.done(counts);
      return { status: "success", fields };
    }
    const failure = told.failed(failed.error, counts, failed.named);
    const { status, text } = failure;
    return { status, fields, text };
  };
  const { status, fields, text } = await onceOr(session, job, request, {
    run,
    again: ({ status }) => told.again(status),
    failed: (error) => ({ ...told.failed(error, {}), fields: {} }),
  });
  await session.output.reply(job, status, fields, text);
}

interface Doing {
  readonly run: () => Promise<DeedAnswer>;
  /** It was done before. */
  readonly again: (answer: DeedAnswer) => void;
  /** Whether it was done before cannot be told. */
  readonly failed: (error: unknown) => DeedAnswer;
}

/** Do it; but where it has the name of a deed that was done, only answer. */
async function onceOr(
  { deeds, account }: Session,
  { signal }: Job,
  request: FolderRequest,
  { run, again, failed }: Doing,
): Promise<DeedAnswer> {
  const operation = "operation" in request ? request.operation : undefined;
  if (operation === undefined || deeds === null || account === null) {
    return await run();
  }
  let done = false;
  const deed = { owner: account.name, operation, request, signal };
  try {
    const answer = await deeds.once(deed, () => {
      done = true;
      return run();
    });
    if (!done) again(answer);
    return answer;
  } catch (error) {
    return failed(error);
  }
}

function named(error: unknown, name: string): NamedFailure {
  return error instanceof NamedFailure ? error : new NamedFailure(name, error);
}
