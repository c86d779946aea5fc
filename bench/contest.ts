/** @module Contestants in turns, and their lines in the report. */
import { type Command, inTurns, median, ratio, row } from "./measure.ts";

export interface Contestant extends Command {
  readonly ours: boolean;
  /** It does a part of the work: its time counts so many times. */
  readonly scale?: number;
}

/** What one round moves. */
export interface Work {
  readonly amount: number;
  /** Of the amount, a second. */
  readonly unit: "files" | "entries" | "MB";
}

/**
 * Run them in turns and report each; for the others also how many times as
 * quick each of ours is.
 */
export async function contest(
  what: string,
  contestants: readonly Contestant[],
  { amount, unit }: Work,
  rounds: number,
): Promise<void> {
  const seconds = await inTurns(contestants, rounds);
  const took = ({ name, scale }: Contestant) =>
    median(seconds.get(name) ?? []) * (scale ?? 1);
  const ours = contestants.filter(({ ours }) => ours);
  for (const one of contestants) {
    const time = took(one);
    const scaled = one.scale === undefined ? "" : " (scaled)";
    const ratios = one.ours
      ? ""
      : ours.map((mine) => `${mine.name} ${ratio(time / took(mine))}`);
    row(
      `${what}: ${one.name}${scaled}`,
      `${time.toFixed(3)} s`,
      `${Math.round(amount / time).toLocaleString("en")} ${unit}/s`,
      ...ratios,
    );
  }
}
