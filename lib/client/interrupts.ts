/**
 * Ctrl-C and its kin: the first ends what is under way, in order; a second one,
 * or a system that wants us gone, does not wait.
 * @module
 */
import type { Runtime } from "../runtime/mod.ts";

export const EXIT_INTERRUPTED = 130;
/** After a SIGTERM: for what is under way to leave nothing half-done. */
const LEAVE_MS_MAX = 5000;

export class Interrupts implements Disposable {
  readonly #runtime: Runtime;
  readonly #leave: () => void;
  readonly #listeners: Disposable[];
  #underway: AbortController | null = null;
  #ending = false;
  /** Programs that have our terminal. */
  #guests = 0;

  /** @param leave Ends the program now, with EXIT_INTERRUPTED. */
  constructor(runtime: Runtime, leave: () => void) {
    this.#runtime = runtime;
    this.#leave = leave;
    const { signals } = runtime;
    this.#listeners = [
      signals.on("SIGINT", () => this.#interrupt()),
      signals.on("SIGTERM", () => this.#end()),
      signals.on("SIGHUP", () => this.#end()),
    ];
  }

  /** Whether the program is to end, whatever else was asked of it. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Do one thing that an interrupt ends by its signal. One at a time. */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    this.#underway = controller;
    try {
      return await work(controller.signal);
    } finally {
      this.#underway = null;
    }
  }

  /**
   * Until disposed, Ctrl-C is for the program that has our terminal: whether it
   * ends by that is its own affair.
   */
  handOver(): Disposable {
    this.#guests++;
    return { [Symbol.dispose]: () => this.#guests-- };
  }

  #interrupt(): void {
    if (this.#guests > 0) return;
    const underway = this.#underway;
    if (underway === null || underway.signal.aborted) this.#leave();
    else underway.abort();
  }

  #end(): void {
    const underway = this.#underway;
    if (underway === null || this.#ending) return this.#leave();
    this.#ending = true;
    underway.abort();
    this.#listeners.push(
      this.#runtime.timers.after(LEAVE_MS_MAX, this.#leave),
    );
  }

  [Symbol.dispose](): void {
    for (const listener of this.#listeners.splice(0)) {
      listener[Symbol.dispose]();
    }
  }
}
