/**
 * What only asks, and so may be asked again: over whatever connection of a job
 * there is, under the rules of its retries.
 * @module
 */
import { asClientError, type ClientError } from "../error.ts";
import type { Connections, Line } from "./connections.ts";
import type { Retries } from "./retries.ts";

export interface Retrying<Client extends Line> {
  readonly connections: Connections<Client>;
  readonly retries: Retries;
  readonly signal: AbortSignal;
  /** The connection is gone; the next try comes in `ms`. */
  readonly onWaiting?: (error: ClientError, ms: number) => void;
}

/**
 * @param ask May be called several times, each time from its start.
 * @throws {ClientError} What `ask` throws and does not pass by itself, or has
 * come too often.
 */
export async function retried<Client extends Line, T>(
  { connections, retries, signal, onWaiting }: Retrying<Client>,
  ask: (client: Client) => Promise<T>,
): Promise<T> {
  while (true) {
    try {
      return await ask(await connections.take(0, signal));
    } catch (thrown) {
      const error = asClientError(thrown);
      const ms = signal.aborted ? null : retries.failed(error);
      if (ms === null) throw error;
      onWaiting?.(error, ms);
      await retries.wait(ms, signal);
    }
  }
}
