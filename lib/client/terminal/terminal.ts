/**
 * Everything about the terminal, or the pipes in its place, as one object that
 * is passed down: the shell is tested on one that is none.
 * @module
 */
import { ByteInput } from "./byte_input.ts";
import { SecretLine } from "./secret_line.ts";

/** What came of asking for a line. */
export type Typed =
  | { readonly kind: "line"; readonly text: string }
  /** Ctrl-C; `text` is what stood in the line. */
  | { readonly kind: "interrupted"; readonly text: string }
  /** Ctrl-D, or the end of the input. */
  | { readonly kind: "end" };

/** What helps who types a line. */
export interface LineHelp {
  /** The lines before, oldest first. */
  readonly lines?: readonly string[];
  readonly complete?: Complete;
}

/** @param cursor UTF-16 units of `line` before it. */
export type Complete = (line: string, cursor: number) => Promise<Completion>;

export interface Completion {
  /** From here up to the cursor stands what is replaced, in UTF-16 units. */
  readonly start: number;
  /** What to put there: all that the candidates have in common. */
  readonly insert: string;
  /** To be shown where that adds nothing. */
  readonly candidates: readonly string[];
}

export interface Terminal {
  readonly inputIsTerminal: boolean;
  readonly outputIsTerminal: boolean;
  readonly errorIsTerminal: boolean;
  /** The bytes of stdin, where no line editor has them. */
  readonly input: ByteInput;
  /** Of the widest screen line; 80 where nobody knows. */
  columns(): number;
  /** Write to stdout; what cannot be written is lost: see `printFailure`. */
  print(text: string): void;
  /** Why something was not printed. Null where its reader had read enough. */
  readonly printFailure: Error | null;
  /** Write to stderr; what cannot be written is lost. */
  say(text: string): void;
  /** Write all of `bytes` to stdout. */
  writeOut(bytes: Uint8Array): Promise<void>;
  /**
   * Ask for a line at a terminal, with editing. The keys pressed meanwhile make
   * no signals. A paste of several lines is one, with LF between them.
   */
  editLine(prompt: string, help?: LineHelp): Promise<Typed>;
  /** Ask for a line that is not shown. */
  readSecret(prompt: string): Promise<Typed>;
  /** Give the terminal back as it was, whatever was going on. */
  restore(): void;
}

const COLUMNS_UNKNOWN = 80;
/** Gathered at most, in UTF-16 units. */
const PRINTED_MAX = 32 * 1024;
/** xterm's bracketed paste: what is pasted is not taken for keys. */
const PASTES_MARKED = "\x1b[?2004h";
const PASTES_UNMARKED = "\x1b[?2004l";
const encoder = new TextEncoder();

export function systemTerminal(): Terminal {
  return new SystemTerminal();
}

class SystemTerminal implements Terminal {
  readonly inputIsTerminal = Deno.stdin.isTerminal();
  readonly outputIsTerminal = Deno.stdout.isTerminal();
  readonly errorIsTerminal = Deno.stderr.isTerminal();
  readonly input = new ByteInput((into) => Deno.stdin.read(into));
  #raw = false;
  #marksPastes = false;
  /** Printed, and not written yet: see `print`. */
  #printed = "";
  #printFailure: Error | null = null;

  columns(): number {
    try {
      return Deno.consoleSize().columns || COLUMNS_UNKNOWN;
    } catch {
      return COLUMNS_UNKNOWN;
    }
  }

  get printFailure(): Error | null {
    this.#flush();
    return this.#printFailure;
  }

  /**
   * For a program, what is printed in one go is written in one go: thousands of
   * lines cost as many writes else, which is most of the time of a long `find`.
   */
  print(text: string): void {
    const isFirst = this.#printed === "";
    this.#printed += text;
    if (this.outputIsTerminal || this.#printed.length >= PRINTED_MAX) {
      this.#flush();
    } else if (isFirst) queueMicrotask(() => this.#flush());
  }

  #flush(): void {
    const printed = this.#printed;
    this.#printed = "";
    if (printed !== "") this.#printFailure ??= writeAll(Deno.stdout, printed);
  }

  say(text: string): void {
    this.#flush(); // both may lead to one file, where their order counts
    writeAll(Deno.stderr, text); // where that fails there is nobody to tell
  }

  async writeOut(bytes: Uint8Array): Promise<void> {
    this.#flush();
    for (let at = 0; at < bytes.length;) {
      at += await Deno.stdout.write(bytes.subarray(at));
    }
  }

  async editLine(prompt: string, help: LineHelp = {}): Promise<Typed> {
    // Loaded for who sits here: it is nothing that a script needs.
    const { editLine } = await import("./line_editor.ts");
    const screen = {
      write: (text: string) => this.#draw(text),
      columns: () => this.columns(),
    };
    try {
      using _raw = this.#rawMode();
      this.#marksPastes = true;
      this.#draw(PASTES_MARKED);
      return await editLine(this.input, screen, prompt, help);
    } finally {
      this.#draw("\r\n");
    }
  }

  async readSecret(prompt: string): Promise<Typed> {
    const secret = new SecretLine();
    using _raw = this.#rawMode(); // first: who sees the prompt may type at once
    this.say(prompt);
    try {
      while (true) {
        const chunk = await this.input.keys();
        if (chunk === null) return { kind: "end" };
        const outcome = secret.take(chunk);
        if (outcome === "line") return { kind: "line", text: secret.text };
        if (outcome === "interrupted") return { kind: outcome, text: "" };
        if (outcome === "end") return { kind: outcome };
      }
    } finally {
      this.say("\r\n"); // the Enter that was not shown
    }
  }

  restore(): void {
    this.#flush();
    if (this.#marksPastes) this.#draw(PASTES_UNMARKED);
    this.#marksPastes = false;
    if (this.#raw) Deno.stdin.setRaw(false);
    this.#raw = false;
  }

  #rawMode(): Disposable {
    Deno.stdin.setRaw(true);
    this.#raw = true;
    return { [Symbol.dispose]: () => this.restore() };
  }

  /** Where a person sees it, even with the output sent elsewhere. */
  #draw(text: string): void {
    if (this.outputIsTerminal) this.print(text);
    else this.say(text);
  }
}

function writeAll(
  stream: { writeSync(bytes: Uint8Array): number },
  text: string,
): Error | null {
  const bytes = encoder.encode(text);
  try {
    for (let at = 0; at < bytes.length;) {
      at += stream.writeSync(bytes.subarray(at));
    }
  } catch (error) {
    // Its reader is gone: it wants no more.
    if (error instanceof Deno.errors.BrokenPipe) return null;
    if (error instanceof Error) return error;
    throw error;
  }
  return null;
}
