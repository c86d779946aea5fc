/**
 * Line editing and history by node:readline, fed by our own reads: readline's
 * would stay pending after the line, and take keys from whoever reads next (a
 * password, the program behind `!`).
 * @module
 */
import { createInterface } from "node:readline";
import { Readable, Writable } from "node:stream";
import type { ByteInput } from "./byte_input.ts";
import type { Typed } from "./terminal.ts";

const HISTORY_LINES_MAX = 500;

export interface Screen {
  write(text: string): void;
  columns(): number;
}

export class LineEditor {
  readonly #screen: Screen;
  /** Latest first, as readline has it. */
  #history: string[] = [];

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  /** @param input Of a terminal in raw mode. */
  async edit(
    input: ByteInput,
    prompt: string,
    history: boolean,
  ): Promise<Typed> {
    const keys = new Readable({ read() {} });
    const editor = createInterface({
      input: keys,
      output: this.#output(),
      terminal: true,
      prompt,
      history: history ? [...this.#history] : [],
      historySize: HISTORY_LINES_MAX,
      removeHistoryDuplicates: true,
    });
    let typed: Typed | null = null;
    editor.on("line", (text: string) => typed ??= { kind: "line", text });
    editor.on("close", () => typed ??= { kind: "end" });
    editor.on("SIGINT", () => {
      typed ??= { kind: "interrupted", text: editor.line };
    });
    // Without a listener it would stop the process by a permission it lacks.
    editor.on("SIGTSTP", () => {});
    try {
      editor.prompt();
      while (typed === null) {
        const pressed = await input.keys();
        if (pressed === null) break;
        keys.emit("data", pressed); // all of it is seen before emit returns
      }
    } finally {
      editor.close();
    }
    return this.#ended(typed ?? { kind: "end" }, history);
  }

  #ended(typed: Typed, history: boolean): Typed {
    if (typed.kind !== "line") this.#screen.write("\r\n");
    else if (history && typed.text.trim() !== "") this.#remember(typed.text);
    return typed;
  }

  #remember(line: string): void {
    const others = this.#history.filter((earlier) => earlier !== line);
    this.#history = [line, ...others].slice(0, HISTORY_LINES_MAX);
  }

  #output(): Writable {
    const screen = this.#screen;
    const output = new Writable({
      decodeStrings: false,
      write(text, _encoding, done) {
        screen.write(String(text));
        done();
      },
    });
    return Object.defineProperty(output, "columns", {
      get: () => screen.columns(),
    });
  }
}
