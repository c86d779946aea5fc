/** How the progress of many files looks, and that it goes away. */
import assert from "node:assert/strict";
import {
  type FileState,
  JobDisplay,
  type JobState,
} from "../../lib/client/terminal/job_display.ts";
import { HandClock } from "../support/hand_clock.ts";
import { Desk } from "./desk.ts";
import { heldRuntime } from "./held_time.ts";

/** What stands on the screen after all that was said. */
function screen(said: string): string[] {
  const lines = [""];
  let [row, column] = [0, 0];
  // deno-lint-ignore no-control-regex -- what steers a terminal is looked for
  for (const part of said.matchAll(/\x1b\[(\d*)([AJ])|\r|\n|[^\x1b\r\n]+/g)) {
    const [text, count, order] = part;
    if (order === "A") row -= Number(count);
    else if (order === "J") {
      lines.length = row + 1;
      lines[row] = (lines[row] ?? "").slice(0, column);
    } else if (text === "\r") column = 0;
    else if (text === "\n") {
      row++;
      column = 0; // as a terminal does with what a program writes
      lines[row] ??= "";
    } else {
      lines[row] = (lines[row] ?? "").slice(0, column) + text;
      column += text.length;
    }
  }
  return lines;
}

Deno.test("a line for all, and one for each that is moving; then none", async () => {
  for (const columns of [80, 200]) {
    const clock = new HandClock();
    const desk = new Desk({ errorIsTerminal: true, columns });
    const job: { state: JobState; moving: FileState[] } = {
      state: {
        filesDone: 0,
        files: null,
        bytesDone: 0,
        bytesMoved: 0,
        bytes: null,
      },
      moving: [],
    };
    {
      using display = new JobDisplay(
        heldRuntime(clock),
        desk,
        { state: () => job.state, moving: () => job.moving },
        undefined,
      );
      const shown = async () => {
        await clock.advance(100);
        return screen(desk.stderr);
      };
      assert.match((await shown())[0] ?? "", /^0 files {2}/);
      job.state = {
        filesDone: 12,
        files: 612,
        bytesDone: 5e6,
        bytesMoved: 5e6,
        bytes: 1e7,
      };
      job.moving = [
        { name: "a/big.iso", bytes: 25e5, total: 5e6 },
        { name: "b", bytes: 1, total: null },
      ];
      const lines = await shown();
      assert.equal(lines.length, 3);
      assert.match(lines[0] ?? "", /^12 of 612 files {2}\[#+-+\] {3}50 % /);
      assert.match(lines[1] ?? "", /^a\/big\.iso {2}\[#+-+\] {3}50 % /);
      assert.match(lines[2] ?? "", /^b {2} +1 B$/);
      for (const line of lines) assert(line.length < columns, line);
      job.moving = [];
      assert.equal((await shown()).length, 1, "what is done is gone");
      display.erase();
      desk.say("ftpc: something else\n");
      assert.deepEqual(screen(desk.stderr), ["ftpc: something else", ""]);
      assert.match((await shown())[1] ?? "", /^12 of 612 files/);
    }
    assert.deepEqual(screen(desk.stderr), ["ftpc: something else", ""]);
    assert.equal(clock.pending, 0, "no timer is left");
  }
});

Deno.test("one file alone has its own line", async () => {
  const clock = new HandClock();
  const desk = new Desk({ errorIsTerminal: true, columns: 80 });
  using _display = new JobDisplay(
    heldRuntime(clock),
    desk,
    {
      state: () => ({
        filesDone: 0,
        files: 1,
        bytesDone: 5,
        bytesMoved: 5,
        bytes: 10,
      }),
      moving: () => [{ name: "only", bytes: 5, total: 10 }],
    },
    undefined,
  );
  await clock.advance(100);
  assert.equal(screen(desk.stderr).length, 1);
  assert.match(screen(desk.stderr)[0] ?? "", /^only {2}\[#+-+\] {3}50 % /);
});

Deno.test("what was there before counts as done, and not as quick", async () => {
  const clock = new HandClock();
  const desk = new Desk({ errorIsTerminal: true, columns: 80 });
  const bytes = 1e7;
  let state = { filesDone: 0, files: 2, bytesDone: 0, bytesMoved: 0, bytes };
  using _display = new JobDisplay(
    heldRuntime(clock),
    desk,
    { state: () => state, moving: () => [] },
    undefined,
  );
  await clock.advance(100);
  state = { ...state, bytesDone: 5e6, bytesMoved: 1000 };
  await clock.advance(900);
  const [line = ""] = screen(desk.stderr);
  assert.match(line, / 50 % +5\.0 MB +1\.\d kB\/s /);
});
