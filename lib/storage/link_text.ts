/**
 * What a link may say (pure): only where a name could lead as well. What it
 * says is judged from the folder that really holds it; where links on its way
 * lead, a home judges whenever it is followed.
 * @module
 */
import { storageError } from "./disk_error.ts";
import { resolveName } from "./path.ts";

/**
 * @param folder The segments of the folder that is to hold the link, with no
 * link among them.
 * @throws {StorageError} `outside` (absolute, or above the root), `bad_name`.
 */
export function judgeLinkText(text: string, folder: readonly string[]): void {
  if (text === "") throw storageError("bad_name");
  if (text.startsWith("/")) throw storageError("outside");
  let depth = folder.length;
  for (const segment of text.split("/")) {
    if (segment === "" || segment === ".") continue;
    depth += segment === ".." ? -1 : 1;
    if (depth < 0) throw storageError("outside");
  }
  resolveName([...folder, text].join("/")); // the rules of names hold, too
}
