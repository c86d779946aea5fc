/**
 * Trees in memory for the tests of plans: random ones, walks of them, and a
 * target that steps are done to, which may fold names as some disks do.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import {
  compareNames,
  type Entry,
  type Found,
  liesIn,
  type TreePath,
  type Walk,
  wholeMs,
} from "../../../lib/client/tree/entry.ts";
import { foldKey } from "../../../lib/client/tree/folds.ts";
import type { FileStep, Step } from "../../../lib/client/tree/step.ts";

export type Node =
  | { kind: "file"; content: string; mtimeMs: number; mode: number }
  | { kind: "link"; text: string; mtimeMs: number; mode: number }
  | Folder;

export interface Folder {
  kind: "folder";
  readonly children: Map<string, Node>;
  mtimeMs: number;
  mode: number;
}

/** Which children are one: all that have one key. */
type KeyOf = (name: string) => string;

export const NAMES = ["A", "a", "b", "cafe\u0301", "caf\u00e9", "x", "z!"];

/** Random trees, their files of few contents and times, so that some agree. */
export function anyTree(
  names: readonly string[] = NAMES,
): fc.Arbitrary<Folder> {
  const name = fc.constantFrom(...names);
  const mtimeMs = fc.integer({ min: 1, max: 3 });
  const mode = fc.constantFrom(0o644, 0o755);
  const { folder } = fc.letrec<{ node: Node; folder: Folder }>((tie) => ({
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.record({
        kind: fc.constant("file" as const),
        content: fc.constantFrom("", "1", "2", "33"),
        mtimeMs,
        mode,
      }),
      fc.record({
        kind: fc.constant("link" as const),
        text: fc.constantFrom("a", "b"),
        mtimeMs: fc.constant(1),
        mode: fc.constant(0o777),
      }),
      tie("folder"),
    ),
    folder: fc.record({
      kind: fc.constant("folder" as const),
      children: fc.array(fc.tuple(name, tie("node")), { maxLength: 5 })
        .map((list) => new Map(list)),
      mtimeMs,
      mode,
    }),
  }));
  return folder;
}

export function copyOf<T extends Node>(node: T): T {
  return structuredClone(node);
}

/** A walk of it, in pages of three. */
export async function* walkOf(tree: Folder): Walk {
  const found = [...entriesOf(tree)].map((entry): Found => ({ entry }));
  for (let at = 0; at < found.length; at += 3) {
    yield await Promise.resolve(found.slice(at, at + 3));
  }
}

export function* entriesOf(
  tree: Folder,
  path: TreePath = [],
): Generator<Entry> {
  const names = [...tree.children.keys()].sort(compareNames);
  for (const name of names) {
    const node = tree.children.get(name);
    if (node === undefined) continue;
    yield entryOf(node, [...path, name]);
    if (node.kind === "folder") yield* entriesOf(node, [...path, name]);
  }
}

export function entryOf(node: Node, path: TreePath): Entry {
  return {
    path,
    kind: node.kind,
    size: node.kind === "file" ? node.content.length : 0,
    mtimeNs: BigInt(node.mtimeMs) * 1_000_000n,
    mode: node.mode,
    identity: "",
    ...(node.kind === "link" ? { link: node.text } : {}),
  };
}

export function nodeAt(tree: Folder, path: TreePath): Node | undefined {
  let node: Node | undefined = tree;
  for (const name of path) {
    node = node?.kind === "folder" ? node.children.get(name) : undefined;
  }
  return node;
}

/** A text of all of it, for comparing; links have no time of their own. */
export function shown(tree: Folder, path = ""): string {
  const names = [...tree.children.keys()].sort(compareNames);
  return names.map((name) => {
    const node = tree.children.get(name);
    const at = `${path}/${name}`;
    if (node === undefined) return "";
    switch (node.kind) {
      case "file":
        return `${at}=${node.content}@${node.mtimeMs}\n`;
      case "link":
        return `${at}>${node.text}\n`;
      case "folder":
        return `${at}/@${node.mtimeMs}\n${shown(node, at)}`;
    }
  }).join("");
}

const NOW_MS = 1_000_000;

/** Does the steps of a plan, as one that knows no better than they say. */
export class Target {
  readonly source: Folder;
  readonly tree: Folder;
  readonly log: string[] = [];
  failed = 0;
  readonly #keyOf: KeyOf;
  readonly #broken: TreePath[] = [];
  #made = new Set<Node>();
  #last: Step["kind"] = "folder";

  constructor(source: Folder, tree: Folder, folds = false) {
    this.source = source;
    this.tree = tree;
    this.#keyOf = folds ? foldKey : (name) => name;
  }

  async run(plan: AsyncIterable<readonly Step[]>): Promise<void> {
    for await (const page of plan) {
      assert(page.length > 0 && page.length <= 1024);
      for (const [at, step] of page.entries()) {
        if (step.kind === "barrier") assert.equal(at, page.length - 1);
        this.#one(step);
      }
    }
  }

  #one(step: Step): void {
    const name = "path" in step ? step.path.join("/") : "";
    if (step.kind !== "barrier") this.log.push(`${step.kind} ${name}`);
    this.#inOrder(step);
    switch (step.kind) {
      case "trouble":
      case "withheld":
        this.failed++;
        break;
      case "folder":
      case "file":
      case "link":
        if (!this.#write(step)) {
          this.failed++;
          this.log.push(`failed ${name}`);
          this.#broken.push(step.path);
        }
        break;
      case "delete":
        this.#delete(step.path, step.twin);
        break;
      case "attributes": {
        if (this.#broken.some((path) => liesIn(step.path, path))) break;
        const node = this.find(step.path);
        if (node === undefined) break;
        node.mtimeMs = wholeMs(step.mtimeNs);
        node.mode = step.mode ?? node.mode;
        break;
      }
      case "skip":
      case "passed":
      case "barrier":
        break;
    }
  }

  /** What a plan promises of its order. */
  #inOrder({ kind }: Step): void {
    if (kind === "delete") assert.notEqual(this.#last, "attributes");
    this.#last = kind;
  }

  find(path: TreePath): Node | undefined {
    let node: Node | undefined = this.tree;
    for (const name of path) {
      node = node?.kind === "folder" ? this.#child(node, name)?.[1] : undefined;
    }
    return node;
  }

  #child(folder: Folder, name: string): [string, Node] | undefined {
    const key = this.#keyOf(name);
    return [...folder.children].find(([other]) => this.#keyOf(other) === key);
  }

  #parent(path: TreePath): Folder | null {
    const parent = this.find(path.slice(0, -1));
    // Nothing is ever written through a link, whatever it leads to.
    assert(parent?.kind !== "link", path.join("/"));
    return parent?.kind === "folder" ? parent : null;
  }

  #write(step: Extract<Step, { kind: "file" | "folder" | "link" }>): boolean {
    const { path, kind, twin } = step;
    if (this.#broken.some((broken) => liesIn(path, broken))) return false;
    const parent = this.#parent(path);
    if (parent === null) return false;
    const name = path.at(-1) ?? "";
    const [was, there] = this.#child(parent, name) ?? [name];
    if (twin !== undefined && there !== undefined) {
      if (this.find(twin) === there) return false;
    }
    // Without a twin it may replace what was there before, never what we made.
    if (kind !== "folder") {
      assert(there === undefined || !this.#made.has(there));
    }
    if (kind === "folder") {
      if (there !== undefined) return there.kind === "folder";
      this.#put(parent, name, {
        kind: "folder",
        children: new Map(),
        mtimeMs: NOW_MS,
        mode: 0o700,
      });
      return true;
    }
    if (there?.kind === "folder") return false;
    if (kind === "file" && !this.#isWanted(step, there)) return true;
    const node = nodeAt(this.source, step.source.path);
    assert.equal(node?.kind, kind);
    this.#put(parent, was, copyOf(node));
    return true;
  }

  #isWanted(step: FileStep, there: Node | undefined): boolean {
    if (step.only === "absent") return there === undefined;
    if (step.only === "differs" && there?.kind === "file") {
      const node = nodeAt(this.source, step.source.path);
      if (node?.kind !== "file" || node.content !== there.content) return true;
      there.mtimeMs = node.mtimeMs;
      return false;
    }
    return true;
  }

  #put(parent: Folder, name: string, node: Node): void {
    parent.children.set(name, node);
    parent.mtimeMs = NOW_MS;
    this.#made.add(node);
  }

  #delete(path: TreePath, twin: TreePath | undefined): void {
    const parent = this.#parent(path);
    assert(parent !== null);
    const [name, there] = this.#child(parent, path.at(-1) ?? "") ?? [];
    assert(name !== undefined && there !== undefined, path.join("/"));
    if (twin !== undefined && this.find(twin) === there) return;
    if (there.kind === "folder") assert.equal(there.children.size, 0);
    parent.children.delete(name);
    parent.mtimeMs = NOW_MS;
  }
}
