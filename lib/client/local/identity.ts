/**
 * What a file is told from another version of it by.
 * @module
 */

/** Differs whenever the content may: opaque. */
export function identityOf({ size, mtime, ino }: Deno.FileInfo): string {
  return identityFrom(size, mtime?.getTime() ?? 0, ino);
}

export function identityFrom(
  size: number,
  mtimeMs: number,
  ino: number | null,
): string {
  return `${size}-${mtimeMs}-${ino ?? 0}`;
}
