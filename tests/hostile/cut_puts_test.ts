/**
 * A put that breaks off, wherever that is, is never published: the earlier
 * file stays, and the part goes with its session (promise 1).
 */
import assert from "node:assert/strict";
import { makeSite } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { dataFrame, endOf, messageFrame, type Peer } from "../support/peer.ts";
import { Watched } from "./watched_ftpd.ts";

const HEADER_BYTES = 5;
const PIECES = [70_000, 1, 65_536, 250_000];
const BODY = randomBytes(PIECES.reduce((sum, piece) => sum + piece));
const ID = 4;

/** A whole put, frame by frame. */
function framesOf(filename: string): Uint8Array[] {
  const frames = [messageFrame({ action: "put", id: ID, filename })];
  let from = 0;
  for (const piece of PIECES) {
    frames.push(dataFrame(BODY.subarray(from, from += piece)));
  }
  frames.push(messageFrame({ action: "end", id: ID, ...endOf(BODY) }));
  return frames;
}

/** The bytes of the frames, joined. */
function wireOf(filename: string): Uint8Array {
  return new Uint8Array(framesOf(filename).flatMap((frame) => [...frame]));
}

/** How many bytes of a put are sent, and what that is called. */
function cutsOf(filename: string): { name: string; bytes: number }[] {
  const frames = framesOf(filename);
  const ends: number[] = [];
  let at = 0;
  for (const frame of frames) ends.push(at += frame.length);
  const [request = 0] = ends;
  const data = ends.at(-2) ?? 0;
  return [
    ...ends.slice(0, -1).map((bytes, frame) => ({
      name: `after frame ${frame + 1} of ${frames.length}`,
      bytes,
    })),
    { name: "within its request", bytes: request - 1 },
    { name: "within a header", bytes: request + 3 },
    { name: "at 0 bytes of its body", bytes: request + HEADER_BYTES },
    { name: "at 1 byte", bytes: request + HEADER_BYTES + 1 },
    { name: "at n - 1 bytes", bytes: data - 1 },
    { name: "at n bytes, without an end", bytes: data },
    { name: "within the header of its end", bytes: data + 4 },
    { name: "in the middle of its end", bytes: data + 30 },
    { name: "one byte before all is said", bytes: at - 1 },
  ];
}

const WAYS: readonly {
  readonly name: string;
  readonly cut: (peer: Peer) => Promise<void>;
}[] = [
  { name: "closed", cut: (peer) => peer.close() },
  {
    name: "closed one way, and read to its end",
    cut: async (peer) => {
      await peer.closeWrite();
      for (const { status_code } of await peer.lastWords()) {
        assert.notEqual(status_code, 200);
      }
    },
  },
];

for (const way of WAYS) {
  Deno.test(`a put that is cut is undone: ${way.name}`, async (t) => {
    await using site = await makeSite();
    await using watched = await Watched.start(site);
    for (const filename of ["new", "witness"]) {
      const wire = wireOf(filename);
      for (const { name, bytes } of cutsOf(filename)) {
        await t.step(`${filename}, ${name}`, async () => {
          await using peer = await watched.alex();
          await peer.write(wire.subarray(0, bytes));
          await way.cut(peer);
          await peer.close();
          await watched.unharmed();
        });
      }
    }
  });
}

Deno.test("a put that is cut by a reset is undone", async (t) => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const frames = framesOf("witness");
  for (let sent = 0; sent < frames.length; sent++) {
    await t.step(`after ${sent} frames of ${frames.length}`, async () => {
      await using peer = await watched.alex();
      for (const frame of frames.slice(0, sent)) await peer.write(frame);
      await peer.reset();
      await watched.unharmed();
    });
  }
});

Deno.test("a put that is whole is published, also where its sender is gone", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  watched.files.set("whole", BODY);
  {
    await using peer = await watched.alex();
    await peer.write(wireOf("whole"));
  }
  await watched.ftpd.logged(/ put .*name=whole .*result=success/);
  await watched.unharmed();
});

Deno.test("many puts are cut at once, and others go on", async () => {
  await using site = await makeSite();
  await using watched = await Watched.start(site);
  const wire = wireOf("witness");
  await Promise.all(Array.from({ length: 40 }, async (_, at) => {
    await using peer = await watched.alex();
    await peer.write(wire.subarray(0, Math.floor(wire.length * at / 40)));
  }));
  await watched.unharmed();
});
