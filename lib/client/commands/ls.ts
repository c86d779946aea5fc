/**
 * ls: the entries of folders on the server.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import type { List } from "../grammar/commands.ts";
import type { RemoteEntry } from "../remote.ts";
import {
  columnLines,
  longLines,
  type Look,
  type Shown,
  singleLines,
} from "../terminal/listing.ts";
import { texts } from "../texts/mod.ts";
import { compareNames } from "../tree/entry.ts";
import type { Work } from "./desk.ts";
import { NamesSeen } from "../session/names_seen.ts";
import { each, notRead } from "./each.ts";
import { LastingSession, namesThere } from "./lasting_session.ts";
import { asShown, below, lookOf, shownEntry } from "./shown_entries.ts";

/** More are printed as they come: to sort them they would all be kept. */
const SORTED_MAX = 100_000;

export async function ls(work: Work, command: List): Promise<number> {
  await using session = await LastingSession.open(work);
  const given = command.names.length === 0 ? ["."] : command.names;
  const names = await namesThere(work, session, "ls", given);
  const lister = new Lister(work, session, command, names.length > 1);
  const folders: string[] = [];
  const files: Shown[] = [];
  let exitCode = await each(work, "ls", names, async (name) => {
    const place = work.desk.remote.resolve(name);
    const { signal } = work;
    const info = await session.do((client) =>
      client.stat(place, { signal, verb: "ls" })
    );
    if (info.type === "folder") folders.push(name);
    else files.push({ ...info, name });
  });
  if (files.length > 0) await lister.print(files, ".");
  const listed = await each(work, "ls", folders, async (name) => {
    if (command.recursive) return await lister.tree(name);
    await lister.folder(name);
    return 0;
  });
  exitCode ||= listed;
  return exitCode;
}

class Lister {
  readonly #work: Work;
  readonly #session: LastingSession;
  readonly #command: List;
  readonly #titled: boolean;
  #printed = false;

  constructor(
    work: Work,
    session: LastingSession,
    command: List,
    titled: boolean,
  ) {
    this.#work = work;
    this.#session = session;
    this.#command = command;
    this.#titled = titled || command.recursive;
  }

  async folder(name: string): Promise<void> {
    const { desk: { remote, runtime }, signal } = this.#work;
    const place = remote.resolve(name);
    const kept: Shown[] = [];
    /** The names of those that were printed: of too many to be kept. */
    let printed: NamesSeen | null = null;
    await this.#session.do(async (client) => {
      kept.length = 0;
      const isAgain = printed !== null;
      for await (const page of client.list(place, { signal, verb: "ls" })) {
        for (const one of page) {
          const isNew = !isAgain || printed?.add(one.name) !== false;
          if (isNew && this.#isShown(one)) kept.push(asShown(one));
        }
        if (kept.length <= SORTED_MAX && printed === null) continue;
        if (printed === null) {
          this.#title(name);
          this.#tooMany();
          printed = NamesSeen.seeded(runtime.random);
        }
        if (!isAgain) kept.forEach(({ name }) => printed?.add(name));
        await this.#print(kept.splice(0), name);
        this.#session.progress();
      }
    });
    if (printed !== null) return;
    this.#title(name);
    await this.print(kept, name);
  }

  /** The folder and all that are in it, each with its own lines. */
  async tree(name: string): Promise<number> {
    let exitCode = 0;
    const place = this.#work.desk.remote.resolve(name);
    /** Null: they were too many to be kept. */
    let kept: RemoteEntry[] | null = [];
    await this.#session.walk(place, "ls", async (page) => {
      const shown: RemoteEntry[] = [];
      for (const entry of page) {
        const code = notRead(this.#work, "ls", entry);
        exitCode ||= code;
        if (this.#isShown(entry)) shown.push(entry);
      }
      if (kept !== null) {
        kept.push(...shown);
        if (kept.length <= SORTED_MAX) return;
        this.#tooMany();
      }
      const all = kept ?? shown;
      kept = null;
      await this.#print(all.map((one) => asShown(one, one.path)), name);
    });
    if (kept === null) return exitCode;
    const folders = [...byFolder(kept)]
      .sort(([a], [b]) => compareNames(a, b));
    for (const [folder, entries] of folders) {
      const title = folder === "" ? name : below(name, folder);
      this.#title(title);
      await this.print(entries, title);
    }
    return exitCode;
  }

  /** Sorted; `folder` is where they are. */
  async print(entries: readonly Shown[], folder: string): Promise<void> {
    const sorted = entries.toSorted(ORDERS[this.#command.sort]);
    if (this.#command.reverse) sorted.reverse();
    await this.#print(sorted, folder);
  }

  async #print(entries: readonly Shown[], folder: string): Promise<void> {
    const { reporter, desk: { terminal } } = this.#work;
    if (entries.length === 0) return;
    this.#printed = true;
    if (reporter.json) {
      for (const entry of entries) {
        const path = below(folder, entry.name);
        reporter.entry(shownEntry(entry, path), () => "");
      }
      return;
    }
    const look = await lookOf(this.#work, entries, this.#command.human);
    terminal.print(this.#lines(entries, look));
  }

  #lines(entries: readonly Shown[], look: Look): string {
    switch (this.#command.format) {
      case "long":
        return longLines(entries, look);
      case "single":
        return singleLines(entries, look);
      case "auto":
        return this.#work.desk.terminal.outputIsTerminal
          ? columnLines(entries, look)
          : singleLines(entries, look);
    }
  }

  #title(name: string): void {
    const { reporter, desk: { terminal } } = this.#work;
    if (!this.#titled || reporter.json) return;
    terminal.print(texts.commands.folderTitle(printable(name), !this.#printed));
    this.#printed = true;
  }

  #tooMany(): void {
    const { desk: { terminal }, settings } = this.#work;
    if (!settings.quiet) terminal.say(texts.commands.notSorted(SORTED_MAX));
  }

  /** Nor is what lies in a folder that is not shown. */
  #isShown({ path }: RemoteEntry): boolean {
    return this.#command.all || !/(?:^|\/)\./.test(path);
  }
}

/** Each folder with what is in it: a walk lists it before that. */
function byFolder(entries: readonly RemoteEntry[]): Map<string, Shown[]> {
  const folders = new Map<string, Shown[]>([["", []]]);
  for (const entry of entries) {
    const parent = entry.path.slice(0, -entry.name.length - 1);
    folders.get(parent)?.push(asShown(entry));
    if (entry.type === "folder") folders.set(entry.path, []);
  }
  return folders;
}

const ORDERS = {
  name: (a: Shown, b: Shown) => compareNames(a.name, b.name),
  time: (a: Shown, b: Shown) =>
    a.mtimeNs === b.mtimeNs
      ? compareNames(a.name, b.name)
      : a.mtimeNs > b.mtimeNs
      ? -1
      : 1,
  size: (a: Shown, b: Shown) => b.size - a.size || compareNames(a.name, b.name),
};
