/** @module What listings of both sides are shown by. */
import { printable } from "../../protocol/printable.ts";
import type { RemoteEntry } from "../remote.ts";
import type { Look, Shown } from "../terminal/listing.ts";
import type { EntryShown } from "./events.ts";
import type { Work } from "./desk.ts";
import type { Reporter } from "./reporter.ts";

/** How entries are to look here and now. */
export async function lookOf(
  { desk: { terminal, runtime } }: Work,
  entries: readonly { readonly name: string }[],
  human: boolean,
): Promise<Look> {
  const plain = entries.every(({ name }) => /^[\x20-\x7e]*$/.test(name));
  return {
    columns: terminal.columns(),
    colours: terminal.outputIsTerminal && !Deno.noColor,
    human,
    now: runtime.clock.date(),
    // 20 ms to load: only for names that need it.
    widthOf: plain
      ? (text) => text.length
      : (await import("string-width")).default,
  };
}

/**
 * As an event.
 * @param path Where it is, where its name does not say so.
 */
export function shownEntry(
  { name, type, size, mtimeNs, mode, target, unreachable }: Shown,
  path?: string,
): EntryShown {
  return {
    ...(path === undefined ? {} : { path }),
    ...{ name, size, mtimeNs, mode },
    type: type === "folder" ? "dir" : type,
    ...(target === undefined ? {} : { target }),
    ...(unreachable ? { unreachable } : {}),
  };
}

/** A name in a folder, as it can be asked for. */
export function below(folder: string, name: string): string {
  if (folder === ".") return name;
  return folder.endsWith("/") ? folder + name : `${folder}/${name}`;
}

/** Which folder it is. */
export function folderShown(reporter: Reporter, name: string): void {
  reporter.entry(
    { name, type: "dir", size: null, mtimeNs: null, mode: null },
    () => `${printable(name)}\n`,
  );
}

/** As `name`, which may be more than its own: a path. */
export function asShown(entry: RemoteEntry, name = entry.name): Shown {
  const { type, size, mtimeNs, mode, target, reachable } = entry;
  return {
    ...{ name, type, size, mtimeNs, mode },
    ...(target === undefined ? {} : { target }),
    ...(reachable ? {} : { unreachable: true }),
  };
}
