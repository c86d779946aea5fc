/**
 * ftpc's command lines, and what this ftpc can do: a bench of something that
 * it lacks is left out and said so, not made up.
 * @module
 */
import * as path from "node:path";
import { commandOf } from "../tests/programs.ts";
import type { Command } from "./measure.ts";
import type { BenchSite } from "./site.ts";
import { makeTree } from "./tree.ts";

/** Where ftpd is dialled: itself, or by way of a relay. */
export interface Dialled {
  readonly hostname: string;
  readonly port: number;
}

export function atFtpd({ ftpd }: BenchSite): Dialled {
  return { hostname: "127.0.0.1", port: ftpd.port };
}

/** ftpc as alex. `name` is how the report calls it. */
export function ftpc(
  { hostname, port }: Dialled,
  name: string,
  ...args: readonly string[]
): Command {
  const [command, before] = commandOf("ftpc");
  const login = ["-s", hostname, "-P", `${port}`, "-u", "alex", "-p", "123"];
  return { name, command, args: [...before, ...login, ...args] };
}

export interface Abilities {
  /** put -r and get -r. */
  readonly folders: boolean;
  /** -j. */
  readonly jobs: boolean;
  readonly list: boolean;
  readonly sync: boolean;
}

/** Found by trying, on a tree of one file. */
export async function abilitiesOf(site: BenchSite): Promise<Abilities> {
  const at = atFtpd(site);
  const folder = path.join(site.folder, "probe");
  makeTree(folder, { files: 1, bytes: 1, nested: false });
  const works = async (...args: string[]) => {
    const { command, args: all } = ftpc(at, "ftpc", ...args);
    const child = new Deno.Command(command, {
      args: [...all],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    });
    return (await child.output()).success;
  };
  const abilities = {
    folders: await works("put", "-r", folder, "probed"),
    jobs: await works("put", "-j", "1", path.join(folder, "file0"), "probed1"),
    list: await works("ls", "-l", "/"),
    sync: await works("sync", folder, "probed2"),
  };
  await Deno.remove(folder, { recursive: true });
  for (const name of ["probed", "probed1", "probed2"]) {
    const made = path.join(site.home, name);
    await Deno.remove(made, { recursive: true }).catch(() => {});
  }
  return abilities;
}
