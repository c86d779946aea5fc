/** Our own files: whole, ours, and nobody else's trap. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { StateFile } from "../../lib/client/local/state_file.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { run } from "../programs.ts";

const POSIX = Deno.build.os !== "windows";
const { random } = systemRuntime();
const text = (bytes: Uint8Array | null) =>
  bytes === null ? null : new TextDecoder().decode(bytes);
const bytes = (text: string) => new TextEncoder().encode(text);

async function inFolder(work: (folder: string) => Promise<void> | void) {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-state-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function fileAt(place: string, uid = Deno.uid()): StateFile {
  return new StateFile({ path: place, uid, random });
}

Deno.test("a file is made with its folders, for its owner alone", () =>
  inFolder((folder) => {
    const place = path.join(folder, "a", "b", "f");
    const file = fileAt(place);
    assert.equal(file.read(), null);
    assert.equal(file.append(bytes("one\n")), 4);
    assert.equal(file.append(bytes("two\n")), 8);
    assert.equal(text(file.read()), "one\ntwo\n");
    assert.equal(file.replace(bytes("three\n")), true);
    assert.equal(text(file.read()), "three\n");
    assert.equal(file.replace(bytes("no\n"), 5), false);
    assert.equal(file.replace(bytes("yes\n"), 6), true);
    assert.equal(text(file.read()), "yes\n");
    assert.deepEqual([...Deno.readDirSync(path.dirname(place))].length, 1);
    if (!POSIX) return;
    assert.equal((Deno.statSync(place).mode ?? 0) & 0o777, 0o600);
    const mode = Deno.statSync(path.dirname(place)).mode ?? 0;
    assert.equal(mode & 0o777, 0o700);
  }));

const PLANTED: readonly {
  readonly name: string;
  readonly plant: (place: string, folder: string) => Promise<unknown>;
  readonly says: RegExp;
}[] = [
  {
    name: "a link",
    plant: (place, folder) => Deno.symlink(path.join(folder, "other"), place),
    says: /f: is a link: it is not used$/,
  },
  {
    name: "a link to nothing",
    plant: (place) => Deno.symlink("nothing", place),
    says: /f: is a link/,
  },
  {
    name: "a second name of a file",
    plant: (place, folder) => Deno.link(path.join(folder, "other"), place),
    says: /f: has more than one name/,
  },
  {
    name: "a FIFO",
    plant: (place) => run("mkfifo", [place]),
    says: /f: is not a regular file/,
  },
  {
    name: "a folder",
    plant: (place) => Deno.mkdir(place),
    says: /f: is not a regular file/,
  },
];
for (const { name, plant, says } of PLANTED) {
  Deno.test({
    name: `${name} in its place is refused, and left as it is`,
    ignore: !POSIX,
    fn: () =>
      inFolder(async (folder) => {
        const other = path.join(folder, "other");
        await Deno.writeTextFile(other, "precious");
        const place = path.join(folder, "f");
        await plant(place, folder);
        const before = await Deno.lstat(place);
        const file = fileAt(place);
        for (
          const use of [
            () => file.read(),
            () => file.append(bytes("x")),
            () => file.replace(bytes("x")),
          ]
        ) {
          assert.throws(use, { code: "local_failed", message: says });
        }
        const after = await Deno.lstat(place);
        assert.deepEqual([after.ino, after.size], [before.ino, before.size]);
        assert.equal(await Deno.readTextFile(other), "precious");
      }),
  });
}

Deno.test({
  name: "a file of another user is refused",
  ignore: !POSIX,
  fn: () =>
    inFolder(async (folder) => {
      const place = path.join(folder, "f");
      await Deno.writeTextFile(place, "x");
      const file = fileAt(place, (Deno.uid() ?? 0) + 1);
      assert.throws(() => file.read(), { message: /belongs to another user/ });
      assert.throws(() => file.append(bytes("y")), { code: "local_failed" });
      assert.equal(await Deno.readTextFile(place), "x");
    }),
});

Deno.test("a file that is too large to be ours is not read", () =>
  inFolder(async (folder) => {
    const place = path.join(folder, "f");
    await Deno.writeTextFile(place, "");
    await Deno.truncate(place, 2 ** 32);
    assert.throws(() => fileAt(place).read(), { message: /is too large/ });
  }));
