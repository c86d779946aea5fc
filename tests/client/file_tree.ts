/**
 * Trees on this disk, written and read as lines: `a/` a folder, `a>b` a link,
 * `a=text@3` a file with its time, in seconds from a day in 2020.
 * @module
 */
import * as path from "node:path";

const START_MS = 1_600_000_000_000;

export function makeTree(root: string, lines: readonly string[]): void {
  Deno.mkdirSync(root, { recursive: true });
  for (const line of lines) {
    const [, name = "", mark, rest = ""] =
      /^(.+?)(?:([=>])(.*))?$/s.exec(line) ?? [];
    const file = path.join(root, name);
    if (name.endsWith("/")) {
      Deno.mkdirSync(file, { recursive: true });
      continue;
    }
    Deno.mkdirSync(path.dirname(file), { recursive: true });
    if (mark === ">") {
      Deno.symlinkSync(rest, file);
      continue;
    }
    const [text = "", seconds = "1"] = rest.split("@");
    Deno.writeTextFileSync(file, text);
    const time = new Date(START_MS + Number(seconds) * 1000);
    Deno.utimeSync(file, time, time);
  }
}

/** Remove all that lies there, but for what is ftpd's own. */
export function emptyTree(root: string): void {
  Deno.mkdirSync(root, { recursive: true });
  for (const { name } of Deno.readDirSync(root)) {
    if (name === ".ftpd") continue;
    Deno.removeSync(path.join(root, name), { recursive: true });
  }
}

/** What lies there, sorted; of a folder that is not there: `none`. */
export function treeLines(root: string): string[] {
  try {
    return [...below(root, "")].sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return ["none"];
    throw error;
  }
}

function* below(root: string, inside: string): Generator<string> {
  for (const { name } of Deno.readDirSync(path.join(root, inside))) {
    if (name === ".ftpd") continue; // ftpd's own
    const one = inside === "" ? name : `${inside}/${name}`;
    const file = path.join(root, one);
    const info = Deno.lstatSync(file);
    if (info.isSymlink) yield `${one}>${Deno.readLinkSync(file)}`;
    else if (info.isDirectory) {
      yield `${one}/`;
      yield* below(root, one);
    } else if (info.isFile) {
      const seconds = ((info.mtime?.getTime() ?? 0) - START_MS) / 1000;
      // A time that no test has set: now.
      const time = seconds < 1000 ? seconds : "now";
      yield `${one}=${Deno.readTextFileSync(file)}@${time}`;
    } else yield `${one}: special`;
  }
}
