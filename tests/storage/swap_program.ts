/**
 * The attacker: swaps a folder and a link to another folder, as fast as it can,
 * until it is killed. Arguments: FOLDER TARGET. Says `ready` once it is at it.
 */
const [folder = "", target = ""] = Deno.args;
const real = `${folder}.real`;
const link = `${folder}.link`;
Deno.symlinkSync(target, link);

const STEPS: readonly (readonly [string, string])[] = [
  [folder, real],
  [link, folder],
  [folder, link],
  [real, folder],
];

for (let round = 0;; round++) {
  for (const [from, to] of STEPS) {
    try {
      Deno.renameSync(from, to);
    } catch {
      // The one attacked made a folder in the way: the next round may do.
    }
  }
  if (round === 1000) {
    Deno.stdout.writeSync(new TextEncoder().encode("ready\n"));
  }
}
