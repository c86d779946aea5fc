/**
 * Making a folder's changes last, for all that wait at once: whoever changed it
 * before a sync begins is served by that sync.
 * @module
 */
export class FolderSync {
  readonly #sync: (folder: string) => Promise<void>;
  readonly #underway = new Map<string, Promise<void>>();
  readonly #next = new Map<string, Promise<void>>();

  constructor(sync: (folder: string) => Promise<void>) {
    this.#sync = sync;
  }

  /** Resolves once every change made to `folder` before the call will last. */
  sync(folder: string): Promise<void> {
    const waiting = this.#next.get(folder);
    if (waiting !== undefined) return waiting;
    const underway = this.#underway.get(folder);
    if (underway === undefined) return this.#start(folder);
    const next = underway.catch(() => {}).then(() => {
      this.#next.delete(folder);
      return this.#start(folder);
    });
    this.#next.set(folder, next);
    return next;
  }

  #start(folder: string): Promise<void> {
    const sync = this.#sync(folder).finally(() => {
      if (this.#underway.get(folder) === sync) this.#underway.delete(folder);
    });
    this.#underway.set(folder, sync);
    return sync;
  }
}
