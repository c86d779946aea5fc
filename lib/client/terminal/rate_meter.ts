/** @module The rate of the last seconds, and how long nothing has moved. */

/** Long enough to be calm, short enough to show a change. */
const WINDOW_MS = 5000;
const SAMPLES_MAX = 64;

interface Sample {
  readonly ms: number;
  readonly bytes: number;
}

export class RateMeter {
  readonly #samples: Sample[];
  #lastMs: number;
  #movedMs: number;

  constructor(nowMs: number) {
    this.#samples = [{ ms: nowMs, bytes: 0 }];
    this.#lastMs = nowMs;
    this.#movedMs = nowMs;
  }

  /** @param bytes In all, so far. */
  note(nowMs: number, bytes: number): void {
    const samples = this.#samples;
    if (bytes !== samples.at(-1)?.bytes) this.#movedMs = nowMs;
    this.#lastMs = nowMs;
    samples.push({ ms: nowMs, bytes });
    while (samples.length > 2 && this.#tooOld(samples[1], nowMs)) {
      samples.shift();
    }
  }

  /** Over the window; null before anything can be said. */
  get bytesPerSecond(): number | null {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined) return null;
    const ms = last.ms - first.ms;
    return ms > 0 ? ((last.bytes - first.bytes) / ms) * 1000 : null;
  }

  get silentMs(): number {
    return this.#lastMs - this.#movedMs;
  }

  /** The sample after the first: once it, too, is old, the first is not used. */
  #tooOld(second: Sample | undefined, nowMs: number): boolean {
    if (this.#samples.length > SAMPLES_MAX) return true;
    return second !== undefined && nowMs - second.ms >= WINDOW_MS;
  }
}
