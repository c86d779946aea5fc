/**
 * Progress of many files at a terminal: a line for all of them, and one for
 * each large one that is moving. Drawn ten times a second at most, and taken
 * away at the end.
 * @module
 */
import type { Runtime } from "../../runtime/mod.ts";
import { texts } from "../texts/mod.ts";
import { renderProgress, type WidthOf } from "./progress.ts";
import { RateMeter } from "./rate_meter.ts";
import type { Terminal } from "./terminal.ts";

const DRAW_MS = 100;
const FILES_SHOWN_MAX = 8;
/** As in progress_display.ts: for Ctrl-C, and terminals that wrap early. */
const COLUMNS_FREE = 1 + "^C^C".length;

export interface JobState {
  readonly filesDone: number;
  /** Null where nobody knows it. */
  readonly files: number | null;
  readonly bytesDone: number;
  /** What of them crossed the wire: where a file went on, fewer. */
  readonly bytesMoved: number;
  readonly bytes: number | null;
}

export interface FileState {
  readonly name: string;
  readonly bytes: number;
  readonly total: number | null;
}

/** What is looked at whenever a line is drawn. */
export interface JobView {
  readonly state: () => JobState;
  readonly moving: () => Iterable<FileState>;
}

export class JobDisplay implements Disposable {
  readonly #terminal: Terminal;
  readonly #runtime: Runtime;
  readonly #view: JobView;
  readonly #timer: Disposable;
  readonly #meter: RateMeter;
  readonly #widthOf: WidthOf | undefined;
  #drawn: readonly string[] = [];
  #held = false;

  /** @param widthOf Right for ASCII names where it is left out. */
  constructor(
    runtime: Runtime,
    terminal: Terminal,
    view: JobView,
    widthOf: WidthOf | undefined,
  ) {
    this.#runtime = runtime;
    this.#terminal = terminal;
    this.#view = view;
    this.#widthOf = widthOf;
    this.#meter = new RateMeter(runtime.clock.monotonicMs());
    this.#timer = runtime.timers.every(DRAW_MS, () => this.#draw());
  }

  /** Before something else is said; it comes again by itself. */
  erase(): void {
    if (this.#drawn.length === 0) return;
    this.#terminal.say(back(this.#drawn.length));
    this.#drawn = [];
  }

  /** Until disposed, the screen is somebody else's: a question stands there. */
  hold(): Disposable {
    this.erase();
    this.#held = true;
    return { [Symbol.dispose]: () => this.#held = false };
  }

  #draw(): void {
    if (this.#held) return;
    const lines = this.#lines();
    if (lines.join("\n") === this.#drawn.join("\n")) return;
    const before = this.#drawn.length === 0 ? "" : back(this.#drawn.length);
    this.#terminal.say(before + lines.join("\n"));
    this.#drawn = lines;
  }

  #lines(): string[] {
    const state = this.#view.state();
    const { files, filesDone, bytesDone, bytes, bytesMoved } = state;
    this.#meter.note(this.#runtime.clock.monotonicMs(), bytesMoved);
    const rate = {
      bytesPerSecond: this.#meter.bytesPerSecond,
      silentSeconds: this.#meter.silentMs / 1000,
    };
    const columns = this.#terminal.columns() - COLUMNS_FREE;
    const moving = [...this.#view.moving()].slice(0, FILES_SHOWN_MAX);
    const one = moving[0];
    if (files === 1 && one !== undefined) {
      const all = { ...one, ...rate };
      return [renderProgress(all, columns, this.#widthOf)];
    }
    const name = texts.terminal.filesDone(filesDone, files);
    const job = { name, bytes: bytesDone, total: bytes, ...rate };
    return [
      renderProgress(job, columns),
      ...moving.map((file) =>
        renderProgress(
          { ...file, bytesPerSecond: null, silentSeconds: 0 },
          columns,
          this.#widthOf,
        )
      ),
    ];
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.erase();
  }
}

/** To the start of the first of so many lines, and empty all below. */
function back(lines: number): string {
  return `\r${lines > 1 ? `\x1b[${lines - 1}A` : ""}\x1b[J`;
}
