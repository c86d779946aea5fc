/**
 * The homes of the accounts, each opened once and shared by its sessions.
 * @module
 */
import type { Account } from "../accounts/mod.ts";
import { type Home, StorageError } from "../storage/mod.ts";

/** Opens an account's home; made at its first login. */
export type OpenHome = (account: Account) => Promise<Home>;

export class Homes {
  readonly #open: OpenHome;
  readonly #opened = new Map<string, Promise<Home>>();

  constructor(open: OpenHome) {
    this.#open = open;
  }

  /**
   * @throws {StorageError} Where it cannot be opened: the next call tries
   * again. `aborted` once the signal fires: a disk that hangs heeds none, and
   * who waits for it must not be held.
   */
  async of(account: Account, signal: AbortSignal): Promise<Home> {
    const { name } = account;
    let home = this.#opened.get(name);
    if (home === undefined) {
      home = this.#open(account);
      home.catch(() => this.#opened.delete(name));
      this.#opened.set(name, home);
    }
    const aborted = Promise.withResolvers<never>();
    const onAbort = () =>
      aborted.reject(
        new StorageError("aborted", "given up", { cause: signal.reason }),
      );
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    try {
      return await Promise.race([home, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }
}
