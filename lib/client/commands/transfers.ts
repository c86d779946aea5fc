/**
 * The commands put and get, in the shell and outside of it: files and folders
 * as a job (jobs.ts), stdin and stdout one by one (streams.ts). Each failure is
 * told; the exit code is that of the first one.
 * @module
 */
import * as path from "node:path";
import { asClientError, ClientError } from "../error.ts";
import type { Get, Put } from "../grammar/commands.ts";
import { RESUME_BYTES_MIN } from "../jobs/limits.ts";
import type { FileRoot } from "../jobs/named_files.ts";
import type { FtpClient } from "../library.ts";
import { bytesOf, fileEntry } from "../local/walk.ts";
import type { Need } from "../permissions.ts";
import { texts } from "../texts/mod.ts";
import { type Root, type RootOrError, treeRoots } from "../tree/roots.ts";
import { type Pair, planGet, planPut, STANDARD } from "./arguments.ts";
import type { Desk, Work } from "./desk.ts";
import { globFolder, localNames, remoteNames } from "./each.ts";
import { JobReport } from "./job_report.ts";
import { looksOf, remotePlace } from "./looks.ts";
import { checkStreams, isStream, moveStream } from "./streams.ts";

type Request = Put | Get;

/**
 * Move the files of a request. One that fails keeps no other from its turn,
 * unless the connection is gone or the user said stop.
 * @returns The exit code: that of the first failure, or 0.
 * @throws {ClientError} What concerns all of them: usage, permissions, login.
 */
export async function transfer(work: Work, typed: Request): Promise<number> {
  checkStreams(work, withFolder(typed));
  await work.desk.permissions.ensure(needsOf(work.desk, typed));
  const client = await work.session();
  const request = await withSources(work, client, withFolder(typed));
  if (isStream(request)) return await moveStream(work, client, request);
  // Loaded when there is something to move.
  const { rulesOfCopy, TransferJob } = await import("./jobs.ts");
  const { command, progress } = request;
  const rules = rulesOfCopy(request);
  const report = new JobReport(work, { ...rules, progress });
  await using job = await TransferJob.begin(work, rules, client, report);
  if (!request.recursive) {
    const files = await job.look((client) => {
      // In the same round trip as what the target is.
      if (namesLarge(work, request)) job.askAhead(client);
      return filesOf(work, client, request, report);
    });
    if (report.goesOn) await job.files(files);
    job.ended();
    report.summary(request.ask);
    return report.exitCode;
  }
  const roots = await job.look((client) =>
    rootsOf(work, client, request, job.madeBefore)
  );
  const files: FileRoot[] = [];
  const trees: Root[] = [];
  for (const root of roots) {
    if ("error" in root) {
      report.rootFailed(subjectOf(request, root.source), root.error);
    } else if (root.kind === "file") {
      files.push(...fileRoot(work, request, root, report));
    } else if (command === "put" && !client.features.has("mkdir")) {
      const said = texts.jobs.makesNoFolders(command, root.source);
      const error = new ClientError("not_supported", ...said);
      report.rootFailed(subjectOf(request, root.source), error);
    } else {
      trees.push(root);
    }
  }
  job.expect(trees.length + (files.length > 0 ? 1 : 0));
  let goesOn = report.goesOn && await job.files(files);
  for (const root of trees) {
    if (!goesOn) break;
    goesOn = await job.tree(root);
  }
  job.ended();
  report.summary(true);
  return report.exitCode;
}

/** What Deno has to allow for a request: the files named, and no more. */
export function needsOf(
  { folder }: Pick<Desk, "folder">,
  request: Pick<
    Request,
    "command" | "names" | "to" | "filesFrom" | "removeSource" | "ask"
  >,
): Need[] {
  const { command, names, to, filesFrom, removeSource } = withFolder(request);
  const list: Need[] = filesFrom === null || filesFrom.name === STANDARD
    ? []
    : [{ name: "read", path: folder.resolve(filesFrom.name) }];
  if (command === "put") {
    const sources = to === null && names.length > 1
      ? names.slice(0, -1)
      : names;
    const paths = sources.filter((name) => name !== STANDARD)
      .map((name) => folder.resolve(globFolder(name)));
    return [
      ...list,
      ...paths.map((path): Need => ({ name: "read", path })),
      ...(removeSource ? paths : [])
        .map((path): Need => ({ name: "write", path })),
    ];
  }
  const written = to ?? folderWritten(names);
  if (written === null) return list;
  const place = folder.resolve(written);
  return [
    ...list,
    { name: "read", path: place },
    { name: "write", path: place },
  ];
}

/** Globs among the sources, to the names that they mean. */
async function withSources<R extends Request>(
  work: Work,
  client: FtpClient,
  request: R,
): Promise<R> {
  const { command, names, to } = request;
  const named = to === null && names.length > 1;
  const typed = named ? names.slice(0, -1) : names;
  const sources = command === "put"
    ? await localNames(work, command, typed)
    : await remoteNames(work, client, command, typed);
  if (named) return { ...request, names: [...sources, ...names.slice(-1)] };
  // Of several, none is the target.
  const folder = to ?? (sources.length > 1 ? "." : null);
  return { ...request, names: sources, to: folder };
}

/** mput and mget: every name is one of a source. */
function withFolder<R extends Pick<Request, "ask" | "to">>(request: R): R {
  return request.ask && request.to === null ? { ...request, to: "." } : request;
}

/** The folder that a get without `--to` writes in; null for stdout. */
function folderWritten(names: readonly string[]): string | null {
  const last = names.length > 1 ? names.at(-1) : undefined;
  if (last === undefined) return ".";
  if (last === STANDARD) return null;
  const isFolder = names.length > 2 || /(?:^|\/)\.{0,2}$/.test(last);
  return isFolder ? last : path.dirname(last);
}

/** Without -r: names to files, as `cp` maps them. */
async function filesOf(
  work: Work,
  client: FtpClient,
  request: Request,
  report: JobReport,
): Promise<FileRoot[]> {
  const { desk, signal } = work;
  const { command, names } = request;
  const to = request.to ?? undefined;
  const pairs = command === "put"
    ? await planPut(
      names,
      to,
      async (name) => {
        const place = await remotePlace(
          client,
          desk.remote.resolve(name),
          signal,
        );
        return place === "folder";
      },
    )
    : await planGet(names, to, (name) => desk.folder.isFolder(name));
  return pairs.flatMap((pair) =>
    fileRoot(work, request, rootOf(command, pair), report)
  );
}

function rootOf(command: "put" | "get", { local, remote }: Pair) {
  const [source, target] = command === "put"
    ? [local, remote]
    : [remote, local];
  return { source, target, kind: "file", exists: false } as const;
}

/** @returns None where it cannot be sent, and that was told. */
function fileRoot(
  { desk: { folder } }: Work,
  request: Request,
  root: Omit<FileRoot, "entry">,
  report: JobReport,
): FileRoot[] {
  if (request.command === "get") return [{ ...root, entry: null }];
  try {
    const entry = fileEntry(folder.resolve(root.source), root.source);
    return [{ ...root, entry }];
  } catch (thrown) {
    const { source, target } = root;
    const subject = { command: request.command, source, target };
    report.rootFailed(subject, asClientError(thrown));
    return [];
  }
}

/** Whether a put names files that it may go on with. */
function namesLarge(
  { desk: { folder } }: Work,
  { command, names }: Request,
): boolean {
  return command === "put" &&
    names.some((name) => bytesOf(folder.resolve(name)) >= RESUME_BYTES_MIN);
}

/** With -r: names to files and folders, as `cp -r` maps them. */
async function rootsOf(
  work: Work,
  client: FtpClient,
  { command, names, to }: Request,
  madeBefore: string | null,
): Promise<readonly RootOrError[]> {
  const [first, ...rest] = names;
  if (first === undefined) {
    throw new ClientError("usage", ...texts.commands.nameMissing(command));
  }
  const named = to === null && rest.length > 0;
  const request = {
    sources: named ? names.slice(0, -1) : names,
    target: to ?? rest.at(-1) ?? ".",
    intoFolder: to !== null || names.length > 2,
    madeBefore,
  };
  return await treeRoots(request, looksOf(work, client, command));
}

function subjectOf({ command }: Request, source: string) {
  return { command, source, target: null };
}
