/** A get's part: unseen until it is whole, gone if it is not. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { openTarget } from "../../lib/client/local/target.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";

const { random } = systemRuntime();
const BYTES = new TextEncoder().encode("bytes");

Deno.test("a part becomes the file on commit, and nothing without", async () => {
  await using place = await makePlace();
  const target = path.join(place.folder, "file");
  {
    using part = openTarget(target, "file", random);
    await part.write(BYTES);
    const [name = ""] = place.names();
    assert.match(name, /^\.ftpc-[0-9a-f]{16}$/);
  }
  assert.deepEqual(place.names(), []);
  {
    using part = openTarget(target, "file", random);
    await part.write(BYTES);
    part.commit(undefined);
  }
  assert.deepEqual(place.names(), ["file"]);
  assert.deepEqual(await Deno.readFile(target), BYTES);
});

Deno.test("a commit that fails leaves what was there, and no part", async () => {
  await using place = await makePlace();
  const target = path.join(place.folder, "file");
  {
    using part = openTarget(target, "file", random);
    await part.write(BYTES);
    await Deno.mkdir(path.join(target, "in the way"), { recursive: true });
    assert.throws(() => part.commit(undefined), { name: "ClientError" });
  }
  assert.deepEqual(place.names(), ["file"]);
});

const TIMES = [
  { ns: 1_764_000_000_123_456_789n, kept: "2025-11-24T16:00:00.123Z" },
  { ns: 0n, kept: "1970-01-01T00:00:00.000Z" },
  { ns: -1_000_000_000n, kept: "1969-12-31T23:59:59.000Z" },
  { ns: -500_000_000n, kept: "1969-12-31T23:59:59.000Z" },
  { ns: -315_000_000_750_000_000n, kept: "1960-01-08T03:59:59.000Z" },
  { ns: 4_000_000_000_500_000_000n, kept: "2096-10-02T07:06:40.500Z" },
];
for (const { ns, kept } of TIMES) {
  Deno.test(`a time of ${ns} ns is kept as ${kept}`, async () => {
    await using place = await makePlace();
    const target = path.join(place.folder, "file");
    using part = openTarget(target, "file", random);
    part.commit(ns);
    const { mtime } = await Deno.stat(target);
    assert.equal(mtime?.toISOString(), kept);
  });
}

for (const mode of [0o600, 0o644, 0o666, 0o755]) {
  Deno.test({
    name: `a file of mode ${mode.toString(8)} keeps it, whatever the umask`,
    ignore: Deno.build.os === "windows",
    fn: async () => {
      await using place = await makePlace();
      const target = path.join(place.folder, "file");
      await Deno.writeTextFile(target, "earlier");
      await Deno.chmod(target, mode);
      {
        using part = openTarget(target, "file", random);
        const [name = ""] = place.names().filter((name) => name !== "file");
        const info = await Deno.stat(path.join(place.folder, name));
        // Nor is the part open to more people meanwhile.
        assert.equal((info.mode ?? 0) & 0o777, mode & ~Deno.umask());
        await part.write(BYTES);
        part.commit(undefined);
      }
      const info = await Deno.stat(target);
      assert.equal((info.mode ?? 0) & 0o777, mode);
      assert.deepEqual(await Deno.readFile(target), BYTES);
    },
  });
}

async function makePlace() {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-target-" });
  return {
    folder,
    names: () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
