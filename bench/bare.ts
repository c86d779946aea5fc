/** @module The runtime's own limit: bare_program.ts, many clients at once. */
import * as path from "node:path";
import { COMPILED } from "../tests/programs.ts";

const MS_MAX = 120_000;
const PROGRAM = path.join(import.meta.dirname ?? ".", "bare_program.ts");

export interface Bare extends AsyncDisposable {
  /** Clients that are connected wait for a go. @returns Seconds from it. */
  go(outs: readonly string[]): Promise<readonly number[]>;
}

/**
 * On the runtime that is measured: where that is the executables', DENO and
 * DENORT_BIN have to say how to compile for it.
 * @returns null where they do not.
 */
export async function startBare(
  file: string,
  scratch: string,
): Promise<Bare | null> {
  const program = await commandFor(scratch);
  if (program === null) return null;
  const [command, ...before] = program;
  const start = (...args: string[]) =>
    new Deno.Command(command, {
      args: [...before, ...args],
      signal: AbortSignal.timeout(MS_MAX),
      stdin: "piped",
      stdout: "piped",
    }).spawn();
  const server = start("serve", file);
  const port = (await firstLine(server)).trim();
  return {
    async go(outs) {
      const clients = outs.map((out) => start("get", port, out));
      for (const client of clients) await firstLine(client);
      const since = performance.now();
      return await Promise.all(clients.map(async (client) => {
        await client.stdin.close();
        const { success } = await client.status;
        if (!success) throw new Error("a bare client failed");
        return (performance.now() - since) / 1000;
      }));
    },
    async [Symbol.asyncDispose]() {
      server.kill("SIGTERM");
      await server.stdin.close();
      await server.status;
    },
  };
}

async function firstLine({ stdout }: Deno.ChildProcess): Promise<string> {
  const reader = stdout.getReader();
  const { value } = await reader.read();
  await reader.cancel();
  return new TextDecoder().decode(value);
}

async function commandFor(
  scratch: string,
): Promise<[string, ...string[]] | null> {
  if (!COMPILED) {
    return [Deno.execPath(), "run", "--quiet", "-A", PROGRAM];
  }
  const deno = Deno.env.get("DENO");
  if (deno === undefined || !Deno.env.has("DENORT_BIN")) return null;
  const output = path.join(scratch, "bare");
  const { success } = await new Deno.Command(deno, {
    args: ["compile", "--quiet", "--no-check", "-A", "-o", output, PROGRAM],
    stdout: "null",
    stderr: "inherit",
  }).output();
  return success ? [output] : null;
}
