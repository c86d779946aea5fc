/**
 * The folder that local names are relative to: the working folder, until `lcd`.
 * The process itself stays where it is.
 * @module
 */
import * as path from "node:path";
import { ClientError } from "../error.ts";
import { localError } from "./error.ts";
import { texts } from "../texts/mod.ts";
import { type LocalName, namesIn } from "./names.ts";

export class LocalFolder {
  /** Empty: the working folder of the process. */
  #path = "";

  /** @returns A path that the system understands. */
  resolve(name: string): string {
    return path.isAbsolute(name) || this.#path === ""
      ? name
      : path.join(this.#path, name);
  }

  /** The whole path, as `lpwd` prints it. */
  get path(): string {
    return path.resolve(Deno.cwd(), this.#path);
  }

  /** What is in a folder, as far as it may be seen. @throws Its errors. */
  names(name: string): Iterable<LocalName> {
    return namesIn(this.resolve(name === "" ? "." : name));
  }

  isFolder(name: string): boolean {
    try {
      return Deno.statSync(this.resolve(name)).isDirectory;
    } catch {
      return false; // what is wrong with it shows when it is opened
    }
  }

  /** @throws {ClientError} `not_found`, `not_a_folder`, `local_failed`. */
  change(name: string): void {
    const there = path.resolve(this.path, name);
    try {
      if (!Deno.statSync(there).isDirectory) {
        throw new ClientError(
          "not_a_folder",
          ...texts.local.notAFolder(name),
        );
      }
    } catch (error) {
      throw localError(`lcd ${name}`, error);
    }
    this.#path = there;
  }
}
