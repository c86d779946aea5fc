/**
 * Commands that change what is on the server: cd, mkdir, rm, rmdir, mv, cp,
 * touch, chmod.
 * @module
 */
import * as path from "node:path";
import { printable } from "../../protocol/printable.ts";
import { ClientError } from "../error.ts";
import type {
  ChangeFolder,
  ChangeMode,
  Copy,
  MakeFolder,
  Move,
  Remove,
  RemoveFolder,
  Touch,
} from "../grammar/commands.ts";
import type { FtpClient } from "../library.ts";
import { texts } from "../texts/mod.ts";
import { watchBytes } from "./byte_progress.ts";
import type { Work } from "./desk.ts";
import { each, operationOf, remoteNames, typeOf } from "./each.ts";
import { DEED, LastingSession, namesThere } from "./lasting_session.ts";
import { folderShown } from "./shown_entries.ts";

export async function cd(work: Work, { name }: ChangeFolder): Promise<number> {
  const { desk: { remote }, reporter, signal } = work;
  await using session = await LastingSession.open(work);
  const back = name === "-";
  const to = back ? remote.before : remote.pathOf(name ?? "/");
  if (to === null) {
    throw new ClientError("usage", ...texts.commands.noFolderBefore);
  }
  const info = await session.do((client) =>
    client.stat(to, { signal, verb: "cd" })
  );
  if (info.type !== "folder") {
    throw new ClientError("not_a_folder", ...texts.commands.cdToFile(to));
  }
  remote.change(to);
  if (back) folderShown(reporter, remote.path);
  return 0;
}

export async function mkdir(
  work: Work,
  { names, parents }: MakeFolder,
): Promise<number> {
  const { desk: { remote }, signal } = work;
  await using session = await LastingSession.open(work);
  return await each(work, "mkdir", names, async (name) => {
    const place = remote.resolve(name);
    await doOrShow(work, "mkdir", name, null, async () => {
      // With -p what exists is success, whoever made it.
      const options = {
        parents,
        signal,
        ...(parents ? {} : operationOf(work)),
      };
      await session.do(
        (client) => client.mkdir(place, options),
        parents ? {} : DEED,
      );
    });
  });
}

export async function rm(
  work: Work,
  { names, recursive, force }: Remove,
): Promise<number> {
  const { desk: { remote }, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await session.do((client) =>
    removable(work, client, names, force)
  );
  return await each(work, "rm", all, async (name) => {
    const place = remote.resolve(name);
    if (remote.pathOf(name) === "/") {
      throw new ClientError("usage", ...texts.commands.rootStays);
    }
    if (/(?:^|\/)\.{1,2}\/*$/.test(name)) {
      throw new ClientError("usage", ...texts.commands.dotsStay(name));
    }
    if (recursive && !force && !await agreed(work, name)) return;
    await doOrShow(work, "rm", name, null, async () => {
      const options = { recursive, signal, ...operationOf(work) };
      try {
        await session.do((client) => client.remove(place, options), DEED);
      } catch (error) {
        const missing = error instanceof ClientError &&
          error.code === "not_found";
        if (!force || !missing) throw error;
      }
    });
  });
}

/** With -f a glob that nothing matches is none. */
async function removable(
  work: Work,
  client: FtpClient,
  names: readonly string[],
  force: boolean,
): Promise<string[]> {
  try {
    return await remoteNames(work, client, "rm", names);
  } catch (error) {
    const missing = error instanceof ClientError && error.code === "not_found";
    if (!force || !missing) throw error;
    return [];
  }
}

/** Asked only at a terminal; elsewhere it goes ahead. */
async function agreed(
  { desk: { terminal }, settings }: Work,
  name: string,
): Promise<boolean> {
  const canAsk = terminal.inputIsTerminal && terminal.errorIsTerminal;
  if (!canAsk || settings.dryRun) return true;
  const typed = await terminal.editLine(
    texts.commands.removeAll(printable(name)),
  );
  if (typed.kind === "interrupted") {
    throw new ClientError("interrupted", ...texts.commands.interrupted);
  }
  return typed.kind === "line" && /^y(?:es)?$/i.test(typed.text.trim());
}

export async function rmdir(
  work: Work,
  { names }: RemoveFolder,
): Promise<number> {
  const { desk: { remote }, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, "rmdir", names);
  return await each(work, "rmdir", all, async (name) => {
    const place = remote.resolve(name);
    await doOrShow(work, "rmdir", name, null, async () => {
      const options = { signal, ...operationOf(work) };
      await session.do((client) => client.rmdir(place, options), DEED);
    });
  });
}

export async function mv(
  work: Work,
  { names, noClobber }: Move,
): Promise<number> {
  await using session = await LastingSession.open(work);
  return await toTarget(work, session, "mv", names, noClobber, async (pair) => {
    const { signal } = work;
    const options = { noClobber, signal, ...operationOf(work) };
    await session.do(
      (client) => client.rename(pair.from, pair.to, options),
      DEED,
    );
  });
}

export async function cp(work: Work, command: Copy): Promise<number> {
  const { names, recursive, noClobber, preserve, progress: events } = command;
  await using session = await LastingSession.open(work);
  return await toTarget(work, session, "cp", names, noClobber, async (pair) => {
    const { signal } = work;
    const options = {
      ...{ recursive, noClobber, preserve, signal, ...operationOf(work) },
    };
    const isSeen = work.desk.terminal.errorIsTerminal || events;
    await session.do(async (client) => {
      const total = isSeen ? await sizeOf(client, pair.from, signal) : null;
      using progress = await watchBytes(work, pair.shown, events);
      progress.onProgress(0, total);
      await client.copy(pair.from, pair.to, {
        ...options,
        onProgress: (bytes) => progress.onProgress(bytes, total),
      });
    }, DEED);
  });
}

/** Of a file; how much a folder holds nobody has counted. */
async function sizeOf(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<number | null> {
  try {
    const { type, size } = await client.stat(name, { signal });
    return type === "file" ? size : null;
  } catch (error) {
    if (error instanceof ClientError && error.exitCode === 1) return null;
    throw error;
  }
}

/** Whole names, there. */
interface Pair {
  readonly from: string;
  readonly to: string;
  /** The source as it was typed. */
  readonly shown: string;
}

/** Each of the names but the last to the last: into it, if it is a folder. */
async function toTarget(
  work: Work,
  session: LastingSession,
  verb: "mv" | "cp",
  names: readonly string[],
  noClobber: boolean,
  deed: (pair: Pair) => Promise<void>,
): Promise<number> {
  const { desk: { remote }, reporter, signal } = work;
  const target = names.at(-1) ?? "";
  const [sources, type] = await session.do(async (client) => [
    await remoteNames(work, client, verb, names.slice(0, -1)),
    await typeOf(client, remote.resolve(target), signal),
  ]);
  const isFolder = type === "folder";
  if (!isFolder && (sources.length > 1 || target.endsWith("/"))) {
    throw new ClientError(
      "not_a_folder",
      ...texts.commands.notAFolder(verb, target),
    );
  }
  return await each(work, verb, sources, async (from) => {
    const base = path.posix.basename(remote.pathOf(from));
    const to = isFolder ? `${target.replace(/\/+$/, "")}/${base}` : target;
    const pair = { from: remote.resolve(from), to: remote.resolve(to) };
    try {
      await doOrShow(
        ...[work, verb, from, to] as const,
        () => deed({ ...pair, shown: from }),
      );
    } catch (error) {
      const there = error instanceof ClientError && error.code === "exists";
      if (
        there && !noClobber && remote.pathOf(from) === remote.pathOf(to)
      ) {
        const { statusCode } = error;
        const said = texts.commands.sameFile(verb, from);
        const details = statusCode === null ? {} : { statusCode };
        throw new ClientError("exists", ...said, details);
      }
      if (!noClobber || !there) throw error;
      const line = texts.commands.nameTaken(verb, from, to);
      reporter.skipped(
        { command: verb, source: from, target: to },
        ...["exists", printable(line), true] as const,
      );
    }
  });
}

export async function touch(work: Work, { names }: Touch): Promise<number> {
  const { desk: { remote, runtime }, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, "touch", names);
  return await each(work, "touch", all, async (name) => {
    const place = remote.resolve(name);
    const mtimeNs = BigInt(runtime.clock.date().getTime()) * 1_000_000n;
    await doOrShow(work, "touch", name, null, async () => {
      await session.do((client) => touchOne(client, place, mtimeNs, signal));
    });
  });
}

/** Its own file, made by a try before, is one that is there. */
async function touchOne(
  client: FtpClient,
  place: string,
  mtimeNs: bigint,
  signal: AbortSignal,
): Promise<void> {
  try {
    await client.setAttributes(place, { mtimeNs, signal, verb: "touch" });
  } catch (error) {
    const missing = error instanceof ClientError && error.code === "not_found";
    if (!missing) throw error;
    const ifAbsent = client.features.has("conditions");
    await client.put(NOTHING, place, { ifAbsent, signal, verb: "touch" });
  }
}

/** What an empty file is made of. */
const NOTHING = { size: 0, read: () => Promise.resolve(0) };

export async function chmod(
  work: Work,
  { names, mode }: ChangeMode,
): Promise<number> {
  const { desk: { remote }, signal } = work;
  await using session = await LastingSession.open(work);
  const all = await namesThere(work, session, "chmod", names);
  return await each(work, "chmod", all, async (name) => {
    const options = { mode, signal, verb: "chmod" };
    const place = remote.resolve(name);
    await doOrShow(work, "chmod", name, null, async () => {
      await session.do((client) => client.setAttributes(place, options));
    });
  });
}

/** With --dry-run, what would be done is shown instead. */
async function doOrShow(
  { settings, reporter }: Work,
  command: string,
  source: string,
  target: string | null,
  deed: () => Promise<void>,
): Promise<void> {
  const subject = { command, source, target };
  const line = [command, source, ...(target === null ? [] : [target])]
    .map(printable).join(" ");
  if (settings.dryRun) return reporter.would(subject, line);
  await deed();
  reporter.done(subject, line);
}
