/** Files of other kinds, made by the system. */
import assert from "node:assert/strict";

const IN_CI = Deno.env.get("CI") === "true";

/** Run a program of the system. @returns What it says on stdout. */
export async function run(program: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(program, { args })
    .output();
  assert.equal(code, 0, `${program}: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/**
 * Whether a test that needs root is left out: never in CI. Its name says so
 * where it is.
 */
export const withoutRoot = Deno.build.os !== "linux" ||
  Deno.uid() !== 0 && !IN_CI;
