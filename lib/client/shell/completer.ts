/**
 * Tab in the shell: looks names up, here and on the server, and never keeps who
 * types waiting: what a server takes long to say is there at the next Tab.
 * @module
 */
import type { Runtime } from "../../runtime/mod.ts";
import type { Complete } from "../terminal/terminal.ts";
import {
  type Candidate,
  type Completed,
  completionOf,
  type NameFound,
  namesFitting,
  placeAt,
  splitName,
  wordsFitting,
} from "./completion.ts";

const WAIT_MS_MAX = 300;
/** Listings that are kept, and the names of each. */
const FOLDERS_MAX = 16;
const NAMES_MAX = 10_000;

export interface CompleterOptions {
  readonly runtime: Pick<Runtime, "timers">;
  readonly commands: readonly Completed[];
  /** The names in a local folder, as typed (empty: the current one). */
  readonly local: (folder: string) => Iterable<NameFound>;
  /** Those in a folder on the server, likewise, some at a time. */
  readonly remote: (folder: string) => AsyncIterable<readonly NameFound[]>;
}

export class Completer {
  readonly #options: CompleterOptions;
  /** By the folder as typed; the latest last. */
  readonly #listed = new Map<string, Promise<readonly NameFound[]>>();

  constructor(options: CompleterOptions) {
    this.#options = options;
  }

  /** A command was run: folders may hold other names now. */
  forget(): void {
    this.#listed.clear();
  }

  readonly complete: Complete = async (line, cursor) => {
    const before = line.slice(0, cursor);
    const place = placeAt(before, this.#options.commands);
    if (place === null) {
      return { start: cursor, insert: "", candidates: [] };
    }
    const candidates: Candidate[] = [];
    for (const wanted of place.wanted) {
      if (wanted.kind === "words") {
        candidates.push(...wordsFitting(wanted.words, place.typed));
        continue;
      }
      const { folder } = splitName(place.typed);
      const found = wanted.kind === "local"
        ? this.#local(folder)
        : await this.#remote(folder);
      candidates.push(...namesFitting(found, place.typed, wanted.foldersOnly));
    }
    return completionOf(place, candidates, before);
  };

  #local(folder: string): readonly NameFound[] {
    try {
      return [...this.#options.local(folder)];
    } catch {
      return []; // no such folder, or not for us: there is nothing to complete
    }
  }

  async #remote(folder: string): Promise<readonly NameFound[]> {
    let listed = this.#listed.get(folder);
    if (listed === undefined) {
      listed = this.#list(folder);
      this.#listed.set(folder, listed);
      for (const oldest of this.#listed.keys()) {
        if (this.#listed.size <= FOLDERS_MAX) break;
        this.#listed.delete(oldest);
      }
    }
    const late = Promise.withResolvers<readonly NameFound[]>();
    using _timer = this.#options.runtime.timers.after(
      WAIT_MS_MAX,
      () => late.resolve([]),
    );
    return await Promise.race([listed, late.promise]);
  }

  async #list(folder: string): Promise<readonly NameFound[]> {
    const names: NameFound[] = [];
    try {
      for await (const some of this.#options.remote(folder)) {
        names.push(...some);
        if (names.length > NAMES_MAX) break;
      }
      return names;
    } catch {
      this.#listed.delete(folder); // the next Tab asks again
      return [];
    }
  }
}
