/**
 * Issue-sized where LONG is set (`deno task test:long`), else short. SEED
 * chooses the moments.
 */
import { type Account, killMatrix, type Matrix } from "./kill_matrix.ts";
import { MIB } from "./tree.ts";

const LONG = Deno.env.get("LONG") !== undefined;
const SEED = Number(Deno.env.get("SEED") ?? 20_261_125);
const SIZE: Pick<Matrix, "kills" | "shape" | "bytesPerSecond" | "msMax"> = LONG
  ? {
    kills: 10,
    shape: { small: 990, large: 10, largeMibMin: 40, largeMibMax: 200 },
    bytesPerSecond: 20_000_000,
    msMax: 30 * 60_000,
  }
  : {
    kills: 3,
    shape: { small: 90, large: 4, largeMibMin: 38, largeMibMax: 42 },
    bytesPerSecond: 200_000_000,
    msMax: 5 * 60_000,
  };

/** The same command after a kill -9 goes on by its journal. */
const JOURNALS = { put: false, get: false };
const HARMS = ["client", "server", "connection"] as const;

for (const verb of ["put", "get"] as const) {
  for (const harm of HARMS) {
    Deno.test(`${verb} -r: ${SIZE.kills} kills of the ${harm}, seed ${SEED}`, async () => {
      const folder = await Deno.makeTempDir({ prefix: "ftpd-kills-" });
      try {
        const goesOn = harm !== "client" || JOURNALS[verb];
        const matrix = { ...SIZE, verb, harm, folder, seed: SEED, goesOn };
        const account = await killMatrix(matrix);
        if (LONG || Deno.env.has("TELL")) console.log(told(account));
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    });
  }
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
