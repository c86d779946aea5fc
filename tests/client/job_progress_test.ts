/** What --progress tells of a job that stands still. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { asAlex, makeSite, startFtpd } from "../programs.ts";
import { randomBytes } from "../support/bytes.ts";
import { HandClock } from "../support/hand_clock.ts";
import { CutNetwork } from "./cut_network.ts";
import { Desk } from "./desk.ts";

const MIB = 2 ** 20;
const SECONDS_MAX = 30;

/** A put that stands still from some byte on, until `isTold`, or for long. */
async function standsStill(
  flags: readonly string[],
  isTold: (desk: Desk) => boolean,
): Promise<Desk> {
  await using site = await makeSite();
  await using ftpd = await startFtpd(...site.args);
  const source = path.join(site.folder, "a");
  Deno.writeFileSync(source, randomBytes(3 * MIB, 1));
  const stands = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const network = new CutNetwork([{
    writtenBytes: MIB,
    waits() {
      stands.resolve();
      return goOn.promise;
    },
  }]);
  const clock = new HandClock();
  const desk = new Desk({
    runtime: { ...network.runtime, clock, timers: clock },
  });
  const running = desk.run(
    ...[...asAlex(ftpd), ...flags, "put", "--progress", source, "b"],
  );
  await stands.promise;
  for (let second = 0; second < SECONDS_MAX; second++) {
    await clock.advance(1000);
    if (isTold(desk)) break;
  }
  goOn.resolve();
  const { code, stderr } = await running;
  assert.equal(code, 0, stderr);
  return desk;
}

Deno.test("--progress --json tells for how long no byte has moved", async () => {
  const silent = ({ stdout }: Desk): number[] =>
    stdout.split("\n").filter((line) => line.includes('"progress"'))
      .map((line) => JSON.parse(line).silent_seconds);
  let told: readonly number[] = [];
  await standsStill(["--json"], (desk) => {
    told = silent(desk);
    return (told.at(-1) ?? 0) >= 3;
  });
  assert.deepEqual(told.slice(-3), [1, 2, 3]);
});

Deno.test("--progress where there is no terminal: a line now and then", async () => {
  const { stdout, stderr } = await standsStill(
    [],
    (desk) => desk.stderr.includes("no progress for"),
  );
  assert.equal(stdout, "");
  const lines = stderr.trimEnd().split("\n");
  assert(lines.length >= 3 && lines.length < SECONDS_MAX / 2, stderr);
  for (const line of lines) assert.match(line, /^b {2}\d+ % {2}\d/);
  assert.match(lines.at(-1) ?? "", / {2}no progress for \d+ s$/);
});

Deno.test("--progress --quiet says nothing", async () => {
  let seconds = 0;
  const { stderr } = await standsStill(["--quiet"], () => ++seconds > 9);
  assert.equal(stderr, "");
});
