/**
 * ls: the entries of folders on the server.
 * @module
 */
import { printable } from "../../protocol/printable.ts";
import type { List } from "../grammar/commands.ts";
import type { FtpClient } from "../library.ts";
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
import { each, notRead, remoteNames } from "./each.ts";
import { asShown, lookOf, shownEntry } from "./shown_entries.ts";

/** More are printed as they come: to sort them they would all be kept. */
const SORTED_MAX = 100_000;

export async function ls(work: Work, command: List): Promise<number> {
  const client = await work.session();
  const given = command.names.length === 0 ? ["."] : command.names;
  const names = await remoteNames(work, client, "ls", given);
  const lister = new Lister(work, client, command, names.length > 1);
  const folders: string[] = [];
  const files: Shown[] = [];
  let exitCode = await each(work, "ls", names, async (name) => {
    const place = work.desk.remote.resolve(name);
    const { signal } = work;
    const info = await client.stat(place, { signal, verb: "ls" });
    if (info.type === "folder") folders.push(name);
    else files.push({ ...info, name });
  });
  if (files.length > 0) await lister.print(files);
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
  readonly #client: FtpClient;
  readonly #command: List;
  readonly #titled: boolean;
  #printed = false;

  constructor(work: Work, client: FtpClient, command: List, titled: boolean) {
    this.#work = work;
    this.#client = client;
    this.#command = command;
    this.#titled = titled || command.recursive;
  }

  async folder(name: string): Promise<void> {
    const { desk: { remote }, signal } = this.#work;
    const place = remote.resolve(name);
    const kept: Shown[] = [];
    let inOrder = true;
    for await (const page of this.#client.list(place, { signal, verb: "ls" })) {
      kept.push(
        ...page.filter((one) => this.#isShown(one)).map((one) => asShown(one)),
      );
      if (kept.length <= SORTED_MAX && inOrder) continue;
      if (inOrder) this.#title(name);
      if (inOrder) this.#tooMany();
      inOrder = false;
      await this.#print(kept.splice(0));
    }
    if (!inOrder) return await this.#print(kept);
    this.#title(name);
    await this.print(kept);
  }

  /** The folder and all that are in it, each with its own lines. */
  async tree(name: string): Promise<number> {
    let exitCode = 0;
    const { desk: { remote }, signal } = this.#work;
    const place = remote.resolve(name);
    const folders = new Map<string, Shown[]>([["", []]]);
    let count = 0;
    let inOrder = true;
    const walk = this.#client.walk(place, { signal, verb: "ls" });
    for await (const page of walk) {
      for (const entry of page) {
        const code = notRead(this.#work, "ls", entry);
        exitCode ||= code;
        const parent = entry.path.slice(0, -entry.name.length - 1);
        if (!this.#isShown(entry) || !folders.has(parent)) continue;
        folders.get(parent)?.push(asShown(entry));
        if (entry.type === "folder") folders.set(entry.path, []);
        count++;
      }
      if (count <= SORTED_MAX) continue;
      if (inOrder) this.#tooMany();
      inOrder = false;
      for (const [folder, entries] of folders) {
        await this.#print(
          entries.splice(0).map((one) => ({
            ...one,
            name: folder === "" ? one.name : `${folder}/${one.name}`,
          })),
        );
      }
    }
    if (!inOrder) {
      for (const [folder, entries] of folders) {
        await this.#print(entries.map((one) => ({
          ...one,
          name: folder === "" ? one.name : `${folder}/${one.name}`,
        })));
      }
      return exitCode;
    }
    const all = [...folders].sort(([a], [b]) => compareNames(a, b));
    for (const [folder, entries] of all) {
      const base = name === "." ? "" : name;
      this.#title(
        folder === "" ? name : base === "" ? folder : `${base}/${folder}`,
      );
      await this.print(entries);
    }
    return exitCode;
  }

  /** Sorted. */
  async print(entries: readonly Shown[]): Promise<void> {
    const sorted = entries.toSorted(ORDERS[this.#command.sort]);
    await this.#print(this.#command.reverse ? sorted.reverse() : sorted);
  }

  async #print(entries: readonly Shown[]): Promise<void> {
    const { reporter, desk: { terminal } } = this.#work;
    if (entries.length > 0) this.#printed = true;
    if (reporter.json) {
      for (const entry of entries) {
        reporter.entry(shownEntry(entry), () => "");
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

  #isShown({ name }: RemoteEntry): boolean {
    return this.#command.all || !name.startsWith(".");
  }
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
