/**
 * What a job knows of the parts that earlier puts have left on the server.
 */
import assert from "node:assert/strict";
import { ClientError } from "../../lib/client/mod.ts";
import { PartsThere } from "../../lib/client/jobs/parts_there.ts";

const PART = {
  ...{ name: "d/a", transfer: "t", identity: "i", inUse: false },
  ...{ offset: 5, checksum: "crc32:00000000", size: 9, updatedNs: 0n },
};
const OTHERS = [
  { ...PART, name: "a" },
  { ...PART, name: "d/b" },
  { ...PART, inUse: true, offset: 7 },
];
const signal = new AbortController().signal;

/** A server that answers so, one time after the other. */
function server(
  answers: readonly (readonly typeof PART[] | ClientError)[],
  features = ["resume"],
) {
  let asked = 0;
  const client = {
    features: new Set(features),
    alive: true,
    parts() {
      const answer = answers[asked++] ?? [];
      return answer instanceof ClientError
        ? Promise.reject(answer)
        : Promise.resolve(answer);
    },
  };
  return { place: { client, signal }, client, asked: () => asked };
}

for (const name of ["d/a", "/d/a", "./d//a", "x/../d/a"]) {
  Deno.test(`the part of ${name} that nobody uses is found`, async () => {
    const { place } = server([[...OTHERS, PART]]);
    assert.deepEqual(await new PartsThere().of(name, place), [PART]);
  });
}

Deno.test("the server is asked once, whoever wants to know", async () => {
  const { place, asked } = server([[...OTHERS, PART]]);
  const there = new PartsThere();
  there.ask(place);
  const names = ["d/a", "c", "d/a"];
  const found = await Promise.all(names.map((name) => there.of(name, place)));
  assert.deepEqual(found.map(({ length }) => length), [1, 0, 1]);
  assert.equal(asked(), 1);
});

Deno.test("a server that keeps no parts is not asked", async () => {
  const { place, asked } = server([[PART]], []);
  const there = new PartsThere();
  there.ask(place);
  assert.deepEqual(await there.of("d/a", place), []);
  assert.equal(asked(), 0);
});

Deno.test("a server that does not say: nothing is known, no more", async () => {
  const refused = new ClientError("refused", "no", "");
  const { place, asked } = server([refused]);
  const there = new PartsThere();
  for (let at = 0; at < 2; at++) {
    assert.deepEqual(await there.of("d/a", place), []);
  }
  assert.equal(asked(), 1);
});

Deno.test("a connection that is lost meanwhile: asked on the next one", async () => {
  const lost = new ClientError("connection_lost", "lost", "");
  const { place, asked } = server([lost, lost, [PART]]);
  const there = new PartsThere();
  there.ask(place); // nobody waits for it
  for (let at = 0; at < 2; at++) {
    await assert.rejects(there.of("d/a", place), lost);
  }
  assert.deepEqual(await there.of("d/a", place), [PART]);
  assert.equal(asked(), 3);
});
