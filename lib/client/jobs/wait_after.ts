/**
 * What a command does of itself when its connection is gone: say so, wait, and
 * leave the next try to its caller.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import type { Settings } from "../grammar/commands.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { texts } from "../texts/mod.ts";
import type { Retries } from "./retries.ts";

export interface Waiting {
  readonly signal: AbortSignal;
  readonly settings: Pick<Settings, "quiet">;
  readonly terminal: Pick<Terminal, "say">;
}

/** @throws {ClientError} `error`, where there is no other try; `interrupted`. */
export async function waitAfter(
  error: ClientError,
  retries: Retries,
  { signal, settings, terminal }: Waiting,
): Promise<void> {
  const ms = signal.aborted ? null : retries.failed(error);
  if (ms === null) throw error;
  if (!settings.quiet) {
    const seconds = (ms / 1000).toFixed(0);
    terminal.say(texts.jobs.waiting(printable(error.message), seconds));
  }
  try {
    await retries.wait(ms, signal);
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
    throw new ClientError("interrupted", ...texts.commands.interrupted);
  }
}
