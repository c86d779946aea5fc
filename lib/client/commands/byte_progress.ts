/**
 * The progress of one thing that is told in bytes alone: a line at a terminal,
 * events or lines for who asked for them.
 * @module
 */
import {
  NO_PROGRESS,
  type ProgressDisplay,
  showProgress,
} from "../terminal/progress_display.ts";
import { RateMeter } from "../terminal/rate_meter.ts";
import type { Work } from "./desk.ts";

const EVENT_MS = 1000;

/** @param events Whether --progress was given. */
export async function watchBytes(
  { desk: { runtime, terminal }, settings, reporter }: Work,
  name: string,
  events: boolean,
): Promise<ProgressDisplay> {
  const line = settings.quiet
    ? NO_PROGRESS
    : await showProgress(runtime, terminal, name);
  if (!events) return line;
  const { clock, timers } = runtime;
  const meter = new RateMeter(clock.monotonicMs());
  let bytesDone = 0;
  let bytes: number | null = null;
  const timer = timers.every(EVENT_MS, () => {
    meter.note(clock.monotonicMs(), bytesDone);
    const { bytesPerSecond: rate, silentMs } = meter;
    reporter.progress({
      ...{ filesDone: 0, files: null, bytesDone, bytes, bytesPerSecond: rate },
      secondsLeft: bytes === null || !rate
        ? null
        : Math.max(bytes - bytesDone, 0) / rate,
      silentSeconds: silentMs / 1000,
    }, name);
  });
  return {
    onProgress(done, total) {
      [bytesDone, bytes] = [done, total];
      line.onProgress(done, total);
    },
    [Symbol.dispose]() {
      timer[Symbol.dispose]();
      line[Symbol.dispose]();
    },
  };
}
