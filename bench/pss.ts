/**
 * What the processes of a program hold at their peak: their proportional set
 * size, children's included, looked at while a command runs that is not timed.
 * @module
 */
import type { Command } from "./measure.ts";

const LOOK_MS = 20;

export interface Peak {
  /** KiB of the command and of what it started. */
  readonly clientKib: number;
  /** KiB of the server and of what it started. */
  readonly serverKib: number;
}

export async function peakOf(
  { command, args, before }: Command,
  serverPid: number,
): Promise<Peak> {
  await before?.();
  const child = new Deno.Command(command, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let over = false;
  const ended = child.status.then((status) => {
    over = true;
    return status.success;
  });
  let clientKib = 0;
  let serverKib = 0;
  while (!over) {
    clientKib = Math.max(clientKib, pssOf(child.pid));
    serverKib = Math.max(serverKib, pssOf(serverPid));
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  if (!await ended) throw new Error(`${command} ${args.join(" ")} failed`);
  return { clientKib, serverKib };
}

/** KiB of a process and of all below it; 0 once it has ended. */
function pssOf(pid: number): number {
  let kib = 0;
  for (const one of [pid, ...below(pid)]) {
    const rollup = read(`/proc/${one}/smaps_rollup`);
    kib += Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0);
  }
  return kib;
}

function below(pid: number): number[] {
  const children = read(`/proc/${pid}/task/${pid}/children`)
    .split(" ").filter((text) => text !== "").map(Number);
  return children.flatMap((child) => [child, ...below(child)]);
}

function read(file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch {
    return ""; // it has ended
  }
}
