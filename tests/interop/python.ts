/**
 * What the tests in Python need: the interpreter, and a line about it where it
 * is missing.
 * @module
 */
import * as path from "node:path";
import { type Ran, run, type RunOptions } from "../programs.ts";
import { testThatNeeds } from "../support/needs.ts";

/** Run a program of this folder, and give what it printed. */
export async function python(
  script: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ran> {
  const file = path.join(import.meta.dirname ?? ".", script);
  return await run("python3", [file, ...args], options);
}

/**
 * A test that needs Python: left out where there is none, saying so in its
 * name, but never in CI.
 */
export function testWithPython(
  name: string,
  fn: (t: Deno.TestContext) => Promise<void>,
): void {
  testThatNeeds(missing ? "python3 is missing" : null, name, fn);
}

const missing = await pythonMissing();

async function pythonMissing(): Promise<boolean> {
  try {
    return (await run("python3", ["--version"])).code !== 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}
