/** @module `!command`: a command line of this machine, by `sh -c`. */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";

/** Says the same, with stdout where stderr goes. */
const TO_STDERR = 'exec sh -c "$1" >&2';

/**
 * Run it with our terminal, or with none; in a script it must not read the
 * lines that follow.
 * @returns Its exit code.
 * @throws {ClientError} `local_failed`: there is no `sh`.
 */
export async function runLocalCommand(
  line: string,
  { cwd, stdin, stdout, signal }: {
    readonly cwd: string;
    readonly stdin: "inherit" | "null";
    readonly stdout: "stdout" | "stderr";
    readonly signal: AbortSignal | null;
  },
): Promise<number> {
  try {
    const child = new Deno.Command("sh", {
      args: stdout === "stdout" ? ["-c", line] : ["-c", TO_STDERR, "sh", line],
      cwd,
      stdin,
      stdout: "inherit",
      stderr: "inherit",
      // At a terminal Ctrl-C reaches it without us, and it may want to live on.
      ...(signal === null ? {} : { signal }),
    }).spawn();
    const { code } = await child.status;
    return code;
  } catch (cause) {
    throw new ClientError("local_failed", ...texts.local.noShell(line), {
      cause,
    });
  }
}
