/** @module lls: the entries of folders of this machine. */
import * as path from "node:path";
import { printable } from "../../protocol/printable.ts";
import type { LocalList } from "../grammar/commands.ts";
import { listLocal } from "../local/list.ts";
import { columnLines, longLines, singleLines } from "../terminal/listing.ts";
import { texts } from "../texts/mod.ts";
import { compareNames } from "../tree/entry.ts";
import type { Work } from "./desk.ts";
import { each } from "./each.ts";
import { lookOf, shownEntry } from "./shown_entries.ts";

export async function lls(
  work: Work,
  { names, long, all }: LocalList,
): Promise<number> {
  const { desk: { folder, terminal, permissions }, reporter } = work;
  const given = names.length === 0 ? ["."] : names;
  return await each(work, "lls", given, async (name) => {
    const place = folder.resolve(name);
    await permissions.ensure([{ name: "read", path: place }]);
    const entries = listLocal(place, name)
      .filter((one) => all || !one.name.startsWith(".") || one.name === name)
      .sort((a, b) => compareNames(a.name, b.name));
    if (reporter.json) {
      for (const entry of entries) {
        // A file that was named is listed as it was written.
        const isIt = entry.name === name;
        const where = isIt ? name : path.join(name, entry.name);
        reporter.entry(shownEntry(entry, where), () => "");
      }
      return;
    }
    const look = await lookOf(work, entries, false);
    if (given.length > 1) {
      terminal.print(
        texts.commands.folderTitle(printable(name), name === given[0]),
      );
    }
    terminal.print(
      long
        ? longLines(entries, look)
        : terminal.outputIsTerminal
        ? columnLines(entries, look)
        : singleLines(entries, look),
    );
  });
}
