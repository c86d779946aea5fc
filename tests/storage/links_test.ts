/**
 * Links in a home: followed where they stay inside, refused where they lead
 * out, whichever part of the path they are; and names that lead to nothing.
 */
import assert from "node:assert/strict";
import type { Home } from "../../lib/storage/mod.ts";
import { ATTACK_PATHS } from "./attack_paths.ts";
import { at, entriesOf, namesOf, readText, text } from "./home_suite.ts";
import { type TempHome, tempHome, warmUp } from "./temp_home.ts";

const SECRET = "a secret from outside";

/** Around the home: `outside/secret`, `outside/folder/`. Inside: `d/file`. */
async function furnished(quick: boolean): Promise<TempHome> {
  const temp = await tempHome();
  const { around, folder } = temp;
  await Deno.mkdir(`${around}/outside/folder`, { recursive: true });
  await Deno.writeTextFile(`${around}/outside/secret`, SECRET);
  await Deno.mkdir(`${folder}/d/e`, { recursive: true });
  await Deno.writeTextFile(`${folder}/d/file`, "inside");
  if (quick) await warmUp(temp.home);
  return temp;
}

/** Nothing outside was changed, made or removed. */
function assertUntouched({ around }: TempHome): void {
  const names = (folder: string) =>
    [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  assert.deepEqual(names(around), ["home", "outside"]);
  assert.deepEqual(names(`${around}/outside`), ["folder", "secret"]);
  assert.deepEqual(names(`${around}/outside/folder`), []);
  assert.equal(Deno.readTextFileSync(`${around}/outside/secret`), SECRET);
}

interface LinkCase {
  readonly name: string;
  /** Below the home: where the links lie, and what they say. */
  readonly links: Readonly<Record<string, string>>;
  /** What is asked for; the code it is refused with. */
  readonly asked: string;
  readonly code: string;
  /** What a put to it comes to, where that differs. */
  readonly put?: string;
}

const REFUSED: readonly LinkCase[] = [
  {
    name: "a file outside, by its whole path",
    links: { "l": "AROUND/outside/secret" },
    asked: "l",
    code: "outside",
    put: "replaces",
  },
  {
    name: "a file outside, relative",
    links: { "l": "../outside/secret" },
    asked: "l",
    code: "outside",
    put: "replaces",
  },
  {
    name: "a folder outside, first of the path",
    links: { "l": "../outside" },
    asked: "l/secret",
    code: "outside",
  },
  {
    name: "a folder outside, in the middle of the path",
    links: { "d/e/l": "../../../outside" },
    asked: "d/e/l/secret",
    code: "outside",
  },
  {
    name: "a folder outside, by a link inside to a link out",
    links: { "d/out": "AROUND/outside", "l": "d/out" },
    asked: "l/secret",
    code: "outside",
  },
  {
    name: "the folder around the home",
    links: { "l": ".." },
    asked: "l/outside/secret",
    code: "outside",
  },
  {
    name: "a folder beside the home whose name begins like it",
    links: { "l": "AROUND/home-of-another" },
    asked: "l/secret",
    code: "not_found",
  },
  {
    name: "the root of all",
    links: { "l": "/" },
    asked: "l/etc/passwd",
    code: "outside",
  },
  {
    name: "what this process has open",
    links: { "l": "/proc/self/fd" },
    asked: "l/0",
    code: "outside",
  },
  {
    name: "the folder that this process is in, which is no home",
    links: { "l": "/proc/self/cwd" },
    asked: "l/d/file",
    code: "not_found",
  },
  {
    name: "nothing",
    links: { "l": "nowhere" },
    asked: "l",
    code: "not_found",
    put: "replaces",
  },
  {
    name: "nothing, outside",
    links: { "l": "AROUND/outside/new" },
    asked: "l",
    code: "not_found",
    put: "replaces",
  },
  {
    name: "nothing, in the middle",
    links: { "l": "nowhere" },
    asked: "l/a",
    code: "not_found",
  },
  {
    name: "itself",
    links: { "l": "l" },
    asked: "l",
    code: "not_found",
    put: "replaces",
  },
  {
    name: "each other",
    links: { "l": "m/a", "m": "l/a" },
    asked: "l/a",
    code: "not_found",
  },
  {
    name: "where parts lie",
    links: { "l": ".ftpd" },
    asked: "l/0123456789abcdef0123456789abcdef",
    code: "outside",
  },
  {
    name: "a part",
    links: { "l": ".ftpd/0123456789abcdef0123456789abcdef" },
    asked: "l",
    code: "outside",
    put: "replaces",
  },
];

async function putBoth(home: Home, name: string): Promise<void> {
  await home.putWhole(at(name), text("new"));
}

async function putPart(home: Home, name: string): Promise<void> {
  await using part = await home.openPart({ target: at(name) });
  await part.write(text("new"));
  await part.commit();
}

for (const { name, links, asked, code, put } of REFUSED) {
  Deno.test(`a link to ${name} is not followed`, async () => {
    for (const quick of [false, true]) {
      for (const putting of [putBoth, putPart]) {
        await using temp = await furnished(quick);
        const { home, folder, around } = temp;
        const hidden = `${folder}/.ftpd/${"0123456789abcdef".repeat(2)}`;
        await Deno.mkdir(`${folder}/.ftpd`, { mode: 0o700 });
        await Deno.writeTextFile(hidden, SECRET);
        for (const [link, says] of Object.entries(links)) {
          const leads = says.replace("AROUND", around);
          await Deno.symlink(leads, `${folder}/${link}`);
        }
        await assert.rejects(home.read(at(asked)), { code });
        await assert.rejects(home.stat(at(asked)), { code });
        if (asked.includes("/")) {
          await assert.rejects(home.mkdir(at(`${asked}-made`)), { code });
          await assert.rejects(home.remove(at(asked)), { code });
          const away = home.rename(at(asked), at("away"));
          await assert.rejects(away, { code });
          const into = home.rename(at("d/file"), at(asked));
          await assert.rejects(into, { code });
        }
        if (put === "replaces") {
          // A link that is a target is itself replaced.
          await putting(home, asked);
          assert.equal(await readText(home, asked), "new");
          assert.ok(Deno.lstatSync(`${folder}/${asked}`).isFile);
        } else {
          await assert.rejects(putting(home, asked), { code });
        }
        assertUntouched(temp);
        assert.equal(Deno.readTextFileSync(hidden), SECRET);
        assert.equal(await readText(home, "d/file"), "inside");
      }
    }
  });
}

Deno.test("links that stay inside are followed, wherever they are", async () => {
  for (const quick of [false, true]) {
    await using temp = await furnished(quick);
    const { home, folder } = temp;
    const links = {
      "first": "d",
      "whole": `${folder}/d/file`,
      "d/e/up": "../..",
      "chain": "first/e/up/d/file",
      "top": ".",
    };
    for (const [link, leads] of Object.entries(links)) {
      await Deno.symlink(leads, `${folder}/${link}`);
    }
    for (
      const name of [
        "first/file",
        "whole",
        "d/e/up/d/file",
        "chain",
        "top/whole",
      ]
    ) {
      assert.equal(await readText(home, name), "inside", name);
      assert.equal((await home.stat(at(name))).size, 6);
    }
    assert.equal((await home.stat(at("top"))).type, "folder");
    await assert.rejects(home.read(at("first")), { code: "is_folder" });
    await assert.rejects(home.read(at("top")), { code: "is_folder" });
    await putPart(home, "first/e/new");
    await putBoth(home, "d/e/up/top-new");
    assert.equal(await readText(home, "d/e/new"), "new");
    assert.equal(await readText(home, "top-new"), "new");
    await home.mkdir(at("first/made"));
    assert.deepEqual(await namesOf(home, "first"), ["e", "file", "made"]);
    // The root is the root, also by a link: nothing shows where parts lie.
    await using part = await home.openPart({ target: at("a") });
    await part.write(text("x"));
    assert.deepEqual(await namesOf(home, "top"), await namesOf(home));
    assert.ok(!(await namesOf(home, "top")).includes(".ftpd"));
  }
});

Deno.test("a link is listed as a link, with its text, and removed itself", async () => {
  await using temp = await furnished(true);
  await Deno.symlink("d", `${temp.folder}/l`);
  const link = (await entriesOf(temp.home)).find(({ name }) => name === "l");
  assert.equal(link?.type, "link");
  assert.equal(link?.target, "d");
  assert.ok(link?.reachable);
  await temp.home.rename(at("l"), at("m"));
  await temp.home.remove(at("m"));
  assert.deepEqual(await namesOf(temp.home), ["d"]);
});

Deno.test("a link in the place of .ftpd: nothing is put, nothing leaves", async () => {
  for (const leads of ["../outside", "d", "nowhere", "../outside/secret"]) {
    for (const quick of [false, true]) {
      await using temp = await furnished(quick);
      const { home, folder } = temp;
      await Deno.symlink(leads, `${folder}/.ftpd`);
      await assert.rejects(putBoth(home, "a"));
      await assert.rejects(putPart(home, "a"));
      assert.deepEqual(await namesOf(home), ["d"]);
      assert.deepEqual(await namesOf(home, "d"), ["e", "file"]);
      assertUntouched(temp);
    }
  }
});

Deno.test("names of known attacks touch nothing outside", async () => {
  await using temp = await furnished(true);
  const { home } = temp;
  for (const name of ATTACK_PATHS) {
    try {
      const path = at(name);
      await assert.rejects(async () => {
        await using _ = await home.read(path);
      });
      const info = await home.putWhole(path, text("x"));
      assert.equal(info.size, 1);
      assert.equal(await readText(home, name), "x");
      await home.remove(path);
    } catch (error) {
      // Refused as a name, or its folder is missing, or too long for the disk.
      assert.ok(error instanceof Error && "code" in error, String(error));
    }
  }
  assertUntouched(temp);
  assert.deepEqual(await namesOf(home), ["d"]);
});
