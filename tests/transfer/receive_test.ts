/** Taking a body: only what is whole and verified is taken for done. */
import assert from "node:assert/strict";
import {
  type BodyEnding,
  type BodySource,
  createChecksum,
  receiveBody,
  type TransferCode,
  TransferError,
} from "../../lib/transfer/mod.ts";
import { randomBytes } from "../support/bytes.ts";
import { settled } from "../support/hand_clock.ts";
import { bodyOf, CountingTurns, endOf, KeepingSink } from "./bodies.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const PIECES = [bytesOf("ab"), bytesOf("cde"), bytesOf("f")];
const GOOD = endOf(PIECES);

function receive(
  body: BodySource,
  more: Partial<Parameters<typeof receiveBody>[0]> = {},
) {
  return receiveBody({
    body,
    sink: new KeepingSink(),
    checksum: createChecksum("crc32"),
    turns: new CountingTurns(),
    ...more,
  });
}

const TAKEN = [
  { name: "no piece", pieces: [] },
  { name: "one byte", pieces: [bytesOf("x")] },
  { name: "some pieces", pieces: PIECES },
  {
    name: "8 MiB in one piece",
    pieces: [randomBytes(8 * 1024 * 1024)],
  },
];
for (const { name, pieces } of TAKEN) {
  for (const type of ["crc32", "sha256"] as const) {
    Deno.test(`receiveBody() takes ${name}, verified by ${type}`, async () => {
      const end = endOf(pieces, type);
      const sink = new KeepingSink();
      const turns = new CountingTurns(2);
      const totals: number[] = [];
      const received = await receive(bodyOf(pieces, end), {
        sink,
        turns,
        checksum: createChecksum(type),
        size: end.size,
        bytesMax: end.size,
        onBytes: (total) => totals.push(total),
      });
      assert.deepEqual(received, { bytes: end.size, checksum: end.checksum });
      assert.equal(sink.bytes, end.size);
      assert.equal(turns.asked, pieces.length, "one turn a piece");
      assert.equal(turns.waited, pieces.length >> 1, "and it is waited for");
      let total = 0;
      assert.deepEqual(totals, pieces.map((piece) => total += piece.length));
    });
  }
}

const cancelled = new TransferError("cancelled", "cancelled");
const badEnd = new TransferError("bad_end", "id: is not the put's");
const REFUSED: readonly {
  name: string;
  ending: BodyEnding | null;
  failure?: Error;
  size?: number;
  bytesMax?: number;
  code: TransferCode;
  words?: RegExp;
}[] = [
  {
    name: "an end that says a byte more",
    ending: { ...GOOD, size: 7 },
    code: "size_differs",
    words: /7 bytes said, 6 received/,
  },
  {
    name: "an end that says a byte less",
    ending: { ...GOOD, size: 5 },
    code: "size_differs",
  },
  {
    name: "another size than was announced",
    ending: GOOD,
    size: 7,
    code: "size_differs",
  },
  {
    name: "a checksum that differs",
    ending: { ...GOOD, checksum: "crc32:00000000" },
    code: "checksum_differs",
    words: /crc32:00000000 said, crc32:[0-9a-f]{8} received/,
  },
  {
    name: "a checksum of the other type",
    ending: endOf(PIECES, "sha256"),
    code: "checksum_differs",
  },
  {
    name: "a byte too many",
    ending: GOOD,
    bytesMax: 5,
    code: "too_large",
    words: /over 5 bytes/,
  },
  {
    name: "an abort",
    ending: { action: "abort", reason: "disk on fire" },
    code: "sender_aborted",
    words: /^disk on fire$/,
  },
  { name: "a body without an end", ending: null, code: "lost" },
  {
    name: "a cancelled body",
    ending: null,
    failure: cancelled,
    code: "cancelled",
  },
  { name: "a bad end", ending: null, failure: badEnd, code: "bad_end" },
];
for (const { name, ending, failure, code, words, ...limits } of REFUSED) {
  Deno.test(`receiveBody() refuses ${name}: ${code}`, async () => {
    await assert.rejects(
      receive(bodyOf(PIECES, ending, failure), limits),
      (error) =>
        error instanceof TransferError && error.code === code &&
        (words ?? /./).test(error.message),
    );
  });
}

Deno.test("what is too large does not reach the sink", async () => {
  const sink = new KeepingSink();
  const refused = receive(bodyOf(PIECES, GOOD), { sink, bytesMax: 3 });
  await assert.rejects(refused, { code: "too_large" });
  assert.deepEqual(sink.pieces, ["6162"]);
});

Deno.test("a sink that fails ends it by its own error, and is not asked again", async () => {
  const full = new Error("disk full");
  for (const failsAt of [1, 2, 3]) {
    let writes = 0;
    let taken = 0;
    const body = bodyOf(PIECES, GOOD);
    await assert.rejects(
      receive({
        get ending() {
          return body.ending;
        },
        next: () => {
          taken++;
          return body.next();
        },
      }, {
        sink: {
          write: () =>
            ++writes === failsAt ? Promise.reject(full) : Promise.resolve(),
        },
      }),
      full,
    );
    assert.deepEqual([writes, taken], [failsAt, failsAt]);
  }
});

Deno.test("a sink that hangs is given the signal, and ends it by that", async () => {
  const controller = new AbortController();
  const hanging = Promise.withResolvers<void>();
  const refused = receive(bodyOf(PIECES, GOOD), {
    signal: controller.signal,
    sink: {
      write: (_bytes, signal) => {
        signal?.addEventListener("abort", () => hanging.reject(signal.reason));
        return hanging.promise;
      },
    },
  });
  await settled();
  controller.abort(cancelled);
  await assert.rejects(refused, cancelled);
});

Deno.test("the next piece is asked for when the sink is done with the last", async () => {
  // The reader of the connection takes its memory back at the next call.
  const memory = new Uint8Array(3);
  const seen: string[] = [];
  let sent = 0;
  const source: BodySource = {
    get ending() {
      return endOf([bytesOf("111222333")]);
    },
    next: () => {
      if (++sent > 3) return Promise.resolve(null);
      memory.fill(0x30 + sent);
      return Promise.resolve(memory);
    },
  };
  await receive(source, {
    sink: {
      async write(bytes) {
        for (let step = 0; step < 5; step++) await Promise.resolve();
        seen.push(new TextDecoder().decode(bytes));
      },
    },
  });
  assert.deepEqual(seen, ["111", "222", "333"]);
});
