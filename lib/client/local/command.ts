/** @module `!command`: a command line of this machine, by `sh -c`. */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";

/**
 * Run it with our terminal, or with none; in a script it must not read the
 * lines that follow.
 * @throws {ClientError} `local_failed`: there is no `sh`.
 */
export async function runLocalCommand(
  line: string,
  cwd: string,
  interactive: boolean,
  signal: AbortSignal,
): Promise<number> {
  try {
    const child = new Deno.Command("sh", {
      args: ["-c", line],
      cwd,
      stdin: interactive ? "inherit" : "null",
      stdout: "inherit",
      stderr: "inherit",
      // At a terminal Ctrl-C reaches it without us, and it may want to live on.
      ...(interactive ? {} : { signal }),
    }).spawn();
    const { code } = await child.status;
    return code;
  } catch (cause) {
    throw new ClientError("local_failed", ...texts.local.noShell(line), {
      cause,
    });
  }
}
