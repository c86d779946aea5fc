/**
 * Somebody has put things under the names of our unfinished transfers, here and
 * there, before a tree is sent, fetched and synced: nothing is written through
 * them, nothing of anybody's is removed, and the trees come through.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, run, runFtpc, startFtpd } from "../programs.ts";

const CANARY = "unharmed";
const NOBODY = 65534;
const ROOT = Deno.build.os === "linux" && Deno.uid() === 0;
/** Older than anything that is kept. */
const OLD = "8 days ago";

/** Large enough to go by a part that is kept; and small ones beside it. */
const FILES = { big: 3_000_000, "d/small": 10, "d/e/large": 2_000_000 };

/** What is planted under a name, by its last digit. */
const KINDS: Record<string, (place: string, outside: string) => void> = {
  "0": (place, outside) =>
    Deno.symlinkSync(path.join(outside, "canary"), place),
  "1": (place, outside) => Deno.symlinkSync(path.join(outside, "made"), place),
  "2": (place, outside) => Deno.symlinkSync(outside, place),
  "3": (place) => {
    Deno.mkdirSync(place);
    Deno.writeTextFileSync(path.join(place, "canary"), CANARY);
  },
  "4": (place) => {
    Deno.writeTextFileSync(place, CANARY);
    Deno.chownSync(place, NOBODY, NOBODY);
  },
};
/** Only root can give a file away. */
const DIGITS = Object.keys(KINDS).filter((digit) => digit !== "4" || ROOT);
const FIFO = "5";

/** All that is planted, as it was. */
class Planted {
  readonly #outside: string;
  readonly #places: string[] = [];
  readonly #fifos: string[] = [];
  readonly #was = new Map<string, string>();

  constructor(outside: string) {
    this.#outside = outside;
  }

  /** @param name A name of ours, but for its last digit. */
  add(folder: string, name: string, end = ""): void {
    for (const digit of DIGITS) {
      const place = path.join(folder, name + digit + end);
      KINDS[digit]?.(place, this.#outside);
      this.#places.push(place);
    }
    this.#fifos.push(path.join(folder, name + FIFO + end));
  }

  async done(): Promise<void> {
    assert.equal((await run("mkfifo", this.#fifos)).code, 0);
    const all = [...this.#places, ...this.#fifos];
    assert.equal((await run("touch", ["-h", "-d", OLD, ...all])).code, 0);
    for (const place of all) this.#was.set(place, seen(place));
  }

  unharmed(): void {
    for (const [place, was] of this.#was) {
      assert.equal(seen(place), was, place);
    }
  }
}

/** What lies there, as far as it can be told without waiting. */
function seen(place: string): string {
  try {
    const { isSymlink, isFile, isDirectory, ino, uid, size } = Deno.lstatSync(
      place,
    );
    const kind = isSymlink
      ? Deno.readLinkSync(place)
      : isFile
      ? Deno.readTextFileSync(place)
      : isDirectory
      ? Deno.readTextFileSync(path.join(place, "canary"))
      : "special";
    return [kind, ino, uid, size].join();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "gone";
    throw error;
  }
}

function contentOf(name: string): Uint8Array {
  const size = Object.entries(FILES).find(([one]) => one === name)?.[1] ?? 0;
  return new Uint8Array(size).fill(name.length);
}

async function makeTree(folder: string): Promise<void> {
  for (const name of Object.keys(FILES)) {
    const file = path.join(folder, name);
    await Deno.mkdir(path.dirname(file), { recursive: true });
    await Deno.writeFile(file, contentOf(name));
  }
}

async function assertTree(folder: string): Promise<void> {
  for (const name of Object.keys(FILES)) {
    const bytes = await Deno.readFile(path.join(folder, name));
    assert.deepEqual(bytes, contentOf(name), name);
  }
}

const HEX = "0123456789abcde"; // 15 of 16 digits
const HEX32 = `${HEX}f${HEX}`; // 31 of 32

Deno.test({
  name: "planted names of ours: trees come through, and all stays as it is",
  ignore: Deno.build.os !== "linux",
  fn: async () => {
    await using site = await makeSite();
    const home = path.join(site.home, "alex");
    const outside = path.join(site.folder, "outside");
    const here = path.join(site.folder, "here");
    await Deno.mkdir(outside);
    await Deno.writeTextFile(path.join(outside, "canary"), CANARY);
    await makeTree(path.join(here, "a"));
    await makeTree(path.join(home, "a"));
    const planted = new Planted(outside);
    for (const inside of ["", "d", "d/e"]) {
      for (const tree of [`${home}/put/a`, `${home}/synced`]) {
        const folder = path.join(tree, inside);
        await Deno.mkdir(folder, { recursive: true });
        planted.add(folder, `.ftpd-${HEX32}`);
        planted.add(folder, `.ftpc-${HEX}`);
      }
      for (const tree of [`${here}/got/a`, `${here}/synced`]) {
        const folder = path.join(tree, inside);
        await Deno.mkdir(folder, { recursive: true });
        planted.add(folder, `.ftpd-${HEX32}`);
        planted.add(folder, `.ftpc-${HEX}`);
        planted.add(folder, `.ftpc-${HEX}`, ".j");
      }
    }
    await planted.done();
    // Where ftpd keeps what it is at: somebody else's folder, if we may. What
    // has a name of a part there is ftpd's to remove, and none to follow.
    const parts = path.join(home, ".ftpd");
    await Deno.mkdir(parts);
    const inParts = new Planted(outside);
    for (const end of ["", ".j", ".at", ".j.new"]) {
      inParts.add(parts, HEX32, end);
    }
    await inParts.done();
    if (ROOT) await Deno.chown(parts, NOBODY, NOBODY);

    await using ftpd = await startFtpd(...site.args);
    const script = [
      ...["put -r a put", "get -r a got", "sync a synced --delete"],
      ...["sync --from a synced --delete", "parts"],
    ].join("\n");
    const ran = await runFtpc([...asAlex(ftpd), "-f", "-"], {
      ...{ cwd: here, stdin: script },
    });
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(
      ran.stderr,
      /^(?:\d+ files?(?:, \d+ skipped)?: .*\n){4}no unfinished files\n$/,
    );
    for (const tree of ["put/a", "synced"]) {
      await assertTree(path.join(home, tree));
    }
    for (const tree of ["got/a", "synced"]) {
      await assertTree(path.join(here, tree));
    }
    planted.unharmed();
    assert.deepEqual([...Deno.readDirSync(outside)].map(({ name }) => name), [
      "canary",
    ]);
    assert.equal(await Deno.readTextFile(path.join(outside, "canary")), CANARY);
  },
});
