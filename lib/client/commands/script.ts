/**
 * The lines that a shell without a person runs: of stdin, of a file (`-f`), or
 * of the command line (`-c`).
 * @module
 */
import { splitCommands } from "../grammar/words.ts";
import { openInput } from "../local/input.ts";
import { ByteInput } from "../terminal/byte_input.ts";
import type { Terminal } from "../terminal/terminal.ts";

/** Gives one line at a time, null at the end. */
export interface Lines extends Disposable {
  line(): Promise<string | null>;
  /** They come from stdin: a person may type them. */
  readonly fromStdin: boolean;
}

/**
 * @param script `-` is stdin.
 * @throws {ClientError} `not_found`, …: the file; `usage`: a quote is open.
 */
export function linesOf(
  script: string | null,
  commands: string | null,
  { input }: Pick<Terminal, "input">,
): Lines {
  if (commands !== null) {
    const lines = splitCommands(commands);
    return {
      line: () => Promise.resolve(lines.shift() ?? null),
      fromStdin: false,
      [Symbol.dispose]: () => {},
    };
  }
  if (script === null || script === "-") {
    return {
      line: () => input.line(),
      fromStdin: script === null,
      [Symbol.dispose]: () => {},
    };
  }
  const file = openInput(script);
  const bytes = new ByteInput((into) => file.read(into), script);
  return {
    line: () => bytes.line(),
    fromStdin: false,
    [Symbol.dispose]: () => file[Symbol.dispose](),
  };
}
