/**
 * Files that a command names itself, to steps: by the same rules as those of a
 * tree. What the rules do not need is not looked at.
 * @module
 */
import { ClientError } from "../error.ts";
import type { FtpClient } from "../library.ts";
import { fileEntry } from "../local/walk.ts";
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
  const { max, min } = options.sizes;
  const asks = options.comparesTarget ||
    options.direction === "get" && (max !== undefined || min !== undefined);
  for (let at = 0; at < roots.length; at += PAGE_FILES) {
    const page = roots.slice(at, at + PAGE_FILES);
    yield asks
      ? await retried(
        options,
        (client) =>
          Promise.all(page.map((root) => asked(root, client, options))),
      )
      : page.map((root) => decided(root, root.entry, undefined, options));
  }
}

async function asked(
  root: FileRoot,
  client: FtpClient,
  options: NamedOptions,
): Promise<NamedStep> {
  const { direction, comparesTarget, local, remote, signal } = options;
  if (direction === "get") {
    const source = await entryThere(client, remote(root.source), signal);
    const target = comparesTarget ? entryHere(local(root.target)) : undefined;
    return decided(root, source ?? null, target, options);
  }
  const target = await entryThere(client, remote(root.target), signal);
  return decided(root, root.entry, target, options);
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

/** Undefined: there is no file, and what is wrong the transfer will tell. */
async function entryThere(
  client: FtpClient,
  name: string,
  signal: AbortSignal,
): Promise<Entry | undefined> {
  try {
    const { type, ...info } = await client.stat(name, { signal });
    if (type !== "file") return undefined;
    const { size, mtimeNs, mode, version } = info;
    const identity = version ?? "";
    return { path: [], kind: "file", size, mtimeNs, mode, identity };
  } catch (error) {
    if (error instanceof ClientError && error.exitCode === 1) return undefined;
    throw error;
  }
}

/** The same of this machine. */
function entryHere(file: string): Entry | undefined {
  try {
    return fileEntry(file, file);
  } catch {
    return undefined;
  }
}
