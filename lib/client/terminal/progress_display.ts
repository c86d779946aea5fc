/**
 * Progress at a terminal: draws one line on stderr, at most ten times a second,
 * and takes it away again. Where stderr is no terminal it does nothing.
 * @module
 */
import type { Runtime } from "../../runtime/mod.ts";
import { renderProgress, type WidthOf } from "./progress.ts";
import { RateMeter } from "./rate_meter.ts";
import type { Terminal } from "./terminal.ts";

const DRAW_MS = 100;
/**
 * Stay free: some terminals wrap as soon as the last one is used, and all of
 * them show Ctrl-C as ^C, which would wrap and leave a line behind.
 */
const COLUMNS_FREE = 1 + "^C^C".length;
/** To the first column, and empty the line. */
const ERASE = "\r\x1b[K";

/** Disposed of, its line is gone. */
export interface ProgressDisplay extends Disposable {
  readonly onProgress: (bytes: number, total: number | null) => void;
}

export const NO_PROGRESS: ProgressDisplay = {
  onProgress: () => {},
  [Symbol.dispose]: () => {},
};

export async function showProgress(
  runtime: Runtime,
  terminal: Terminal,
  name: string,
): Promise<ProgressDisplay> {
  if (!terminal.errorIsTerminal) {
    return NO_PROGRESS;
  }
  return new TerminalProgress(runtime, terminal, name, await widthFor(name));
}

/** 20 ms to load: only for names that need it. */
async function widthFor(name: string): Promise<WidthOf | undefined> {
  if (/^[\x20-\x7e]*$/.test(name)) return undefined;
  return (await import("string-width")).default;
}

class TerminalProgress implements ProgressDisplay {
  readonly #meter: RateMeter;
  readonly #timer: Disposable;
  #bytes = 0;
  #total: number | null = null;
  #drawn = "";

  constructor(
    private readonly runtime: Runtime,
    private readonly terminal: Terminal,
    private readonly name: string,
    private readonly widthOf: WidthOf | undefined,
  ) {
    this.#meter = new RateMeter(runtime.clock.monotonicMs());
    this.#timer = runtime.timers.every(DRAW_MS, () => this.#draw());
  }

  readonly onProgress = (bytes: number, total: number | null): void => {
    this.#bytes = bytes;
    this.#total = total;
  };

  #draw(): void {
    this.#meter.note(this.runtime.clock.monotonicMs(), this.#bytes);
    const state = {
      name: this.name,
      bytes: this.#bytes,
      total: this.#total,
      bytesPerSecond: this.#meter.bytesPerSecond,
      silentSeconds: this.#meter.silentMs / 1000,
    };
    const columns = this.terminal.columns() - COLUMNS_FREE;
    const line = renderProgress(state, columns, this.widthOf);
    if (line === this.#drawn) return;
    this.terminal.say(ERASE + line);
    this.#drawn = line;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    if (this.#drawn !== "") this.terminal.say(ERASE);
  }
}
