/**
 * What commands that take names have in common: names to those that are meant,
 * and one after the other.
 * @module
 */
import { asClientError, ClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import { placeOf } from "../local/walk.ts";
import type { RemoteEntry } from "../remote.ts";
import { expandGlob } from "../tree/expand.ts";
import { hasWildcard } from "../tree/glob.ts";
import { texts } from "../texts/mod.ts";
import type { Work } from "./desk.ts";

const EXIT_CONNECTION = 3;

/**
 * Do one thing for each name; it may tell failures itself, and give their exit
 * code. One that fails is told, and keeps no other from
 * its turn, unless the connection is gone or the user said stop.
 * @returns The exit code: that of the first failure, or 0.
 */
export async function each<Name extends string>(
  { reporter, settings, signal }: Work,
  command: string,
  names: readonly Name[],
  deed: (name: Name) => Promise<number | void>,
): Promise<number> {
  let exitCode = 0;
  for (const name of names) {
    try {
      const code = await deed(name) ?? 0;
      exitCode ||= code;
      if (settings.stopOnError && exitCode !== 0) break;
    } catch (thrown) {
      const error = asClientError(thrown);
      reporter.failed({ command, source: name, target: null }, error);
      exitCode ||= error.exitCode;
      const isGone = error.exitCode === EXIT_CONNECTION;
      if (settings.stopOnError || signal.aborted || isGone) break;
    }
  }
  return exitCode;
}

/**
 * Names on the server: one that exists is taken as it is, before it is taken as
 * a glob. As typed, so relative to the folder there.
 * @throws {ClientError} `not_found`: a glob that nothing matches;
 * `not_supported`: the server cannot say what does.
 */
export async function remoteNames(
  { desk: { remote }, signal }: Work,
  client: FtpClient,
  verb: string,
  names: readonly string[],
): Promise<string[]> {
  const all: string[] = [];
  for (const name of names) {
    if (
      !hasWildcard(name) || await exists(client, remote.resolve(name), signal)
    ) {
      all.push(name);
      continue;
    }
    if (!client.features.has("list")) {
      const said = texts.commands.cannotList(verb, name);
      throw new ClientError("not_supported", ...said);
    }
    const found = await expandGlob(name, async (folder) => {
      const entries: { name: string; isFolder: boolean }[] = [];
      const place = remote.resolve(folder);
      for await (const page of client.list(place, { signal, verb })) {
        for (const { name, type, reachable } of page) {
          if (reachable) entries.push({ name, isFolder: type === "folder" });
        }
      }
      return entries;
    });
    if (found.length === 0) {
      throw new ClientError("not_found", ...texts.commands.noMatch(verb, name));
    }
    all.push(...found);
  }
  return all;
}

/**
 * Names of this machine, likewise.
 * @throws {ClientError} `not_found`: a glob that nothing matches.
 */
export async function localNames(
  { desk: { folder } }: Pick<Work, "desk">,
  verb: string,
  names: readonly string[],
): Promise<string[]> {
  const all: string[] = [];
  for (const name of names) {
    if (!hasWildcard(name) || placeOf(folder.resolve(name)) !== null) {
      all.push(name);
      continue;
    }
    const found = await expandGlob(
      name,
      (inside) => Promise.resolve([...folder.names(inside)]),
    );
    if (found.length === 0) {
      throw new ClientError("not_found", ...texts.commands.noMatch(verb, name));
    }
    all.push(...found);
  }
  return all;
}

/** Where a glob is looked for: a name without wildcards is its own. */
export function globFolder(name: string): string {
  if (!hasWildcard(name)) return name;
  const parts = name.split("/");
  const plain = parts.slice(0, parts.findIndex(hasWildcard));
  return plain.length === 0 ? "." : plain.join("/") || "/";
}

/** Whether there is something of this name. */
async function exists(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<boolean> {
  return await typeOf(client, name, signal) !== null;
}

/** What is there; null: nothing, as far as one may see. Links are followed. */
export async function typeOf(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<"file" | "folder" | "link" | "other" | null> {
  try {
    return (await client.stat(name, { signal })).type;
  } catch (error) {
    if (error instanceof ClientError && error.exitCode === 1) return null;
    throw error;
  }
}

/** 32 hexadecimal digits: what is asked for twice is done once. */
export function operationOf({ desk }: Work): { operation: string } {
  return { operation: desk.runtime.random.bytes(16).toHex() };
}

/**
 * Tell of a folder in a walk that could not be looked into.
 * @returns The exit code.
 */
export function notRead(
  { reporter }: Work,
  command: string,
  { path, reachable, failure }: RemoteEntry,
): number {
  if (failure === undefined || !reachable) return 0;
  reporter.failed({ command, source: path, target: null }, failure);
  return failure.exitCode;
}
