/**
 * The server's side of a walk, over whatever connection of a job there is: a
 * walk that a lost connection cuts goes on behind the last entry that was seen.
 * @module
 */
import { asClientError, ClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import type { ListedEntry, RemoteTree } from "../tree/remote_walk.ts";
import type { Connections } from "./connections.ts";
import { retried } from "./retried.ts";
import type { Retries } from "./retries.ts";

/** Taken whole, so that gets may follow: 2 MB or so; of a flat folder, 16 MB. */
const PAGE_ENTRIES = 2500;

export interface RemoteTreeOptions {
  readonly connections: Connections<FtpClient>;
  /** Its own: what a walk loses, the files under way have lost as well. */
  readonly retries: Retries;
  readonly signal: AbortSignal;
}

export function remoteTree(options: RemoteTreeOptions): RemoteTree {
  const { signal } = options;
  return {
    walk: (name) => walk(name, options),
    stat: (name) => retried(options, (client) => client.stat(name, { signal })),
    isMissing: (error) => {
      const code = error instanceof ClientError ? error.code : null;
      return code === "not_found" || code === "not_a_folder";
    },
  };
}

async function* walk(
  name: string,
  { connections, retries, signal }: RemoteTreeOptions,
): AsyncGenerator<readonly ListedEntry[]> {
  let after: string | undefined;
  while (true) {
    try {
      const client = await connections.take(0, signal);
      const pages = client.walk(name, {
        pageEntries: PAGE_ENTRIES,
        signal,
        ...(after === undefined ? {} : { after }),
      });
      for await (const page of pages) {
        yield page;
        retries.progress();
        after = page.findLast(({ reachable }) => reachable)?.path ?? after;
      }
      return;
    } catch (thrown) {
      const error = asClientError(thrown);
      const ms = signal.aborted ? null : retries.failed(error);
      if (ms === null) throw error;
      await retries.wait(ms, signal);
    }
  }
}
