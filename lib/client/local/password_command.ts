/**
 * A bookmark's `password_command`: a program of the user's that prints a
 * password, as `pass show work`. No shell reads its words.
 * @module
 */
import type { Runtime } from "../../runtime/mod.ts";
import { ClientError } from "../error.ts";
import { splitWords } from "../grammar/words.ts";
import { texts } from "../texts/mod.ts";
import { localError } from "./error.ts";

/** Whoever types a passphrase meanwhile takes some time. */
const COMMAND_MS_MAX = 2 * 60 * 1000;
/** Of all that it prints; the password is the first line. */
const OUTPUT_BYTES_MAX = 64 * 1024;
const LINE_FEED = 0x0a;

export interface PasswordCommandOptions {
  readonly runtime: Runtime;
  readonly command: string;
  /** Whether it may ask at our terminal; else it gets no input at all. */
  readonly interactive: boolean;
  readonly signal: AbortSignal;
}

/**
 * Run it; its stderr is ours, so that what it has to say is seen.
 * @throws {ClientError} `local_failed`: it could not be started, failed, said
 * nothing, too much, or took too long; `permission_missing`, `interrupted`.
 */
export async function runPasswordCommand(
  options: PasswordCommandOptions,
): Promise<string> {
  const { runtime, command, interactive } = options;
  const words = texts.local.passwordCommand;
  const [program = "", ...args] = splitWords(command);
  using deadline = runtime.timers.deadline(COMMAND_MS_MAX);
  const signal = AbortSignal.any([options.signal, deadline.signal]);
  try {
    await using child = new Deno.Command(program, {
      args,
      stdin: interactive ? "inherit" : "null",
      stdout: "piped",
      stderr: "inherit",
      signal,
    }).spawn();
    const output = await outputOf(child.stdout);
    const { success, code } = await child.status;
    if (signal.aborted) throw signal.reason;
    if (output === null) throw failed(words.tooMuch(program));
    if (!success) throw failed(words.ended(program, code));
    return passwordIn(output, program);
  } catch (error) {
    if (options.signal.aborted) {
      throw new ClientError("interrupted", words.interrupted(program), "");
    }
    if (deadline.signal.aborted) {
      throw failed(words.tooLong(program, COMMAND_MS_MAX / 1000));
    }
    throw localError(words.about(program), error);
  }
}

/** All of it, or null where it is too much: then it is read no further. */
async function outputOf(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array | null> {
  const output = new Uint8Array(OUTPUT_BYTES_MAX);
  let bytes = 0;
  for await (const part of stream) {
    if (bytes + part.length > output.length) return null;
    output.set(part, bytes);
    bytes += part.length;
  }
  return output.subarray(0, bytes);
}

function passwordIn(output: Uint8Array, program: string): string {
  const words = texts.local.passwordCommand;
  const end = output.indexOf(LINE_FEED);
  const line = output.subarray(0, end < 0 ? undefined : end);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(line);
  } catch {
    throw failed(words.notText(program));
  }
  const password = text.replace(/\r$/, "");
  if (password === "") throw failed(words.nothing(program));
  return password;
}

function failed(message: string): ClientError {
  const { hint } = texts.local.passwordCommand;
  return new ClientError("local_failed", message, hint);
}
