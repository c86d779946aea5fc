/**
 * What all fuzz tests share: the seed, how many runs, and a failure that says
 * how to repeat it. FUZZ_SEED=… repeats one, FUZZ_RUNS=… makes it longer
 * (`deno task fuzz`).
 * @module
 */
import { Dice } from "../support/dice.ts";

export const SEED = wholeNumber("FUZZ_SEED", Date.now() % 2 ** 31);
/** The runs of one test: seconds by default. */
export const RUNS = wholeNumber("FUZZ_RUNS", 3000);

/** Each run has a seed of its own, which repeats it alone. */
export function fuzz(name: string, one: (dice: Dice) => void): void {
  Deno.test(`${name} (seed ${SEED}, ${RUNS} runs)`, () => {
    for (let run = 0; run < RUNS; run++) {
      try {
        one(new Dice(SEED + run));
      } catch (cause) {
        throw new Error(repeatBy(run), { cause });
      }
    }
  });
}

/** How to repeat a run that failed. */
export function repeatBy(run: number): string {
  return `repeat it by FUZZ_SEED=${SEED + run} FUZZ_RUNS=1`;
}

function wholeNumber(variable: string, otherwise: number): number {
  const value = Number(Deno.env.get(variable) ?? otherwise);
  if (Number.isSafeInteger(value)) return value;
  throw new RangeError(`${variable} is no whole number`);
}
