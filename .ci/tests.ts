/**
 * Run test files several at once, in processes of their own: what a process has
 * one of (its working folder, its variables, its descriptors) is shared by
 * nobody, and who waits for a time-out keeps no core idle.
 *
 *   deno run -A .ci/tests.ts tests/
 *
 * What a file says is shown when it is through. In the end come those that
 * failed, and the sums in the words of `deno test`.
 * @module
 */
import * as path from "node:path";

/** Two at least: some wait. */
const AT_ONCE = Math.max(navigator.hardwareConcurrency, 2);
/** Of the files that start no programs so many share a process. */
const TOGETHER = 6;
/** What takes longer hangs. */
const MS_MAX = 15 * 60_000;
/** Those that take longest go first, so that nobody waits for one of them. */
const LONGEST = /interop_test|kill_matrix_test|floods_test/;
const STARTS_PROGRAMS =
  /Deno\.Command\(|(?:programs|watched_ftpd|kill_matrix|python|terminal)\.ts"/;

export interface Counts {
  readonly passed: number;
  readonly failed: number;
}

/** The test files below these places, by name. */
function filesBelow(places: readonly string[]): string[] {
  return places.flatMap((place) => {
    if (!Deno.statSync(place).isDirectory) return [place];
    const inside = [...Deno.readDirSync(place)]
      .filter(({ name, isDirectory }) =>
        isDirectory || name.endsWith("_test.ts")
      );
    return filesBelow(inside.map(({ name }) => path.join(place, name)));
  }).sort();
}

/** What each process runs, in the order in which they start. */
export function shared(
  files: readonly string[],
  startsPrograms: (file: string) => boolean,
): string[][] {
  const alone = files.filter(startsPrograms);
  const longest = alone.filter((file) => LONGEST.test(file));
  const others = alone.filter((file) => !LONGEST.test(file));
  const all = [...longest, ...others].map((file) => [file]);
  const small = files.filter((file) => !startsPrograms(file));
  for (let at = 0; at < small.length; at += TOGETHER) {
    all.push(small.slice(at, at + TOGETHER));
  }
  return all;
}

/** What `deno test` says in its last line; null where it broke off before. */
export function countsIn(said: string): Counts | null {
  const line = said.match(/^(?:ok|FAILED) \| .*$/gm)?.at(-1);
  if (line === undefined) return null;
  const count = (what: string) =>
    Number(new RegExp(` (\\d+) ${what}\\b`).exec(line)?.[1] ?? 0);
  return { passed: count("passed"), failed: count("failed") };
}

async function run(files: readonly string[]): Promise<Counts & Said> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      // Types are what `deno check` is for.
      ...["test", "--quiet", "-A", "--no-prompt", "--no-check", "--frozen"],
      ...files,
    ],
    env: { NO_COLOR: "1" },
    stdin: "null",
    signal: AbortSignal.timeout(MS_MAX),
  }).output();
  const [said, errors] = [stdout, stderr].map((one) =>
    new TextDecoder().decode(one)
  );
  const { passed, failed } = countsIn(said ?? "") ?? { passed: 0, failed: 0 };
  // What breaks off before its last line has failed, too.
  const failures = success ? failed : Math.max(failed, 1);
  return { passed, failed: failures, said: `${said}${errors}` };
}

interface Said {
  readonly said: string;
}

/** @returns Whether all is well. */
async function runAll(processes: string[][]): Promise<boolean> {
  const sinceMs = performance.now();
  const sum = { passed: 0, failed: 0 };
  const failures: string[] = [];
  const oneByOne = async () => {
    for (let files = processes.shift(); files; files = processes.shift()) {
      const startedMs = performance.now();
      const { passed, failed, said } = await run(files);
      console.log(`${files.join(" ")} (${seconds(startedMs)})\n${said}`);
      sum.passed += passed;
      sum.failed += failed;
      if (failed > 0) failures.push(`${files.join(" ")}\n${said}`);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, oneByOne));
  if (failures.length > 0) console.log(`FAILURES\n${failures.join("\n")}`);
  const { passed, failed } = sum;
  const verdict = failed === 0 ? "ok" : "FAILED";
  const took = seconds(sinceMs);
  console.log(`${verdict} | ${passed} passed | ${failed} failed (${took})`);
  return failed === 0;
}

function seconds(sinceMs: number): string {
  return `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
}

if (import.meta.main) {
  const files = filesBelow(Deno.args);
  if (files.length === 0) throw new Error(`no tests in ${Deno.args.join(" ")}`);
  const startsPrograms = (file: string) =>
    STARTS_PROGRAMS.test(Deno.readTextFileSync(file));
  Deno.exit(await runAll(shared(files, startsPrograms)) ? 0 : 1);
}
