/**
 * A program at a terminal: typed to, line by line, and what is to be seen on
 * the screen then. The pseudo-terminal is Python's, as Deno has none.
 * @module
 */
import assert from "node:assert/strict";
import { PROGRAM_MS_MAX } from "../programs.ts";

const COLUMNS = 140;
const ROWS = 50;

/**
 * Argument 1: JSON of what to run, what to type, and the prompt to wait for
 * before each line. All that the terminal gets goes to stdout.
 */
const PYTHON = `
import fcntl, json, os, pty, re, struct, subprocess, sys, termios
job = json.loads(sys.argv[1])
ours, theirs = pty.openpty()
size = struct.pack("HHHH", job["rows"], job["columns"], 0, 0)
fcntl.ioctl(theirs, termios.TIOCSWINSZ, size)
child = subprocess.Popen(job["command"], stdin=theirs, stdout=theirs,
                         stderr=theirs, cwd=job["cwd"], start_new_session=True)
os.close(theirs)
prompt = re.compile(re.escape(job["prompt"].encode()) + rb"(?:\\x1b\\[[0-9;?]*[A-Za-z])*$")
lines, seen = list(job["lines"]), b""
while True:
    try:
        got = os.read(ours, 65536)
    except OSError:  # Linux: the other side has closed
        break
    if not got:
        break
    sys.stdout.buffer.write(got)
    seen += got
    if lines and prompt.search(seen):
        seen = b""
        os.write(ours, lines.pop(0).encode() + b"\\r")
sys.stdout.flush()
sys.exit(child.wait() if not lines else 99)
`;

export interface Shown {
  readonly code: number;
  /** The lines of the screen, without the empty ones at its end. */
  readonly lines: readonly string[];
}

/** @returns null where there is no Python: skip the test, but not in CI. */
export async function atTerminal(job: {
  readonly command: readonly string[];
  readonly cwd: string;
  readonly prompt: string;
  readonly lines: readonly string[];
}): Promise<Shown | null> {
  const text = JSON.stringify({ ...job, rows: ROWS, columns: COLUMNS });
  const python = new Deno.Command("python3", {
    args: ["-I", "-c", PYTHON, text],
    env: { TERM: "xterm" },
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
    signal: AbortSignal.timeout(PROGRAM_MS_MAX),
  });
  try {
    const { code, stdout } = await python.output();
    return { code, lines: screenOf(new TextDecoder().decode(stdout)) };
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    assert.notEqual(Deno.env.get("CI"), "true", "CI needs python3");
    console.log("skipped: python3 is not installed");
    return null;
  }
}

/** What a terminal shows of a stream: as much of one as our programs use. */
export function screenOf(stream: string): string[] {
  const screen: string[][] = [];
  let row = 0;
  let column = 0;
  const line = () => screen[row] ??= [];
  const control: Record<string, (n: number) => void> = {
    A: (n) => row = Math.max(0, row - n),
    C: (n) => column += n,
    D: (n) => column = Math.max(0, column - n),
    G: (n) => column = n - 1,
    J: () => {
      screen.length = Math.min(screen.length, row + 1);
      line().length = Math.min(line().length, column);
    },
    K: (n) => line().length = n === 2 ? 0 : Math.min(line().length, column),
    "\n": () => row++,
    "\r": () => column = 0,
    "\b": () => column = Math.max(0, column - 1),
  };
  // deno-lint-ignore no-control-regex
  const token = /\x1b\[([0-9;?]*)([A-Za-z])|([\n\r\b])|(.)/gu;
  for (const [, count, letter, steer, shown] of stream.matchAll(token)) {
    if (shown === undefined) {
      control[letter ?? steer ?? ""]?.(Number(count) || 1);
    } else line()[column++] = shown;
  }
  const lines = Array.from(
    screen,
    (cells) =>
      Array.from(cells ?? [], (cell) => cell ?? " ").join("").trimEnd(),
  );
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
