/**
 * Transfers that go on where an earlier one stood, and the marks that say where
 * that is: against a server that does what the test says.
 */
import assert from "node:assert/strict";
import type { Mark } from "../../lib/client/mod.ts";
import type { JsonObject } from "../../lib/protocol/mod.ts";
import { createChecksum } from "../../lib/transfer/mod.ts";
import { startLiar, type Victim } from "../liars/liar.ts";
import { bytesSource, connected, Pieces } from "./connected.ts";

const ALL = { hello: { features: ["crc32", "sha256", "range", "resume"] } };
const ID = "0123456789abcdef0123456789abcdef";
const BODY = new TextEncoder().encode("the body of a file\n");
const AT = 7;
const REST = BODY.subarray(AT);
const TYPES = ["crc32", "sha256"] as const;

function sum(bytes: Uint8Array, type: typeof TYPES[number] = "crc32"): string {
  const checksum = createChecksum(type);
  checksum.update(bytes);
  return checksum.digest();
}

/** Take a put's body: its bytes, and all messages up to its end. */
async function takeBody(victim: Victim) {
  const messages: JsonObject[] = [];
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  while (true) {
    const part = await victim.part();
    assert(part !== null);
    if (part.kind === "data") {
      pieces.push(Uint8Array.from(part.payload));
      continue;
    }
    const message: JsonObject = JSON.parse(
      new TextDecoder().decode(part.payload),
    );
    messages.push(message);
    if (message.action === "end" || message.action === "abort") {
      return {
        messages,
        bytes: new Uint8Array(await new Blob(pieces).bytes()),
      };
    }
  }
}

const WAYS = ["by a seek", "by reading over", "verified"] as const;

for (const type of TYPES) {
  for (const way of WAYS) {
    const verified = way === "verified";
    const seeks = way !== "by reading over";
    Deno.test(`a put goes on, ${type}, ${way}`, async () => {
      const seen = Promise.withResolvers<JsonObject[]>();
      await using liar = startLiar(async (victim) => {
        await victim.letIn(ALL);
        const request = await victim.request();
        const { messages, bytes } = await takeBody(victim);
        const { id } = request;
        assert.deepEqual(bytes, REST);
        const size = BODY.length;
        const checksum = sum(BODY, type);
        const done = { status_code: 200, size, checksum, file_version: "v" };
        await victim.send({ id, ...done });
        seen.resolve([request, ...messages]);
        await victim.left();
      });
      await using client = await connected(liar);
      let sought = 0;
      let read = 0;
      const bytes = BODY.slice();
      let source = bytesSource(bytes);
      const seek = (offset: number) => {
        sought++;
        source = bytesSource(bytes.subarray(offset));
      };
      const progress: number[] = [];
      const receipt = await client.put(
        {
          size: BODY.length,
          async read(into) {
            const some = await source.read(into);
            read += some;
            return some;
          },
          ...(seeks ? { seek } : {}),
        },
        "a",
        {
          checksum: type,
          transfer: ID,
          identity: "i",
          offset: AT,
          offsetChecksum: sum(BODY.subarray(0, AT), type),
          verifyOffset: verified,
          onProgress: (bytes) => progress.push(bytes),
        },
      );
      const [request, end] = await seen.promise;
      const { id, ...asked } = request ?? {};
      assert.deepEqual(asked, {
        ...{ action: "put", filename: "a", checksum_type: type },
        ...{ size: BODY.length, transfer: ID, identity: "i", offset: AT },
        offset_checksum: sum(BODY.subarray(0, AT), type),
        ...(verified ? { verify: true } : {}),
      });
      const checksum = sum(BODY, type);
      assert.deepEqual(end, { action: "end", id, size: BODY.length, checksum });
      assert.equal(receipt.bytes, REST.length);
      assert.equal(receipt.checksum, checksum);
      assert.equal(receipt.version, "v");
      assert.equal(progress.at(-1), BODY.length);
      // Nothing is read again where CRC-32 goes on from its value.
      const alone = seeks && type === "crc32" && !verified;
      assert.equal(sought, alone ? 1 : 0);
      assert.equal(read, alone ? REST.length : BODY.length);
    });

    if (!seeks) continue;
    const how = verified ? "and all bytes before are" : "and as a whole is";
    Deno.test(`a get goes on, ${type}, ${how} verified`, async () => {
      const asked = Promise.withResolvers<JsonObject>();
      const checksum = sum(BODY, type);
      await using liar = startLiar(async (victim) => {
        await victim.letIn(ALL);
        const request = await victim.request();
        asked.resolve(request);
        const { id } = request;
        const size = REST.length;
        const info = { size, mtime: "1", file_size: BODY.length, mode: 0o600 };
        await victim.send({ id, status_code: 200, ...info, file_version: "v" });
        await victim.data(REST);
        await victim.send({ action: "end", id, size: BODY.length, checksum });
        await victim.left();
      });
      await using client = await connected(liar);
      const sink = new Pieces();
      const before = BODY.subarray(0, AT);
      const progress: (number | null)[][] = [];
      const receipt = await client.get("a", (info) => {
        assert.deepEqual(info, {
          ...{ size: REST.length, mtimeNs: 1_000_000_000n, mode: 0o600 },
          ...{ version: "v", fileSize: BODY.length },
        });
        return sink;
      }, {
        checksum: type,
        offset: AT,
        offsetChecksum: sum(before, type),
        ifVersion: "v",
        verifyOffset: verified,
        ...(type === "sha256" || verified
          ? { before: bytesSource(before) }
          : {}),
        onProgress: (bytes, total) => progress.push([bytes, total]),
      });
      const { id: _, ...request } = await asked.promise;
      assert.deepEqual(request, {
        ...{ action: "get", filename: "a", checksum_type: type, offset: AT },
        ...{ if_version: "v", offset_checksum: sum(before, type) },
        ...(verified ? { verify: true } : {}),
      });
      assert.deepEqual(sink.bytes, new Uint8Array(REST));
      assert.equal(receipt.bytes, REST.length);
      assert.equal(receipt.checksum, checksum);
      assert.deepEqual(progress.at(-1), [BODY.length, BODY.length]);
    });
  }
}

Deno.test("a source that begins otherwise now: nothing is sent", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn(ALL);
    await victim.serve(BODY);
    await victim.left();
  });
  await using client = await connected(liar);
  const offsetChecksum = sum(new Uint8Array(AT));
  const changed = { code: "cannot_resume" };
  await assert.rejects(
    client.put(bytesSource(BODY), "a", { offset: AT, offsetChecksum }),
    changed,
  );
  await assert.rejects(
    client.put(bytesSource(BODY.slice(0, 3)), "a", {
      ...{ offset: AT, offsetChecksum },
    }),
    changed,
  );
  await assert.rejects(
    client.get("a", () => new Pieces(), {
      ...{ offset: AT, offsetChecksum, before: bytesSource(BODY) },
    }),
    changed,
  );
  await client.get("a", () => new Pieces());
});

/** Zeros, and a wait before they end. */
function zeros(size: number, wait?: (signal?: AbortSignal) => Promise<void>) {
  let left = size;
  return {
    size: null,
    async read(into: Uint8Array, signal?: AbortSignal): Promise<number> {
      if (left === 0) await wait?.(signal);
      const bytes = Math.min(left, into.length);
      into.fill(0, 0, bytes);
      left -= bytes;
      return bytes;
    },
  };
}

function assertMark(message: JsonObject | undefined, id: unknown): void {
  const offset = Number(message?.offset);
  const checksum = sum(new Uint8Array(offset));
  assert.deepEqual(message, { action: "mark", id, offset, checksum });
}

Deno.test("a put sets marks in a large body, and none in a small one", async () => {
  const large = 33 * 1024 * 1024;
  const seen: { id: unknown; messages: JsonObject[] }[] = [];
  await using liar = startLiar(async (victim) => {
    await victim.letIn(ALL);
    for (let put = 0; put < 2; put++) {
      const { id } = await victim.request();
      const { messages } = await takeBody(victim);
      seen.push({ id, messages });
      const { size, checksum } = messages.at(-1) ?? {};
      await victim.send({ id, status_code: 200, size, checksum });
    }
    await victim.left();
  });
  await using client = await connected(liar);
  const marks: Mark[] = [];
  const options = {
    ...{ transfer: ID, identity: "i" },
    onMark: (mark: Mark) => {
      marks.push(mark);
    },
  };
  await client.put(zeros(1024 * 1024 - 1), "small", options);
  assert.deepEqual(marks, []);
  await client.put(zeros(large), "large", options);
  const [small, big] = seen;
  assert.equal(small?.messages.length, 1);
  const sent = big?.messages.slice(0, -1) ?? [];
  assert(sent.length >= 1);
  for (const mark of sent) assertMark(mark, big?.id);
  assert(sent.some(({ offset }) => Number(offset) >= 32 * 1024 * 1024));
  assert.deepEqual(
    marks,
    sent.map(({ offset, checksum }) => ({ offset, checksum })),
  );
});

Deno.test("a put that is cancelled marks how far it came, and aborts", async () => {
  const size = 3 * 1024 * 1024;
  const seen = Promise.withResolvers<[unknown, JsonObject[]]>();
  await using liar = startLiar(async (victim) => {
    await victim.letIn(ALL);
    const { id } = await victim.request();
    const { messages } = await takeBody(victim);
    seen.resolve([id, messages]);
    await victim.send({ id, status_code: 214 });
    await victim.left();
  });
  await using client = await connected(liar);
  const controller = new AbortController();
  const source = zeros(size, async (signal) => {
    controller.abort();
    await Promise.resolve();
    signal?.throwIfAborted();
  });
  await assert.rejects(
    client.put(source, "a", {
      ...{ transfer: ID, identity: "i" },
      signal: controller.signal,
    }),
    { code: "cancelled" },
  );
  const [id, messages] = await seen.promise;
  assert.deepEqual(messages.at(-1), { action: "abort", id });
  assertMark(messages.at(-2), id);
  assert.equal(messages.at(-2)?.offset, size);
});

/** A get of BODY with a mark behind its first AT bytes. */
function serveMarked(mark: JsonObject, rest = REST) {
  return async (victim: Victim) => {
    await victim.letIn(ALL);
    const { id, marks } = await victim.request();
    assert.equal(marks, true);
    const size = BODY.length;
    await victim.send({ id, status_code: 200, size, mtime: "1" });
    await victim.data(BODY.subarray(0, AT));
    await victim.send({ action: "mark", id, ...mark });
    await victim.data(rest);
    await victim.send({ action: "end", id, size, checksum: sum(BODY) });
    await victim.serve(BODY);
    await victim.left();
  };
}

const GOOD_MARK = { offset: AT, checksum: sum(BODY.subarray(0, AT)) };

Deno.test("a get's marks are told, and it goes on meanwhile", async () => {
  await using liar = startLiar(serveMarked(GOOD_MARK));
  await using client = await connected(liar);
  const all = Promise.withResolvers<void>();
  const sink = new Pieces();
  const told: Mark[] = [];
  const open = () => ({
    async write(bytes: Uint8Array) {
      await sink.write(bytes);
      if (sink.bytes.length === BODY.length) all.resolve();
    },
  });
  let kept = false;
  await client.get("a", open, {
    async onMark(mark) {
      told.push(mark);
      await all.promise; // the rest is taken while this is kept
      kept = true;
    },
  });
  assert(kept, "it is waited for");
  assert.deepEqual(told, [GOOD_MARK]);
  assert.deepEqual(sink.bytes, BODY);
});

const BAD_MARKS = [
  {
    name: "another checksum",
    mark: { ...GOOD_MARK, checksum: "crc32:00000000" },
  },
  { name: "another offset", mark: { ...GOOD_MARK, offset: AT + 1 } },
];
for (const { name, mark } of BAD_MARKS) {
  Deno.test(`a mark with ${name} ends the get; the connection is as good as before`, async () => {
    await using liar = startLiar(serveMarked(mark));
    await using client = await connected(liar);
    const told: Mark[] = [];
    const onMark = (mark: Mark) => {
      told.push(mark);
    };
    await assert.rejects(
      client.get("a", () => new Pieces(), { onMark }),
      { code: "integrity" },
    );
    assert.deepEqual(told, []);
    await client.get("a", () => new Pieces());
  });
}

Deno.test("a mark that cannot be kept ends the get by its own error", async () => {
  await using liar = startLiar(serveMarked(GOOD_MARK));
  await using client = await connected(liar);
  await assert.rejects(
    client.get("a", () => new Pieces(), {
      onMark: () => Promise.reject(new Error("the disk is full")),
    }),
    /the disk is full/,
  );
});

Deno.test("a get that is cancelled takes what comes up to the last mark", async () => {
  const controller = new AbortController();
  await using liar = startLiar(async (victim) => {
    await victim.letIn(ALL);
    const { id } = await victim.request();
    const size = BODY.length;
    await victim.send({ id, status_code: 200, size, mtime: "1" });
    await victim.data(BODY.subarray(0, 3));
    assert.deepEqual(await victim.message(), { action: "cancel", id });
    await victim.data(BODY.subarray(3, AT));
    await victim.send({ action: "mark", id, ...GOOD_MARK });
    await victim.send({ action: "abort", id, status_code: 213 });
    await victim.left();
  });
  await using client = await connected(liar);
  const told: Mark[] = [];
  const sink = new Pieces();
  await assert.rejects(
    client.get("a", () => sink, {
      signal: controller.signal,
      onMark: (mark) => {
        told.push(mark);
      },
      onProgress: () => controller.abort(),
    }),
    { code: "cancelled" },
  );
  assert.deepEqual(told, [GOOD_MARK]);
  assert.deepEqual(sink.bytes, BODY.slice(0, AT));
  assert(client.alive);
});

Deno.test("a get whose body is taken back is refused by that status", async () => {
  await using liar = startLiar(async (victim) => {
    await victim.letIn(ALL);
    const { id } = await victim.request();
    await victim.send({ id, status_code: 200, size: 9, mtime: "1" });
    await victim.send({ action: "abort", id, status_code: 228 });
    await victim.left();
  });
  await using client = await connected(liar);
  await assert.rejects(client.get("a", () => new Pieces()), {
    ...{ code: "file_changed", statusCode: 228 },
  });
});
