/** Progress as it is drawn: while bytes come, when none come, and at the end. */
import assert from "node:assert/strict";
import * as path from "node:path";
import { startLiar } from "../liars/liar.ts";
import { HandClock } from "../support/hand_clock.ts";
import { Desk } from "./desk.ts";
import { heldRuntime } from "./held_time.ts";

const BODY = new TextEncoder().encode("half of it\n".repeat(1000));

Deno.test("progress: at work, silent for 10 seconds, and done", async () => {
  const folder = await Deno.makeTempDir({ prefix: "ftpc-progress-" });
  const clock = new HandClock();
  const step = {
    started: resolvers(),
    resumed: resolvers(),
    seen: resolvers(),
  };
  await using liar = startLiar(async (victim) => {
    await victim.letIn();
    const { id } = await victim.request();
    const size = BODY.length * 2;
    await victim.send({ id, status_code: 200, size, mtime: "1" });
    await victim.data(BODY);
    step.started.resolve();
    await step.resumed.promise;
    await victim.data(BODY);
    await step.seen.promise;
    const checksum = "crc32:00000000";
    await victim.send({ action: "end", id, size, checksum });
    await victim.left();
  });
  const desk = new Desk({
    runtime: heldRuntime(clock),
    errorIsTerminal: true,
    columns: 100,
  });
  const there = ["-s", "127.0.0.1", "-P", `${liar.port}`, "-u", "alex"];
  const target = path.join(folder, "file");
  const ended = desk.run(
    ...[...there, "-p", "123", "--retries", "0"],
    ...["get", "file", target],
  );
  await step.started.promise;
  await shows(desk, clock, 100, /file {2}\[#+-+\] {3}50 % {3}11\.0 kB/);
  assert.doesNotMatch(desk.stderr, /no progress/);
  await shows(desk, clock, 1000, /no progress for 10 s/);
  await shows(desk, clock, 1000, /no progress for 12 s/);
  step.resumed.resolve();
  await shows(desk, clock, 100, /100 % {3}22\.0 kB/);
  step.seen.resolve();
  const { code, stderr } = await ended;
  assert.equal(code, 5, "the checksum was wrong");
  const [last, before] = stderr.split("\r\x1b[J").reverse();
  assert.match(last ?? "", /^ftpc: get file: .*checksum differs.*\n$/);
  assert.match(before ?? "", /100 %/, "the line is taken away at the end");
  assert.equal(clock.pending, 0, "no timer is left");
  await Deno.remove(folder, { recursive: true });
});

/** Let time pass in steps until the display has shown it. */
async function shows(
  desk: Desk,
  clock: HandClock,
  stepMs: number,
  what: RegExp,
): Promise<void> {
  const from = desk.stderr.length;
  for (let steps = 0; steps < 5000; steps++) {
    if (what.test(desk.stderr.slice(from))) return;
    await new Promise((resolve) => setTimeout(resolve, 2));
    // Silence is counted: little may pass while bytes are on their way.
    await clock.advance(stepMs >= 1000 || steps < 50 ? stepMs : 1);
  }
  assert.fail(`no ${what} in ${JSON.stringify(desk.stderr)}`);
}

function resolvers() {
  return Promise.withResolvers<void>();
}
