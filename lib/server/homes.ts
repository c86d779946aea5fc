/**
 * The homes of the accounts, each opened once and shared by its sessions,
 * together with what is known of its parts and of the deeds done there.
 * @module
 */
import type { Account } from "../accounts/mod.ts";
import type { Clock, Random } from "../runtime/mod.ts";
import {
  type Home,
  Operations,
  PartStore,
  StorageError,
} from "../storage/mod.ts";
import { Deeds } from "./resume/deeds.ts";

/** Opens an account's home; made at its first login. */
export type OpenHome = (account: Account) => Promise<Home>;

/** A home, and what lies beside it. */
export interface OpenedHome {
  readonly home: Home;
  /** Null where parts cannot be kept. */
  readonly parts: PartStore | null;
  readonly deeds: Deeds;
}

export interface HomesOptions {
  readonly runtime: { readonly clock: Clock; readonly random: Random };
  /** How long a part stays, and how many of them an account has. */
  readonly partTtlMs: number;
  readonly partsMax: number;
}

export class Homes {
  readonly #open: OpenHome;
  readonly #options: HomesOptions;
  readonly #opened = new Map<string, Promise<OpenedHome>>();
  /** Accounts may share a home: then they share all of it. */
  readonly #beside = new Map<Home, OpenedHome>();

  constructor(open: OpenHome, options: HomesOptions) {
    this.#open = open;
    this.#options = options;
  }

  /**
   * @throws {StorageError} Where it cannot be opened: the next call tries
   * again. `aborted` once the signal fires: a disk that hangs heeds none, and
   * who waits for it must not be held.
   */
  async of(account: Account, signal: AbortSignal): Promise<OpenedHome> {
    const { name } = account;
    let opened = this.#opened.get(name);
    if (opened === undefined) {
      opened = this.#open(account).then((home) => this.#withBeside(home));
      opened.catch(() => this.#opened.delete(name));
      this.#opened.set(name, opened);
    }
    const aborted = Promise.withResolvers<never>();
    const onAbort = () =>
      aborted.reject(
        new StorageError("aborted", "given up", { cause: signal.reason }),
      );
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort);
    try {
      return await Promise.race([opened, aborted.promise]);
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Remove the parts that have had their time, of all homes that are open. */
  async tidy(onFailed: (error: unknown) => void): Promise<void> {
    for (const { parts } of [...this.#beside.values()]) {
      try {
        await parts?.tidy();
      } catch (error) {
        onFailed(error);
      }
    }
  }

  #withBeside(home: Home): OpenedHome {
    const earlier = this.#beside.get(home);
    if (earlier !== undefined) return earlier;
    const { runtime: { clock, random }, partTtlMs, partsMax } = this.#options;
    const { partFiles: files, operationsFile } = home;
    const opened = {
      home,
      parts: files &&
        new PartStore({ files, clock, random, ttlMs: partTtlMs, partsMax }),
      deeds: new Deeds(new Operations(operationsFile, clock)),
    };
    this.#beside.set(home, opened);
    return opened;
  }
}
