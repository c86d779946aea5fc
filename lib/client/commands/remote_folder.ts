/**
 * The folder on the server that names are relative to. Only ftpc knows of it:
 * requests carry whole paths.
 * @module
 */
import { joinRemote } from "../places/place.ts";

export class RemoteFolder {
  /** Empty: the home. */
  #path = "";

  /** What `name` is called from the home. */
  resolve(name: string): string {
    return joinRemote(this.#path, name);
  }

  /** @param path From the home; who calls has seen that it is a folder. */
  change(path: string): void {
    this.#path = path === "." ? "" : path;
  }
}
