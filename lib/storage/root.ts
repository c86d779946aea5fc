/**
 * Promise 3, "Nobody leaves home": a home's folder on disk, and how to be in
 * one of its folders for a moment. Whatever touches a name in a home does it
 * through the `Place` that `inside` gives; there is no other way to its disk.
 *
 * Links on the way to a folder are followed by chdir, and judged where we have
 * arrived: `inside` asks the kernel (getcwd), and refuses what is not in the
 * home. From there names are single segments, looked up in the very folder that
 * was judged (anchor.ts); only what is opened has to be compared afterwards,
 * by `holds` or `sameFile`, before a byte of it is read or written.
 *
 * What may be left, where another process swaps folders and links in our way:
 * - An empty file with a random name outside: made by an opening that the swap
 *   led out; found out by `holds`, and removed again if it is still to be found.
 * - A part in `.ftpd` that could not be removed while its folder was swapped
 *   away: the next start removes it.
 * - A rename within the race: a part is taken from `.ftpd` by its whole path
 *   (two folders, and but one anchor). Who may rename `.ftpd` itself could have
 *   another file of the same random name moved in its place. No bytes are read
 *   or written by it, and what was moved is compared afterwards.
 * - Without an anchor (macOS, Windows; a Linux without /proc) every name is
 *   looked up by its whole path, and looked at again, `LOOKS` times, after its
 *   use. A swap there and back between each two of these looks wins the race;
 *   so there a home must not be shared with processes that are not trusted.
 * @module
 */
import { type Anchor, anchor } from "./anchor.ts";
import { diskError, storageError } from "./disk_error.ts";
import {
  type HomePath,
  isPartsFolder,
  isReservedName,
  parentOf,
  PARTS_FOLDER,
} from "./path.ts";
import { goBack, SEPARATOR, whereWeAre } from "./working_folder.ts";

/** Without an anchor: how often a name is looked up again after its use. */
const LOOKS = 16;
/** What the group and all others may do, of a mode. */
const OTHERS = 0o077;
/** A link that leads to a link is rare: realpath has followed them all. */
const LINKS_MAX = 8;

/** A folder inside the home, for as long as the process is in it. */
export interface Place {
  /** Its real path, from the kernel: no link in it, and inside the home. */
  readonly real: string;
  /**
   * `name` here, for lstat, rename, link, mkdir, remove and readdir: no swap of
   * a folder on the way can lead it elsewhere. Not for opening.
   */
  at(name: string): string;
  /** What `name` is here; the folder itself, where it is `.`. */
  look(name: string): Deno.FileInfo;
  /** `name` here by its whole path, for opening: see `holds`. */
  open(name: string): string;
  /** Whether `name` here is this very file. */
  holds(name: string, file: FileId): boolean;
  /** The same: what it is, or null where it is not. */
  seen(name: string, file: FileId): Deno.FileInfo | null;
  /**
   * Whether nobody else can make, rename or list names here: then a random name
   * that was made a moment ago and is found here is what was made.
   */
  isOursAlone(): boolean;
}

/** What makes a file the same one, whatever its name. */
export interface FileId {
  readonly dev: number;
  /** Null, or 0, where the system has none. */
  readonly ino: number | null;
}

export function sameFile(one: FileId, other: FileId): boolean {
  return !one.ino || !other.ino ||
    (one.ino === other.ino && one.dev === other.dev);
}

export class Root {
  /** Where the home's parts lie. */
  readonly partsFolder: string;

  /** @param real The real path of the home's folder. */
  constructor(readonly real: string) {
    this.partsFolder = this.#below(PARTS_FOLDER);
  }

  /** Where `path` lies if no link is on the way. */
  pathOf(path: HomePath): string {
    return path.length === 0 ? this.real : this.#below(path.join(SEPARATOR));
  }

  /**
   * Be in `folder` while `use` runs. Nothing else of this process runs
   * meanwhile: `use` must not wait, nor call this again.
   * @param folder A path that may lead over links: where they lead is seen
   * when we are there.
   * @throws {StorageError} `outside` (it is not in the home, or it is where
   * parts lie), `not_found`, `not_a_folder`, `permission`, `failed`; and what
   * `use` throws, as ours.
   */
  inside<T>(folder: string, use: (place: Place) => T): T {
    return this.#enter(folder, (real) => this.#refuseOutside(real), use);
  }

  /**
   * Be in `folder` itself, and nowhere that a link leads.
   * @throws {StorageError} As `inside`; `not_a_folder` where a link is on the
   * way.
   */
  insideItself<T>(folder: string, use: (place: Place) => T): T {
    const judge = () => {
      throw storageError("not_a_folder");
    };
    return this.#enter(folder, judge, (place) => {
      this.#refuseOutside(place.real);
      return use(place);
    });
  }

  /**
   * Be in the folder that holds `path` itself, be it a link, with its name
   * there; the root's is `.`.
   */
  parentOf<T>(path: HomePath, use: (place: Place, name: string) => T): T {
    const folder = this.pathOf(parentOf(path));
    return this.inside(folder, (place) => use(place, path.at(-1) ?? "."));
  }

  /** Be in the folder of parts: itself, and nowhere that a link leads. */
  insideParts<T>(use: (place: Place) => T): T {
    return this.#enter(this.partsFolder, () => {
      throw storageError("outside");
    }, use);
  }

  /**
   * Be in the folder that really holds what `path` names, with its name there:
   * a link that stays inside is followed.
   * @throws {StorageError} As `inside`; `changed` where links never end.
   */
  at<T>(path: HomePath, use: (place: Place, name: string) => T): T {
    let folder = this.pathOf(parentOf(path));
    let name = path.at(-1) ?? ".";
    for (let links = 0; links <= LINKS_MAX; links++) {
      const done = this.inside(folder, (place) => {
        if (!place.look(name).isSymlink) return { value: use(place, name) };
        return { leads: Deno.realPathSync(place.at(name)) };
      });
      if ("value" in done) return done.value;
      this.#refuseOutside(done.leads);
      if (done.leads === this.real) [folder, name] = [this.real, "."];
      else {
        const cut = done.leads.lastIndexOf(SEPARATOR);
        folder = done.leads.slice(0, cut);
        name = done.leads.slice(cut + 1);
      }
    }
    throw storageError("changed");
  }

  /** The segments of a real path below the root. */
  segmentsOf(real: string): readonly string[] {
    return real.slice(this.real.length).split(SEPARATOR).filter(Boolean);
  }

  #enter<T>(
    folder: string,
    judge: (real: string) => void,
    use: (place: Place) => T,
  ): T {
    const back = whereWeAre();
    // Before we are there: to make one takes other folders, and the way back
    // would be by a path that may lead elsewhere by now.
    const held = anchor();
    try {
      Deno.chdir(folder);
      const real = Deno.cwd();
      // What `folder` says itself is in order: only links lead elsewhere.
      if (real !== folder) judge(real);
      return use(
        held === null ? new LookedAt(real) : new Anchored(real, held),
      );
    } catch (error) {
      throw diskError(error);
    } finally {
      goBack(back);
    }
  }

  #refuseOutside(real: string): void {
    if (real === this.real) return;
    if (!real.startsWith(this.#below(""))) throw storageError("outside");
    const [first = "", ...rest] = this.segmentsOf(real);
    if (isPartsFolder(first) || [first, ...rest].some(isReservedName)) {
      throw storageError("outside");
    }
  }

  #below(rest: string): string {
    return this.real.endsWith(SEPARATOR)
      ? this.real + rest
      : this.real + SEPARATOR + rest;
  }
}

/** The runtime drops a last `.`, and would look at the anchor itself. */
function look(path: string, name: string): Deno.FileInfo {
  return name === "." ? Deno.statSync(path) : Deno.lstatSync(path);
}

class Anchored implements Place {
  readonly #anchor: Anchor;

  constructor(readonly real: string, held: Anchor) {
    this.#anchor = held;
  }

  at(name: string): string {
    return `${this.#anchor.link}/${name}`;
  }

  look(name: string): Deno.FileInfo {
    return look(this.at(name), name);
  }

  open(name: string): string {
    return this.real + SEPARATOR + name;
  }

  holds(name: string, file: FileId): boolean {
    return this.seen(name, file) !== null;
  }

  seen(name: string, file: FileId): Deno.FileInfo | null {
    const seen = Deno.lstatSync(this.at(name));
    return sameFile(seen, file) ? seen : null;
  }

  isOursAlone(): boolean {
    const { uid, mode } = this.look(".");
    if (uid === null || mode === null) return false;
    return uid === this.#anchor.uid && (mode & OTHERS) === 0;
  }
}

/** Where there is no anchor: whole paths, looked at again and again. */
class LookedAt implements Place {
  constructor(readonly real: string) {}

  at(name: string): string {
    return this.real + SEPARATOR + name;
  }

  look(name: string): Deno.FileInfo {
    return look(this.at(name), name);
  }

  open(name: string): string {
    return this.at(name);
  }

  holds(name: string, file: FileId): boolean {
    for (let look = 0; look < LOOKS; look++) {
      Deno.chdir(this.real);
      if (Deno.cwd() !== this.real) return false;
      if (!sameFile(Deno.lstatSync(this.at(name)), file)) return false;
    }
    return true;
  }

  seen(name: string, file: FileId): Deno.FileInfo | null {
    return this.holds(name, file) ? Deno.lstatSync(this.at(name)) : null;
  }

  isOursAlone(): boolean {
    return false; // by its path it may be another at each look
  }
}
