/** @module What listings of both sides are shown by. */
import type { RemoteEntry } from "../remote.ts";
import type { Look, Shown } from "../terminal/listing.ts";
import type { EntryShown } from "./events.ts";
import type { Work } from "./desk.ts";

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

/** As an event. */
export function shownEntry(
  { name, type, size, mtimeNs, mode, target, unreachable }: Shown,
): EntryShown {
  return {
    ...{ name, size, mtimeNs, mode },
    type: type === "folder" ? "dir" : type,
    ...(target === undefined ? {} : { target }),
    ...(unreachable ? { unreachable } : {}),
  };
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
