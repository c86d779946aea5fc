/** @module The folder that the program is in, and the way back to it. */

export const SEPARATOR = Deno.build.os === "windows" ? "\\" : "/";

/** That folder may be gone, and has no path then. */
export function whereWeAre(): string {
  try {
    return Deno.cwd();
  } catch {
    return SEPARATOR;
  }
}

/** Back to where the program was; that folder may have gone meanwhile. */
export function goBack(back: string): void {
  try {
    Deno.chdir(back);
  } catch {
    Deno.chdir(SEPARATOR);
  }
}
