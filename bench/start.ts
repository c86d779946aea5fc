/** @module How long a program takes to say its version. */
import { commandOf } from "../tests/programs.ts";
import { type Command, inTurns, median, row } from "./measure.ts";

export async function startUp(rounds: number): Promise<void> {
  const commands: Command[] = (["ftpc", "ftpd"] as const).map((name) => {
    const [command, before] = commandOf(name);
    return { name, command, args: [...before, "--version"] };
  });
  const seconds = await inTurns(commands, rounds);
  for (const [name, took] of seconds) {
    row(`${name} --version`, `${Math.round(median(took) * 1000)} ms`);
  }
}
