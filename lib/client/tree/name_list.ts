/**
 * `--files-from FILE`: the names that a job is about, relative to the root of
 * the tree. A folder stands for all that is in it.
 * @module
 */
import { ClientError } from "../error.ts";
import { texts } from "../texts/mod.ts";
import type { TreePath } from "./entry.ts";

interface Node {
  readonly children: Map<string, Node>;
  listed: boolean;
  seen: boolean;
}

/** Each costs some 100 bytes for as long as the job lasts. */
const NAMES_MAX = 1_000_000;

export class NameList {
  readonly #root = newNode();
  #count = 0;

  /**
   * Each of its lines is a name; with `-0`, each text that ends in NUL.
   * @throws {ClientError} `usage`: a name that leads out of the tree.
   */
  static parse(text: string, zero = false): NameList {
    const list = new NameList();
    for (const [at, line] of text.split(zero ? "\0" : "\n").entries()) {
      const name = zero ? line : line.replace(/\r$/, "");
      if (name !== "") list.#add(name, at + 1);
    }
    return list;
  }

  #add(name: string, line: number): void {
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    const outside = name.startsWith("/") || parts.includes("..");
    // A NUL in a list of lines: it was written for `-0`.
    if (outside || name.includes("\0")) {
      throw new ClientError("usage", ...texts.tree.badListedName(name, line));
    }
    if (++this.#count > NAMES_MAX) {
      throw new ClientError("usage", ...texts.tree.tooManyNames(NAMES_MAX));
    }
    let node = this.#root;
    for (const part of parts) {
      const next = node.children.get(part) ?? newNode();
      node.children.set(part, next);
      node = next;
    }
    node.listed = true;
  }

  /** Whether an entry is listed, lies in what is, or leads to what is. */
  takes(path: TreePath, isFolder: boolean): boolean {
    let node = this.#root;
    for (const name of path) {
      if (node.listed) return true;
      const next = node.children.get(name);
      if (next === undefined) return false;
      node = next;
    }
    return node.listed || isFolder;
  }

  /** The source has something at `path`, whatever comes of it. */
  saw(path: TreePath): void {
    let node: Node | undefined = this.#root;
    for (const name of path) {
      node = node.children.get(name);
      if (node === undefined) return;
    }
    node.seen = true;
  }

  /** What was listed and never found, once all walks are over. */
  *missing(): Generator<TreePath> {
    const waiting: [Node, TreePath][] = [[this.#root, []]];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [node, path] = next;
      if (node.listed && !node.seen && path.length > 0) yield path;
      for (const [name, child] of node.children) {
        waiting.push([child, [...path, name]]);
      }
    }
  }
}

function newNode(): Node {
  return { children: new Map(), listed: false, seen: false };
}
