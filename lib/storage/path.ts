/**
 * Names to paths (PROTOCOL.md, 4): the one resolver for every protocol.
 * Pure: it looks at no disk. What comes out of it cannot name anything above
 * the home's root; whether a link on disk leads out is the home's affair.
 * @module
 */
import { StorageError } from "./error.ts";

const SEGMENT_BYTES_MAX = 255; // NAME_MAX of Linux, macOS and NTFS
const NAME_BYTES_MAX = 4096; // PATH_MAX of Linux

declare const resolved: unique symbol;

/** A path that `resolveName` let through; the root is the empty list. */
export type HomePath = readonly string[] & { readonly [resolved]: true };

/** Whose rules for names hold, beside our own. */
export type Platform = "posix" | "windows";

const HERE: Platform = Deno.build.os === "windows" ? "windows" : "posix";

/** The folder at a home's root that holds parts. */
export const PARTS_FOLDER = ".ftpd";
/** Begins the name of a part that lies beside its target. */
export const PART_BESIDE_PREFIX = ".ftpd-";
/** Begins the name of ftpc's own parts and of their journals (`….j`). */
const CLIENT_PART_PREFIX = ".ftpc-";

/**
 * Resolve a name to a path below the home's root. `.` and empty segments
 * vanish, `a/../b` is `b`, a leading `/` changes nothing.
 * @throws {StorageError} `bad_name`: see the rules below; each is judged on the
 * name as it was given, so what `..` takes back is refused nevertheless.
 */
export function resolveName(name: string, platform = HERE): HomePath {
  if (platform === "posix" && PLAIN_PATH.test(name)) {
    return trusted(name.split("/"));
  }
  const path: string[] = [];
  checkWhole(name);
  for (const segment of name.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment === "..") {
      // Not clamped: who climbs out means something that is not here.
      if (path.pop() === undefined) refuse("leads above the root");
      continue;
    }
    checkSegment(segment, platform);
    if (isPartsFolder(segment) && path.length === 0) refuse(RESERVED);
    path.push(segment);
  }
  return trusted(path);
}

/**
 * Whether a segment is reserved for parts wherever it stands. At the root
 * `.ftpd` is reserved, too: see `isPartsFolder`.
 */
export function isReservedName(segment: string): boolean {
  const folded = fold(segment);
  return folded.startsWith(PART_BESIDE_PREFIX) ||
    folded.startsWith(CLIENT_PART_PREFIX);
}

/** Whether a segment, at the root, is the folder that holds parts. */
export function isPartsFolder(segment: string): boolean {
  return fold(segment) === PARTS_FOLDER;
}

/**
 * Whether a name that lies on a disk can be said in a path: some there are that
 * `resolveName` refuses.
 */
export function isNameable(segment: string, platform = HERE): boolean {
  if (PLAIN.test(segment) && platform === "posix") return true;
  try {
    checkWhole(segment);
    checkSegment(segment, platform);
    return true;
  } catch {
    return false;
  }
}

/**
 * A name in a folder, as a path.
 * @throws {StorageError} `bad_name`.
 */
export function childOf(folder: HomePath, name: string): HomePath {
  return resolveName([...folder, name].join("/"));
}

/** The folder that a path lies in; the root's is the root. */
export function parentOf(path: HomePath): HomePath {
  return trusted(path.slice(0, -1));
}

/** Nearly every name, and none that a rule refuses. */
const PLAIN = /^[\w -][\w .-]{0,200}$/;
/** Up to 16 of them; no rule for the whole refuses that either. */
const PLAIN_PATH = /^[\w -][\w .-]{0,200}(?:\/[\w -][\w .-]{0,200}){0,15}$/;

const RESERVED = "is reserved for unfinished transfers";

function checkWhole(name: string): void {
  // Each unit is at least a byte: this bounds the work below.
  if (name.length > NAME_BYTES_MAX || utf8Bytes(name) > NAME_BYTES_MAX) {
    refuse(`is longer than ${NAME_BYTES_MAX} bytes`);
  }
  // A lone surrogate has no UTF-8: it would be another name on disk.
  if (!name.isWellFormed()) refuse("is not valid Unicode");
  if (name.includes("\\")) refuse("holds a backslash");
  if (/\p{Cc}/u.test(name)) refuse("holds a control character");
}

function checkSegment(segment: string, platform: Platform): void {
  if (utf8Bytes(segment) > SEGMENT_BYTES_MAX) {
    refuse(`holds a part of over ${SEGMENT_BYTES_MAX} bytes`);
  }
  if (isReservedName(segment)) refuse(RESERVED);
  if (platform === "windows") checkWindowsSegment(segment);
}

/**
 * Names that Windows takes for others: devices, with any extension; streams and
 * drives (`:`) and patterns; trailing dots and blanks, which it drops; and the
 * short alias that it makes of `.ftpd`.
 */
function checkWindowsSegment(segment: string): void {
  if (/[:*?"<>|]/.test(segment)) refuse("holds a character of Windows' own");
  if (/[. ]$/.test(segment)) {
    refuse("holds a part that ends in a dot or a blank");
  }
  if (
    /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\.|$)/i.test(
      segment,
    )
  ) {
    refuse("names a device of Windows");
  }
  if (/^ftpd[0-9a-f]{0,4}~[0-9]/i.test(segment)) refuse(RESERVED);
}

function refuse(why: string): never {
  throw new StorageError("bad_name", why);
}

/**
 * As disks see it that know no case, or that skip what is invisible (HFS+):
 * there `.FTPD` is our folder, too.
 */
function fold(segment: string): string {
  const first = segment.charCodeAt(0);
  if (first !== DOT && first < 0x80) return segment; // nearly every name
  return segment.replaceAll(INVISIBLE, "").toLowerCase();
}

const DOT = 0x2e;
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/** Bytes of `text` in UTF-8. Most names are ASCII: no buffer for them. */
function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 0x80) continue;
    // Of a pair each half counts two: four bytes together.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 1 : 2;
  }
  return bytes;
}

/** The only place where a list of segments becomes a path. */
function trusted(segments: readonly string[]): HomePath {
  return segments as HomePath;
}
