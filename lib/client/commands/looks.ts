/**
 * What stands at the names of a command, here and on the server.
 * @module
 */
import * as path from "node:path";
import { ClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import { placeOf } from "../local/walk.ts";
import { unfitForDisk, unfitForServer } from "../tree/names.ts";
import type { Looks, Place } from "../tree/roots.ts";
import { STANDARD } from "./arguments.ts";
import type { Work } from "./desk.ts";

/** @param direction Where the target is: `put`, on the server; `get`, here. */
export function looksOf(
  { desk: { folder, remote }, signal }: Pick<Work, "desk" | "signal">,
  client: FtpClient,
  direction: "put" | "get",
): Looks {
  const here = (name: string) => placeOf(folder.resolve(name));
  const there = (name: string) =>
    remotePlace(client, remote.resolve(name), signal);
  return direction === "put"
    ? {
      ...{ source: here, target: there, baseName: path.basename },
      fits: (base) => unfitForServer(base) === null,
      join: (parent, base) =>
        parent === "." ? base : path.posix.join(parent, base),
      parent: path.posix.dirname,
    }
    : {
      ...{ source: there, target: here, baseName: path.posix.basename },
      fits: (base) =>
        unfitForDisk(base) === null && path.basename(base) === base &&
        base !== STANDARD,
      join: path.join,
      parent: path.dirname,
    };
}

/** What is wrong with the name itself, what follows will tell. */
export async function remotePlace(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<Place> {
  try {
    const { type } = await client.stat(name, { signal });
    return type === "link" ? "other" : type;
  } catch (error) {
    if (error instanceof ClientError && error.exitCode === 1) return null;
    throw error;
  }
}
