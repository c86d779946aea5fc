/**
 * The names in a folder of this machine, for Tab: only where they may be seen
 * without asking anybody.
 * @module
 */

export interface LocalName {
  readonly name: string;
  readonly isFolder: boolean;
}

/** @throws Where it is no folder, or not for us. */
export function* namesIn(folder: string): Generator<LocalName> {
  const { state } = Deno.permissions.querySync({ name: "read", path: folder });
  if (state !== "granted") return;
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    yield { name, isFolder: isDirectory };
  }
}
