/**
 * How many connections the process can hold: nothing that Deno offers without
 * more permissions tells the limit of open files, so it is tried.
 * @module
 */

/** A socket, and a file for a transfer. */
const DESCRIPTORS_A_CONNECTION = 2;
/** The runtime's own, libraries, the log, folders in use. */
const DESCRIPTORS_KEPT = 64;

/**
 * @param wanted Connections asked for.
 * @param file Any file that can be read: it is opened as often as needed, some
 * thousand times for some 10 ms, and closed again.
 * @returns `wanted`, or as many as there are descriptors for; at least 1.
 */
export function connectionsPossible(wanted: number, file: string): number {
  const opened: Deno.FsFile[] = [];
  const needed = wanted * DESCRIPTORS_A_CONNECTION + DESCRIPTORS_KEPT;
  try {
    while (opened.length < needed) opened.push(Deno.openSync(file));
    return wanted;
  } catch {
    const free = opened.length - DESCRIPTORS_KEPT;
    return Math.max(1, Math.floor(free / DESCRIPTORS_A_CONNECTION));
  } finally {
    for (const one of opened) one.close();
  }
}
