/** The journal of a get's part: what of it counts, and whose parts are used. */
import assert from "node:assert/strict";
import * as path from "node:path";
import {
  dropPart,
  openKept,
  partOf,
  partsIn,
} from "../../lib/client/local/kept_part.ts";
import {
  markLine,
  originLine,
  type PartOrigin,
  readPartJournal,
} from "../../lib/client/local/part_journal.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";

const { random } = systemRuntime();
const ORIGIN: PartOrigin = {
  ...{ server: "host:1", username: "alex", remote: "a/ü\n", target: "t" },
  identity: "v1",
};
const FIRST = { offset: 5, checksum: "crc32:0000000a" };
const SECOND = { offset: 9, checksum: "crc32:0000000b" };
const NAME = ".ftpc-0123456789abcdef";

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

const WHOLE = joined(originLine(ORIGIN), markLine(FIRST), markLine(SECOND));

Deno.test("the last good record counts, wherever the journal is cut", () => {
  const head = originLine(ORIGIN).length;
  const first = head + markLine(FIRST).length;
  for (let bytes = 0; bytes <= WHOLE.length; bytes++) {
    const state = readPartJournal(WHOLE.subarray(0, bytes));
    const mark = bytes < first ? null : bytes < WHOLE.length ? FIRST : SECOND;
    assert.deepEqual(state?.mark ?? null, mark);
    if (state !== null) assert.deepEqual(state.origin, ORIGIN);
  }
});

Deno.test("what stands behind a record that fails its check is ignored", () => {
  const first = originLine(ORIGIN).length + markLine(FIRST).length;
  for (let at = 0; at < WHOLE.length; at++) {
    const bytes = WHOLE.slice();
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    const state = readPartJournal(bytes);
    const head = first - markLine(FIRST).length;
    assert.deepEqual(state?.mark ?? null, at < first ? null : FIRST, `${at}`);
    if (at < head) assert.equal(state, null);
  }
});

Deno.test("a record that goes back is none", () => {
  const bytes = joined(originLine(ORIGIN), markLine(SECOND), markLine(FIRST));
  assert.deepEqual(readPartJournal(bytes)?.mark, SECOND);
});

Deno.test("a part goes on at its mark, and nothing is left behind", async () => {
  await using place = await makePlace();
  const target = path.join(place.folder, "t");
  const options = { target, name: "t", origin: ORIGIN, random };
  const bytes = new TextEncoder().encode("0123456789");
  {
    using part = openKept(options, null);
    await part.write(bytes.subarray(0, 5));
    await part.mark(FIRST);
    await part.write(bytes.subarray(0, 3)); // no mark speaks of these
  }
  const found = partOf(partsIn(place.folder, random).get("t"), ORIGIN);
  assert.deepEqual(found?.mark, FIRST);
  {
    using part = openKept(options, found);
    await part.write(bytes.subarray(5));
    await part.mark(SECOND);
    part.commit(undefined);
  }
  assert.deepEqual(place.names(), ["t"]);
  assert.deepEqual(await Deno.readFile(target), bytes);
});

Deno.test("without a mark nothing is kept; nor what is spoilt", async () => {
  await using place = await makePlace();
  const target = path.join(place.folder, "t");
  const options = { target, name: "t", origin: ORIGIN, random };
  {
    using part = openKept(options, null);
    await part.write(new Uint8Array(10));
  }
  assert.deepEqual(place.names(), []);
  {
    using part = openKept(options, null);
    await part.write(new Uint8Array(5));
    await part.mark(FIRST);
    part.spoil();
  }
  assert.deepEqual(place.names(), []);
});

/** What somebody else may put in the place of our pair. */
const PLANTED: Record<string, (part: string) => Promise<void>> = {
  "a part that is a link": async (part) => {
    await Deno.rename(part, `${part}x`);
    await Deno.symlink(`${part}x`, part);
  },
  "a journal that is a link": async (part) => {
    await Deno.rename(`${part}.j`, `${part}x`);
    await Deno.symlink(`${part}x`, `${part}.j`);
  },
  "a part with two names": (part) => Deno.link(part, `${part}x`),
  "a journal with two names": (part) => Deno.link(`${part}.j`, `${part}x`),
  "a part that others may write to": (part) => Deno.chmod(part, 0o666),
  "a journal that others may read": (part) => Deno.chmod(`${part}.j`, 0o644),
  "a part that is a folder": async (part) => {
    await Deno.remove(part);
    await Deno.mkdir(part);
  },
  "a part that is a FIFO": async (part) => {
    await Deno.remove(part);
    await new Deno.Command("mkfifo", { args: ["-m", "600", part] }).output();
  },
  "a journal that is a FIFO": async (part) => {
    await Deno.remove(`${part}.j`);
    const args = ["-m", "600", `${part}.j`];
    await new Deno.Command("mkfifo", { args }).output();
  },
  "a part that is shorter than its mark": (part) => Deno.truncate(part, 8),
  "no part": (part) => Deno.remove(part),
};
for (const [what, plant] of Object.entries(PLANTED)) {
  Deno.test({
    name: `not gone on with: ${what}`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using place = await makePlace();
      const part = path.join(place.folder, NAME);
      const mode = 0o600;
      await Deno.writeFile(part, new Uint8Array(20), { mode });
      await Deno.writeFile(`${part}.j`, WHOLE, { mode });
      const before = partsIn(place.folder, random).get("t");
      assert.equal(before?.length, 1);
      await plant(part);
      assert.equal(partsIn(place.folder, random).get("t"), undefined);
      // Nor when it is planted after it was found.
      const target = path.join(place.folder, "t");
      const options = { target, name: "t", origin: ORIGIN, random };
      const partAlone = !what.includes("journal");
      const [found] = before;
      if (partAlone && found !== undefined) {
        assert.throws(() => openKept(options, found)[Symbol.dispose]());
      }
    },
  });
}

Deno.test("another file's part is not ours to go on with", async () => {
  await using place = await makePlace();
  const part = path.join(place.folder, NAME);
  await Deno.writeFile(part, new Uint8Array(20), { mode: 0o600 });
  await Deno.writeFile(`${part}.j`, WHOLE, { mode: 0o600 });
  const found = partsIn(place.folder, random).get("t");
  assert.notEqual(partOf(found, ORIGIN), null);
  // Which version it is of, who asks the server will see.
  assert.notEqual(partOf(found, { ...ORIGIN, identity: "v2" }), null);
  const others = [{ server: "b" }, { username: "b" }, { remote: "b" }];
  for (const other of others) {
    assert.equal(partOf(found, { ...ORIGIN, ...other }), null);
  }
  for (const one of found ?? []) dropPart(one);
  assert.deepEqual(place.names(), []);
});

async function makePlace() {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-part-" });
  return {
    folder,
    names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("where there are no locks, who is taken over from writes no more", async () => {
  await using place = await makePlace();
  const { folder } = place;
  const locking = Deno.FsFile.prototype.tryLockSync;
  Deno.FsFile.prototype.tryLockSync = () => {
    throw new Error("as on a disk that has none");
  };
  try {
    const target = path.join(folder, "t");
    const options = { target, name: "t", origin: ORIGIN, random };
    const bytes = new TextEncoder().encode("0123456789");
    using first = openKept(options, null);
    first.write(bytes.subarray(0, 5));
    await first.mark(FIRST);
    const found = partOf(partsIn(folder, random).get("t"), ORIGIN);
    assert(found);
    using second = openKept(options, found);
    second.write(bytes.subarray(5));
    const taken = { code: "taken_over" };
    assert.throws(() => first.write(bytes), taken);
    await assert.rejects(first.mark(SECOND), taken);
    assert.throws(() => first.commit(undefined), taken);
    assert.equal(first.kept, null);
    second.commit(undefined);
    assert.throws(() => first.write(bytes), taken);
    first[Symbol.dispose]();
    assert.deepEqual(await Deno.readFile(target), bytes);
    assert.deepEqual(place.names(), ["t"]);
  } finally {
    Deno.FsFile.prototype.tryLockSync = locking;
  }
});
