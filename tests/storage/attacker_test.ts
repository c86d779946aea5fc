/**
 * Promise 3 against another process of this machine, which swaps a folder of a
 * home and a link out of it while files are put and got: no byte outside is
 * read or written, ever. What may be left is written in lib/storage/root.ts.
 */
import assert from "node:assert/strict";

const ROUNDS = 1000;
/** Its length is that of nothing else. */
const SECRET = "a secret from outside";
const MS_MAX = 300_000;

function program(name: string, permissions: string[], args: string[]) {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", ...permissions],
      new URL(name, import.meta.url).pathname,
      ...args,
    ],
    signal: AbortSignal.timeout(MS_MAX),
    stdout: "piped",
    stderr: "inherit",
  });
}

/** Everything below a folder: the content of files, all modes and times. */
function contents(folder: string, below = ""): Map<string, string> {
  const seen = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    const { mode, mtime } = Deno.lstatSync(path);
    if (isDirectory || Deno.readTextFileSync(path) !== "") {
      seen.set(`${below}${name} is`, `${mode} ${mtime?.getTime()}`);
    }
    if (isDirectory) {
      for (const [one, text] of contents(path, `${below}${name}/`)) {
        seen.set(one, text);
      }
    } else seen.set(below + name, Deno.readTextFileSync(path));
  }
  return seen;
}

async function attack(swapped: string): Promise<Record<string, number>> {
  const around = await Deno.makeTempDir({ prefix: "ftpd-test-" });
  try {
    const home = `${around}/home`;
    const outside = `${around}/outside`;
    for (const folder of [home, `${home}/d`, `${home}/.ftpd`, outside]) {
      await Deno.mkdir(folder, { mode: 0o700 });
    }
    await Deno.writeTextFile(`${home}/d/file`, "inside");
    for (const name of ["file", "renamed", "copied", "many-1", "link"]) {
      await Deno.writeTextFile(`${outside}/${name}`, SECRET);
    }
    await Deno.writeTextFile(`${outside}/${SECRET}`, SECRET);
    const before = contents(outside);
    const attacker = program("swap_program.ts", ["-A"], [
      `${home}/${swapped}`,
      outside,
    ]).spawn();
    try {
      const reader = attacker.stdout.getReader();
      const { value } = await reader.read();
      assert.equal(new TextDecoder().decode(value), "ready\n");
      await reader.cancel();
      const attacked = await program(
        "attacked_program.ts",
        ["--allow-read", "--allow-write"],
        [home, SECRET, String(ROUNDS)],
      ).output();
      assert.ok(attacked.success);
      const after = contents(outside);
      // What may be left by a race: something empty under a random name.
      for (const [name, text] of after) {
        if (text === "" && /^(?:\.ftpd-)?[0-9a-f]{32}/.test(name)) {
          after.delete(name);
        }
      }
      assert.deepEqual(after, before);
      return JSON.parse(new TextDecoder().decode(attacked.stdout));
    } finally {
      attacker.kill("SIGKILL");
      await attacker.status;
    }
  } finally {
    await Deno.remove(around, { recursive: true });
  }
}

for (
  const { swapped, seen } of [
    { swapped: "d", seen: /^(?:get|put|whole) (?:outside|changed)$/ },
    { swapped: ".ftpd", seen: /^(?:put|whole) (?:outside|changed)$/ },
  ]
) {
  Deno.test(`while ${swapped} is swapped for a link, nothing leaves the home`, async () => {
    const counts = await attack(swapped);
    const told = JSON.stringify(counts);
    assert.equal(counts["leaked"], 0, told);
    // Both came about: work that was done, and swaps that were caught.
    assert.ok((counts["put done"] ?? 0) > 0, told);
    assert.ok((counts["whole done"] ?? 0) > 0, told);
    assert.ok(Object.keys(counts).some((what) => seen.test(what)), told);
    if (Deno.env.has("ATTACK_SHOW")) console.log(told);
  });
}
