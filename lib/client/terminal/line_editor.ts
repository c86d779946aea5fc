/**
 * Editing a line at a terminal: keys to a line, shown as it changes, with the
 * lines before (arrows, Ctrl-R) and Tab completion. It reads no more than it
 * uses: what follows is for whoever reads next (a password, the program behind
 * `!`).
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import { texts } from "../texts/mod.ts";
import type { ByteInput } from "./byte_input.ts";
import { type Key, KeyReader } from "./keys.ts";
import { inColumns, layOut, type Spot, type WidthOf } from "./line_layout.ts";
import { LineState } from "./line_state.ts";
import type { LineHelp, Typed } from "./terminal.ts";

export interface Screen {
  write(text: string): void;
  columns(): number;
}

/** Of a list of candidates: no screen shows more at once. */
const CANDIDATES_MAX = 200;
const NARROWEST = 2;

/**
 * Ask for a line. Its end is left to the caller: the cursor stays behind it.
 * @param input Of a terminal in raw mode.
 */
export async function editLine(
  input: ByteInput,
  screen: Screen,
  prompt: string,
  help: LineHelp,
): Promise<Typed> {
  const editor = new LineEditor(screen, prompt, help);
  return await editor.run(input);
}

class LineEditor {
  readonly #screen: Screen;
  readonly #prompt: string;
  readonly #help: LineHelp;
  readonly #state: LineState;
  readonly #keys = new KeyReader();
  #widthOf: WidthOf = (text) => text.length;
  #widthsKnown = false;
  /** Where the cursor is, seen from the start of the prompt. */
  #cursor: Spot = { row: 0, column: 0 };
  /** What was drawn from there on; null: nothing that stands there now. */
  #shown: { readonly prompt: string; readonly text: string } | null = null;
  /** The key before was a Tab, and there is a choice. */
  #tabbed = false;

  constructor(screen: Screen, prompt: string, help: LineHelp) {
    this.#screen = screen;
    this.#prompt = prompt;
    this.#help = help;
    this.#state = new LineState(help.lines ?? []);
  }

  async run(input: ByteInput): Promise<Typed> {
    await this.#draw();
    while (true) {
      const bytes = await input.keys();
      if (bytes === null) return await this.#done({ kind: "end" });
      for (const key of this.#keys.read(bytes)) {
        const typed = await this.#take(key);
        if (typed !== null) return await this.#done(typed);
      }
      await this.#draw();
    }
  }

  async #take(key: Key): Promise<Typed | null> {
    const tabbed = this.#tabbed;
    this.#tabbed = false;
    const state = this.#state;
    if (key.kind !== "key") {
      // A line end behind it is not pressed by anybody: it is not taken.
      const text = key.kind === "paste"
        ? key.text.replace(/\n+$/, "")
        : key.text;
      state.insert(text);
      return null;
    }
    switch (key.name) {
      case "enter":
        return { kind: "line", text: state.text };
      case "interrupt":
        return { kind: "interrupted", text: state.text };
      case "end_of_input":
        if (state.text === "" && state.search === null) return { kind: "end" };
        state.press("delete");
        return null;
      case "clear":
        this.#screen.write("\x1b[H\x1b[2J");
        this.#cursor = { row: 0, column: 0 };
        this.#shown = null;
        return null;
      case "tab":
        await this.#complete(tabbed);
        return null;
      default:
        state.press(key.name);
        return null;
    }
  }

  async #complete(tabbed: boolean): Promise<void> {
    const state = this.#state;
    if (state.search !== null) state.press("end");
    const { complete } = this.#help;
    if (complete === undefined) return;
    await this.#draw(); // what was typed before may take a moment to complete
    const { start, insert, candidates } = await complete(
      state.text,
      state.cursor,
    );
    const before = state.text.slice(start, state.cursor);
    this.#tabbed = candidates.length > 1;
    if (insert !== before) state.replace(start, insert);
    else if (tabbed && this.#tabbed) await this.#list(candidates);
  }

  /** Below the line, which is then drawn anew. */
  async #list(candidates: readonly string[]): Promise<void> {
    const shown = candidates.slice(0, CANDIDATES_MAX).map(printable);
    await this.#learnWidths(shown.join(""));
    const rows = inColumns(shown, this.#columns, this.#widthOf);
    const more = candidates.length - shown.length;
    if (more > 0) rows.push(texts.terminal.more(more));
    await this.#draw("end");
    this.#screen.write(["", ...rows, ""].join("\r\n"));
    this.#cursor = { row: 0, column: 0 };
    this.#shown = null;
  }

  async #done(typed: Typed): Promise<Typed> {
    if (this.#state.search !== null) this.#state.press("end");
    await this.#draw("end");
    return typed;
  }

  /** Show the line as it is now. */
  async #draw(where: "cursor" | "end" = "cursor"): Promise<void> {
    const { text, cursor, search } = this.#state;
    const prompt = search === null
      ? this.#prompt
      : texts.terminal.searching(printable(search.query), search.found);
    await this.#learnWidths(prompt + text);
    const at = where === "end" ? text.length : cursor;
    const columns = this.#columns;
    const laid = layOut(prompt, text, at, columns, this.#widthOf);
    const before = this.#shown;
    this.#shown = { prompt, text };
    const added = before?.prompt === prompt && text.startsWith(before.text)
      ? text.slice(before.text.length)
      : null;
    const { row, column } = this.#cursor;
    this.#cursor = laid.cursor;
    if (
      added !== null && /^[\x20-\x7e]*$/.test(added) && at === text.length &&
      row === laid.end.row && column + added.length === laid.end.column
    ) return this.#screen.write(added); // as nearly always
    // What stands there already, the prompt above all, is not drawn again.
    const start = before?.prompt === prompt
      ? layOut(prompt, "", 0, columns, this.#widthOf).cursor
      : { row: 0, column: 0 };
    const rest = before?.prompt === prompt
      ? laid.text.slice(prompt.length)
      : laid.text;
    this.#screen.write(
      `${moves({ row, column }, start)}\x1b[J${rest}` +
        moves(laid.end, laid.cursor),
    );
  }

  get #columns(): number {
    return Math.max(NARROWEST, this.#screen.columns());
  }

  /** 20 ms to load: only for who types more than ASCII. */
  async #learnWidths(text: string): Promise<void> {
    if (this.#widthsKnown || /^[\x20-\x7e]*$/.test(text)) return;
    this.#widthOf = (await import("string-width")).default;
    this.#widthsKnown = true;
  }
}

/** From one place to another one, above it or in its row. */
function moves(from: Spot, to: Spot): string {
  if (from.row === to.row && from.column === to.column) return "";
  const up = from.row - to.row;
  return (up > 0 ? `\x1b[${up}A` : "") + "\r" +
    (to.column > 0 ? `\x1b[${to.column}C` : "");
}
