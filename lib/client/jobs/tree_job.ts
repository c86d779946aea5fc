/**
 * put -r, get -r and sync: two walks, the plan that comes of them, and the
 * engine that does it.
 * @module
 */
import type { Runtime } from "../../runtime/mod.ts";
import type { FtpClient } from "../library.ts";
import { localEntry, walkLocal } from "../local/walk.ts";
import type { Decide } from "../tree/decide.ts";
import type { Entry, TreePath, Walk } from "../tree/entry.ts";
import {
  type Exclusion,
  exclusion,
  type Filter,
  filtered,
  type SizeLimits,
} from "../tree/filter.ts";
import { mayBeTooLong, pathTooLong, unfitForDisk } from "../tree/names.ts";
import { type DeletionRules, planTree } from "../tree/plan.ts";
import type { Reason } from "../tree/reason.ts";
import { walkRemote } from "../tree/remote_walk.ts";
import type { Step } from "../tree/step.ts";
import { walkAhead } from "../tree/walk_ahead.ts";
import type { Connections } from "./connections.ts";
import { remoteName } from "./names.ts";
import { remoteTree } from "./remote_tree.ts";
import { retried } from "./retried.ts";
import type { Retries } from "./retries.ts";

export interface TreeOptions {
  readonly runtime: Runtime;
  readonly connections: Connections<FtpClient>;
  /** For the walk of the server alone. */
  readonly walkRetries: Retries;
  readonly signal: AbortSignal;
  /** Paths: one of this machine, one of the server. */
  readonly local: string;
  readonly remote: string;
  /** False: there is nothing to send, only to delete. */
  readonly sourceExists: boolean;
  /** The target's root is there. */
  readonly targetExists: boolean;
  readonly filter: Filter;
  readonly sizes: SizeLimits;
  /** Links are made as links, and not followed. */
  readonly links: boolean;
  /** Modes are kept; times are kept always. */
  readonly modes: boolean;
  readonly decide: Decide;
  /** Whether `decide` looks at what is there. */
  readonly comparesTarget: boolean;
  readonly deletion?: DeletionRules;
  /** What is skipped for this reason is only counted. */
  readonly passes?: (reason: Reason) => boolean;
}

/** Entries of this machine, while the server's are waited for. */
const HERE_AHEAD = 1500;

/** @throws {ClientError} Where one of the two cannot be looked at. */
export async function planPutTree(
  options: TreeOptions,
): Promise<AsyncIterable<readonly Step[]>> {
  const { filter, local, remote, sourceExists, targetExists } = options;
  const source = walkLocal(local, {
    ...commonOf(options),
    links: options.links ? "keep" : "follow",
    onIgnoreFile: (folder, text) => filter.addIgnoreFile(folder, text),
  });
  return planned(options, {
    root: sourceExists ? localEntry(local) : null,
    rootTarget: targetExists ? await remoteEntry(options) : null,
    // While the server's first entries are waited for, this side is walked.
    source: sourceExists ? walkAhead(source, HERE_AHEAD) : nothing(),
    target: () => walkOfServer(options, "show"),
    excludesTarget: exclusion(filter),
    unfit: (path) =>
      mayBeTooLong(remote, path) && pathTooLong(remoteName(remote, path))
        ? "name_too_long"
        : null,
  });
}

/** @throws {ClientError} Where the folder there cannot be looked at. */
export async function planGetTree(
  options: TreeOptions,
): Promise<AsyncIterable<readonly Step[]>> {
  const { filter, local, sourceExists, targetExists } = options;
  const links = options.links ? "keep" : "follow";
  // What a `.ftpcignore` here names is not to be deleted here, either.
  const here = filter.another();
  return planned(options, {
    root: sourceExists ? await remoteEntry(options) : null,
    rootTarget: targetExists ? localEntry(local) : null,
    source: sourceExists
      ? filtered(walkOfServer(options, links), filter)
      : nothing(),
    target: () =>
      walkAhead(
        walkLocal(local, {
          ...commonOf({ ...options, filter: here }),
          links: "show",
          onIgnoreFile: (folder, text) => here.addIgnoreFile(folder, text),
        }),
        HERE_AHEAD,
      ),
    unfit: (path) => unfitForDisk(path.at(-1) ?? ""),
  });
}

async function* nothing(): Walk {}

function commonOf(
  { runtime, signal, filter }: Pick<
    TreeOptions,
    "runtime" | "signal" | "filter"
  >,
) {
  return {
    signal,
    turn: () => runtime.turns.turn(),
    excludes: (path: TreePath, isFolder: boolean) =>
      filter.excludes(path, isFolder),
  };
}

async function remoteEntry(
  { connections, walkRetries: retries, signal, remote }: TreeOptions,
): Promise<Entry> {
  const { mtimeNs, mode, version } = await retried(
    { connections, retries, signal },
    (client) => client.stat(remote, { signal }),
  );
  return {
    ...{ path: [], kind: "folder", size: 0, mtimeNs, mode },
    identity: version ?? "",
  };
}

function walkOfServer(
  { connections, walkRetries: retries, signal, remote }: TreeOptions,
  links: "follow" | "keep" | "show",
): Walk {
  const tree = remoteTree({ connections, retries, signal });
  return walkAhead(walkRemote(tree, remote, { links }));
}

interface Sides {
  /** Null: there is none. */
  readonly root: Entry | null;
  readonly rootTarget: Entry | null;
  readonly source: Walk;
  readonly target: () => Walk;
  readonly excludesTarget?: Exclusion;
  readonly unfit: (path: TreePath) => Reason | null;
}

function planned(
  options: TreeOptions,
  { root, rootTarget, source, target, excludesTarget, unfit }: Sides,
): AsyncIterable<readonly Step[]> {
  const { filter, comparesTarget, deletion } = options;
  return planTree({
    source,
    ...(rootTarget !== null && (comparesTarget || deletion !== undefined)
      ? { target: target() }
      : {}),
    ...(excludesTarget === undefined ? {} : { excludesTarget }),
    ...(root === null ? {} : { root }),
    ...(rootTarget === null ? {} : { rootTarget }),
    decide: options.decide,
    sizes: options.sizes,
    ...(filter.names === null ? {} : { names: filter.names }),
    unfit,
    ...(options.passes === undefined ? {} : { passes: options.passes }),
    modes: options.modes,
    ...(deletion === undefined ? {} : { deletion }),
  });
}
