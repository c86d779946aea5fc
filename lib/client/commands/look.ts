/**
 * Commands that look and change nothing: stat, du, df, find, pwd, status.
 * @module
 */
import * as path from "node:path";
import { printable } from "../../protocol/printable.ts";
import type { DiskFree, DiskUsage, Find, Stat } from "../grammar/commands.ts";
import { modeOf, type Shown } from "../terminal/listing.ts";
import { formatBytes } from "../terminal/progress.ts";
import { texts } from "../texts/mod.ts";
import { compileGlob } from "../tree/glob.ts";
import { wrapped } from "../terminal/wrapped.ts";
import type { Work } from "./desk.ts";
import { formatTime, spaceEvent, statusEvent } from "./events.ts";
import { type FolderSum, FolderSums } from "./folder_sums.ts";
import { each, notRead } from "./each.ts";
import { LastingSession, namesThere } from "./lasting_session.ts";
import { asShown, below, folderShown, shownEntry } from "./shown_entries.ts";

export async function stat(work: Work, { names }: Stat): Promise<number> {
  const { desk: { remote }, reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, "stat", names);
  return await each(work, "stat", all, async (name) => {
    const place = remote.resolve(name);
    const info = await session.do((client) => client.stat(place, { signal }));
    const shown = { name, ...info };
    reporter.entry(
      shownEntry(shown),
      () =>
        texts.commands.stat({
          name: printable(name),
          type: texts.commands.types[info.type],
          size: texts.commands.bytes(String(info.size)),
          mtime: formatTime(info.mtimeNs) ?? "?",
          mode: info.mode === null
            ? null
            : `${info.mode.toString(8).padStart(4, "0")} ${modeOf(info)}`,
        }),
    );
  });
}

export async function du(
  work: Work,
  { names, summary, human }: DiskUsage,
): Promise<number> {
  const { desk: { remote }, reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const given = names.length === 0 ? ["."] : names;
  const all = await namesThere(work, session, "du", given);
  return await each(work, "du", all, async (name) => {
    const place = remote.resolve(name);
    const info = () =>
      session.do((client) => client.stat(place, { signal, verb: "du" }));
    if (summary) {
      const { bytes } = await session.do((client) =>
        client.du(place, { signal })
      );
      // A line says nothing of what only stat knows.
      const known = reporter.json ? await info() : null;
      return printUsage(work, { ...known, name, size: bytes }, human);
    }
    const found = await info();
    if (found.type !== "folder") {
      return printUsage(work, { ...found, name }, human);
    }
    const sums = new FolderSums(found);
    const print = (folders: readonly FolderSum[]) => {
      for (const { path, bytes, mtimeNs, mode } of folders) {
        const shown = path === "" ? name : below(name, path);
        const folder = { name: shown, size: bytes, mtimeNs, mode };
        printUsage(work, folder, human);
      }
    };
    let exitCode = 0;
    await session.walk(place, "du", (page) => {
      for (const entry of page) {
        const code = notRead(work, "du", entry);
        exitCode ||= code;
        print(sums.add(entry));
      }
    });
    print(sums.end());
    return exitCode;
  });
}

function printUsage(
  { reporter }: Work,
  { name, size, type = "folder", mtimeNs = null, mode = null }: Usage,
  human: boolean,
): void {
  const shown = human ? formatBytes(size) : String(size);
  reporter.entry({
    ...{ name, size, mtimeNs, mode, type: type === "folder" ? "dir" : type },
  }, () => `${shown}\t${printable(name)}\n`);
}

/** `size` is that of all below it; what is not known is left out. */
interface Usage extends Pick<Shown, "name" | "size"> {
  readonly type?: Shown["type"];
  readonly mtimeNs?: bigint | null;
  readonly mode?: number | null;
}

export async function df(work: Work, { human }: DiskFree): Promise<number> {
  const { reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const space = await session.do((client) =>
    client.space({ signal, verb: "df" })
  );
  const shown = (bytes: number | null) =>
    bytes === null
      ? null
      : human
      ? formatBytes(bytes)
      : texts.commands.bytes(String(bytes));
  reporter.shown(() => spaceEvent(space), () =>
    texts.commands.space({
      free: shown(space.freeBytes),
      total: shown(space.totalBytes),
      upload: shown(space.uploadBytes),
    }));
  return 0;
}

export async function find(
  work: Work,
  { names, glob, type, newerNs }: Find,
): Promise<number> {
  const { desk: { remote }, reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const [segment] = glob === null
    ? []
    : compileGlob(glob, { dots: true }).segments;
  const matches = ({ name, type: is, mtimeNs }: Shown) =>
    (segment === undefined || segment.kind === "folders" ||
      segment.matches(name)) &&
    (type === null || is === (type === "f" ? "file" : "folder")) &&
    (newerNs === null || mtimeNs > newerNs);
  const given = names.length === 0 ? ["."] : names;
  const all = await namesThere(work, session, "find", given);
  const print = (entry: Shown) =>
    reporter.entry(shownEntry(entry), () => `${printable(entry.name)}\n`);
  return await each(work, "find", all, async (name) => {
    const place = remote.resolve(name);
    // What was named is looked at, too, as long as it has a name.
    if (name !== ".") {
      const info = await session.do((client) =>
        client.stat(place, { signal, verb: "find" })
      );
      const base = path.posix.basename(remote.pathOf(name));
      if (matches({ ...info, name: base })) print({ ...info, name });
      if (info.type !== "folder") return;
    }
    let exitCode = 0;
    await session.walk(place, "find", (page) => {
      for (const entry of page) {
        const code = notRead(work, "find", entry);
        exitCode ||= code;
        if (matches(entry)) print(asShown(entry, below(name, entry.path)));
      }
    });
    return exitCode;
  });
}

export function pwd({ desk: { remote }, reporter }: Work): number {
  folderShown(reporter, remote.path);
  return 0;
}

export function lpwd({ desk: { folder }, reporter }: Work): number {
  folderShown(reporter, folder.path);
  return 0;
}

/** Columns that stand before what they name. */
const LABEL = 14;

export async function status(work: Work): Promise<number> {
  const { desk: { remote, folder, terminal }, reporter } = work;
  const client = await work.session();
  const { server } = work;
  const { uploadBytes } = client.limits;
  const features = [...client.features];
  const { username } = client;
  const localFolder = folder.path;
  reporter.shown(() =>
    statusEvent({
      ...{ server, username, folder: remote.path, localFolder, features },
    }), () =>
    texts.commands.status({
      server: printable(server),
      user: printable(username),
      remote: printable(remote.path),
      local: printable(localFolder),
      features: wrapped(
        features.map(printable).join(" "),
        terminal.columns() - LABEL,
      ),
      limits: uploadBytes === null
        ? texts.commands.noLimit
        : formatBytes(uploadBytes),
    }));
  return 0;
}
