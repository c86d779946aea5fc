/**
 * Issue-sized where LONG is set (`deno task test:long`), else short. SEED
 * chooses the moments.
 */
import { type Account, killMatrix, type Matrix } from "./kill_matrix.ts";
import { MIB } from "./tree.ts";

const LONG = Deno.env.get("LONG") !== undefined;
const SEED = Number(Deno.env.get("SEED") ?? 20_261_125);
const SIZE: Omit<Matrix, "verb" | "harm" | "folder" | "seed"> = LONG
  ? {
    kills: 10,
    shape: { small: 990, large: 10, largeMibMin: 40, largeMibMax: 200 },
    bytesPerSecond: 20_000_000,
    // A mark each 32 MiB, and what comes while the disk takes one.
    sinceMarkMax: 48 * MIB,
    msMax: 2 * 60 * 60_000,
  }
  : {
    kills: 3,
    shape: { small: 90, large: 2, largeMibMin: 48, largeMibMax: 52 },
    bytesPerSecond: 200_000_000,
    sinceMarkMax: Infinity, // a slow disk is slower than this line
    msMax: 5 * 60_000,
  };

const HARMS = ["client", "server", "connection"] as const;
/** Several at once: much of the time somebody waits for somebody. */
const AT_ONCE = {
  ...{ sanitizeOps: false, sanitizeResources: false, sanitizeExit: false },
};

for (const [at, verb] of (["put", "get"] as const).entries()) {
  Deno.test(`${verb} -r goes on after ${SIZE.kills} kills each`, async (t) => {
    await Promise.all(HARMS.map((harm, which) => {
      const seed = SEED + HARMS.length * at + which; // and so its own port
      return t.step({
        name: `of the ${harm}, seed ${seed}`,
        ...AT_ONCE,
        fn: async () => {
          const folder = await Deno.makeTempDir({ prefix: "ftpd-kills-" });
          try {
            const matrix = { ...SIZE, verb, harm, folder, seed };
            const account = await killMatrix(matrix);
            if (LONG || Deno.env.has("TELL")) {
              console.log(`${verb}, ${harm}:\n${told(account)}`);
            }
          } finally {
            await Deno.remove(folder, { recursive: true });
          }
        },
      });
    }));
  });
}

function told({ content, crossed, costs }: Account): string {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1);
  const lines = costs.map(({ arrived, crossed, lost, sinceMark }, at) =>
    `  kill ${at + 1}: at ${mib(arrived)} MiB, ${mib(crossed)} crossed since` +
    ` the last, ${mib(lost)} cross again; ${mib(sinceMark)} since the mark`
  );
  const more = (100 * (crossed - content) / content).toFixed(1);
  return [
    `  ${mib(content)} MiB; ${mib(crossed)} crossed (${more} % more)`,
    ...lines,
  ].join("\n");
}
