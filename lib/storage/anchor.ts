/**
 * The anchor: what makes up for the openat(2) that the runtime lacks.
 *
 * A path is looked up anew at each call, and another process of this machine
 * can put a link in the place of a folder between a check and the use. The
 * runtime makes every relative name absolute, so that changing the working
 * folder does not help by itself. But through a link of our own to
 * /proc/self/cwd, `lstat`, `rename`, `link`, `mkdir`, `unlink`, `rmdir` and
 * `readdir` reach the kernel as they are, and the kernel starts them in the
 * folder that the process is in, whatever its path has become. That is an
 * openat: chdir, ask the kernel where we are (getcwd), act through the link,
 * chdir back, all in one synchronous block (root.ts).
 *
 * Not `open`: with permissions short of `-A`, which is how ftpd runs, the
 * runtime resolves every link itself first and opens what it found by its whole
 * path. What it opened must be compared (device, inode) with what the anchor
 * shows before a byte is read or written. Both seen with strace, on 2.9.6 and
 * on the executables' 2.6.
 *
 * A rename between two folders needs two such names. The second goes by a link
 * to /proc/self/fd, and a folder that is open (`heldFolder`).
 *
 * The links lie in a folder of mode 0700 in the system's folder for temporary
 * files: whoever could change it could change this process as well.
 * @module
 */
import { type Handle, stateOf } from "./file.ts";
import { goBack, whereWeAre } from "./working_folder.ts";

const PREFIX = "ftpd-anchor-";
/** The link to what is open. */
const HELD = "fd";
/** So much older than a new one, it was left by a process that was killed. */
const STALE_MS = 7 * 24 * 3600_000;

export interface Anchor {
  /** Put before `/NAME`: a name in the folder that the process is in. */
  readonly link: string;
  /** Who this process is, to the disk. */
  readonly uid: number | null;
}

interface Made extends Anchor {
  readonly folder: string;
  readonly identity: string;
}

let made: Made | null | undefined;

/**
 * Call it before going to a folder: where an anchor has to be made, the way
 * back from that is by a path, which another process may have led elsewhere.
 * @returns Null where there can be none: no /proc (macOS, Windows), or no right
 * to make links (reading and writing not allowed as a whole).
 */
export function anchor(): Anchor | null {
  if (made === null) return null;
  // A cleaner of old temporary files may have taken it.
  if (made === undefined || !isStill(made)) made = make();
  return made;
}

/**
 * A second folder, while the process is in another: put before `/NAME` it is a
 * name in the folder that is open as `file`. Null where there can be none.
 */
export function heldFolder(file: Handle): string | null {
  if (!made) return null;
  const held = stateOf(file);
  const all = `${made.folder}/${HELD}`;
  const isIt = (number: number | string) => {
    try {
      const { dev, ino } = Deno.statSync(`${all}/${number}`);
      return dev === held.dev && ino === held.ino;
    } catch {
      return false;
    }
  };
  if (isIt(file)) return `${all}/${file}`;
  // The executables' 2.6 counts in its own way: any that is this folder will do.
  try {
    for (const { name } of Deno.readDirSync(all)) {
      if (isIt(name)) return `${all}/${name}`;
    }
  } catch {
    removeAnchor(); // a cleaner has taken the link: both are made anew
  }
  return null;
}

/** Whether there is one: whether swapped folders are seen in time here. */
export function isAnchored(): boolean {
  return anchor() !== null;
}

/** Remove the anchor, at the end of the program. */
export function removeAnchor(): void {
  if (made) remove(made.folder);
  made = undefined;
}

function make(): Made | null {
  if (Deno.build.os !== "linux") return null;
  let folder: string | null = null;
  try {
    folder = Deno.makeTempDirSync({ prefix: PREFIX });
    const link = `${folder}/cwd`;
    Deno.symlinkSync("/proc/self/cwd", link);
    Deno.symlinkSync("/proc/self/fd", `${folder}/${HELD}`);
    // Tried, not trusted: another runtime might look through it beforehand.
    if (!works(folder, link)) throw new Error("no openat");
    removeStale(folder);
    const { uid } = Deno.lstatSync(link);
    return { folder, link, uid, identity: identityOf(link) };
  } catch {
    if (folder !== null) remove(folder);
    return null;
  }
}

/** Through the link, in its own folder, it is itself. */
function works(folder: string, link: string): boolean {
  const back = whereWeAre();
  try {
    Deno.chdir(folder);
    return identityOf(`${link}/cwd`) === identityOf(link);
  } finally {
    goBack(back);
  }
}

function isStill({ link, identity }: Made): boolean {
  try {
    return identityOf(link) === identity;
  } catch {
    return false;
  }
}

/** What somebody else put in its place has another owner. */
function identityOf(link: string): string {
  const { dev, ino, uid } = Deno.lstatSync(link);
  return `${dev}.${ino}.${uid}`;
}

function removeStale(own: string): void {
  const parent = own.slice(0, own.lastIndexOf("/"));
  const nowMs = Deno.lstatSync(own).mtime?.getTime() ?? 0;
  for (const { name, isDirectory } of Deno.readDirSync(parent)) {
    if (!isDirectory || !name.startsWith(PREFIX)) continue;
    const folder = `${parent}/${name}`;
    try {
      const seenMs = Deno.lstatSync(folder).mtime?.getTime() ?? nowMs;
      if (nowMs - seenMs > STALE_MS) remove(folder);
    } catch {
      // Another user's, or removed by another start.
    }
  }
}

function remove(folder: string): void {
  for (const path of [`${folder}/cwd`, `${folder}/${HELD}`, folder]) {
    try {
      Deno.removeSync(path);
    } catch {
      // Not there, or not ours.
    }
  }
}
