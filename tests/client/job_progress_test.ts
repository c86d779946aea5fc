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

Deno.test("--progress --json tells for how long no byte has moved", async () => {
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
    ...[...asAlex(ftpd), "--json", "put", "--progress", source, "b"],
  );
  await stands.promise;
  const silent = () =>
    desk.stdout.split("\n").filter((line) => line.includes('"progress"'))
      .map((line) => JSON.parse(line).silent_seconds);
  for (let second = 0; second < SECONDS_MAX; second++) {
    await clock.advance(1000);
    if (silent().at(-1) >= 3) break;
  }
  assert.deepEqual(silent().slice(-3), [1, 2, 3]);
  goOn.resolve();
  const { code, stderr } = await running;
  assert.equal(code, 0, stderr);
});
