/**
 * The rules of `.ftpcignore` files: those of gitignore, one file a folder, a
 * deeper one after the ones above it.
 * @module
 */
import type { Ignore } from "ignore";
import type { TreePath } from "./entry.ts";

/** The library remembers every path that it was asked for: for so long. */
const ASKED_MAX = 10_000;

interface Folder {
  readonly children: Map<string, Folder>;
  rules: Rules | null;
}

interface Rules {
  ignore: Ignore;
  asked: number;
}

export class IgnoreRules {
  readonly #root: Folder = { children: new Map(), rules: null };
  #empty = true;

  /** Take in the file of a folder. Those above it were taken in before. */
  async add(folder: TreePath, text: string): Promise<void> {
    const lines = text.replace(/^\ufeff/, "").split(/\r?\n/)
      .map((line) => anchored(line, folder)).filter((line) => line !== "");
    if (lines.length === 0) return;
    // Only who has such a file pays for the library's start.
    const { default: create } = await import("ignore");
    const ignore = create({ ignorecase: false });
    const above = this.#rulesFor(folder);
    if (above !== null) ignore.add(above.ignore);
    ignore.add(lines);
    let node = this.#root;
    for (const name of folder) {
      const next = node.children.get(name) ??
        { children: new Map(), rules: null };
      node.children.set(name, next);
      node = next;
    }
    node.rules = { ignore, asked: 0 };
    this.#empty = false;
  }

  excludes(path: TreePath, isFolder: boolean): boolean {
    if (this.#empty || path.length === 0) return false;
    const rules = this.#rulesFor(path.slice(0, -1));
    if (rules === null) return false;
    if (++rules.asked > ASKED_MAX) {
      rules.ignore.add("/ /"); // any rule makes it forget; this one is nothing's
      rules.asked = 0;
    }
    return rules.ignore.ignores(path.join("/") + (isFolder ? "/" : ""));
  }

  /** Those of the deepest folder that has any. */
  #rulesFor(folder: TreePath): Rules | null {
    let node: Folder | undefined = this.#root;
    let { rules } = this.#root;
    for (const name of folder) {
      node = node.children.get(name);
      if (node === undefined) break;
      rules = node.rules ?? rules;
    }
    return rules;
  }
}

/**
 * A rule of a folder's file as a rule of the root's: so that one list decides,
 * the last match in it. Empty for what is no rule.
 */
function anchored(line: string, folder: TreePath): string {
  if (line.trim() === "" || line.startsWith("#")) return "";
  if (folder.length === 0) return line;
  const negated = line.startsWith("!");
  const rule = (negated ? line.slice(1) : line).replace(/^\\([!#])/, "$1");
  const where = folder.map(literally).join("/");
  // With a slash that is not its end it is meant from its folder on.
  const deep = /\/(?! *$)/.test(rule) ? "" : "**/";
  return `${negated ? "!" : ""}/${where}/${deep}${rule.replace(/^\//, "")}`;
}

function literally(name: string): string {
  return name.replaceAll(/[\\*?[\]!# ]/g, "\\$&");
}
