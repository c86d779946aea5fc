/**
 * What gets that were killed have left in a folder here: it goes once it is so
 * old that nobody writes to it, or goes on with it, any more.
 * @module
 */
import * as path from "node:path";
import type { Random } from "../../runtime/mod.ts";
import { newFile } from "./new_file.ts";
import { JOURNAL_SUFFIX, PART } from "./target.ts";

const HOUR_MS = 60 * 60 * 1000;
const DAY_MS = 24 * HOUR_MS;
/**
 * A part without a journal that was not written to for so long belongs to a get
 * that was killed. A living one is ended by the silence within the hour; the
 * day is for a clock that is set ahead by one.
 */
const PART_MS_MAX = DAY_MS + HOUR_MS;
/** A part that can be gone on with, and its journal. */
const KEPT_MS_MAX = 7 * DAY_MS;

/**
 * Remove them: only plain files of this user's. Quiet: it is done for the order
 * of the place, and no get depends on it.
 * @returns All names that were in the folder.
 */
export function removeStaleParts(
  folder: string,
  now: Date,
  random: Random,
): Set<string> {
  const all = new Set<string>();
  try {
    const names = new Set<string>();
    for (const { name } of Deno.readDirSync(folder)) {
      all.add(name);
      if (PART.test(partOf(name))) names.add(name);
    }
    const stale = [...names].filter((name) =>
      isStale(folder, name, names, now)
    );
    if (stale.length === 0) return all;
    const { uid } = newFile(folder, random);
    for (const name of stale) {
      const file = path.join(folder, name);
      const info = lstat(file);
      if (info?.isFile && info.uid === uid) Deno.removeSync(file);
    }
  } catch {
    // Not listable, or not ours to remove from.
  }
  return all;
}

/** The part that a name is of: its own, or that of its journal. */
function partOf(name: string): string {
  return name.endsWith(JOURNAL_SUFFIX)
    ? name.slice(0, -JOURNAL_SUFFIX.length)
    : name;
}

function isStale(
  folder: string,
  name: string,
  names: ReadonlySet<string>,
  now: Date,
): boolean {
  const part = partOf(name);
  const kept = names.has(part + JOURNAL_SUFFIX);
  // A journal is as old as its part: that one was written to last.
  const dated = names.has(part) ? part : name;
  const mtime = lstat(path.join(folder, dated))?.mtime ?? now;
  const ageMs = now.getTime() - mtime.getTime();
  return ageMs > (kept ? KEPT_MS_MAX : PART_MS_MAX);
}

function lstat(file: string): Deno.FileInfo | null {
  try {
    return Deno.lstatSync(file);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw error;
  }
}
