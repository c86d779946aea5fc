/**
 * Whatever a server makes up: ftpc ends in bounded time with the right exit
 * code and one clean line, leaves no part, and what was there stays.
 */
import assert from "node:assert/strict";
import * as path from "node:path";
import { Desk } from "../client/desk.ts";
import { heldRuntime, passUntil } from "../client/held_time.ts";
import { HandClock } from "../support/hand_clock.ts";
import { type Liar, startLiar } from "./liar.ts";
import { type Lie, LIES, SILENCES } from "./lies.ts";

/** More than the sockets of both ends hold. */
const SOURCE_BYTES = 24 * 1024 * 1024;
/** Of silence, until the last time-out: login 30 s, an answer 60 s. */
const SILENCE_MS_MAX = 120_000;

for (const lie of LIES) {
  Deno.test(`a lie on ${lie.verb}: ${lie.name}`, async () => {
    await using liar = startLiar((victim) => lie.tell(victim));
    await using place = await makePlace();
    const desk = new Desk();
    const ended = await desk.run(...argsOf(liar, lie, place.folder));
    await place.check(lie, ended);
  });
}

for (const lie of SILENCES) {
  Deno.test(`silence on ${lie.verb}: ${lie.name}`, async () => {
    await using liar = startLiar((victim) => lie.tell(victim));
    await using place = await makePlace();
    const clock = new HandClock();
    const desk = new Desk({ runtime: heldRuntime(clock) });
    const ended = desk.run(...argsOf(liar, lie, place.folder));
    await liar.silent; // what came before took no time
    await passUntil(clock, ended, SILENCE_MS_MAX);
    await place.check(lie, await ended);
    assert.equal(clock.pending, 0, "no timer is left");
  });
}

function argsOf(liar: Liar, { verb }: Lie, folder: string): string[] {
  const there = ["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", "alex"];
  const names = verb === "get"
    ? ["file", path.join(folder, "target")]
    : [path.join(folder, "file")];
  return [...there, "-p", "123", "--retries", "0", verb, ...names];
}

/** A folder with a source and a target, which is to stay as it is. */
async function makePlace() {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-liar-" });
  await Deno.writeTextFile(path.join(folder, "target"), "before");
  const source = await Deno.create(path.join(folder, "file"));
  await source.truncate(SOURCE_BYTES);
  source.close();
  return {
    folder,
    async check(
      { code, says }: Lie,
      ended: { code: number; stdout: string; stderr: string },
    ) {
      assert.equal(ended.code, code, ended.stderr);
      assert.match(
        ended.stderr,
        /^ftpc: [^\p{Cc}\u2028-\u202e\u2066-\u2069]*\n$/u,
      );
      assert.match(ended.stderr, says);
      assert(ended.stderr.length < 2000, "a line that can be read");
      assert.equal(ended.stdout, "");
      const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert.deepEqual(names.sort(), ["file", "target"]);
      const target = await Deno.readTextFile(path.join(folder, "target"));
      assert.equal(target, "before");
    },
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}
