/** Transfers that break off and go on, by the library, on a real ftpd. */
import assert from "node:assert/strict";
import { connect, type Mark } from "../../lib/client/mod.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { bytesSource } from "../client/connected.ts";
import { type Ftpd, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { sumOf } from "../support/sums.ts";

const MIB = 1024 * 1024;
const BODY = randomBytes(40 * MIB + 5);
const SUM = sumOf(BODY);
const TRANSFER = "00112233445566778899aabbccddeeff";
const KEPT = { transfer: TRANSFER, identity: "the source" };
const ITEM = { name: "a", ...KEPT };

/** Pieces for a large file: put together once. */
class Pieces {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];

  write(piece: Uint8Array): Promise<void> {
    this.#pieces.push(piece.slice());
    return Promise.resolve();
  }

  async all(): Promise<Uint8Array<ArrayBuffer>> {
    return await new Blob(this.#pieces).bytes();
  }
}

async function dial(ftpd: Ftpd) {
  return await connect({
    runtime: systemRuntime(),
    hostname: "127.0.0.1",
    port: ftpd.port,
    username: "alex",
    password: "123",
  });
}

Deno.test("a put that is cancelled goes on at its last byte, by another session", async () => {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const marks: Mark[] = [];
  {
    await using client = await dial(ftpd);
    const controller = new AbortController();
    await assert.rejects(
      client.put(bytesSource(BODY), "a", {
        ...KEPT,
        signal: controller.signal,
        onMark: (mark) => void marks.push(mark),
        onProgress: (bytes) => {
          if (bytes >= 36 * MIB) controller.abort();
        },
      }),
      { code: "cancelled" },
    );
  }
  assert(marks.length >= 2, "one at 32 MiB, and one at the cancel");
  await using client = await dial(ftpd);
  const [state] = await client.resumeStates([ITEM]);
  assert.deepEqual(state, { state: "part", ...marks.at(-1) });
  const [part] = await client.parts();
  assert.deepEqual(
    [part?.name, part?.transfer, part?.offset, part?.inUse],
    ["a", TRANSFER, marks.at(-1)?.offset, false],
  );
  const { offset, checksum: offsetChecksum } = marks.at(-1) ?? assert.fail();
  const source = bytesSource(BODY.subarray(offset));
  const receipt = await client.put(
    { ...source, size: BODY.length, seek: () => {} },
    "a",
    { ...KEPT, offset, offsetChecksum },
  );
  assert.equal(receipt.checksum, SUM);
  assert.equal((await client.checksum("a")).checksum, SUM);
  const version = receipt.version ?? assert.fail();
  assert.deepEqual(await client.resumeStates([ITEM]), [
    { state: "complete", size: BODY.length, checksum: SUM, version },
  ]);
  assert.deepEqual(
    await client.versionStates([
      { name: "a", version },
      { name: "a", version: "another" },
      { name: "b", version },
    ]),
    ["same", "other", "none"],
  );
  assert.deepEqual(await client.parts(), []);
});

for (const type of ["crc32", "sha256"] as const) {
  Deno.test(`a get that is cancelled goes on at its last mark: ${type}`, async () => {
    await using site = await makeSite();
    await using ftpd = await startFtpd(...site.args);
    await using client = await dial(ftpd);
    const { version } = await client.put(bytesSource(BODY), "a");
    const ifVersion = version ?? assert.fail();
    const marks: Mark[] = [];
    const first = new Pieces();
    const controller = new AbortController();
    let waited = false;
    const sink = {
      // No more is taken before the server has looked at what came: it has
      // let another in.
      async write(piece: Uint8Array) {
        if (controller.signal.aborted && !waited) {
          waited = true;
          await using other = await dial(ftpd);
          await other.ping();
        }
        await first.write(piece);
      },
    };
    await assert.rejects(
      client.get("a", () => sink, {
        ...{ checksum: type, ifVersion, signal: controller.signal },
        onMark: (mark) => void marks.push(mark),
        onProgress: (bytes) => {
          if (bytes >= 2 * MIB) controller.abort();
        },
      }),
      { code: "cancelled" },
    );
    const { offset, checksum: offsetChecksum } = marks.at(-1) ?? assert.fail();
    assert.equal(offsetChecksum, sumOf(BODY.subarray(0, offset), type));
    const before = (await first.all()).slice(0, offset);
    const rest = new Pieces();
    const receipt = await client.get("a", () => rest, {
      ...{ checksum: type, ifVersion, offset, offsetChecksum },
      onMark: () => {},
      ...(type === "sha256" ? { before: bytesSource(before) } : {}),
    });
    assert.equal(receipt.checksum, sumOf(BODY, type));
    assert.equal(receipt.bytes, BODY.length - offset);
    const whole = await new Blob([before, await rest.all()]).bytes();
    assert.equal(sumOf(whole), SUM);
    // Other bytes before it are found out where they are read again.
    await assert.rejects(
      client.get("a", () => new Pieces(), {
        ...{ checksum: "sha256", offset: 4 },
        offsetChecksum: sumOf(new Uint8Array(4), "sha256"),
        before: bytesSource(new Uint8Array(4)),
      }),
      { code: "integrity" },
    );
  });
}

Deno.test("a deed is done once, also over a restart of ftpd", async () => {
  await using site = await makeSite();
  const operation = "ff".repeat(16);
  {
    await using ftpd = await startFtpd(...site.args);
    await using client = await dial(ftpd);
    await client.put(bytesSource(BODY.subarray(0, 9)), "a");
    await client.rename("a", "b", { operation });
    ftpd.kill("SIGKILL");
    await ftpd.code;
  }
  await using ftpd = await startFtpd(...site.args);
  await using client = await dial(ftpd);
  await client.put(bytesSource(BODY.subarray(0, 5)), "a");
  await client.rename("a", "b", { operation }); // that was answered already
  assert.equal((await client.stat("a")).size, 5);
  assert.equal((await client.stat("b")).size, 9);
  await assert.rejects(client.remove("a", { operation }));
  await client.rename("a", "b", { operation: "ee".repeat(16) });
  assert.equal((await client.stat("b")).size, 5);
});
