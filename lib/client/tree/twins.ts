/**
 * Which names of a plan some disks take for one: what is made or deleted under
 * the second of them is looked at first.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type { Deletion } from "./deletions.ts";
import { childOf, type TreePath } from "./entry.ts";
import { foldKey, OpenFolders } from "./folds.ts";
import type { LinkStep } from "./step.ts";

/**
 * Who has a name, or one that some disks take for it. Nearly always it is one
 * of the source, and no link: a text, where the target has just this name, too;
 * a path, where it has not, or `PLAIN`: then its name is the key.
 */
type Known = Named | string | TreePath | typeof PLAIN;

const PLAIN = null;
/** Some 100 bytes each. */
const NAMES_MAX = 1 << 21;

interface Named {
  source: {
    readonly path: TreePath;
    /** The target has just this name. */
    readonly listed: boolean;
    /** It is made after all files. */
    readonly link: LateLink | null;
  } | null;
  readonly deletions: Deletion[];
}

/** A link that waits; what comes by then may be its twin. */
export interface LateLink {
  readonly step: LinkStep;
  twin: TreePath | undefined;
}

export class Twins {
  /** Of the folders that the walk is in. */
  readonly #named = new OpenFolders<Known>();
  readonly #namesMax: number;

  /** @param namesMax In the folders that are open at once. */
  constructor(namesMax = NAMES_MAX) {
    this.#namesMax = namesMax;
  }

  /** Something of the target alone has this name. */
  addDeletion(path: TreePath, deletion: Deletion): void {
    const named = this.#of(path);
    named.deletions.push(deletion);
    deletion.twin = named.source?.path;
  }

  #of(path: TreePath): Named {
    const names = this.#named.of(path);
    const key = foldKey(path.at(-1) ?? "");
    const known = names.get(key);
    if (known !== undefined && isNamed(known)) return known;
    const listed = typeof known === "string";
    const name = known === PLAIN ? key : known;
    const earlier = typeof name === "string"
      ? childOf(path.slice(0, -1), name)
      : name;
    const named = {
      source: earlier === undefined
        ? null
        : { path: earlier, listed, link: null },
      deletions: [],
    };
    this.#set(names, key, named);
    return named;
  }

  /** @throws {ClientError} `refused`: a server may list names without end. */
  #set(names: Map<string, Known>, key: string, known: Known): void {
    names.set(key, known);
    if (this.#named.names <= this.#namesMax) return;
    const said = texts.tree.tooManyInFolders(this.#namesMax);
    throw new ClientError("refused", ...said);
  }

  /**
   * Something of the source will have this name.
   * @returns What is made before it and may be the same there. Where the target
   * has listed both names, they are two.
   */
  add(
    path: TreePath,
    listed: boolean,
    link: LateLink | null,
  ): TreePath | undefined {
    if (link === null) {
      const names = this.#named.of(path);
      const name = path[path.length - 1] ?? "";
      const key = foldKey(name);
      const known = names.get(key);
      if (known === undefined) {
        const isKey = name === key;
        this.#set(names, key, listed ? name : isKey ? PLAIN : path.slice());
        return undefined;
      }
      // Both are of the target: two, there.
      if (listed && typeof known === "string") return undefined;
    }
    const named = this.#of(path);
    for (const deletion of named.deletions) deletion.twin ??= path;
    const earlier = named.source;
    if (earlier === null) {
      named.source = { path, listed, link };
      return undefined;
    }
    if (earlier.listed && listed) return undefined;
    if (earlier.link === null || link !== null) return earlier.path;
    // The link waits for this one, and is the later of the two.
    earlier.link.twin ??= path;
    named.source = { path, listed, link };
    return undefined;
  }
}

function isNamed(known: Known): known is Named {
  return known !== PLAIN && typeof known !== "string" && "deletions" in known;
}
