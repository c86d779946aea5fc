/**
 * What of a tree takes part: `--include` and `--exclude`, `.ftpcignore`,
 * `--files-from`. What takes no part is neither sent nor deleted.
 * @module
 */
import {
  type Entry,
  type Found,
  liesIn,
  type TreePath,
  type Walk,
} from "./entry.ts";
import { compileGlob, type Glob } from "./glob.ts";
import { IgnoreRules } from "./ignore_rules.ts";
import type { NameList } from "./name_list.ts";
import { IGNORE_FILE } from "./names.ts";
import type { Reason } from "./reason.ts";

/** `--include GLOB` or `--exclude GLOB`, in the order given. */
export interface FilterRule {
  readonly include: boolean;
  readonly glob: string;
}

export interface FilterOptions {
  readonly rules?: readonly FilterRule[];
  readonly names?: NameList;
}

export class Filter {
  readonly names: NameList | null;
  readonly #rules: readonly CompiledRule[];
  readonly #ignored = new IgnoreRules();

  readonly #options: FilterOptions;

  constructor(options: FilterOptions = {}) {
    const { rules = [], names } = options;
    this.#options = options;
    this.names = names ?? null;
    this.#rules = rules.map(compileRule);
  }

  /** The same rules and names; it knows of no `.ftpcignore` yet. */
  another(): Filter {
    return new Filter(this.#options);
  }

  /** A walk of this machine found a `.ftpcignore`, and is about to go on. */
  async addIgnoreFile(folder: TreePath, text: string): Promise<void> {
    await this.#ignored.add(folder, text);
  }

  /**
   * Whether an entry takes no part, in a folder that does. What an excluded
   * folder holds is not asked for: it takes no part, whatever it is.
   */
  excludes(path: TreePath, isFolder: boolean): boolean {
    if (path.length === 0) return false;
    if (path[path.length - 1] === IGNORE_FILE) return true;
    if (this.names !== null && !this.names.takes(path, isFolder)) return true;
    if (this.#rules.length > 0) {
      const first = this.#rules.find((rule) => rule.matches(path, isFolder));
      // What the command says counts before what lies in the tree.
      if (first !== undefined) return !first.include;
    }
    return this.#ignored.excludes(path, isFolder);
  }
}

/** The filter for a walk of this machine, which enters nothing excluded. */
export function forLocalWalk(filter: Filter): {
  readonly excludes: (path: TreePath, isFolder: boolean) => boolean;
  readonly onIgnoreFile: (folder: TreePath, text: string) => Promise<void>;
} {
  return {
    excludes: (path, isFolder) => filter.excludes(path, isFolder),
    onIgnoreFile: (folder, text) => filter.addIgnoreFile(folder, text),
  };
}

interface CompiledRule {
  readonly include: boolean;
  matches(path: TreePath, isFolder: boolean): boolean;
}

/**
 * Without a `/` in its midst a glob is about names, wherever they are; with one
 * about paths from the root of the tree. One that ends in `/` is about folders.
 */
function compileRule({ include, glob }: FilterRule): CompiledRule {
  const compiled: Glob = compileGlob(glob, { dots: true });
  const [first] = compiled.segments;
  const anywhere = compiled.segments.length === 1 && !compiled.absolute;
  return {
    include,
    matches(path, isFolder) {
      if (compiled.foldersOnly && !isFolder) return false;
      if (!anywhere) return compiled.matches(path);
      return first?.kind === "folders" ||
        (first?.matches(path.at(-1) ?? "") ?? false);
    },
  };
}

/**
 * Whether an entry of a walk takes no part: `excluded`, or `inside` of what is.
 * Called for each, in the order of the walk.
 */
export type Exclusion = (entry: Entry) => "excluded" | "inside" | null;

export function exclusion(filter: Filter): Exclusion {
  let open: TreePath | null = null; // the excluded folder that it is in
  return ({ path, kind }) => {
    if (open !== null && liesIn(path, open)) return "inside";
    const excluded = filter.excludes(path, kind === "folder");
    open = excluded ? path : null;
    return excluded ? "excluded" : null;
  };
}

/** A walk that knows no filter (a server's), with the filter on it. */
export async function* filtered(
  walk: Walk,
  filter: Filter,
): AsyncGenerator<readonly Found[]> {
  const excludes = exclusion(filter);
  for await (const page of walk) {
    const left: Found[] = [];
    for (const found of page) {
      const out = "entry" in found ? excludes(found.entry) : null;
      if (out === null) left.push(found);
      else if (out === "excluded" && "entry" in found) {
        left.push({ excluded: found.entry.path });
      }
    }
    if (left.length > 0) yield left;
  }
}

export interface SizeLimits {
  /** Bytes. */
  readonly max?: number;
  readonly min?: number;
}

/** `--max-size` and `--min-size`: what is just as large still goes. */
export function unfitSize(
  size: number,
  { max, min }: SizeLimits,
): Reason | null {
  if (max !== undefined && size > max) return "too_large";
  if (min !== undefined && size < min) return "too_small";
  return null;
}
