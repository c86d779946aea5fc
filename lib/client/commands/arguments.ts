/**
 * What put and get are given, to pairs of names, as `cp` maps them: one name
 * keeps its base name, a second one is the new name or the folder, with more
 * the last is the folder. No name comes from anywhere but what the user typed.
 * @module
 */
import * as path from "node:path";
import { ClientError } from "../error.ts";
import { type Said, texts } from "../texts/mod.ts";

/** Stands for stdin and stdout where a local name is due. */
export const STANDARD = "-";

/** One file to move. */
export interface Pair {
  /** A path here, or `-`. */
  readonly local: string;
  /** A path on the server. */
  readonly remote: string;
}

type IsFolder = (name: string) => boolean | Promise<boolean>;

/**
 * `put LOCAL… [REMOTE]`.
 * @param to The folder on the server that `--to` names.
 * @param isFolder Whether a name on the server is one of a folder; asked once
 * at most, and only where it decides.
 * @throws {ClientError} `usage`, `not_a_folder`; what `isFolder` throws.
 */
export async function planPut(
  names: readonly string[],
  to: string | undefined,
  isFolder: IsFolder,
): Promise<Pair[]> {
  const target = await targetOf("put", names, to, isFolder);
  if (target.kind === "name") {
    const [local = ""] = names;
    return [{ local, remote: target.name }];
  }
  const pairs = target.sources.map((local) => ({
    local,
    remote: inRemote(target.folder, baseName("put", local, path.basename)),
  }));
  return unique("put", pairs, "remote");
}

/**
 * `get REMOTE… [LOCAL]`.
 * @param to The local folder that `--to` names.
 * @param isFolder Whether a local name is one of a folder.
 * @throws {ClientError} As planPut does.
 */
export async function planGet(
  names: readonly string[],
  to: string | undefined,
  isFolder: IsFolder,
): Promise<Pair[]> {
  const [first = "", second] = names;
  if (to === undefined && names.length === 2 && second === STANDARD) {
    return [{ local: STANDARD, remote: someName("get", first) }];
  }
  const target = await targetOf("get", names, to, isFolder);
  if (target.kind === "name") return [{ local: target.name, remote: first }];
  const pairs = target.sources.map((remote) => {
    const base = baseName("get", remote, path.posix.basename);
    // Where `\` or `:` leads elsewhere, a name of the server must not hold it.
    if (path.basename(base) !== base || base === STANDARD) {
      throw noName("get", remote);
    }
    return { local: path.join(target.folder, base), remote };
  });
  return unique("get", pairs, "local");
}

type Target =
  | { readonly kind: "name"; readonly name: string }
  | {
    readonly kind: "folder";
    readonly folder: string;
    readonly sources: readonly string[];
  };

async function targetOf(
  verb: "put" | "get",
  names: readonly string[],
  to: string | undefined,
  isFolder: IsFolder,
): Promise<Target> {
  const [first, ...rest] = names;
  if (first === undefined) {
    throw usage(texts.commands.nameMissing(verb));
  }
  for (const name of names) someName(verb, name);
  if (to !== undefined) {
    return { kind: "folder", folder: someName(verb, to), sources: names };
  }
  const last = rest.at(-1);
  // "." is the folder here, and the home's root there.
  if (last === undefined) {
    return { kind: "folder", folder: ".", sources: names };
  }
  const sources = names.slice(0, -1);
  if (last.endsWith("/") || await isFolder(last)) {
    return { kind: "folder", folder: last, sources };
  }
  if (rest.length === 1) return { kind: "name", name: last };
  throw new ClientError(
    "not_a_folder",
    ...texts.commands.notAFolder(verb, last),
  );
}

function baseName(
  verb: "put" | "get",
  name: string,
  basename: (name: string) => string,
): string {
  const base = basename(name);
  if (verb === "put" && name === STANDARD) {
    throw usage(texts.commands.stdinNameless(verb));
  }
  if (base === "" || base === "." || base === "..") throw noName(verb, name);
  return base;
}

function inRemote(folder: string, base: string): string {
  if (folder === ".") return base;
  return `${folder.replace(/\/+$/, "")}/${base}`;
}

/** Two that would be written to one name: the second would replace the first. */
function unique(
  verb: "put" | "get",
  pairs: Pair[],
  key: "local" | "remote",
): Pair[] {
  const seen = new Set<string>();
  for (const pair of pairs) {
    if (seen.has(pair[key])) {
      throw usage(texts.commands.twoBecomeOne(verb, pair[key]));
    }
    seen.add(pair[key]);
  }
  return pairs;
}

function someName(verb: "put" | "get", name: string): string {
  if (name === "") throw usage(texts.commands.emptyName(verb));
  return name;
}

function noName(verb: "put" | "get", name: string): ClientError {
  return usage(texts.commands.noNameToKeep(verb, name));
}

function usage(text: Said): ClientError {
  return new ClientError("usage", ...text);
}
