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
  judge(new TextDecoder().decode(into.subarray(0, bytes)));
}

/** Whatever was not put here, be it cut to the length of what was. */
function judge(words: string): void {
  if (!/^(?:inside|(?:put|many) \d+)$/.test(words)) count("leaked");
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

/** In the folder that is swapped, out of it and into it. */
const RENAMES: readonly (readonly [string, string])[] = [
  ["d/file", "d/renamed"],
  ["d/renamed", "d/file"],
  ["d/file", "taken"],
  ["taken", "d/file"],
];

async function walk(home: Home): Promise<void> {
  for await (const page of home.walk(resolveName("/"))) {
    for (const { path, size } of page) {
      if (path.includes(secret) || size === secret.length) count("leaked");
    }
  }
}

async function readMany(home: Home): Promise<void> {
  const path = resolveName("d/file");
  const [whole] = await home.readMany([{ path, bytesMax: 64 }]);
  if (whole === undefined || whole instanceof StorageError) throw whole;
  judge(new TextDecoder().decode(whole.bytes ?? new Uint8Array()));
}

async function putMany(home: Home, words: string): Promise<void> {
  const bytes = new TextEncoder().encode(words);
  const outcomes = await home.putMany(
    ["d/file", "d/many-1", "d/many-2"].map((name) => ({
      path: resolveName(name),
      bytes,
    })),
  );
  for (const one of outcomes) if (one instanceof StorageError) throw one;
}

async function copy(home: Home, from: string, to: string): Promise<void> {
  await home.copy(resolveName(from), resolveName(to));
  const { bytes } = await home.readWhole(resolveName(to), { bytesMax: 64 });
  judge(new TextDecoder().decode(bytes ?? new Uint8Array()));
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
  if (round % 5 !== 0) continue;
  const [from = "", to = ""] = RENAMES[(round / 5) % RENAMES.length] ?? [];
  await attempt(
    "rename",
    () => home.rename(resolveName(from), resolveName(to)),
  );
  await attempt("many", () => putMany(home, `many ${round}`));
  await attempt("read many", () => readMany(home));
  await attempt("copy out", () => copy(home, "d/file", "copied"));
  await attempt("copy in", () => copy(home, "copied", "d/copied"));
  const attributes = { mtimeNs: 1_000_000_000n, mode: 0o640 };
  for (const name of ["d/file", "d"]) {
    await attempt(
      "attributes",
      () => home.setAttributes(resolveName(name), attributes),
    );
  }
  await attempt("link", () => home.symlink("file", resolveName("d/link")));
  await attempt("unlink", () => home.remove(resolveName("d/link")));
  await attempt("take", () => home.remove(resolveName("d/file")));
  if (round % 10 === 0) {
    await attempt("walk", () => walk(home));
    await attempt("list", () => list(home, "d"));
    await attempt("mkdir", () => home.mkdir(resolveName(`d/made-${round}`)));
    await attempt("remove", () => home.remove(made));
  }
}
console.log(JSON.stringify(counts));
removeAnchor();
