/**
 * Who may connect: what counts connections. Small asynchronous interfaces, so
 * that several processes can share one count one day; today it is this one's.
 * @module
 */
import type { StatusName } from "../protocol/mod.ts";

export interface Admission {
  /** Ask for a place for a connection from `hostname`. */
  connect(hostname: string): Promise<Place | Refusal>;
}

export interface Refusal {
  readonly refused: StatusName;
}

/** One connection's place; leave it once its socket is given back. */
export interface Place {
  /** Take one of the user's places, and give up the one of a stranger. */
  login(username: string): Promise<Refusal | null>;
  leave(): void;
}

export interface AdmissionLimits {
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  readonly maxConnectionsPerUser: number;
  readonly maxUnauthenticated: number;
}

/** Counts of one process. */
export class LocalAdmission implements Admission {
  /** May be lowered while it runs (no file descriptor left). */
  maxConnections: number;
  readonly #limits: AdmissionLimits;
  readonly #byAddress = new Map<string, number>();
  readonly #byUser = new Map<string, number>();
  #connections = 0;
  #unauthenticated = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.maxConnections = limits.maxConnections;
  }

  get connections(): number {
    return this.#connections;
  }

  // deno-lint-ignore require-await -- shared counts will have to wait
  async connect(hostname: string): Promise<Place | Refusal> {
    const { maxConnectionsPerAddress, maxUnauthenticated } = this.#limits;
    const here = this.#byAddress.get(hostname) ?? 0;
    if (this.#connections >= this.maxConnections) {
      return { refused: "server_full" };
    }
    if (here >= maxConnectionsPerAddress) return { refused: "address_full" };
    if (this.#unauthenticated >= maxUnauthenticated) {
      return { refused: "server_full" };
    }
    this.#connections++;
    this.#unauthenticated++;
    this.#byAddress.set(hostname, here + 1);
    return this.#place(hostname);
  }

  #place(hostname: string): Place {
    let user: string | null = null;
    let left = false;
    return {
      // deno-lint-ignore require-await -- as above
      login: async (username) => {
        const here = this.#byUser.get(username) ?? 0;
        if (here >= this.#limits.maxConnectionsPerUser) {
          return { refused: "user_full" };
        }
        if (user === null) this.#unauthenticated--;
        user = username;
        this.#byUser.set(username, here + 1);
        return null;
      },
      leave: () => {
        if (left) return;
        left = true;
        this.#connections--;
        if (user === null) this.#unauthenticated--;
        else countDown(this.#byUser, user);
        countDown(this.#byAddress, hostname);
      },
    };
  }
}

function countDown(counts: Map<string, number>, key: string): void {
  const count = (counts.get(key) ?? 1) - 1;
  if (count > 0) counts.set(key, count);
  else counts.delete(key);
}
