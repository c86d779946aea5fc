/**
 * A part that is not ours any more: whatever else stands under its name is not
 * published, and the earlier file stays.
 */
import assert from "node:assert/strict";
import { at, text } from "./home_suite.ts";
import { partsIn, tempHome, warmUp } from "./temp_home.ts";

const OTHERS: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "another file": async (path) => {
    await Deno.remove(path);
    // Made while the part is open: its inode cannot be the same.
    await Deno.writeTextFile(path, "another");
  },
  "a link to a file": async (path) => {
    await Deno.remove(path);
    await Deno.symlink("../another", path);
  },
  "a folder": async (path) => {
    await Deno.remove(path);
    await Deno.mkdir(path);
  },
  "nothing": (path) => Deno.remove(path),
};

for (const [what, put] of Object.entries(OTHERS)) {
  for (const quick of [false, true]) {
    const disk = quick ? "a quick disk" : "a disk not known to be quick";
    Deno.test({
      name: `${what} in the place of a part is not published, on ${disk}`,
      ignore: Deno.build.os === "windows", // nothing replaces an open file
      fn: async () => {
        await using temp = await tempHome();
        const { home, folder } = temp;
        if (quick) await warmUp(home);
        await Deno.writeTextFile(`${folder}/a`, "earlier");
        await Deno.writeTextFile(`${folder}/another`, "another");
        await Deno.utime(`${folder}/another`, 1, 1);
        await using part = await home.openPart({ target: at("a") });
        await part.write(text("later"));
        const [name = ""] = partsIn(folder);
        await put(`${folder}/.ftpd/${name}`);
        const mtimeNs = 2_000_000_000n;
        await assert.rejects(part.commit({ mtimeNs }), {
          code: what === "nothing" ? "not_found" : "changed",
        });
        assert.equal(await Deno.readTextFile(`${folder}/a`), "earlier");
        const { mtime } = await Deno.stat(`${folder}/another`);
        assert.equal(mtime?.getTime(), 1000);
      },
    });
  }
}

Deno.test("a file swapped in at the moment of the rename is told", async () => {
  await using temp = await tempHome();
  const { home } = temp;
  await using part = await home.openPart({ target: at("a") });
  await part.write(text("later"));
  const rename = Deno.renameSync;
  let swapped = false;
  Deno.renameSync = (from, to) => {
    Deno.removeSync(from);
    Deno.writeTextFileSync(from, "another");
    swapped = true;
    rename(from, to);
  };
  try {
    await assert.rejects(part.commit(), { code: "changed" });
  } finally {
    Deno.renameSync = rename;
  }
  assert(swapped);
});

// Whoever may make names there could put another file under a part's name.
for (const mode of [0o700, 0o770, 0o707]) {
  const others = mode === 0o700 ? "nobody else may" : "others may";
  Deno.test({
    name: `small files together, where ${others} touch parts (${
      mode.toString(8)
    })`,
    ignore: Deno.build.os !== "linux", // elsewhere each is looked at
    fn: async () => {
      await using temp = await tempHome();
      const { home, folder } = temp;
      await warmUp(home);
      await Deno.writeTextFile(`${folder}/a`, "earlier");
      await Deno.mkdir(`${folder}/.ftpd`, { recursive: true });
      await Deno.chmod(`${folder}/.ftpd`, mode);
      const lstat = Deno.lstatSync;
      let swapped = false;
      Deno.lstatSync = (path) => {
        if (path.toString().startsWith(`${folder}/.ftpd/`)) {
          Deno.renameSync(path, `${folder}/was`); // its inode stays in use
          Deno.writeTextFileSync(path, "another");
          swapped = true;
        }
        return lstat(path);
      };
      try {
        const [outcome] = await home.putMany([
          { path: at("a"), bytes: text("later") },
        ]);
        assert.equal(swapped, mode !== 0o700);
        const code = outcome instanceof Error ? outcome.code : null;
        assert.equal(code, swapped ? "changed" : null);
      } finally {
        Deno.lstatSync = lstat;
      }
      const left = swapped ? "earlier" : "later";
      assert.equal(await Deno.readTextFile(`${folder}/a`), left);
    },
  });
}
