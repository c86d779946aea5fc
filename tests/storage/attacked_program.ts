/**
 * The one attacked: puts and gets below a home whose folders are being swapped,
 * with no more permissions than ftpd has. Arguments: HOME SECRET ROUNDS.
 * Prints how often each thing came, as JSON; `leaked` is what must not.
 */
import { systemRuntime } from "../../lib/runtime/mod.ts";
import {
  type Home,
  openLocalHome,
  removeAnchor,
  resolveName,
  StorageError,
} from "../../lib/storage/mod.ts";

const [folder = "", secret = "", rounds = "0"] = Deno.args;
const runtime = systemRuntime();
const counts: Record<string, number> = { leaked: 0 };

/** A clock by which every call is slow: such a home stays careful. */
let nowMs = 0;
const slowClock = { ...runtime.clock, monotonicMs: () => nowMs += 1000 };

const open = (clock: typeof runtime.clock) =>
  openLocalHome(folder, {
    runtime: { clock, random: runtime.random, turns: runtime.turns },
    durable: false,
  });
const homes = [await open(runtime.clock), await open(slowClock)];

async function get(home: Home, name: string): Promise<void> {
  await using file = await home.read(resolveName(name));
  const into = new Uint8Array(64);
  const bytes = await file.read(into);
  const words = new TextDecoder().decode(into.subarray(0, bytes));
  // Whatever was not put here, be it cut to the length of what was.
  if (!/^(?:inside|put \d+)$/.test(words)) count("leaked");
}

async function put(home: Home, name: string, words: string): Promise<void> {
  const bytes = new TextEncoder().encode(words);
  await using part = await home.openPart({ target: resolveName(name) });
  await part.write(bytes);
  await part.commit();
}

async function list(home: Home, name: string): Promise<void> {
  for await (const page of home.list(resolveName(name))) {
    for (const entry of page) if (entry.name === secret) count("leaked");
  }
}

async function attempt(what: string, run: () => Promise<unknown>) {
  try {
    await run();
    count(`${what} done`);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
    count(`${what} ${error.code}`);
  }
}

function count(what: string): void {
  counts[what] = (counts[what] ?? 0) + 1;
}

for (let round = 0; round < Number(rounds); round++) {
  const home = homes[round % 2];
  if (home === undefined) break;
  // As a cleaner of temporary files may do: it is made anew, amid the swaps.
  if (round % 7 === 0) removeAnchor();
  const whole = new TextEncoder().encode(`whole ${round}`);
  await attempt("get", () => get(home, "d/file"));
  await attempt("put", () => put(home, "d/file", `put ${round}`));
  const made = resolveName(`d/whole-${round % 50}`);
  await attempt("whole", () => home.putWhole(made, whole));
  if (round % 10 === 0) {
    await attempt("list", () => list(home, "d"));
    await attempt("mkdir", () => home.mkdir(resolveName(`d/made-${round}`)));
    await attempt("remove", () => home.remove(made));
  }
}
console.log(JSON.stringify(counts));
removeAnchor();
