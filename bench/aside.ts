/**
 * What a bench's rounds made, put out of the way without removing it: a file
 * system may pay for what was removed when the next file is made (ext4 without
 * a journal passes over each inode that was freed within the last minutes), and
 * a round would then measure how many rounds there were before it.
 * @module
 */
import * as path from "node:path";
import { removedTree } from "./tree.ts";

/** More files than this are not kept from one part of a bench to the next. */
const FILES_KEPT_MAX = 500_000;

export class Aside {
  readonly #folder: string;
  #taken = 0;
  #files = 0;

  /** @param folder On the file system of all that is to be taken. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Take away what stands at `target`, if anything does: some `files`. */
  async take(target: string, files: number): Promise<void> {
    await Deno.mkdir(this.#folder, { recursive: true });
    try {
      await Deno.rename(target, path.join(this.#folder, `${this.#taken}`));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return;
      throw error;
    }
    this.#taken++;
    this.#files += files;
  }

  /** Between two parts, where nothing is timed: many files are removed. */
  async tidy(): Promise<void> {
    if (this.#files <= FILES_KEPT_MAX) return;
    await removedTree(this.#folder);
    this.#files = 0;
  }
}
