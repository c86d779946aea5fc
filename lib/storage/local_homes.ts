/**
 * Local homes by their real folders: accounts that share a folder share a home,
 * and with it what is known of its parts.
 * @module
 */
import type { Home } from "./home.ts";
import { type LocalHomeOptions, openRealHome } from "./local.ts";

export class LocalHomes {
  readonly #options: LocalHomeOptions;
  readonly #homes = new Map<string, Home>();

  constructor(options: LocalHomeOptions) {
    this.#options = options;
  }

  /**
   * Open a folder, once; it is made where it is missing.
   * @throws {StorageError} As `openLocalHome`.
   */
  async open(folder: string): Promise<Home> {
    const { home, real } = await openRealHome(folder, this.#options);
    const earlier = this.#homes.get(real);
    if (earlier !== undefined) return earlier;
    this.#homes.set(real, home);
    return home;
  }
}
