/**
 * The folder on the server that names are relative to. Only ftpc knows of it:
 * requests carry whole paths.
 * @module
 */
import * as path from "node:path";
import { joinRemote } from "../places/place.ts";

export class RemoteFolder {
  /** Empty: the home. */
  #path = "";
  #before: string | null = null;

  /** What `name` is called from the home. */
  resolve(name: string): string {
    return joinRemote(this.#path, name);
  }

  /** The whole path, as `pwd` prints it: `/` is the home. */
  get path(): string {
    return `/${this.#path}`;
  }

  /** The whole path of the folder that was left last; null: none was. */
  get before(): string | null {
    return this.#before;
  }

  /**
   * The whole path of `name`: `..` leads up as the server has it, by the text,
   * but never above the home.
   */
  pathOf(name: string): string {
    const whole = path.posix.resolve("/", this.resolve(name));
    return whole.replace(/^\/+/, "/");
  }

  /** Who calls has seen that it is a folder. */
  change(name: string): void {
    const to = this.pathOf(name).slice(1);
    this.#before = this.path;
    this.#path = to;
  }
}
