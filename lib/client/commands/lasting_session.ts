/**
 * One thing after the other on a session that outlives its connection: it is
 * made again, as often as --retries says, and what was under way is done again.
 * @module
 */
import { asClientError } from "../error.ts";
import { Connections } from "../jobs/connections.ts";
import { Retries, RETRIES_DEFAULT } from "../jobs/retries.ts";
import { waitAfter } from "../jobs/wait_after.ts";
import type { FtpClient } from "../library.ts";
import type { RemoteEntry } from "../remote.ts";
import type { Work } from "./desk.ts";
import { remoteNames } from "./each.ts";

/** A server that remembers deeds does so for 10 minutes (PROTOCOL.md, 4). */
const REMEMBERED_MS = 9 * 60_000;

/** What the loss of a connection means for what was under way. */
export interface Repeating {
  /** Where it was lost on this one: whether to do it again. */
  readonly mayRepeat?: (client: FtpClient) => boolean;
}

/** What changes something: once, where the server remembers that it did. */
export const DEED: Repeating = {
  mayRepeat: ({ features }) => features.has("resume"),
};

export class LastingSession implements AsyncDisposable {
  readonly #work: Work;
  readonly #retries: Retries;
  readonly #connections: Connections<FtpClient>;

  static async open(work: Work): Promise<LastingSession> {
    return new LastingSession(work, await work.session());
  }

  private constructor(work: Work, first: FtpClient) {
    const { desk: { runtime: { timers, random } }, settings } = work;
    this.#work = work;
    this.#retries = new Retries(
      settings.retries ?? RETRIES_DEFAULT,
      timers,
      random,
    );
    this.#connections = new Connections(
      first,
      (signal) => work.another(signal),
      1,
      () => this.#retries.connected(),
    );
  }

  /** More of what is under way is there for good. */
  progress(): void {
    this.#retries.progress();
  }

  /**
   * Do what may be asked for anew.
   * @param deed Done from its beginning each time.
   * @throws {ClientError} What it throws; the connection's failures, where they
   * do not pass; `interrupted`.
   */
  async do<T>(
    deed: (client: FtpClient) => Promise<T>,
    { mayRepeat = () => true }: Repeating = {},
  ): Promise<T> {
    const { signal, desk: { runtime: { clock } } } = this.#work;
    /** When it was last under way. */
    let lostMs: number | null = null;
    while (true) {
      let client: FtpClient | null = null;
      try {
        client = await this.#connections.take(0, signal);
        const result = await deed(client);
        this.#retries.progress();
        return result;
      } catch (thrown) {
        const error = asClientError(thrown);
        if (client !== null) {
          if (client.alive || !mayRepeat(client)) throw error;
          lostMs = clock.monotonicMs();
        }
        const { settings, desk: { terminal } } = this.#work;
        await waitAfter(error, this.#retries, { signal, settings, terminal });
        const forgotten = lostMs !== null &&
          clock.monotonicMs() - lostMs > REMEMBERED_MS;
        if (forgotten) throw error;
      }
    }
  }

  /**
   * What lies below a folder: what was taken of it is not given again.
   * @param take Called for some entries at a time, in the server's order.
   * @throws {ClientError} As `do`; what `take` throws.
   */
  async walk(
    name: string,
    verb: string,
    take: (entries: readonly RemoteEntry[]) => void | Promise<void>,
  ): Promise<void> {
    const { signal } = this.#work;
    let after = "";
    /** Behind that: what no walk can go on behind comes again. */
    let taken = 0;
    await this.do(async (client) => {
      const from = after === "" ? {} : { after };
      let again = taken;
      for await (const page of client.walk(name, { ...from, signal, verb })) {
        const fresh: RemoteEntry[] = [];
        for (const entry of page) {
          const isAnchor = entry.reachable && entry.failure === undefined;
          if (isAnchor) {
            after = entry.path;
            taken = again = 0;
          } else if (again > 0) {
            again--;
            continue;
          } else taken++;
          fresh.push(entry);
        }
        await take(fresh);
        this.progress();
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections.close();
  }
}

/** @throws {ClientError} As `remoteNames`. */
export async function namesThere(
  work: Work,
  session: LastingSession,
  verb: string,
  names: readonly string[],
): Promise<string[]> {
  return await session.do((client) => remoteNames(work, client, verb, names));
}
