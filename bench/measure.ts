/** @module Whole commands timed in turns, and their medians. */
import assert from "node:assert/strict";
import { cpus } from "node:os";

/** No command of a bench takes longer: what hangs is ended. */
const COMMAND_MS_MAX = 180_000;

export interface Command {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Run before each round, not timed: take away what the last one made. */
  readonly before?: () => Promise<void>;
}

/** Seconds of each command's runs, by name, taken in turns: A B C A B C … */
export async function inTurns(
  commands: readonly Command[],
  rounds: number,
): Promise<Map<string, number[]>> {
  const seconds = new Map<string, number[]>();
  const first = rounds === 1 ? 1 : 0; // one round is no measurement
  for (let round = first; round <= rounds; round++) {
    for (const one of commands) {
      await one.before?.();
      const took = await timed(one);
      if (round === 0) continue; // warms up caches, and the tmpfs' pages
      seconds.set(one.name, [...seconds.get(one.name) ?? [], took]);
    }
  }
  return seconds;
}

export async function timed({ command, args }: Command): Promise<number> {
  const since = performance.now();
  const { code, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(COMMAND_MS_MAX),
  }).output();
  const took = (performance.now() - since) / 1000;
  assert.equal(
    code,
    0,
    `${command} ${args.join(" ")}: ${new TextDecoder().decode(stderr)}`,
  );
  return took;
}

export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = Math.ceil(sorted.length * percent / 100) - 1;
  return sorted[Math.max(0, at)] ?? NaN;
}

const rows: (readonly string[])[] = [];

/** One line of the report. */
export function row(what: string, ...figures: string[]): void {
  rows.push([what, ...figures]);
  console.log(
    [what.padEnd(46), ...figures.map((f) => f.padStart(16))].join(""),
  );
}

/** What was measured on. */
export function machine(): string {
  const [cpu] = cpus();
  const gib = Math.round(Deno.systemMemoryInfo().total / 2 ** 30);
  const system = `${Deno.build.os} ${Deno.osRelease()}`;
  return `${cpus().length} x ${cpu?.model ?? "?"}, ${gib} GiB, ${system}`;
}

/** All lines so far as a table of markdown. */
export function table(): string {
  const width = Math.max(0, ...rows.map((cells) => cells.length));
  const line = (cells: readonly string[]) =>
    `| ${[...Array(width).keys()].map((n) => cells[n] ?? "").join(" | ")} |`;
  const rule = `|${" --- |".repeat(width)}`;
  return [line(["what"]), rule, ...rows.map(line)].join("\n");
}

export function ratio(value: number): string {
  return `${value.toFixed(2)} x`;
}
