/**
 * The connections of one job: opened when there is work for them, as many as
 * `-j` allows, and opened again when they are lost.
 * @module
 */
import { asClientError } from "../error.ts";

/** A further one is worth its login when so many files wait on each. */
const FILES_FOR_ANOTHER = 4;

/** What of an FtpClient matters here. */
export interface Line {
  readonly alive: boolean;
  quit(): Promise<void>;
}

export class Connections<Client extends Line> {
  readonly #openOne: (signal: AbortSignal) => Promise<Client>;
  readonly #onOpened: () => void;
  #max: number;
  /** With the number of files under way on each. */
  readonly #load = new Map<Client, number>();
  /** Of those opened here, and not given to us. */
  readonly #own = new Set<Client>();
  /** One at a time: a person may be asked for a password. */
  #opening: Promise<void> | null = null;

  /**
   * @param first A session that is there already, which stays the caller's.
   * @param openOne Opens another; called for one at a time.
   * @param max At most so many: 1 to 16.
   * @param onOpened A session is there.
   */
  constructor(
    first: Client | null,
    openOne: (signal: AbortSignal) => Promise<Client>,
    max: number,
    onOpened: () => void = () => {},
  ) {
    this.#openOne = openOne;
    this.#max = max;
    this.#onOpened = onOpened;
    if (first?.alive) {
      this.#load.set(first, 0);
      onOpened();
    }
  }

  /** How many there are, or one that will be. */
  get open(): number {
    return Math.max(this.#load.size, 1);
  }

  /** Whether there is work for one more. @param underway On all of them. */
  wantsAnother(underway: number): boolean {
    return this.#load.size < this.#max &&
      underway >= FILES_FOR_ANOTHER * this.#load.size;
  }

  /**
   * The one with the least to do.
   * @param underway Steps under way on all of them.
   * @throws {ClientError} Where there is none, and none can be opened.
   */
  async take(underway: number, signal: AbortSignal): Promise<Client> {
    for (const client of this.#load.keys()) {
      if (!client.alive) this.#load.delete(client);
    }
    if (this.#opening !== null) await this.#opening;
    if (this.wantsAnother(underway)) {
      this.#opening = this.#openAnother(signal);
      try {
        await this.#opening;
      } finally {
        this.#opening = null;
      }
    }
    let best: Client | null = null;
    for (const [client, load] of this.#load) {
      if (best === null || load < (this.#load.get(best) ?? 0)) best = client;
    }
    if (best === null) throw new TypeError("unconnected");
    return best;
  }

  begun(client: Client, steps: number): void {
    this.#load.set(client, (this.#load.get(client) ?? 0) + steps);
  }

  ended(client: Client, steps: number): void {
    const load = this.#load.get(client);
    if (load !== undefined) this.#load.set(client, load - steps);
  }

  /** Say goodbye to those that were opened here. Never rejects. */
  async close(): Promise<void> {
    this.#load.clear();
    const own = [...this.#own];
    this.#own.clear();
    await Promise.all(own.map((client) => client.quit()));
  }

  async #openAnother(signal: AbortSignal): Promise<void> {
    try {
      const client = await this.#openOne(signal);
      this.#own.add(client);
      this.#load.set(client, 0);
      this.#onOpened();
    } catch (thrown) {
      if (this.#load.size === 0) throw asClientError(thrown);
      // One more than the server takes: those that are there go on.
      this.#max = this.#load.size;
    }
  }
}
