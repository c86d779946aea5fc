/** @module A file of this machine that is read as text: a script, a list. */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import { localError } from "./error.ts";

export interface LocalInput extends Disposable {
  /** Fill the start of `into`; null at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** @throws {ClientError} `not_found`, `is_folder`, `local_failed`, …. */
export function openInput(path: string): LocalInput {
  try {
    const file = Deno.openSync(path);
    return {
      async read(into) {
        try {
          return await file.read(into);
        } catch (error) {
          throw localError(path, error);
        }
      },
      [Symbol.dispose]: () => file.close(),
    };
  } catch (error) {
    throw localError(path, error);
  }
}

/** @throws {ClientError} As `openInput`; `usage`: over `bytesMax`. */
export function readText(path: string, bytesMax: number): string {
  try {
    if (Deno.statSync(path).size > bytesMax) {
      throw new ClientError("usage", ...texts.local.tooLarge(path, bytesMax));
    }
    return Deno.readTextFileSync(path);
  } catch (error) {
    throw localError(path, error);
  }
}
