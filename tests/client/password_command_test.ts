/** A bookmark's password_command: its first line, and all that goes wrong. */
import assert from "node:assert/strict";
import { ClientError } from "../../lib/client/error.ts";
import { runPasswordCommand } from "../../lib/client/local/password_command.ts";
import { systemRuntime } from "../../lib/runtime/mod.ts";
import { HandClock } from "../support/hand_clock.ts";

const ignore = Deno.build.os === "windows"; // the programs are POSIX's
const never = new AbortController().signal;

function passwordOf(command: string, more: { signal?: AbortSignal } = {}) {
  const runtime = systemRuntime();
  const options = { runtime, command, interactive: false, signal: never };
  return runPasswordCommand({ ...options, ...more });
}

const COMMANDS: readonly [string, string | RegExp][] = [
  ["echo sesame", "sesame"],
  ["printf 'a b\\r\\nuser: x\\n'", "a b"],
  ["printf sesame", "sesame"],
  ["printf ' s '", " s "],
  ["echo $HOME `id` * ; ls | cat", "$HOME `id` * ; ls | cat"],
  ["printf '%s\\n' 'two words' more", "two words"],
  ["printf 'pass\\n\\377'", "pass"],
  ["cat", /first line is empty/], // no input is its own
  ["true", /first line is empty/],
  ["printf '\\n'", /first line is empty/],
  ["false", /it ended with 1$/],
  ["sh -c 'echo sesame; exit 3'", /it ended with 3$/],
  ["printf '\\377'", /not UTF-8/],
  ["yes", /printed too much/],
  ["/no/such/program", /password_command \/no\/such\/program$/],
];
for (const [command, is] of COMMANDS) {
  Deno.test({
    name: `password_command = ${command}`,
    ignore,
    async fn() {
      if (typeof is === "string") {
        assert.equal(await passwordOf(command), is);
        return;
      }
      await assert.rejects(passwordOf(command), (error) => {
        assert(error instanceof ClientError);
        assert(["local_failed", "not_found"].includes(error.code));
        assert.match(error.message, is);
        return true;
      });
    },
  });
}

Deno.test({
  name: "a password_command that takes too long, or is given up, is ended",
  ignore,
  async fn() {
    const clock = new HandClock();
    const runtime = { ...systemRuntime(), clock, timers: clock };
    const command = "sleep 1000";
    const options = { runtime, command, interactive: false };
    const late = runPasswordCommand({ ...options, signal: never });
    const told = assert.rejects(late, { message: /no end within 120 seconds/ });
    await clock.advance(120_000);
    await told;
    const stop = new AbortController();
    const stopped = passwordOf(command, { signal: stop.signal });
    const givenUp = assert.rejects(stopped, { code: "interrupted" });
    stop.abort();
    await givenUp;
  },
});
