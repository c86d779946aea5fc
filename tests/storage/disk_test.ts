/**
 * What only a disk can do to a home: files of other kinds, modes, files that
 * change while they are read, names that are not UTF-8, what a kill leaves.
 */
import assert from "node:assert/strict";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { anchor } from "../../lib/storage/anchor.ts";
import {
  cleanParts,
  type Home,
  openLocalHome,
  removeAnchor,
} from "../../lib/storage/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { at, entriesOf, namesOf, readText, text } from "./home_suite.ts";
import { run, withoutRoot } from "./system.ts";
import { partsIn, type TempHome, tempHome, warmUp } from "./temp_home.ts";

/** Runs a test on a disk that has not proved quick, and on one that has. */
async function onBoth(use: (temp: TempHome) => Promise<void>): Promise<void> {
  for (const quick of [false, true]) {
    await using temp = await tempHome();
    if (quick) await warmUp(temp.home);
    await use(temp);
  }
}

async function putPart(home: Home, name: string, words: string) {
  await using part = await home.openPart({ target: at(name) });
  await part.write(text(words));
  return await part.commit();
}

const linux = Deno.build.os === "linux";

Deno.test({
  name: "a home is there although the folder that we were started in is gone",
  ignore: Deno.build.os === "windows", // a folder in use cannot be removed
  fn: () =>
    onBoth(async ({ home, around }) => {
      const back = Deno.cwd();
      const gone = `${around}/gone`;
      Deno.mkdirSync(gone);
      Deno.chdir(gone);
      try {
        Deno.removeSync(gone);
        await putPart(home, "a", "all the same");
        assert.equal(await readText(home, "a"), "all the same");
      } finally {
        Deno.chdir(back);
      }
    }),
});

const KINDS = [
  {
    kind: "a FIFO",
    ignore: !linux,
    make: (path: string) => run("mkfifo", path),
  },
  {
    kind: "a device",
    ignore: withoutRoot,
    make: (path: string) => run("mknod", path, "c", "1", "3"),
  },
  {
    kind: "a socket",
    ignore: !linux,
    make: (path: string) =>
      run(
        "python3",
        "-c",
        `import socket,sys
socket.socket(socket.AF_UNIX).bind(sys.argv[1])`,
        path,
      ),
  },
];

for (const { kind, ignore, make } of KINDS) {
  Deno.test({
    name: `${kind} is shown, and neither read nor replaced, and holds nobody`,
    ignore,
    fn: () =>
      onBoth(async ({ home, folder }) => {
        await make(`${folder}/odd`);
        await Deno.symlink("odd", `${folder}/link`);
        const refused = { code: "not_regular" };
        await assert.rejects(home.read(at("odd")), refused);
        await assert.rejects(home.read(at("link")), refused);
        await assert.rejects(home.openPart({ target: at("odd") }), refused);
        await assert.rejects(home.putWhole(at("odd"), text("x")), refused);
        assert.equal((await home.stat(at("odd"))).type, "other");
        const odd = (await entriesOf(home)).find(({ name }) => name === "odd");
        assert.equal(odd?.type, "other");
        // Nor when it comes in a target's place while a part is written.
        await using part = await home.openPart({ target: at("new") });
        await part.write(text("x"));
        await Deno.rename(`${folder}/odd`, `${folder}/new`);
        await assert.rejects(part.commit(), refused);
        await home.remove(at("new"));
      }),
  });
}

const PLANTED: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  "a file": (path) => Deno.writeTextFile(path, "planted"),
  "a folder": (path) => Deno.mkdir(path),
  "a link to a file": (path) => Deno.symlink("../planted", path),
  "a link to nothing": (path) => Deno.symlink("../nowhere", path),
  "a FIFO": (path) => run("mkfifo", path),
};

for (const [kind, plant] of Object.entries(PLANTED)) {
  Deno.test({
    name: `${kind} under a part's own name is not touched`,
    ignore: !linux,
    fn: async () => {
      await using temp = await tempHome();
      const { folder } = temp;
      await Deno.mkdir(`${folder}/.ftpd`);
      await Deno.writeTextFile(`${folder}/planted`, "planted");
      await plant(`${folder}/.ftpd/${"00".repeat(16)}`);
      const { clock, turns } = systemRuntime();
      const random = { bytes: (length: number) => new Uint8Array(length) };
      const home = await openLocalHome(folder, {
        runtime: { clock, random, turns },
        durable: false,
      });
      for (const warm of [false, true]) {
        if (warm) await warmUp(home);
        await assert.rejects(putPart(home, "a", "new"), { code: "exists" });
        await assert.rejects(home.putWhole(at("a"), text("new")), {
          code: "exists",
        });
      }
      assert.deepEqual(await namesOf(home), ["planted"]);
      assert.equal(await readText(home, "planted"), "planted");
      assert.deepEqual(temp.parts(), ["00".repeat(16)]);
    },
  });
}

Deno.test({
  name: "an existing file's mode stays, new ones get 0644 less umask",
  ignore: !linux,
  fn: () =>
    onBoth(async ({ home, folder }) => {
      const umask = Deno.umask();
      for (const put of [putPart, wholePut]) {
        for (const mode of [0o600, 0o640, 0o666, 0o755, 0o400, 0o4755]) {
          await Deno.writeTextFile(`${folder}/a`, "old");
          await Deno.chmod(`${folder}/a`, mode);
          assert.equal((await put(home, "a", "new")).mode, mode & 0o777);
          const info = await Deno.stat(`${folder}/a`);
          assert.equal((info.mode ?? 0) & 0o7777, mode & 0o777);
          await Deno.remove(`${folder}/a`);
        }
        assert.equal((await put(home, "b", "new")).mode, 0o644 & ~umask);
        // A link's target has a mode of its own, which is not the new file's.
        await Deno.writeTextFile(`${folder}/other`, "old");
        await Deno.chmod(`${folder}/other`, 0o600);
        await Deno.symlink("other", `${folder}/link`);
        assert.equal((await put(home, "link", "new")).mode, 0o644 & ~umask);
        await home.remove(at("link"));
        await home.remove(at("b"));
      }
    }),
});

const wholePut = (home: Home, name: string, words: string) =>
  home.putWhole(at(name), text(words));

Deno.test("no one else can enter the folder of parts", async () => {
  await onBoth(async ({ home, folder }) => {
    await putPart(home, "a", "x");
    const { mode } = await Deno.lstat(`${folder}/.ftpd`);
    if (linux) assert.equal((mode ?? 0) & 0o777, 0o700);
  });
});

Deno.test("a part has the mode of what it replaces from its first byte", async () => {
  await onBoth(async ({ home, folder }) => {
    await Deno.writeTextFile(`${folder}/a`, "old", { mode: 0o600 });
    await using part = await home.openPart({ target: at("a") });
    const [name] = partsIn(folder);
    const { mode } = await Deno.lstat(`${folder}/.ftpd/${name}`);
    if (linux) assert.equal((mode ?? 0) & 0o777, 0o600);
    await part.commit();
  });
});

Deno.test("a part whose owner was stopped is removed all the same", async () => {
  await onBoth(async (temp) => {
    const stop = new AbortController();
    const part = await temp.home.openPart({ target: at("a") }, stop.signal);
    await part.write(text("new"), stop.signal);
    assert.equal(temp.parts().length, 1);
    stop.abort();
    await part.discard(); // does not wait for a disk that may hang
    for (let looks = 0; temp.parts().length > 0; looks++) {
      assert.ok(looks < 10_000);
      await Deno.lstat(temp.folder); // the disk's turn
    }
    assert.deepEqual(await namesOf(temp.home), []);
  });
});

Deno.test("a large file is replaced like a small one, and leaves nothing beside it", async () => {
  await onBoth(async (temp) => {
    const { home, folder } = temp;
    const large = randomBytes(9 * 1024 * 1024);
    await home.mkdir(at("d"));
    await Deno.symlink("d", `${folder}/link`);
    const puts: readonly ((name: string) => Promise<unknown>)[] = [
      (name) => putPart(home, name, "new"),
      (name) => wholePut(home, name, "new"),
      (name) => home.putWhole(at(name), large),
    ];
    for (const name of ["a", "d/a", "link/a"]) {
      for (const put of puts) {
        await Deno.writeFile(`${folder}/${name}`, large);
        await Deno.chmod(`${folder}/${name}`, 0o640);
        await using file = await home.read(at(name));
        await put(name);
        const { mode, nlink } = await Deno.lstat(`${folder}/${name}`);
        if (linux) assert.deepEqual([(mode ?? 0) & 0o777, nlink], [0o640, 1]);
        // Who was reading it reads it to its end.
        const into = new Uint8Array(large.length);
        assert.equal(await file.read(into), large.length);
        assert.equal(await file.read(into), 0);
        assert.deepEqual(into, large);
        const names = [...Deno.readDirSync(`${folder}/d`)].map((e) => e.name);
        assert.deepEqual(names, name === "a" ? [] : ["a"]);
        assert.deepEqual(temp.parts(), []);
      }
    }
    await using part = await home.openPart({ target: at("b") });
    await part.write(large);
    await part.discard();
    assert.deepEqual(temp.parts(), []);
  });
});

const CHANGES: Readonly<Record<string, (path: string) => Promise<void>>> = {
  "cut short": (path) => Deno.truncate(path, 3),
  "emptied": (path) => Deno.truncate(path, 0),
  "longer": (path) => Deno.writeTextFile(path, "more", { append: true }),
  "another": async (path) => {
    using file = await Deno.open(path, { write: true });
    await file.write(text("X"));
    await file.utime(1, 1); // whatever the disk's clock is worth
  },
};

for (const [change, make] of Object.entries(CHANGES)) {
  Deno.test(`a file that is ${change} while it is read is not passed off as whole`, async () => {
    await onBoth(async ({ home, folder }) => {
      await Deno.writeTextFile(`${folder}/a`, "0123456789");
      await using file = await home.read(at("a"));
      const into = new Uint8Array(5);
      assert.equal(await file.read(into), 5);
      await make(`${folder}/a`);
      await assert.rejects(async () => {
        while (await file.read(into) > 0) { /* to the end */ }
      }, { code: "changed" });
    });
  });
}

Deno.test("a file changed in place is another version", async () => {
  await onBoth(async ({ home, folder }) => {
    const { version, mtimeNs } = await home.putWhole(at("a"), text("one"));
    await Deno.writeTextFile(`${folder}/a`, "two!");
    const time = new Date(Number(mtimeNs / 1_000_000n));
    await Deno.utime(`${folder}/a`, time, time);
    assert.notEqual((await home.stat(at("a"))).version, version);
    await assert.rejects(home.read(at("a"), { ifVersion: version }), {
      code: "changed",
    });
  });
});

Deno.test({
  name: "names that are not UTF-8 are listed, marked, and fail nothing",
  ignore: !linux,
  fn: () =>
    onBoth(async ({ home, folder }) => {
      await home.putWhole(at("good"), text("x"));
      await run(
        "python3",
        "-c",
        `import os,sys
os.chdir(os.fsencode(sys.argv[1]))
for name in b"caf\\xe9", b"\\xff\\xfe", b"d\\xe9":
    open(name, "w").close()`,
        folder,
      );
      const entries = await entriesOf(home);
      const odd = entries.filter(({ reachable }) => !reachable);
      assert.equal(odd.length, 3);
      for (const { name, type, size } of odd) {
        assert.ok(name.includes("\ufffd"), name);
        assert.deepEqual([type, size], ["other", 0]);
        await assert.rejects(home.read(at(name)), { code: "not_found" });
      }
      const names = entries.filter(({ reachable }) => reachable);
      assert.deepEqual(names.map(({ name }) => name), ["good"]);
      // The folder cannot be emptied by name, and says so.
      await home.mkdir(at("d"));
      await run(
        "python3",
        "-c",
        `import os,sys
open(os.path.join(os.fsencode(sys.argv[1]), b"\\xff"), "w").close()`,
        `${folder}/d`,
      );
      await assert.rejects(home.remove(at("d")), { code: "not_empty" });
    }),
});

Deno.test("what another start left is cleaned, and nothing else", async () => {
  await using temp = await tempHome();
  const { folder, home } = temp;
  const name = "0123456789abcdef".repeat(2);
  await home.putWhole(at("a"), text("x"));
  await home.mkdir(at("d"));
  const left = {
    [`.ftpd/${name}`]: "a part",
    [`.ftpd/${"f".repeat(32)}`]: "another part",
    [`.ftpd/${name}.at`]: '["d"]',
    [`d/.ftpd-${name}`]: "a part beside its target",
  };
  const kept = {
    ".ftpd/somebody's": "not ours",
    ".ftpd/ABCDEF": "not ours",
    [`d/.ftpd-${"a".repeat(32)}`]: "nothing tells of it",
    ["d/file"]: "a file",
  };
  for (const [path, words] of Object.entries({ ...left, ...kept })) {
    await Deno.writeTextFile(`${folder}/${path}`, words);
  }
  assert.equal(await cleanParts(folder), 3);
  for (const path of Object.keys(left)) {
    await assert.rejects(Deno.lstat(`${folder}/${path}`), Deno.errors.NotFound);
  }
  for (const [path, words] of Object.entries(kept)) {
    assert.equal(await Deno.readTextFile(`${folder}/${path}`), words);
  }
  assert.equal(await cleanParts(folder), 0);
});

const BAD_NOTES: Readonly<Record<string, (note: string) => Promise<unknown>>> =
  {
    "empty": (note) => Deno.writeTextFile(note, ""),
    "no JSON": (note) => Deno.writeTextFile(note, '["d'),
    "leads out": (note) => Deno.writeTextFile(note, '["..","outside"]'),
    "leads out by a link": (note) => Deno.writeTextFile(note, '["link"]'),
    "names a path": (note) => Deno.writeTextFile(note, '["../outside"]'),
    "names nothing": (note) => Deno.writeTextFile(note, '["none"]'),
    "is an object": (note) => Deno.writeTextFile(note, '{"length":1}'),
    "is a link to a note": (note) => Deno.symlink("../../note", note),
    "is a FIFO": (note) => run("mkfifo", note),
    "is a folder": (note) => Deno.mkdir(note),
  };

for (const [kind, make] of Object.entries(BAD_NOTES)) {
  Deno.test({
    name: `a note that is bad (${kind}) removes nothing, and hangs nobody`,
    ignore: !linux,
    fn: async () => {
      await using temp = await tempHome();
      const { around, folder } = temp;
      const name = "0123456789abcdef".repeat(2);
      await Deno.mkdir(`${around}/outside`);
      await Deno.symlink("../outside", `${folder}/link`);
      await Deno.writeTextFile(`${around}/note`, '["d"]');
      await Deno.mkdir(`${folder}/d`);
      await Deno.mkdir(`${folder}/.ftpd`);
      const spared = [`${around}/outside`, `${folder}/d`]
        .map((where) => `${where}/.ftpd-${name}`);
      for (const file of spared) await Deno.writeTextFile(file, "x");
      await make(`${folder}/.ftpd/${name}.at`);
      await cleanParts(folder);
      for (const file of spared) assert.ok((await Deno.lstat(file)).isFile);
    },
  });
}

Deno.test("cleaning a home that is not there, or is another thing, is no error", async () => {
  await using temp = await tempHome();
  const { around } = temp;
  assert.equal(await cleanParts(`${around}/none`), 0);
  await Deno.writeTextFile(`${around}/file`, "x");
  assert.equal(await cleanParts(`${around}/file`), 0);
  await Deno.mkdir(`${around}/other`);
  await Deno.writeTextFile(`${around}/other/.ftpd`, "x");
  assert.equal(await cleanParts(`${around}/other`), 0);
  const name = "0123456789abcdef".repeat(2);
  await Deno.mkdir(`${around}/third/parts`, { recursive: true });
  await Deno.writeTextFile(`${around}/third/parts/${name}`, "x");
  await Deno.symlink("parts", `${around}/third/.ftpd`);
  assert.equal(await cleanParts(`${around}/third`), 0);
  assert.ok((await Deno.lstat(`${around}/third/parts/${name}`)).isFile);
});

Deno.test("a process that is killed leaves the earlier file, and parts for the next start", async () => {
  await using temp = await tempHome();
  const { folder, home } = temp;
  await home.putWhole(at("a"), text("old"));
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--allow-read", "--allow-write"],
      new URL("killed_program.ts", import.meta.url).pathname,
      folder,
    ],
    env: { TMPDIR: temp.around }, // what it leaves goes with the test
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.getReader();
  assert.equal(
    new TextDecoder().decode((await reader.read()).value),
    "written\n",
  );
  child.kill("SIGKILL");
  await child.status;
  await reader.cancel();
  assert.equal(await readText(home, "a"), "old");
  assert.deepEqual(await namesOf(home), ["a"]);
  assert.equal(temp.parts().length, 2);
  assert.equal(await cleanParts(folder), 2);
  assert.deepEqual(temp.parts(), []);
  assert.equal(await readText(home, "a"), "old");
});

const NO_HOMES: Readonly<
  Record<string, { make: (path: string) => Promise<void>; code: string }>
> = {
  "a file": {
    make: (path) => Deno.writeTextFile(path, "x"),
    code: "not_a_folder",
  },
  "a link to a file": {
    make: async (path) => {
      await Deno.writeTextFile(`${path}-file`, "x");
      await Deno.symlink(`${path}-file`, path);
    },
    code: "not_a_folder",
  },
  "a link to nothing": {
    make: (path) => Deno.symlink("nowhere", path),
    code: "not_a_folder",
  },
};

for (const [kind, { make, code }] of Object.entries(NO_HOMES)) {
  Deno.test(`${kind} is no home`, async () => {
    await using temp = await tempHome();
    const folder = `${temp.around}/other`;
    await make(folder);
    const runtime = systemRuntime();
    await assert.rejects(openLocalHome(folder, { runtime, durable: false }), {
      code,
    });
  });
}

Deno.test("a home may be a link, and is made with the folders above it", async () => {
  await using temp = await tempHome();
  const { around } = temp;
  const runtime = systemRuntime();
  await Deno.symlink(`${around}/home`, `${around}/link`);
  for (const folder of [`${around}/link`, `${around}/made/deep`]) {
    const home = await openLocalHome(folder, { runtime, durable: false });
    await home.putWhole(at("a"), text("x"));
    assert.equal(await Deno.readTextFile(`${folder}/a`), "x");
  }
});

Deno.test("the program stays in the folder that it was in", async () => {
  const before = Deno.cwd();
  await onBoth(async ({ home }) => {
    await putPart(home, "a", "x");
    assert.equal(await readText(home, "a"), "x");
    await assert.rejects(home.read(at("none")));
    assert.equal(Deno.cwd(), before);
  });
});

Deno.test("the anchor comes back when a cleaner has taken it", async () => {
  await onBoth(async ({ home }) => {
    await putPart(home, "a", "1");
    const link = anchor()?.link ?? null;
    assert.equal(link !== null, linux);
    if (link !== null) await Deno.remove(link);
    await putPart(home, "a", "2");
    assert.notEqual(anchor()?.link ?? null, link);
    removeAnchor();
    await putPart(home, "a", "3");
    assert.equal(await readText(home, "a"), "3");
    const left = link?.slice(0, -"/cwd".length);
    if (left !== undefined) await Deno.remove(left, { recursive: true });
  });
});

Deno.test({
  name: "a home that is made is its owner's alone; one that is there stays",
  ignore: Deno.build.os === "windows",
  fn: async () => {
    await using temp = await tempHome();
    const { around, openOther } = temp;
    const modeOf = async (folder: string) =>
      ((await Deno.stat(folder)).mode ?? 0) & 0o777;
    await openOther(`${around}/deep/down`);
    assert.equal(await modeOf(`${around}/deep`), 0o700);
    assert.equal(await modeOf(`${around}/deep/down`), 0o700);
    await Deno.mkdir(`${around}/there`);
    await Deno.chmod(`${around}/there`, 0o755);
    await openOther(`${around}/there`);
    assert.equal(await modeOf(`${around}/there`), 0o755);
  },
});
