/**
 * The log: events as lines of text or of JSON. What a peer chose is shown
 * escaped in both, so that no name can forge a line or steer a terminal.
 *
 * Lines wait in a bounded queue for the one that writes them: a pipe whose
 * reader has stopped must not stop the server.
 * @module
 */
import { printable, shortened } from "../protocol/mod.ts";
import type { Clock, Timers } from "../runtime/mod.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = typeof LOG_LEVELS[number];
export type LogFormat = "text" | "json";
export type LogValue = string | number | boolean | null;
export type LogFields = { readonly [name: string]: LogValue | undefined };

export interface Log {
  readonly debug: LogCall;
  readonly info: LogCall;
  readonly warn: LogCall;
  readonly error: LogCall;
}
type LogCall = (event: string, fields?: LogFields) => void;

export interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly clock: Clock;
  /** Takes a line with its line feed, now or soon; never throws. */
  readonly write: (line: string) => void;
}

/**
 * Of one value: a peer chooses names of thousands of characters, and how often
 * they are told. Long enough for nearly every real path.
 */
const VALUE_LENGTH_MAX = 400;

/** A log whose lines are `time level event field=value …`, or JSON objects. */
export function createLog(options: LogOptions): Log {
  const lowest = LOG_LEVELS.indexOf(options.level);
  const call = (level: LogLevel): LogCall => (event, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < lowest) return;
    options.write(logLine(options, level, event, fields));
  };
  return {
    debug: call("debug"),
    info: call("info"),
    warn: call("warn"),
    error: call("error"),
  };
}

/** One line as the log has it, with its line feed. */
export function logLine(
  { format, clock }: Pick<LogOptions, "format" | "clock">,
  level: LogLevel,
  event: string,
  fields: LogFields,
): string {
  const line = format === "json" ? jsonLine : textLine;
  return `${line(clock.date().toISOString(), level, event, fields)}\n`;
}

/** One line of text; a value with blanks or signs in it stands in quotes. */
export function textLine(
  time: string,
  level: LogLevel,
  event: string,
  fields: LogFields,
): string {
  let line = `${time} ${level.padEnd(5)} ${event}`;
  for (const name of Object.keys(fields)) {
    const value = fields[name];
    if (value !== undefined) line += ` ${name}=${textValue(value)}`;
  }
  return line;
}

/** One line of JSON, keys in the order given. */
export function jsonLine(
  time: string,
  level: LogLevel,
  event: string,
  fields: LogFields,
): string {
  const safe = Object.entries(fields).map(([name, value]) => [
    name,
    typeof value === "string"
      ? printable(shortened(value, VALUE_LENGTH_MAX))
      : value,
  ]);
  return JSON.stringify({ time, level, event, ...Object.fromEntries(safe) });
}

/** Nearly every value: short enough, and shown as it is. */
const PLAIN = new RegExp(`^[\\w.:/@+%,-]{1,${VALUE_LENGTH_MAX}}$`);

function textValue(value: LogValue): string {
  if (typeof value !== "string") return String(value);
  if (PLAIN.test(value)) return value;
  const cut = shortened(value, VALUE_LENGTH_MAX);
  // Before escapes are added, which begin by the same sign.
  const shown = printable(cut.replaceAll("\\", "\\\\"));
  return /^[\w.:/@+%,-]+$/.test(shown)
    ? shown
    : `"${shown.replaceAll('"', '\\"')}"`;
}

const LINES_WAITING_MAX = 10_000;
/** What a reader that has stopped gets, at the end, to take the last lines. */
const FLUSH_MS_MAX = 1000;
/**
 * After a write, lines are gathered for so long: a batch of small files has a
 * line for each, and writes of their own took an eighth of ftpd's time.
 */
const GATHER_MS = 10;

/** Lines on their way to stderr. */
export class LineWriter {
  readonly #waiting: string[] = [];
  readonly #write: (bytes: Uint8Array) => Promise<number>;
  readonly #timers: Timers;
  readonly #dropLine: (lines: number) => string;
  readonly #encoder = new TextEncoder();
  #writing: Promise<void> | null = null;
  #dropped = 0;
  #flushing = 0;
  /** Ends the gathering. */
  #hurry: (() => void) | null = null;

  /** @param dropLine The line that tells how many were dropped. */
  constructor(
    write: (bytes: Uint8Array) => Promise<number>,
    timers: Timers,
    dropLine: (lines: number) => string,
  ) {
    this.#write = write;
    this.#timers = timers;
    this.#dropLine = dropLine;
  }

  /** Add a line; beyond the bound it is counted, and the count is told. */
  readonly add = (line: string): void => {
    if (this.#waiting.length >= LINES_WAITING_MAX) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(line);
    this.#writing ??= this.#drain();
  };

  /**
   * Resolves once all that was added is written, or cannot be: nobody who has
   * stopped reading keeps the program from its end.
   */
  async flush(): Promise<void> {
    const late = Promise.withResolvers<void>();
    using _timer = this.#timers.after(FLUSH_MS_MAX, late.resolve);
    this.#flushing++;
    this.#hurry?.();
    await Promise.race([this.#written(), late.promise]);
    this.#flushing--;
  }

  async #written(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  async #drain(): Promise<void> {
    await Promise.resolve(); // lines of one moment go out in one write
    try {
      while (this.#waiting.length > 0) {
        const lines = this.#waiting.splice(0).join("");
        const lost = this.#dropped > 0 ? this.#dropLine(this.#dropped) : "";
        this.#dropped = 0;
        let rest: Uint8Array = this.#encoder.encode(lines + lost);
        while (rest.length > 0) rest = rest.subarray(await this.#write(rest));
        if (this.#flushing === 0) await this.#gathered();
      }
    } catch {
      // Nobody is left to read the log: there is nowhere to say so.
      this.#waiting.length = 0;
    } finally {
      this.#writing = null;
    }
  }

  async #gathered(): Promise<void> {
    const gathered = Promise.withResolvers<void>();
    this.#hurry = gathered.resolve;
    using _timer = this.#timers.after(GATHER_MS, gathered.resolve);
    await gathered.promise;
    this.#hurry = null;
  }
}
