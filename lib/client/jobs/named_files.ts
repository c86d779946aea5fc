/**
 * Files that a command names itself, to steps: by the same rules as those of a
 * tree. What the rules do not need is not looked at.
 * @module
 */
import { ClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import { folderGiven } from "../local/error.ts";
import { fileEntry } from "../local/walk.ts";
import { texts } from "../texts/mod.ts";
import type { Decide } from "../tree/decide.ts";
import type { Entry } from "../tree/entry.ts";
import { type SizeLimits, unfitSize } from "../tree/filter.ts";
import type { Root } from "../tree/roots.ts";
import type { FileStep, Step } from "../tree/step.ts";
import { retried, type Retrying } from "./retried.ts";

export interface FileRoot extends Root {
  /** What is known of it, where it is sent. */
  readonly entry: Entry | null;
}

export interface NamedOptions extends Retrying<FtpClient> {
  /** Where the target is: `put`, on the server; `get`, here. */
  readonly direction: "put" | "get";
  readonly decide: Decide;
  /** Whether `decide` is to know what is there. */
  readonly comparesTarget: boolean;
  readonly sizes: SizeLimits;
  /**
   * Nothing is to be moved that would tell of a source that is not there: look
   * for each, and leave out what is none.
   */
  readonly onNoSource?: (root: FileRoot, error: ClientError) => void;
  /** Whole paths of what was typed: of this machine, of the server. */
  readonly local: (name: string) => string;
  readonly remote: (name: string) => string;
}

export interface NamedStep {
  readonly step: Step;
  readonly root: FileRoot;
}

/** Of so many the server is asked at once. */
const PAGE_FILES = 64;

/** @throws {ClientError} The server cannot be asked. */
export async function* planNamed(
  roots: readonly FileRoot[],
  options: NamedOptions,
): AsyncGenerator<readonly NamedStep[]> {
  const { direction, comparesTarget, onNoSource, sizes: { max, min } } =
    options;
  const looks = onNoSource !== undefined || max !== undefined ||
    min !== undefined;
  const asks = comparesTarget || direction === "get" && looks;
  for (let at = 0; at < roots.length; at += PAGE_FILES) {
    const page = roots.slice(at, at + PAGE_FILES);
    if (!asks) {
      yield page.map((root) => decided(root, root.entry, undefined, options));
      continue;
    }
    const named = await retried(
      options,
      (client) => Promise.all(page.map((root) => asked(root, client, options))),
    );
    yield named.filter((one) => one !== null);
  }
}

async function asked(
  root: FileRoot,
  client: FtpClient,
  options: NamedOptions,
): Promise<NamedStep | null> {
  const { direction, comparesTarget, local, remote, signal } = options;
  const name = remote(direction === "put" ? root.target : root.source);
  const there = await entryThere(client, name, signal);
  const seen = there instanceof ClientError ? undefined : there;
  if (direction === "put") return decided(root, root.entry, seen, options);
  if (there instanceof ClientError && options.onNoSource !== undefined) {
    options.onNoSource(root, there);
    return null;
  }
  const target = comparesTarget ? entryHere(local(root.target)) : undefined;
  return decided(root, seen ?? null, target, options);
}

/** @param source Null: nothing is known of it, and it is sent. */
function decided(
  root: FileRoot,
  source: Entry | null,
  target: Entry | undefined,
  { decide, sizes }: NamedOptions,
): NamedStep {
  const entry = source ?? UNKNOWN;
  const size = source === null ? null : unfitSize(source.size, sizes);
  const decision = size === null ? decide(entry, target) : { skip: size };
  const path: FileStep["path"] = [];
  if ("skip" in decision) {
    const { skip: reason } = decision;
    return { root, step: { kind: "skip", path, reason, source: entry } };
  }
  const condition = decision.send;
  const step: FileStep = {
    ...{ kind: "file", path, source: entry },
    ...(target === undefined ? {} : { target }),
    ...(condition === "always" ? {} : { only: condition }),
  };
  return { root, step };
}

const UNKNOWN: Entry = {
  ...{ path: [], kind: "file", size: 0, mtimeNs: 0n, mode: null },
  identity: "",
};

/** @returns An error: there is no file. A transfer would tell it, too. */
async function entryThere(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<Entry | ClientError> {
  try {
    const verb = "get";
    const { type, ...info } = await client.stat(name, { signal, verb });
    if (type === "folder") return folderGiven(`${verb} ${name}`);
    if (type !== "file") {
      return new ClientError("not_regular", ...texts.tree.notRegular(name));
    }
    const { size, mtimeNs, mode, version } = info;
    const identity = version ?? "";
    return { path: [], kind: "file", size, mtimeNs, mode, identity };
  } catch (error) {
    if (error instanceof ClientError && error.exitCode === 1) return error;
    throw error;
  }
}

/** The same of this machine; undefined: there is none. */
function entryHere(file: string): Entry | undefined {
  try {
    return fileEntry(file, file);
  } catch {
    return undefined;
  }
}
